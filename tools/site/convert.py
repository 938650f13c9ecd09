"""An executed notebook as a web page or as a deck, with the files that both need beside them."""

import re
import shutil
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from tools import ROOT

HERE = Path(__file__).resolve().parent
TEMPLATES = [HERE / "templates", ROOT / "course_lib" / "jupyter" / "templates"]
NPM = ROOT / "build" / "npm" / "node_modules"
#: What pages ask for besides the files in static/: names there, places in npm's packages.
PACKAGES = {
    "mathjax.js": "mathjax/es5/tex-svg-full.js",
    "mathjax-LICENSE.txt": "mathjax/LICENSE",
    "minisearch.js": "minisearch/dist/umd/index.js",
    "minisearch-LICENSE.txt": "minisearch/LICENSE.txt",
    "reveal.js": "reveal.js/dist/reveal.js",
    "reveal.css": "reveal.js/dist/reveal.css",
    "reveal-notes.js": "reveal.js/dist/plugin/notes.js",
    "reveal-LICENSE.txt": "reveal.js/LICENSE",
}
#: Words of the pages themselves: Russian, English.
WORDS = {
    "course": ("SGD шаг за шагом", "SGD, step by step"),
    "other": ("English", "По-русски"),
    "search": ("Поиск", "Search"),
    "nothing": ("Ничего не нашлось", "Nothing found"),
    "theme": ("Светлая или тёмная тема", "Light or dark theme"),
    "contents": ("Содержание", "Contents"),
    "main": ("К тексту", "Skip to the text"),
    "picture": ("Картинка к разделу", "Picture of the section"),
    "code": ("код", "code"),
    "about": (
        "Тетради семинара с их результатами. Если страницы открыты с сервера, многие тетради "
        "запускаются прямо в браузере; чтобы работать со всеми, поставьте курс себе.",
        "The seminar's notebooks with their results. Many run right in the browser if the pages "
        "come from a web server; to work with all of them, install the course.",
    ),
    "run": ("Запустить в браузере", "Run in the browser"),
    "browser": (
        "Ставить ничего не нужно; первый раз это займёт около минуты. Изменения хранит сам "
        "браузер, забрать тетрадь — File → Download. Прервать расчёт нельзя, только начать "
        "заново: Kernel → Restart Kernel.",
        "Nothing to install; the first time takes about a minute. The browser keeps your changes, "
        "File → Download takes a notebook away. A cell cannot be stopped, the kernel can be "
        "started anew: Kernel → Restart Kernel.",
    ),
    "desk": (
        "В браузере этой главе не хватает torch: запускайте её на своём компьютере.",
        "In a browser this chapter lacks torch: run it on a computer of your own.",
    ),
    "lacks": (
        "В браузере нет torch, поэтому эта ячейка здесь только для чтения. На вашем компьютере "
        "она выполнится.",
        "A browser has no torch, so here this cell is to be read only. On a computer of your own "
        "it runs.",
    ),
    "pages": ("Ещё", "More"),
    "times": ("Сколько стоят тетради", "What the notebooks cost"),
    "verdicts": ("Вердикты при шести зёрнах", "Verdicts, seed by seed"),
    "libraries": ("Одна формула, три библиотеки", "One formula, three libraries"),
    "optimizers": ("Любой оптимизатор как метод курса", "Any optimizer as a method of the course"),
    "glossary": ("Слова курса", "Words of the course"),
}
LANGUAGES = ("ru", "en")
HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)


def words(language):
    return {name: both[LANGUAGES.index(language)] for name, both in WORDS.items()}


def heading(cell):
    """The last heading of a cell without its marks, or None."""
    found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
    return re.sub(r"[`*$]", "", found[-1][1]) if found else None


def name_pictures(notebook, language):
    """Every picture without a text of its own is called after its section."""
    section = ""
    for cell in notebook.cells:
        section = heading(cell) or section
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                about = output.metadata.setdefault("image/png", {})
                about.setdefault("alt", f"{words(language)['picture']} «{section}»")


def follow_links(html):
    """Links to notebooks and to the pages beside them, as links to their web pages."""
    html = re.sub(r'(href="[\w./-]*)\.ipynb((?:#[^"]*)?")', r"\1.html\2", html)
    return re.sub(
        r'href="\.\./([A-Z]+)\.md"', lambda found: f'href="{found[1].lower()}.html"', html
    )


def convert(notebook, template, language, **more):
    """The notebook as HTML by a template of this folder; `more` is for the template."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata.pop("widgets", None)
    name_pictures(notebook, language)
    folders = [str(folder) for folder in TEMPLATES]
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=folders,
        extra_template_paths=folders,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        language_code=language,
    )
    exporter.environment.globals.update(language=language, words=words(language), **more)
    html, _ = exporter.from_notebook_node(notebook)
    return follow_links(html)


def write_static(target):
    """The files that pages share; FileNotFoundError: npm has not brought its packages."""
    shutil.copytree(HERE / "static", target, dirs_exist_ok=True)
    for name, place in PACKAGES.items():
        shutil.copyfile(NPM / place, target / name)
