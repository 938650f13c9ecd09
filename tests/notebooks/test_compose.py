"""The seminar is its chapters' cells: each promise of the composing with a twin that breaks it."""

import re
from itertools import pairwise

import nbformat
import pytest

from tools import NOTEBOOKS
from tools.build import build
from tools.build.catalogue import read_po
from tools.build.claims import verdicts
from tools.build.minutes import check_minutes
from tools.build.sources import SourceError, is_included, read_sources

FIRST = """# %%
import numpy as np
from course_lib.problems import quadratic

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"} tags=["seminar:step"]
# ## Шаг
#
# Как велик шаг?

# %% tags=["seminar:step"]
problem = quadratic(kappa=10)

# %%
x = np.zeros(2)

# %% tags=["hide-input", "seminar:later"]
y = [problem.f(np.ones(2)) for _ in range(SEED + 1)]
"""
SECOND = """# %%
from course_lib.problems import line_fit
from math import pi as np

# %% tags=["seminar:line"]
task = line_fit(seed=1)
"""
SEMINAR = """# %% include="imports" tags=["hide-input"]

# %% tags=["parameters"]
SEED = 0

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Первое · 60 мин на паре

# %% include="01_first:step" slideshow={"slide_type": "subslide"}

# %% [markdown]
# ## Второе · 30 мин на паре
#
# **Время:** 90 мин на паре.

# %% include="02_second:line"

# %% include="01_first:later"
"""
SOURCES = {"01_first": FIRST, "02_second": SECOND, "seminar": SEMINAR}


def written(root, **texts):
    (root / "src").mkdir(exist_ok=True)
    for name, text in (SOURCES | texts).items():
        (root / "src" / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def composed(root, name="seminar", old="", new=""):
    """The seminar's cells, `old` replaced by `new` in one of the sources."""
    assert old in SOURCES[name]
    return read_sources(written(root, **{name: SOURCES[name].replace(old, new, 1)}))["seminar"]


def test_cells_come_with_their_order_folding_and_imports(tmp_path):
    cells = composed(tmp_path)
    assert [cell.source for cell in cells] == [
        "import numpy as np\nfrom course_lib.problems import line_fit, quadratic",
        "SEED = 0",
        "## Первое · 60 мин на паре",
        "Как велик шаг?",
        "problem = quadratic(kappa=10)",
        "## Второе · 30 мин на паре\n\n**Время:** 90 мин на паре.",
        "task = line_fit(seed=1)",
        "y = [problem.f(np.ones(2)) for _ in range(SEED + 1)]",
    ]
    assert [is_included(cell) for cell in cells] == [False] * 3 + [True] * 2 + [False] + [True] * 2
    assert cells[-1].metadata["tags"] == ["hide-input"]
    slides = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in cells]
    assert slides == [None, None, "slide", "subslide", None, None, None, None]
    assert len({cell.id for cell in cells}) == len(cells)


@pytest.mark.parametrize(("old", "new"), [("kappa=10", "kappa=20"), ("Как велик", "Как мал")])
def test_a_changed_cell_of_a_chapter_changes_the_seminar(tmp_path, old, new):
    before, after = composed(tmp_path), composed(tmp_path, "01_first", old, new)
    changed = [(a.source, b.source) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0][1] == changed[0][0].replace(old, new)


def test_the_notebooks_show_no_tag_of_the_seminar_and_english_is_the_chapters(tmp_path):
    written(tmp_path)
    build(tmp_path)
    po = read_po(tmp_path)
    assert {place for entry in po for place, _ in entry.occurrences if "шаг" in entry.msgid} == {
        "src/01_first.py"
    }
    for entry in po:
        entry.msgstr = entry.msgid.replace("Как велик шаг?", "How long is the step?")
    po.save(str(tmp_path / "locale" / "en.po"))
    build(tmp_path)
    made = (tmp_path / "en" / "seminar.ipynb").read_text(encoding="utf-8")
    assert "How long is the step?" in made
    for path in tmp_path.glob("*/*.ipynb"):
        shown = nbformat.read(path, 4)
        assert not [c for c in shown.cells if "chapter" in c.metadata or "include" in c.metadata]
        assert "seminar:" not in path.read_text(encoding="utf-8")


REFUSED = {
    "no such tag": ("seminar", ":step", ":stop", "no cell of 01_first has the tag"),
    "no such chapter": ("seminar", "01_first", "03_third", "there is no chapter '03_third'"),
    "itself": ("seminar", "01_first:step", "seminar:step", "there is no chapter 'seminar'"),
    "an idle tag": ("seminar", '\n# %% include="02_second:line"', "", "no include of"),
    "text under an include": ("seminar", 'line"\n', 'line"\nx = 1\n', "an include with text"),
    "an include in a chapter": (
        "02_second", "\n# %% tags", '\n# %% include="imports"\n\n# %% tags', "only src/seminar.py"
    ),
    "no Python": ("02_second", "task =", "%time task =", "«%time task = line_fit(seed=1)»"),
    "a solution": ("02_second", '["', '["solution", "', "a solution or an exercise"),
    "a cell that stays behind": (
        "01_first", "np.ones(2)", "x", "'x': «x = np.zeros(2)» there, nothing here"
    ),
    "a name of two chapters": (
        "02_second", "task =", "problem =",
        "'problem': «problem = quadratic(kappa=10)» there, «problem = line_fit(seed=1)» here",
    ),
    "a name that a live figure needs": (
        "01_first", "kappa=10)", "kappa=10)\ntask = 1\nlive(lambda a: [task], a=1)",
        "'task': a live figure of 01_first needs it",
    ),
    "one name, two imports": (
        "02_second", "line_fit(seed=1)", "np", "'np': imported from math, and imported from numpy"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_composed_is_refused(tmp_path, name, old, new, message):
    with pytest.raises(SourceError, match=r"^src/") as error:
        composed(tmp_path, name, old, new)
    assert message in str(error.value)


@pytest.mark.parametrize(("new", "found"), [("60 мин", 0), ("61 мин", 2), ("60 минут", 3)])
def test_its_minutes_are_those_of_the_lecture(tmp_path, new, found):
    cells = composed(tmp_path, "seminar", "60 мин", new)
    problems = list(check_minutes({"seminar": cells}))
    assert len(problems) == found
    assert all(text.startswith("src/seminar.py: ") for text in problems)


def test_every_slide_has_a_question_an_experiment_and_all_but_one_a_verdict():
    """S7 is the picture of the two slides before it, step by step."""
    sections = {}
    for cell in read_sources(NOTEBOOKS)["seminar"]:
        if heading := re.match(r"## (S\d+)\. ", cell.source):
            sections[heading[1]] = []
        if sections:
            sections[[*sections][-1]].append(cell)
    assert [*sections] == [f"S{k}" for k in range(1, 15)]
    for name, cells in sections.items():
        prose = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        assert "**Предскажите.**" in prose, name
        assert any(is_included(c) and c.cell_type == "code" for c in cells), name
        assert bool(verdicts(prose)) == (name != "S7"), name


def test_what_introduces_a_cell_of_code_is_followed_by_it():
    cells = read_sources(NOTEBOOKS)["seminar"]
    for cell, following in pairwise(cells):
        last = cell.source.split("\n\n")[-1]
        if cell.cell_type == "markdown" and (last.startswith("**Цель.**") or last.endswith(":")):
            assert following.cell_type == "code", last
