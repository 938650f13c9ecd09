"""Claims between the code and the prose, and the page that asks them of other seeds."""

import jupytext
import nbformat
import pytest
from distributed import LocalCluster

from course_lib.verdicts import found, verdict
from tools import NOTEBOOKS
from tools import verdicts as page
from tools.build.checks import marks
from tools.build.claims import WORDS, check_claims, claims, verdicts
from tools.build.sources import read_sources

LESSON = """# %% tags=["parameters"]
SEED = 0

# %%
check("S9.1", band, below=2)
for kappa in (1, 10):
    check("S9.2", band, above=0, of=f"κ = {kappa}")

# %% [markdown]
# **Вердикт (S9.1): верно.** Почему?
#
# **Вердикт (S9.2): верно при условии.** Если повезёт.
"""


def problems(old="", new="", **others):
    assert old in LESSON
    texts = {"09_one": LESSON.replace(old, new)} | others
    return list(check_claims({n: jupytext.reads(t, "py:percent").cells for n, t in texts.items()}))


def test_a_lesson_whose_halves_agree():
    assert problems() == []
    assert problems(hw1_two='# %%\ncheck("gd", gd)\n') == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Вердикт (S9.1): верно.", "Итак.", "expected one verdict; found 0"),
        ("Вердикт (S9.1)", "Вердикт (S9.2)", "expected one verdict; found 2"),
        ("Вердикт (S9.1)", "Вердикт (S9.7)", "no check('S9.7'"),
        ("Вердикт (S9.1)", "Вердикт (Adam)", "expected a claim like S9.3"),
        ("**Вердикт (S9.1): верно.**", "**Вердикт.**", "without a claim"),
        ("верно при условии", "почти верно", "«почти верно» is none of"),
        ('# %% tags=["parameters"]', "# %%", "expected one cell tagged parameters; found 0"),
        ('# %%\ncheck("S9.1"', '# %% tags=["solution"]\ncheck("S9.1"', "no check('S9.1'"),
        ('check("S9.1"', '# check("S9.1"', "no check('S9.1'"),
    ],
)
def test_halves_that_do_not(old, new, words):
    assert any(words in problem for problem in problems(old, new)), problems(old, new)


def test_a_claim_stands_in_one_notebook():
    assert any("another notebook" in text for text in problems(**{"10_two": LESSON}))


@pytest.mark.parametrize(("russian", "english"), WORDS.items())
def test_both_languages_give_the_same_verdict(russian, english):
    one = marks(f"**Вердикт (S1.2): {russian}.** Да.")["verdicts"]
    assert one == marks(f"**Verdict (S1.2): {english}.** Yes.")["verdicts"]
    assert verdicts(f"**Verdict (S1.2): {english}.**") == [("S1.2", english)]
    assert one != marks("**Verdict (S1.2): is unclear.**")["verdicts"]


# ---- The page --------------------------------------------------------------------------------


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A notebook whose one claim holds for the first seed and not for the second."""
    cells = [
        nbformat.v4.new_code_cell("SEED = 0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("from course_lib.verdicts import check"),
        nbformat.v4.new_code_cell('check("S9.1", (1, SEED, 1 + SEED), below=5000, of="a|b")'),
        nbformat.v4.new_code_cell('check("S9.2", 0.5, between=(0, 1))'),
    ]
    for name in ("NOTEBOOKS", "KEPT"):
        monkeypatch.setattr(page, name, tmp_path / name)
    path = tmp_path / "NOTEBOOKS" / "ru" / "09_one.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_notebook_is_asked_with_every_seed(lesson):
    found = [page.asked("09_one", seed) for seed in (0, page.APART)]
    rows = page.rows("09_one", found)
    assert [(row.claim, row.of, row.signs, row.agree) for row in rows] == [
        ("S9.1", "a|b", ("✓", "✗"), 1),
        ("S9.2", "", ("✓", "✓"), 2),
    ]
    text = page.page(rows, (0, page.APART))
    assert "| S9.1 | a\\|b | ✓ | ✗ | 1/2 | 1 [0, 1] | 1 [1e+04, 1e+04] |" in text
    assert "| S9.2 |  | ✓ | ✓ | exact | 0.5 | 0.5 |" in text


def test_what_is_kept_is_not_computed_again(lesson, monkeypatch):
    before = page.asked("09_one", 0)
    monkeypatch.setattr(page, "NotebookClient", None)
    assert page.asked("09_one", 0) == before
    lesson.write_text(lesson.read_text().replace("0.5", "0.25"))
    with pytest.raises(TypeError):  # the notebook has changed: it would be executed
        page.asked("09_one", 0)


def test_a_cluster_is_one_argument(lesson, monkeypatch, capsys):
    def asked(name, seed):
        from distributed import get_worker  # raises where no worker is

        band = (1, seed, 1 + seed)
        return [found("S9.1", band, below=5000, of=str(get_worker().name))._asdict()]

    monkeypatch.setattr(page, "asked", asked)
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        differing = page.main(["09_one", "--seeds=2", "--scheduler", cluster.scheduler_address])
    assert differing == 1
    assert "| S9.1 | 0 | ✓ | ✗ | 1/2 |" in capsys.readouterr().out


def test_a_seed_needs_its_cell(lesson):
    notebook = nbformat.read(lesson, 4)
    del notebook.cells[0].metadata["tags"]
    with pytest.raises(ValueError, match='a cell tagged "parameters"'):
        page.with_seed(notebook, 1)


def test_checks_that_depend_on_the_seed_are_refused():
    one = found("S1.1", 0.5, above=0)._asdict()
    with pytest.raises(ValueError, match=r"the same checks for every seed; got \[1, 2\]"):
        page.rows("09_one", [[one], [one, one]])


@pytest.mark.parametrize(
    ("signs", "bands", "said"),
    [
        ("✓✓✗", [(1, 0, 2), (1, 0, 3), (4, 3, 5)], "2/3"),
        ("✓✓", [(1, 0, 2), (1, 0, 2.001)], "2/2"),
        ("✓✓", [(1, 0, 2), (1, 0, 2)], "stored"),
        ("✓✓", [(1, 1, 1), (1, 1, 1)], "exact"),
        ("✓✓", [(1, 1 - 1e-12, 1), (1, 1 - 1e-12, 1)], "exact"),
        ("✓✓", [(1, 1, 1), (2, 2, 2)], "2/2"),
        ("✓", [(1, 0, 2)], "1/1"),
    ],
)
def test_one_number_for_all_seeds_is_no_agreement(signs, bands, said):
    assert page.Row("n", "S1.1", "", tuple(signs), tuple(bands)).agreement == said


def test_an_end_that_is_infinite_is_the_widest():
    one = {"claim": "S1.1", "of": "", "sign": "✓"}
    (row,) = page.rows("n", [[one | {"band": [1, 0, None]}], [one | {"band": [1, 0, 9]}]])
    assert "| 1 [0, 9] | 1 [0, ∞] |" in page.page([row], (0, 1))


# ---- The course's own page -------------------------------------------------------------------


def committed():
    """{(notebook, claim): [for each row its signs and their agreement]} of the page."""
    found, name = {}, None
    for line in page.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line.split()[1]
        if line.startswith("| S"):
            claim, _, *signs = (cell.strip() for cell in line.replace("\\|", "/")[2:-2].split("|"))
            found.setdefault((name, claim), []).append(tuple(signs[:7]))
    return found


def test_the_page_has_the_claims_of_the_course():
    notebooks = read_sources(NOTEBOOKS)
    expected = {(name, claim) for name in page.lessons() for claim in claims(notebooks[name])}
    assert set(committed()) == expected


def test_the_prose_says_what_the_signs_of_the_page_come_to():
    notebooks, page_says = read_sources(NOTEBOOKS), committed()
    for name in page.lessons():
        prose = [cell.source for cell in notebooks[name] if cell.cell_type == "markdown"]
        for claim, words in verdicts("\n".join(prose)):
            assert words == verdict(row[0] for row in page_says[name, claim]), (name, claim)


def test_no_band_stands_still_but_a_stored_one():
    """In a chapter that reads no stored results every band moves with the one SEED."""
    still = {name for (name, _), rows in committed().items() for row in rows if row[6] == "stored"}
    cells = read_sources(NOTEBOOKS)
    reads = {name for name in still if any(".experiments" in c.source for c in cells[name])}
    assert still == reads


@pytest.mark.notebooks
def test_a_notebook_says_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "KEPT", tmp_path)
    name = "01_finite_sum"  # the cheapest
    found = [page.asked(name, seed) for seed in (0, page.APART)]
    signs = [(row.claim, row.signs) for row in page.rows(name, found)]
    kept = [(c, s[:2]) for (n, c), many in committed().items() if n == name for s in many]
    assert sorted(signs) == sorted(kept)
