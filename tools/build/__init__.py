"""Build the notebooks that students open from the only files that people edit.

Each lesson exists in two languages and, for teachers, with solutions. Four copies kept by hand
drift apart, so there is one source, `notebooks/src/NN_name.py` (jupytext py:percent, Russian prose,
code that serves both languages, solutions), and the English of its paragraphs,
`notebooks/locale/en.po` (gettext; the key is the Russian paragraph itself). The rest is made:

    python -m tools.build              writes ru/, en/ and homework/, brings en.po up to date
    python -m tools.build --check      writes nothing; one line per problem, exit 1 if any
    python -m tools.build --homework   writes homework/ru and homework/en only, to hand out, but
                                       none over a notebook that has been run: it is a student's
    python -m tools.build --solutions  writes solutions/ru and solutions/en (git-ignored)

In en.po only people write English and only people remove the mark "fuzzy". A homework, `hwN_name`,
is built if nothing of a solution is left in it and every item of it is unsolved: its cells are run.
"""

from tools import NOTEBOOKS
from tools.build.catalogue import read_po, update_po
from tools.build.checks import check, check_homework, has_run
from tools.build.render import render
from tools.build.sources import SourceError, read_sources

__all__ = ["build", "check"]


def build(root=NOTEBOOKS, solutions=False, homework=False):
    """Write the notebooks; returns the catalogue. A broken source leaves every file as it was."""
    notebooks = read_sources(root)
    po = update_po(read_po(root), notebooks)
    files = render(notebooks, po, solutions)
    if not solutions:
        for problem in check_homework(notebooks, files):
            raise SourceError(problem)
        files["locale/en.po"] = str(po)
    if homework:
        files = {path: text for path, text in files.items() if path.startswith(("hom", "loc"))}
        for path in files:
            if (root / path).exists() and has_run((root / path).read_text(encoding="utf-8")):
                raise SourceError(f"{path}: has been run, it may be somebody's work: move it away")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    return po
