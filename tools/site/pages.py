"""What makes a site of the pages: the index with its thumbnails, the search, the pages beside."""

import io
import json
import re
from base64 import b64decode
from dataclasses import dataclass, field
from urllib.parse import quote

import nbformat
from jinja2 import Environment, FileSystemLoader
from PIL import Image

from tools.site.convert import HEADING, HERE, LANGUAGES, convert, heading, words

THUMBNAIL = 640, 360  # pixels at most
#: Pages in Markdown beside the notebooks, by the name of their file in the site.
BESIDE = {
    "times": "TIMES",
    "verdicts": "VERDICTS",
    "libraries": "LIBRARIES",
    "optimizers": "OPTIMIZERS",
    "glossary": "GLOSSARY",
}


@dataclass(frozen=True)
class Page:
    """One page of the site; `about` is what the head of a notebook says of it."""

    name: str
    title: str
    notebook: nbformat.NotebookNode
    about: dict = field(default_factory=dict)


def lesson(name, notebook):
    """A notebook as a page: its first cell says its goal, its minutes and its slides."""
    first = notebook.cells[0].source
    fields = dict(re.findall(r"\*\*([^*]+)[.:]\*\* *(.+?)(?= *\*\*|$)", first, re.MULTILINE))
    goal, minutes, slides = [*fields.values(), "", "", ""][:3]
    about = {
        "goal": goal,
        "minutes": minutes.rstrip("."),
        "slides": ", ".join(re.findall(r"S\d+(?:–S\d+)?", slides)),
    }
    return Page(name, heading(notebook.cells[0]), notebook, about)


def beside(root, language):
    """The pages of times, verdicts, libraries and words."""
    for name, file in BESIDE.items():
        text = (root / f"{file}.md").read_text(encoding="utf-8")
        text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
        text = re.sub(r"\]\((?:ru|en)/(\w+\.ipynb)\)", r"](\1)", text)
        text = re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", text)  # files of the repository
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
        yield Page(name, words(language)[name], notebook)


def thumbnail(notebook):
    """The first picture of the notebook, small, as PNG; None without a picture."""
    pictures = [
        output.data["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    if not pictures:
        return None
    picture = Image.open(io.BytesIO(b64decode(pictures[0]))).convert("RGBA")
    picture.thumbnail(THUMBNAIL)
    paper = Image.new("RGBA", picture.size, "white")
    small = io.BytesIO()
    Image.alpha_composite(paper, picture).convert("RGB").save(small, "PNG", optimize=True)
    return small.getvalue()


def sections(page):
    """What the search finds: a title, an address and a text for every section of a page."""
    title, address, found = page.title, f"{page.name}.html", {}
    prose = "\n".join(cell.source for cell in page.notebook.cells if cell.cell_type == "markdown")
    for part in re.split(r"^(?=#{1,3} )", prose, flags=re.MULTILINE):
        if head := HEADING.match(part):
            text = re.sub(r"[`*]|\]\([^)]*\)|\[", "", head[2]).strip()
            # The anchor as nbconvert makes it.
            title, anchor = (
                text.replace("$", ""),
                quote(text.replace(" ", "-"), safe="?/:@!$&'()*+,;="),
            )
            address = f"{page.name}.html" + (f"#{anchor}" if len(head[1]) > 1 else "")
        text = re.sub(r"[`*$>|\\]|\]\([^)]*\)", " ", part)
        found[address] = (title, found.get(address, (title, ""))[1] + text)
    for address, (title, text) in found.items():
        yield {"title": title, "page": page.title, "address": address, "text": text}


def write_pages(notebooks, root, target, runs=None):
    """Write the site into the folder `target`.

    notebooks: {language: {name: executed notebook}}; root: of the sources, for the pages beside;
    runs: {name: does it run in the browser?}, if the site has a JupyterLite.
    """
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
    for language, here in notebooks.items():
        folder = target / language
        folder.mkdir(parents=True, exist_ok=True)
        (other,) = set(LANGUAGES) - {language}
        lessons = [lesson(name, notebook) for name, notebook in here.items()]
        more = list(beside(root, language))
        pages = [*lessons, *more]
        for i, page in enumerate(pages):
            neighbours = []
            if page in lessons and i > 0:
                neighbours.append(("before", pages[i - 1]))
            if page in lessons and i + 1 < len(lessons):
                neighbours.append(("after", pages[i + 1]))
            html = convert(
                page.notebook, "page", language,
                name=page.name, title=page.title, other=other, neighbours=neighbours,
                runs=runs.get(page.name) if runs else None, tables=page in more,
            )  # fmt: skip
            (folder / f"{page.name}.html").write_text(html, encoding="utf-8")
            if picture := thumbnail(page.notebook):
                (folder / f"{page.name}.png").write_bytes(picture)
        found = [
            section | {"id": n} for n, section in enumerate(s for p in pages for s in sections(p))
        ]
        (folder / "search.js").write_text(
            f"window.SECTIONS = {json.dumps(found, ensure_ascii=False)};\n", encoding="utf-8"
        )
        index = templates.get_template("index.html.j2").render(
            language=language, other=other, words=words(language), lessons=lessons, more=more,
            pictures={page.name for page in lessons if thumbnail(page.notebook)},
        )  # fmt: skip
        (folder / "index.html").write_text(index, encoding="utf-8")
    (target / "index.html").write_text(
        templates.get_template("door.html.j2").render(languages=list(notebooks)), encoding="utf-8"
    )
