"""Web pages and decks ask for nothing outside themselves and can be read by everybody.

`make test` opens the pages of one small notebook; `make check-site` all of them.
"""

import base64
import io
import re
import shutil
from html import unescape

import nbformat
import pytest
from PIL import Image

from course_lib import explore, gd, line_fit
from course_lib.figures.page import SECONDS
from support import ROOT, lacking
from tools.browser import chromium
from tools.build.minutes import minutes
from tools.site.convert import LANGUAGES, NPM, convert, words, write_static
from tools.site.executed import executed
from tools.site.pages import BESIDE, beside, lesson, sections, write_pages
from tools.site.slides import SIZE, laid, write_pdf, write_slides

NOTEBOOKS = ROOT / "notebooks"
SMALL = "00_start"
BUILT = {what: ROOT / "build" / what for what in ("site", "slides")}
PHONE = {"width": 390, "height": 844}

FOUND = """async (rules) => {
  const { violations } = await axe.run({ preload: false, resultTypes: ["violations"], ...rules });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}"""
#: Every live figure has its canvases in place of the still picture, and they have their texts.
DRAWN = """() =>
  !document.querySelector(".course-page > img, .course-page canvas:not([aria-label])")"""
#: The text of a page without its code.
PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("pre, code, script").forEach((element) => element.remove());
  return main.textContent;
}"""
#: Slides on which something stands out of the page.
SPILT = """() => [...document.querySelectorAll("section section")].flatMap((section, i) => {
  const hidden = section.hidden;
  section.style.display = "block";
  const page = section.querySelector(".page");
  const over = page.offsetHeight > 656 || page.scrollWidth > page.clientWidth + 1;
  section.style.display = "";
  return over ? [`slide ${i + 1}: ${page.scrollWidth} × ${page.offsetHeight}`] : [];
})"""


#: The one figure of the small notebook.
LIVE = ":is(.course-page, .jp-RenderedImage):visible"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A site and a deck of the small notebook: {"site": folder, "slides": folder}."""
    if not NPM.is_dir():
        lacking("make npm was not run")
    folder = tmp_path_factory.mktemp("built")
    first, *others = LANGUAGES
    notebooks = {first: {SMALL: executed(NOTEBOOKS / first / f"{SMALL}.ipynb", folder)}}
    for language in others:
        text = (NOTEBOOKS / language / f"{SMALL}.ipynb").read_text(encoding="utf-8")
        notebooks[language] = {SMALL: nbformat.reads(text, 4)}
    for what, write in (("site", write_pages), ("slides", write_slides)):
        write_static(folder / what / "static")
        write(notebooks, *([NOTEBOOKS] if what == "site" else []), folder / what)
    return {what: folder / what for what in ("site", "slides")}


class Browser:
    """A window without a network; it notes what a page asked for in vain, and its complaints."""

    def __init__(self, window):
        self.page, self.problems = window.new_page(), []
        self.page.on("request", self._asked)
        self.page.on("requestfailed", lambda request: self.problems.append(f"no {request.url}"))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._said)

    def _asked(self, request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.problems.append(f"asks for {request.url}")

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text}")

    def read(self, file):
        """Open a page; what axe finds there, serious or worse."""
        self.page.goto(file.as_uri())
        self.page.evaluate("window.MathJax?.startup.promise")
        self.page.wait_for_function(DRAWN)
        return self.found()

    def found(self, **rules):
        self.page.add_script_tag(path=NPM / "axe-core" / "axe.min.js")
        return self.page.evaluate(FOUND, rules)


def formulas():
    """How many formulas the small notebook has."""
    cells = nbformat.read(NOTEBOOKS / "ru" / f"{SMALL}.ipynb", 4).cells
    prose = [re.sub("`[^`]*`", "", c.source) for c in cells if c.cell_type == "markdown"]
    found = sum(len(re.findall(r"\$[^$]+\$", text)) for text in prose)
    assert found
    return found


@pytest.fixture(scope="module", params=["light", "dark"])
def browser(request, chromium_here):
    with chromium(viewport=SIZE, offline=True, color_scheme=request.param) as window:
        yield Browser(window)


def told(file):
    """Does the file tell where it was built?"""
    if str(ROOT) in file.read_text(encoding="utf-8"):
        yield f"has {ROOT} in it"


def complaints(browser, file):
    """What a page asked for, what axe found, dollars that stayed, a page wider than a phone."""
    yield from told(file)
    yield from browser.read(file)
    yield from re.findall(r"\$[^$\n]+\$", browser.page.evaluate(PROSE))
    browser.page.set_viewport_size(PHONE)
    if (width := browser.page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
        yield f"{width} pixels wide on a phone"
    browser.page.set_viewport_size(SIZE)
    yield from browser.problems
    browser.problems.clear()


#: Of the live figure on the slide shown, in pixels; the canvas has the size of its lines.
SIZES_OF_TEXT = """[...document.querySelectorAll(
  "section.present > section.present .course-page :is(span, output, select, .course-step)"
)].map((its) => parseFloat(getComputedStyle(its).fontSize) * its.currentCSSZoom)"""


#: Live figures whose text is smaller than it is to be, for lack of room on their slides.
SHRUNK = """document.querySelectorAll('[style*="zoom"] .course-page').length"""


def complaints_of_deck(browser, file):
    yield from told(file)
    laid(browser.page, file)
    yield from browser.found(runOnly="color-contrast")
    yield from browser.page.evaluate(SPILT)
    if shrunk := browser.page.evaluate(SHRUNK):
        yield f"{shrunk} live figures are shrunk"
    if not browser.page.evaluate("document.querySelectorAll('aside.notes:not(:empty)').length"):
        yield "no notes"
    yield from browser.problems
    browser.problems.clear()


@pytest.mark.browser
def test_the_pages_ask_for_nothing_and_everybody_can_read_them(browser, built):
    files = [built["site"] / "index.html", *sorted((built["site"] / "ru").glob("*.html"))]
    assert {file.stem for file in files} == {"index", SMALL, *BESIDE}
    found = {str(file.relative_to(built["site"])): [*complaints(browser, file)] for file in files}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.browser
def test_a_page_shows_formulas_and_the_picture_of_the_live_figure(browser, built):
    browser.read(built["site"] / "ru" / f"{SMALL}.html")
    assert browser.page.locator("main mjx-container svg").count() == formulas()
    picture = browser.page.locator(f"main {LIVE}")
    assert picture.bounding_box()["width"] > 300


@pytest.mark.browser
@pytest.mark.parametrize("what", ["site", "slides"])
def test_sliders_of_a_live_figure_move_its_picture(browser, built, what):
    file, page = built[what] / "ru" / f"{SMALL}.html", browser.page
    figure = page.locator(".course-page")
    if what == "site":
        browser.read(file)
    else:
        laid(page, file)
        figure.evaluate(
            "figure => { const { h, v } = Reveal.getIndices(figure.closest('section'));"
            " Reveal.slide(h, v); }"
        )
    canvas = figure.locator("canvas").last
    canvas.wait_for()
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    figure.locator("input[type=range]").first.press("ArrowLeft")
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before", arg=[canvas.element_handle(), before]
    )


@pytest.mark.browser
def test_search_finds_a_section_and_goes_there(browser, built):
    page = browser.page
    browser.read(built["site"] / "ru" / f"{SMALL}.html")
    page.locator("#search").fill("ползунок")
    link = page.locator("#found a", has_text="Работают ли ползунки?")
    link.click()
    assert page.evaluate("document.querySelector(':target').localName") == "h2"
    page.locator("#search").fill("ъъъъъъъ")
    page.locator("#found", has_text=words("ru")["nothing"]).wait_for()


@pytest.mark.browser
def test_the_theme_and_the_language_can_be_switched(browser, built):
    page = browser.page
    browser.read(built["site"] / "ru" / f"{SMALL}.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.locator("#theme").click()
    after = page.evaluate(ground)
    assert after != before
    page.locator(".bar a[hreflang=en]").click()
    page.wait_for_url(f"**/en/{SMALL}.html")
    assert page.evaluate(ground) == after
    page.locator("#theme").click()


@pytest.mark.browser
def test_a_deck_needs_no_network_and_nothing_spills(browser, built):
    file = built["slides"] / "ru" / f"{SMALL}.html"
    assert [*complaints_of_deck(browser, file)] == []
    assert browser.page.locator("section mjx-container svg").count() == formulas()
    slides = browser.page.evaluate("Reveal.getTotalSlides()")
    seen = 0
    for _ in range(slides):
        seen += browser.page.locator("section.present > section.present " + LIVE).count()
        sizes = browser.page.evaluate(SIZES_OF_TEXT)
        assert min(sizes, default=18) >= 18, "of 720 pixels: read from the back row"
        browser.page.evaluate("Reveal.next()")
    assert seen == 1
    assert slides > 4


@pytest.mark.browser
def test_a_deck_shows_a_question_with_its_answers_without_what_the_code_prints(browser, built):
    said = nbformat.v4.new_output("stream", text="x = 7")
    table = nbformat.v4.new_output("stream", text="12\n" * 19)
    cells = [
        nbformat.v4.new_markdown_cell("# Deck", metadata={"slideshow": {"slide_type": "slide"}}),
        nbformat.v4.new_code_cell("import a"),
        nbformat.v4.new_code_cell("import b"),
        nbformat.v4.new_code_cell("show()", outputs=[table]),
        nbformat.v4.new_markdown_cell(
            "**Predict.** What is $x$?\n\n- **A.** Six.\n- **B.** Seven."
        ),
        nbformat.v4.new_code_cell("print(x)", outputs=[said]),
        nbformat.v4.new_code_cell("print(x)", outputs=[said]),
    ]
    write_slides({"en": {"asked": nbformat.v4.new_notebook(cells=cells)}}, built["slides"])
    laid(browser.page, built["slides"] / "en" / "asked.html")
    pages = browser.page.locator("section section .page").all_text_contents()
    seen = [("is" in text, "Seven" in text, text.count("x = 7")) for text in pages]
    assert list(filter(any, seen)) == [(True, True, 0), (False, False, 2)]
    assert browser.page.locator("details").count() == 1


@pytest.mark.browser
def test_a_deck_keeps_a_colon_with_its_list_and_cuts_a_table_between_rows(browser, built):
    points, items = "- point\n" * 12, "- item\n" * 8
    table = "| n | |\n|---|---|\n" + "| row | row |\n" * 40
    text = f"## Long\n\n{points}\nWhat follows:\n\n{items}\n## Table\n\n{table}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    write_slides({"en": {"long": notebook}}, built["slides"])
    laid(browser.page, built["slides"] / "en" / "long.html")
    first, second, *_ = browser.page.locator("section section .page").all_text_contents()
    assert [word in first for word in ("point", "follows", "item")] == [True, False, False]
    assert [word in second for word in ("point", "follows", "item")] == [False, True, True]
    tables = browser.page.locator(".page table")
    assert tables.count() == tables.locator("thead").count() > 1
    assert tables.locator("tbody tr").count() == 40
    assert browser.page.evaluate(SPILT) == []
    assert browser.page.locator(".rolls, [style*=zoom]").count() == 0


def three_axes():
    """The output of a cell with a picture as large as that of `plot.axes(3)`."""
    with io.BytesIO() as file:
        Image.new("RGB", (1571, 491)).save(file, "png")
        picture = base64.b64encode(file.getvalue()).decode()
    return nbformat.v4.new_output("display_data", {"image/png": picture})


def live_figure():
    """The output of a cell with the lecture's figure: three panels."""
    panels = ["path", "gap", "fit"]
    figure = explore(gd, line_fit().minibatch(2), [5.5, 1.5], steps=20, panels=panels)
    html = figure._repr_mimebundle_()[0]["text/html"]
    return nbformat.v4.new_output("display_data", {"text/html": html})


@pytest.mark.browser
def test_plots_beside_each_other_and_a_live_figures_panels_are_read_on_a_phone(browser, built):
    cells = [
        nbformat.v4.new_markdown_cell("# Plots"),
        nbformat.v4.new_code_cell("plot.axes(3)", outputs=[three_axes()]),
        nbformat.v4.new_code_cell("explore(gd)", outputs=[live_figure()]),
    ]
    file = built["site"] / "en" / "plots.html"
    file.write_text(convert(nbformat.v4.new_notebook(cells=cells), "page", "en", name="plots"))
    seen = {}
    for size in (PHONE, SIZE):
        browser.page.set_viewport_size(size)
        browser.read(file)
        picture = browser.page.locator(".wide > img").bounding_box()
        panels = [its.bounding_box() for its in browser.page.locator(".course-page canvas").all()]
        seen[size["width"]] = picture["height"], len({panel["x"] for panel in panels})
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert seen[PHONE["width"]][0] > 180, "with text of eleven pixels"
    assert seen[PHONE["width"]][1] == 1, "below each other"
    assert seen[SIZE["width"]][1] == len(panels) == 3
    assert [*browser.problems] == []


@pytest.mark.browser
def test_a_picture_that_could_not_be_read_beside_a_table_gets_a_page_of_its_own(browser, built):
    """One of `plot.axes(3)`: at less than 1000 pixels its text would be smaller than 18."""
    outputs = [nbformat.v4.new_output("stream", text="x = 7\n" * 7), three_axes()]
    cells = [
        nbformat.v4.new_markdown_cell("# Deck", metadata={"slideshow": {"slide_type": "slide"}}),
        nbformat.v4.new_code_cell("print(x)", outputs=outputs),
    ]
    write_slides({"en": {"picture": nbformat.v4.new_notebook(cells=cells)}}, built["slides"])
    laid(browser.page, built["slides"] / "en" / "picture.html")
    assert browser.page.evaluate("document.querySelector('.page img').width") >= 1000


@pytest.mark.browser
def test_a_deck_becomes_a_pdf_of_its_slides(browser, built, tmp_path):
    shutil.copytree(built["slides"], tmp_path / "slides")
    file = tmp_path / "slides" / "ru" / f"{SMALL}.html"
    write_pdf(browser.page.context, [file])
    pdf = file.with_suffix(".pdf").read_bytes()
    boxes = re.findall(rb"/MediaBox\s*\[0 0 (\d+) (\d+)\]", pdf)
    assert len(boxes) > 4
    assert set(boxes) == {(b"960", b"540")}  # 16 : 9


def test_what_stands_above_a_notebook_is_known_to_the_index():
    for language in LANGUAGES:
        for file in sorted((NOTEBOOKS / language).glob("*.ipynb")):
            page = lesson(file.stem, nbformat.read(file, as_version=4))
            assert page.about["goal"]
            assert minutes(page.about["minutes"])
            assert page.about["slides"] or file.stem == SMALL
            assert ("–" in page.about["slides"]) == (file.stem == "seminar")
            assert all(s["title"] and s["address"] for s in sections(page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_leads_to_headings_that_are_there(language):
    files = sorted((NOTEBOOKS / language).glob("*.ipynb"))
    pages = [lesson(file.stem, nbformat.read(file, as_version=4)) for file in files]
    for page in [*pages, *beside(NOTEBOOKS, language)]:
        prose = [cell for cell in page.notebook.cells if cell.cell_type == "markdown"]
        notebook = nbformat.v4.new_notebook(cells=prose)
        html = convert(notebook, "deck", language, title=page.title)
        ids = {unescape(text) for text in re.findall(r'\bid="([^"]*)"', html)}
        anchors = {section["address"].partition("#")[2] for section in sections(page)} - {""}
        assert anchors <= ids


def test_figures_of_a_site_have_more_time_than_those_of_a_notebook(tmp_path):
    code = "from course_lib.figures import page\nprint(page.SECONDS)"
    cells = [nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "asked.ipynb")
    (cell,) = executed(tmp_path / "asked.ipynb", tmp_path).cells
    assert float(cell.outputs[0].text) > SECONDS


def of_the_notebooks(what):
    """Where each has its page or its deck."""
    files = NOTEBOOKS.glob("[er][nu]/*.ipynb")
    return {BUILT[what] / file.relative_to(NOTEBOOKS).with_suffix(".html") for file in files}


def pages_of_the_site():
    """All but those of JupyterLite, which are not ours."""
    files = sorted(BUILT["site"].rglob("*.html"))
    files = [file for file in files if "lite" not in file.relative_to(BUILT["site"]).parts]
    assert of_the_notebooks("site") <= set(files)
    return files


@pytest.mark.site
def test_every_page_of_the_site(browser):
    files = pages_of_the_site()
    found = {str(file.relative_to(BUILT["site"])): [*complaints(browser, file)] for file in files}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.site
def test_every_link_of_the_site_leads_somewhere():
    gone = []
    for file in pages_of_the_site():
        text = file.read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"', text):
            place, _, asked = link.partition("?path=")
            # JupyterLite opens what lies among its files.
            there = [file.parent / place, BUILT["site"] / "lite" / "files" / asked]
            if not all(path.exists() for path in there):
                gone.append(f"{file.name}: {link}")
    assert gone == []


@pytest.mark.site
def test_every_deck(browser):
    files = sorted(BUILT["slides"].rglob("*.html"))
    assert of_the_notebooks("slides") == set(files)
    found = {str(f.relative_to(BUILT["slides"])): [*complaints_of_deck(browser, f)] for f in files}
    assert {name: what for name, what in found.items() if what} == {}
