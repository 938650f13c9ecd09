"""Decks: one file a notebook, shown by reveal.js; as PDF by Chromium's own print."""

from tools.site.convert import convert, heading

SIZE = {"width": 1280, "height": 720}


def write_slides(notebooks, target):
    """Write the decks into the folder `target`. notebooks: {language: {name: executed}}."""
    for language, here in notebooks.items():
        folder = target / language
        folder.mkdir(parents=True, exist_ok=True)
        for name, notebook in here.items():
            html = convert(notebook, "deck", language, title=heading(notebook.cells[0]))
            (folder / f"{name}.html").write_text(html, encoding="utf-8")


def laid(page, file, query=""):
    """Open a deck in a page of Chromium and wait until it is laid."""
    page.goto(f"{file.as_uri()}{query}")
    page.locator("html[data-laid]").wait_for(timeout=60_000)


def write_pdf(window, files):
    """A PDF beside every deck, a page for every slide; window: of Chromium."""
    for file in files:
        page = window.new_page()
        laid(page, file, "?view=print")
        page.pdf(path=file.with_suffix(".pdf"), prefer_css_page_size=True, print_background=True)
        page.close()
