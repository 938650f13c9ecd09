"""The builder of the notebooks: each promise with a twin that breaks it."""

import re

import jupytext
import nbformat
import pytest

from support import ROOT
from tools.build import build, check
from tools.build.__main__ import main
from tools.build.catalogue import read_po
from tools.build.checks import marks
from tools.build.sources import paragraphs, read_source

NOTEBOOKS = ROOT / "notebooks"

SGD = r"""# %% [markdown] slideshow={"slide_type": "slide"}
# # Шаг метода
#
# Шаг $x_{k+1} = x_k - \alpha g_k$ считает `sgd`, см. [Сумму](02_sum.ipynb).
#
# $$
# x_k \to x^\star
#
# $$
#
# $$f(x)$$

# %% slideshow={"slide_type": "fragment"} tags=["hide-input"]
x = 1.0
print(x)  # plain

# %% [markdown] tags=["exercise"]
# Докажите, что метод сходится.

# %% [markdown] tags=["solution"]
# Рассмотрим расстояние до минимума.
#
# $$\|x_{k+1} - x^\star\|^2 \le q$$

# %% tags=["solution", "raises-exception"]
secret_rate = (1 - 0.5) ** 2
x = 2
print(x)

# %%
x = 2
print(x)

# %%
x = 2
print(x)
"""
SUM = """# %% [markdown]
# # Конечная сумма
#
# Докажите, что метод сходится.

# %%
n = 3
"""
ENGLISH = {
    "# Шаг метода": "# The step",
    "Шаг $x_{k+1}": r"The step $x_{k+1} = x_k - \alpha g_k$ is `sgd`, see [the sum](02_sum.ipynb).",
    "Докажите": "Prove that the method converges.",
    "Рассмотрим": "Consider the distance to the minimum.",
    "# Конечная сумма": "# A finite sum",
}


@pytest.fixture
def root(tmp_path):
    """A course of two notebooks, translated, built and clean."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "01_sgd.py").write_text(SGD, encoding="utf-8")
    (tmp_path / "src" / "02_sum.py").write_text(SUM, encoding="utf-8")
    build(tmp_path)
    english(tmp_path, ENGLISH)
    assert check(tmp_path) == []
    return tmp_path


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def english(root, words):
    """Do what a translator does: write msgstr, remove fuzzy, rebuild."""
    po = read_po(root)
    for start, text in words.items():
        (entry,) = [entry for entry in po if entry.msgid.startswith(start)]
        entry.msgstr, entry.flags = text, []
    po.save(str(root / "locale" / "en.po"))
    build(root)


def entry(root, start):
    (found,) = [one for one in read_po(root) if one.msgid.startswith(start)]
    return found


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def notebook(root, path):
    return nbformat.read(root / path, as_version=nbformat.NO_CONVERT)


def problems(root, start):
    """The problems, all of which must be of one file; writing nothing."""
    before = snapshot(root)
    found = check(root)
    assert snapshot(root) == before
    assert found
    assert all(line.startswith(start) and "\n" not in line for line in found), found
    return "\n".join(found)


def broken(root, capsys, *words):
    """A broken source: one line, exit 1, in every mode, nothing written."""
    before = snapshot(root)
    for mode in [], ["--check"], ["--solutions"]:
        assert main(mode, root) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert all(word in line for word in words), line
    assert snapshot(root) == before


# What is generated


def test_build_is_valid_clean_and_has_both_languages(root):
    ru, en = notebook(root, "ru/01_sgd.ipynb"), notebook(root, "en/01_sgd.ipynb")
    for made in ru, en:
        nbformat.validate(made)
        assert (made.nbformat, made.nbformat_minor) == (4, 5)
        assert made.metadata.kernelspec.name == "python3"
        assert set(made.metadata) == {"kernelspec", "language_info"}
        code = [cell for cell in made.cells if cell.cell_type == "code"]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert code[0].source == "x = 1.0\nprint(x)  # plain"
    assert ru.cells[0].source.startswith("# Шаг метода\n\nШаг $x_{k+1}")
    assert en.cells[0].source == (
        "# The step\n\nThe step $x_{k+1} = x_k - \\alpha g_k$ is `sgd`, see [the sum]"
        "(02_sum.ipynb).\n\n$$\nx_k \\to x^\\star\n\n$$\n\n$$f(x)$$"
    )
    assert [cell.source for cell in ru.cells if cell.cell_type == "code"] == [
        cell.source for cell in en.cells if cell.cell_type == "code"
    ]


def test_metadata_keeps_slides_and_tags_and_folds_what_is_hidden(root):
    cells = notebook(root, "en/01_sgd.ipynb").cells
    assert [dict(cell.metadata) for cell in cells] == [
        {"slideshow": {"slide_type": "slide"}},
        {
            "slideshow": {"slide_type": "fragment"},
            "tags": ["hide-input"],
            "jupyter": {"source_hidden": True},
        },
        {"tags": ["exercise"]},
        {},
        {},
    ]


def test_files_are_utf8_text_that_git_can_show(root):
    for path in (*root.glob("*/*.ipynb"), root / "locale" / "en.po"):
        data = path.read_bytes()
        assert data.endswith(b"\n")
        assert not data.endswith(b"\n\n")
        assert b"\r" not in data
        assert "\\u04" not in data.decode("utf-8")
    text = (root / "ru/01_sgd.ipynb").read_text(encoding="utf-8")
    assert '\n "cells": [' in text
    assert "Шаг метода" in text


def test_rebuild_is_byte_identical(root):
    before = snapshot(root)
    build(root)
    assert snapshot(root) == before


def test_ids_are_equal_across_languages_unique_and_from_content(root):
    before = [cell.id for cell in notebook(root, "ru/01_sgd.ipynb").cells]
    assert before == [cell.id for cell in notebook(root, "en/01_sgd.ipynb").cells]
    assert len(set(before)) == len(before)  # even of the two equal cells at the end
    edit(root / "src/01_sgd.py", "x = 1.0", "x = 1.5")
    edit(root / "src/01_sgd.py", "# %%\nx = 2", "# %%\ny = 0\n\n# %%\nx = 2")  # a new cell
    build(root)
    after = [cell.id for cell in notebook(root, "ru/01_sgd.ipynb").cells]
    assert after[:1] + after[2:3] + after[4:] == before[:1] + before[2:]
    assert after[1] != before[1]
    edit(root / "src/02_sum.py", "n = 3", "x = 2\nprint(x)")
    build(root)
    assert notebook(root, "ru/02_sum.ipynb").cells[1].id not in after


def test_slides_can_be_made(root):
    from nbconvert import SlidesExporter

    html, _ = SlidesExporter().from_notebook_node(notebook(root, "ru/01_sgd.ipynb"))
    assert "Шаг метода" in html
    assert html.count('class="fragment"') == 1


def test_what_jupytext_reads_is_what_is_built(root):
    read = jupytext.read(root / "src/01_sgd.py", fmt="py:percent").cells
    build(root, solutions=True)
    made = notebook(root, "solutions/ru/01_sgd.ipynb").cells
    assert [cell.source.strip("\n") for cell in read] == [cell.source for cell in made]


def test_code_is_the_text_of_the_source(root):
    edit(root / "src/02_sum.py", "n = 3", "# copy of n\n# ls\nn = 3  # why?\n\n\nm = 4")
    build(root)
    made = notebook(root, "en/02_sum.ipynb").cells[1]
    assert made.source == "# copy of n\n# ls\nn = 3  # why?\n\n\nm = 4"


def test_layout_of_a_source_does_not_show(root):
    source = SUM.replace("\n\n# %%", "\n# %%").replace("[markdown]", "[markdown]\n#")
    (root / "src/02_sum.py").write_text(f"{source}\n\n\n", encoding="utf-8")
    assert check(root) == []
    prose = SUM[: SUM.index("# %%\n")].replace("\n# ", "\n").replace("\n#\n", "\n\n")
    quoted = prose.replace("[markdown]", '[markdown]\nr"""').rstrip() + '\n"""\n'
    edit(root / "src/02_sum.py", source[: source.index("# %%\n")], quoted)
    assert check(root) == []


# Solutions


def test_solutions_are_for_teachers_only(root):
    students = "".join(path.read_text(encoding="utf-8") for path in root.glob("*/*.ipynb"))
    for secret in "secret_rate", "Рассмотрим", "Consider", '"solution"', "raises-exception":
        assert secret not in students
    edit(root / "locale/en.po", "Consider", "Hm: consider")
    edit(root / "locale/en.po", "src/02_sum.py", "src/03_sum.py")
    before = snapshot(root)
    assert main(["--solutions"], root) == 0
    assert before.items() <= snapshot(root).items()
    names = {str(path.relative_to(root)) for path in snapshot(root).keys() - before.keys()}
    assert names == {
        f"solutions/{ln}/{nb}.ipynb" for ln in ("ru", "en") for nb in ("01_sgd", "02_sum")
    }
    ru, en = (notebook(root, f"solutions/{ln}/01_sgd.ipynb") for ln in ("ru", "en"))
    nbformat.validate(ru)
    assert "secret_rate" in ru.cells[4].source == en.cells[4].source
    assert ru.cells[3].source.startswith("Рассмотрим")
    assert en.cells[3].source.startswith("Hm: consider")
    assert ru.cells[4].metadata == {"tags": ["raises-exception"]}
    kept = [cell.id for cell in ru.cells[:3] + ru.cells[5:]]
    assert kept == [cell.id for cell in notebook(root, "ru/01_sgd.ipynb").cells]
    build(root)
    assert check(root) == []


@pytest.mark.parametrize(
    "line", ["secret_rate = (1 - 0.5) ** 2", "Рассмотрим расстояние до минимума."]
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_leak_in_a_committed_file(root, line, language):
    edit(root / f"{language}/01_sgd.ipynb", "x = 1.0", f"{line} #")
    assert f"solution's line «{line}»" in problems(root, f"{language}/01_sgd.ipynb: ")


@pytest.mark.parametrize(("line", "leaks"), [("secret = 42", False), ("secret = 420", True)])
def test_only_a_line_of_twelve_characters_leaks(root, line, leaks):
    edit(root / "src/01_sgd.py", "secret_rate =", f"{line}\nsecret_rate =")
    build(root)
    edit(root / "en/01_sgd.ipynb", "x = 1.0", line)
    assert ("shows the solution's line" in problems(root, "en/01_sgd.ipynb")) == leaks


def test_leak_through_the_english(root):
    hint = "Prove that. $$\\|x_{k+1} - x^\\star\\|^2 \\le q$$"
    english(root, {"Докажите": hint})
    found = check(root)
    assert [line for line in found if line.startswith("en/01_sgd.ipynb: shows the solution's")]
    assert not [line for line in found if line.startswith(("ru/", "en/02"))]


def test_a_line_that_the_lesson_shows_itself_is_no_leak(root):
    edit(root / "src/01_sgd.py", "x = 2\nprint(x)", "x = 1.0\nprint(x)  # plain")
    build(root)
    assert check(root) == []


# English


def test_catalogue_is_ordered_and_names_the_notebooks(root):
    po = read_po(root)
    assert [one.msgid.split()[0] for one in po] == ["#", "Шаг", "Докажите,", "Рассмотрим", "#"]
    assert entry(root, "Докажите").occurrences == [("src/01_sgd.py", ""), ("src/02_sum.py", "")]
    text = (root / "locale/en.po").read_text(encoding="utf-8")
    assert not re.search(r"Date|20\d\d|Generator|\.py:\d", text)


def test_one_letter_of_russian_makes_english_fuzzy(root):
    edit(root / "src/01_sgd.py", "метод сходится.", "метод сходится!")
    files = {line.split(": ")[0] for line in check(root)}
    assert files == {"locale/en.po", "ru/01_sgd.ipynb", "en/01_sgd.ipynb"}
    build(root)
    changed = entry(root, "Докажите, что метод сходится!")
    assert changed.fuzzy
    assert changed.msgstr == "Prove that the method converges."
    assert changed.previous_msgid == "Докажите, что метод сходится."
    assert not entry(root, "Докажите, что метод сходится.").fuzzy  # the other notebook's
    assert "src/01_sgd.py: «Докажите, что метод сходится!»: fuzzy" in problems(root, "locale/en.po")
    before = snapshot(root)
    build(root)
    assert snapshot(root) == before  # a rebuild never clears it

    edit(root / "src/01_sgd.py", "метод сходится!", "метод сходится!!")
    build(root)
    again = entry(root, "Докажите, что метод сходится!!")
    assert again.fuzzy
    assert again.previous_msgid == "Докажите, что метод сходится."

    english(root, {"Докажите, что метод сходится!!": "Prove that it converges."})
    assert check(root) == []
    assert entry(root, "Докажите, что метод сходится!!").previous_msgid is None


def test_long_paragraph_with_a_small_change_keeps_its_english(root):
    edit(root / "src/02_sum.py", "# # Конечная сумма", "# Итак: " + "шаг мал, " * 60)
    build(root)
    english(root, {"Итак": "So: steps are small."})
    edit(root / "src/02_sum.py", "Итак: шаг", "Итак: наш шаг")
    build(root)
    assert entry(root, "Итак").fuzzy
    assert entry(root, "Итак").msgstr == "So: steps are small."
    # A line of the source is a line of the catalogue: diffs show what changed and nothing else.
    assert "шаг мал, " * 59 in (root / "locale/en.po").read_text(encoding="utf-8")


def test_an_edit_takes_the_english_of_the_closest_paragraph(root):
    edit(
        root / "src/02_sum.py",
        "# # Конечная сумма",
        "# Первый шаг велик и опасен.\n#\n# Второй шаг велик и опасен.",
    )
    build(root)
    english(root, {"Первый шаг велик и опасен.": "First.", "Второй шаг велик и опасен.": "Second."})
    edit(
        root / "src/02_sum.py",
        "# Первый шаг велик и опасен.\n#\n# Второй шаг велик и опасен.",
        "# Второй шаг велик и опасен!\n#\n# Первый шаг велик и опасен!",
    )
    build(root)
    assert entry(root, "Первый шаг велик и опасен!").msgstr == "First."
    assert entry(root, "Второй шаг велик и опасен!").msgstr == "Second."


def test_a_paragraph_like_one_that_stays_is_new(root):
    edit(root / "src/02_sum.py", "# # Конечная", "# Докажите, что метод сходится?\n#\n# # Конечная")
    build(root)
    assert entry(root, "Докажите, что метод сходится?").msgstr == ""


def test_what_other_tools_leave_in_the_catalogue(root):
    edit(root / "locale/en.po", "#: src/01_sgd.py src/02", "# Check: prove?\n#: src/02")
    with (root / "locale/en.po").open("a", encoding="utf-8") as file:
        file.write('\n#~ msgid "Старое"\n#~ msgstr "Old"\n')
    build(root)
    assert entry(root, "Докажите").tcomment == "Check: prove?"  # a translator's note stays
    assert "Old" not in (root / "locale/en.po").read_text(encoding="utf-8")
    assert check(root) == []


def test_new_text_is_not_taken_for_an_edit_and_vanished_text_is_dropped(root):
    edit(root / "src/02_sum.py", "# # Конечная сумма", "# Совсем другие слова, без связи.")
    build(root)
    assert "Конечная" not in (root / "locale/en.po").read_text(encoding="utf-8")
    assert not entry(root, "Совсем").fuzzy
    assert entry(root, "Совсем").msgstr == ""


def test_an_edit_takes_english_of_the_same_notebook_only(root):
    edit(root / "src/01_sgd.py", "# # Шаг метода", "# # Конечная сумма!")
    build(root)
    assert not entry(root, "# Конечная сумма!").msgstr


def test_missing_english_builds_in_russian_and_fails(root):
    english(root, {"Докажите": " "})
    assert notebook(root, "en/02_sum.ipynb").cells[0].source.endswith("сходится.")
    found = problems(root, "locale/en.po: src/01_sgd.py src/02_sum.py: «Докажите, что метод")
    assert "no English" in found


FORMULA = r"$x_{k+1} = x_k - \alpha g_k$"
PAIRS = {
    "formula dropped": ("The step is `sgd`, see [the sum](02_sum.ipynb).", "formulas differ"),
    "formula changed": (
        r"Step $x_{k+1} = x_k + \alpha g_k$ is `sgd`, see [the sum](02_sum.ipynb).",
        "formulas differ",
    ),
    "formula twice": (f"{FORMULA} {FORMULA} `sgd` [sum](02_sum.ipynb)", "formulas differ"),
    "formula unclosed": (
        f"{FORMULA[:-1]} is `sgd`, see [the sum](02_sum.ipynb).",
        "formulas differ",
    ),
    "link changed": (f"{FORMULA} is `sgd`, see [the sum](02_summ.ipynb).", "links differ"),
    "link added": (f"{FORMULA} `sgd` [sum](02_sum.ipynb) https://a.org/b.", "links differ"),
    "image": (f"{FORMULA} `sgd` [sum](02_sum.ipynb) <img src='a.png'>", "links differ"),
    "code changed": (f"{FORMULA} is `adam`, see [the sum](02_sum.ipynb).", "code differ"),
    "heading": (f"# Step\n{FORMULA} is `sgd`, see [the sum](02_sum.ipynb).", "headings differ"),
    "a Cyrillic letter": (f"{FORMULA} is `sgd`, seе [the sum](02_sum.ipynb).", "Cyrillic"),
}


@pytest.mark.parametrize(("text", "message"), PAIRS.values(), ids=PAIRS)
def test_languages_that_differ(root, text, message):
    english(root, {"Шаг $x": text})
    assert message in problems(root, "locale/en.po: src/01_sgd.py: «Шаг $x_{k+1}")


def test_languages_may_wrap_lines_and_move_formulas_freely(root):
    text = "See [the sum\nof all](02_sum.ipynb): `sgd` is\n$x_{k+1} = x_k -\n\\alpha g_k$."
    english(root, {"Шаг $x": text})
    assert check(root) == []


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("a $x$ and $$y$$ and \\$5", "formulas", ["$x$", "$$y$$"]),
        ("\\begin{align*}a &= b\\end{align*}", "formulas", ["\\begin{align*}a &= b\\end{align*}"]),
        ("`$x$` is no formula", "formulas", []),
        ("``a`b`` and `c`", "code", ["``a`b``", "`c`"]),
        ("```python\n$x$\n\nf(`x`)\n```", "code", ["```python\n$x$\n\nf(`x`)\n```"]),
        ("![рис.](a_(1).png) [t](<b.md> 'имя')", "links", ["a_(1).png", "b.md"]),
        ('[t]: https://a.org\n<a href="c.html">', "links", ["https://a.org", "c.html"]),
        ("see https://a.org/x, <https://b.org>.", "links", ["https://a.org/x", "https://b.org"]),
        ("[$f$](a.md) in $[0](1)$", "links", ["a.md"]),
    ],
)
def test_marks(text, kind, expected):
    assert sorted(marks(text)[kind].elements()) == sorted(expected)


def test_russian_words_inside_what_must_be_equal(root):
    edit(root / "src/01_sgd.py", "`sgd`", "`шаг`")
    build(root)
    assert "Russian words in `шаг`" in problems(root, "locale/en.po")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("один\nдва\n\n\nтри", 2),
        ("- а\n- б\n  в\n\n- г", 2),
        ("| а | б |\n|---|---|\n| в | г |", 1),
        ("```python\nа\n\nб\n```\n\nв", 2),
        ("````\n```\n\n````\n\nв", 2),
        ("~~~\n```\n\n~~~", 1),
        ("```\n```б\n\n```\n\nв", 2),
        ("$$\nа\n\nб\n$$\n\nв", 2),
        ("до $$a$$ после\n\nв", 2),
        ("`$$` сам\n\nв", 2),
        ("```код``` в строке\n\nв", 2),
    ],
)
def test_paragraphs(text, count):
    parts = paragraphs(text)
    assert len(parts) == count
    assert "\n\n".join(parts) == text.replace("\n\n\n", "\n\n")


@pytest.mark.parametrize("text", ["```\nа", "а\n$$\nб", "```\nа\n~~~", "$$\nа\n\n$"])
def test_unclosed_blocks(text):
    with pytest.raises(ValueError, match="unclosed"):
        paragraphs(text)


def test_any_text_survives_the_catalogue(root):
    text = r'Обратные \nabla \\ "кавычки" \t\r\" и $\|x\|$' + " очень" * 40
    edit(root / "src/02_sum.py", "# # Конечная сумма", f"# {text}\n# вторая   строка\\")
    build(root)
    build(root)
    assert entry(root, "Обратные").msgid == f"{text}\nвторая   строка\\"
    assert notebook(root, "ru/02_sum.ipynb").cells[0].source.startswith(text)


# What lies on the disk


def test_cyrillic_in_code(root):
    edit(root / "src/01_sgd.py", "# plain", "# простой")
    build(root)
    assert "cell 2: Cyrillic" in problems(root, "src/01_sgd.py")


def test_cyrillic_in_the_code_of_a_solution(root):
    edit(root / "src/01_sgd.py", "secret_rate", "q = 'ответ'\nsecret_rate")
    build(root)
    assert "cell 5: Cyrillic" in problems(root, "src/01_sgd.py")


def test_edited_notebook(root):
    edit(root / "en/01_sgd.ipynb", "x = 1.0", "x = 3.0")
    assert "not what its sources make" in problems(root, "en/01_sgd.ipynb")


def test_run_notebook(root):
    made = notebook(root, "ru/02_sum.ipynb")
    made.cells[1].execution_count = 1
    nbformat.write(made, root / "ru/02_sum.ipynb")
    assert "execution counts" in problems(root, "ru/02_sum.ipynb")
    made.cells[1].execution_count = None
    made.cells[1].outputs = [nbformat.v4.new_output("stream", text="3")]
    nbformat.write(made, root / "ru/02_sum.ipynb")
    assert "outputs" in problems(root, "ru/02_sum.ipynb")


@pytest.mark.parametrize("path", ["ru/01_sgd.ipynb", "en/02_sum.ipynb", "locale/en.po"])
def test_windows_line_ends(root, path):
    data = (root / path).read_bytes()
    (root / path).write_bytes(data.replace(b"\n", b"\r\n"))
    assert "make notebooks" in problems(root, path)


def test_missing_notebook(root):
    (root / "en/01_sgd.ipynb").unlink()
    assert "missing; run: make notebooks" in problems(root, "en/01_sgd.ipynb")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_stale_notebook(root, language):
    (root / f"{language}/09_old.ipynb").write_bytes((root / "ru/01_sgd.ipynb").read_bytes())
    assert "no source" in problems(root, f"{language}/09_old.ipynb")


def test_catalogue_that_another_tool_rewrote(root):
    edit(root / "locale/en.po", "Language: en\\n", 'X-Generator: Poedit\\n"\n"Language: en\\n')
    assert "not what its sources make" in problems(root, "locale/en.po")


def test_exit_codes_and_lines(root, capsys):
    assert main(["--check"], root) == 0
    assert capsys.readouterr().err == ""
    (root / "ru/09_old.ipynb").write_text("{}", encoding="utf-8")
    english(root, {"Докажите": ""})
    assert main(["--check"], root) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{root.name}/") for line in lines)
    assert main([], root) == 0
    assert "translator: 1" in capsys.readouterr().out


# Broken sources

SOLUTION = '# %% tags=["solution", "raises-exception"]'
BROKEN = {
    "unknown tag": (SOLUTION, '# %% tags=["soluton"]', "cell 5: unknown tag ['soluton']"),
    "misspelt key": (SOLUTION, '# %% tag=["solution"]', "cell 5: header not understood: ['tag']"),
    "a word in the header": (SOLUTION, "# %% solution", "cell 5: header not understood"),
    "broken json": (SOLUTION, '# %% tags=["solution"', "cell 5: header not understood"),
    "tags not a list": (SOLUTION, '# %% tags="solution"', "not py:percent"),
    "glued header": (SOLUTION, '# %%tags=["solution"]', "cell 4: a line like a misspelt"),
    "spaced header": (SOLUTION, '# % % tags=["solution"]', "cell 4: a line like a misspelt"),
    "bare header": (SOLUTION, '%% tags=["solution"]', "cell 4: a line like a misspelt"),
    "slide type": ('"slide"}', '"slides"}', "cell 1: unknown slideshow"),
    "slideshow": ('{"slide_type": "slide"}', '["slide"]', "cell 1: unknown slideshow"),
    "marker": ("x = 1.0", "### BEGIN SOLUTION\nx = 1.0", "cell 2: a marker"),
    "unclosed fence": ("# # Шаг", "# ```\n# # Шаг", "cell 1: unclosed ```"),
    "unclosed formula": ("$$f(x)$$", "$$f(x)$", "cell 1: unclosed $$"),
    "empty cell": ("x = 1.0\nprint(x)  # plain", "", "cell 2: an empty cell"),
    "tab in code": ("x = 1.0", "x =\t1.0", "cell 2: a tab"),
    "tab in prose": ("Шаг метода", "Шаг\tметода", "cell 1: a tab"),
    "raw cell": ("# %%\nx = 2", "# %% [raw]\n# x = 2", "cell 6: a raw cell"),
    "other format": (
        SGD[:4],
        "# ---\n# jupyter:\n#   jupytext: {formats: 'py:light'}\n# ---\n\n# %%",
        "",
    ),
    "byte order mark": (SGD[:4], "\ufeff# %%", "cell 1: "),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_source(root, capsys, old, new, message):
    edit(root / "src/01_sgd.py", old, new)
    broken(root, capsys, f"{root.name}/src/01_sgd.py: {message}")


def test_source_in_another_encoding(root, capsys):
    (root / "src/02_sum.py").write_bytes(SUM.encode("cp1251"))
    broken(root, capsys, "src/02_sum.py: ")


def test_source_with_a_bad_name(root, capsys):
    (root / "src/draft.py").write_text(SUM, encoding="utf-8")
    broken(root, capsys, "src/draft.py: name it NN_name.py")


def test_no_sources(tmp_path, capsys):
    broken(tmp_path, capsys, "src: no notebooks")


def test_catalogue_with_a_merge_conflict(root, capsys):
    edit(root / "locale/en.po", "msgstr", "<<<<<<< HEAD\nmsgstr")
    broken(root, capsys, "locale/en.po: ")


def test_catalogue_with_one_text_twice(root, capsys):
    with (root / "locale/en.po").open("a", encoding="utf-8") as file:
        file.write('\nmsgid "# Конечная сумма"\nmsgstr "# A sum"\n')
    broken(root, capsys, "locale/en.po: ", "Конечная сумма")


# The course itself


def test_the_course_is_clean():
    assert check(NOTEBOOKS) == []


def test_the_course_reads_the_same_in_jupytext():
    """Who opens a source in JupyterLab sees the cells that are built."""
    for path in (NOTEBOOKS / "src").glob("*.py"):
        read = jupytext.read(path, fmt="py:percent").cells
        code = [cell.source for cell in read if cell.cell_type == "code"]
        assert code == [c.source for c in read_source(path) if c.cell_type == "code"], path.name
