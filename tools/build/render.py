"""The notebooks that students and teachers open, out of sources and the catalogue."""

import nbformat

from tools.build.compose import TAG
from tools.build.sources import PRIVATE, is_homework, is_solution, paragraphs

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def place(name, language, solutions=False):
    """Where a generated notebook lies."""
    folder = "solutions/" if solutions else "homework/" if is_homework(name) else ""
    return f"{folder}{language}/{name}.ipynb"


def generate(cell, words):
    """A cell as students get it."""
    new = nbformat.from_dict(cell)
    for key in PRIVATE:
        new.metadata.pop(key, None)
    tags = [tag for tag in new.metadata.pop("tags", []) if tag != "solution" and TAG not in tag]
    if tags:
        new.metadata["tags"] = tags
    if "hide-input" in tags:
        new.metadata["jupyter"] = {"source_hidden": True}  # folded: a click opens it
    if cell.cell_type == "markdown":
        new.source = "\n\n".join(words.get(part, part) for part in paragraphs(cell.source))
    return new


def render(notebooks, po, solutions=False):
    """{path: text} of the generated notebooks; a paragraph without English stays Russian."""
    english = {entry.msgid: entry.msgstr for entry in po if entry.msgstr.strip()}
    files = {}
    for folder, words in (("ru", {}), ("en", english)):
        for name, cells in notebooks.items():
            kept = [generate(cell, words) for cell in cells if solutions or not is_solution(cell)]
            made = nbformat.v4.new_notebook(cells=kept, metadata=METADATA, nbformat_minor=5)
            files[place(name, folder, solutions)] = nbformat.writes(made) + "\n"
    return files
