"""The glossary: what it forbids is found in the language it forbids it in, and nowhere else."""

import polib
import pytest

from tools import NOTEBOOKS
from tools.build.words import UNUSED, check_openings, check_words, glossary

TABLE = """| по-русски | English | | не пишем | not written |
|---|---|---|---|---|
| импульс | momentum | β | моментум | |
| линии уровня | contours | | | level line, level lines |
"""


@pytest.mark.parametrize(
    ("russian", "english", "found"),
    [
        ("Моментум помогает.", "Momentum helps.", ["моментум"]),
        ("Импульс помогает.", "Momentum helps.", []),
        ("Вдоль линий уровня.", "Along the level lines.", ["level lines"]),
        ("«level line» по-английски", "A contour.", []),
        ("Код `моментум`, [ссылка](моментум.html), $моментум$.", "Levels, lines.", []),
        ("Моментумный шаг.", "One level-line.", []),
    ],
)
def test_a_word_that_the_glossary_replaces(russian, english, found):
    entry = polib.POEntry(msgid=russian, msgstr=english)
    problems = list(check_words(entry, glossary(TABLE)))
    assert [text.split("«")[1].rstrip("»") for text in problems] == found


def test_the_course_has_a_glossary():
    words = glossary((NOTEBOOKS / "GLOSSARY.md").read_text(encoding="utf-8"))
    assert all(words[side] for side in UNUSED)


def test_the_same_opening_in_both_languages():
    pairs = {"**Ответ: A.** Да.": "**Answer: A.** Yes.", "**Ответ: A.** Нет.": "**Answer: A.** No."}
    entries = [polib.POEntry(msgid=russian, msgstr=english) for russian, english in pairs.items()]
    assert list(check_openings(entries)) == []
    entries[1].msgstr = "**Reply: A.** No."
    assert "**Reply: A.** here, **Answer: A.** elsewhere" in " ".join(check_openings(entries))
