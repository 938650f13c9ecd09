"""What a class does: it answers a question by a show of hands, and its minutes add up."""

from collections import Counter

import jupytext
import pytest

from tools import NOTEBOOKS
from tools.build.checks import marks
from tools.build.minutes import check_minutes
from tools.build.questions import answers, check_questions
from tools.build.sources import is_homework, read_sources

LESSON = """# %% [markdown]
# **Время:** 15 мин на паре, 30 мин дома. **Слайды:** S1.

# %% [markdown]
# ## Шаг · 10 мин на паре
#
# **Предскажите.** Что больше?
#
# - **A.** Одно.
# - **B.** Другое.
# - **C.** Оба.

# %%
run()
live(f, goal={"f": 1})

# %% [markdown]
# **Ответ: B.** Так и есть.
#
# **Цель.** Дойти до единицы.
#
# ### Подробнее · 10 мин дома
#
# ### Ещё
#
# ## Батч · 20 мин дома
#
# ## Итог · 5 мин на паре
"""

MAP = """# %% [markdown]
# | тетрадь | слайды | на паре | дома | о чём |
# |---|---|---|---|---|
# | [09_one](09_one.ipynb) | S1 | 15 | 30 | шаг |
#
# - [08_zero](08_zero.ipynb), 75 мин на паре
# - [09_one](09_one.ipynb), 15 мин на паре
"""


def problems(check, old="", new=""):
    assert old in MAP + LESSON
    texts = {"00_start": MAP.replace(old, new), "09_one": LESSON.replace(old, new)}
    return list(check({n: jupytext.reads(t, "py:percent").cells for n, t in texts.items()}))


@pytest.mark.parametrize("check", [check_questions, check_minutes])
def test_a_lesson_in_order(check):
    assert problems(check) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- **C.** Оба.", "- Оба.", "expected a list of answers A–C or A–D; got ['A', 'B']"),
        ("- **B.** Другое.\n", "- **D.** Другое.\n", "got ['A', 'D', 'C']"),
        ("\n#\n# - **A", "\n#\n# Итак:\n#\n# - **A", "got []"),
        ("**Предскажите.** Что", "**Предскажите**, что", "a question opens its paragraph"),
        ("**Предскажите.** Что", "Итак. **Предскажите.** Что", "a question opens its paragraph"),
        ("**Ответ: B.** Так", "**Ответ.** Так", "«**Предскажите.** Что больше?»: no answer"),
        ("**Ответ: B.** Так", "Итак: **Ответ: B.** Так", "an answer opens a paragraph"),
        ("**Ответ: B.**", "**Ответ: D.**", "the answer D is none of"),
        ("**Ответ: B.** Так", "**Ответ: B.** Так\n#\n# **Ответ: B.** Так", "one for each question"),
        ("run()", "run()\n\n# %% [markdown]\n# **Предскажите.** А?", "before the next question"),
        ("# %%\nrun()", '# %% tags=["solution"]\nrun()', "answered before any code"),
        ("**Цель.** Дойти", "Дойдите", """«live(f, goal={"f": 1})»: no **Цель.**"""),
    ],
)
def test_a_question_out_of_form(old, new, words):
    found = problems(check_questions, old, new)
    assert any(words in problem for problem in found), found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Шаг · 10 мин на паре", "Шаг", "«## Шаг»: expected"),
        ("Шаг · 10 мин на паре", "Шаг · 11 мин на паре", "expected (16, 30) (на паре, дома)"),
        ("Батч · 20 мин дома", "Батч · 20 мин на паре", "got [(15, 30)]"),
        ("Подробнее · 10 мин дома", "Подробнее", "expected (15, 20)"),
        ("**Время:** 15", "**Время:** 16", "got [(16, 30)]"),
        ("**Время:** 15 мин на паре, 30 мин дома. ", "", "got []"),
        ("S1 | 15 | 30", "S1 | 30 | 15", "map: 09_one: expected (15, 30) minutes; got (30, 15)"),
        ("), 15 мин", "), 16 мин", "second route: expected 90 minutes; got 91"),
        ("), 15 мин", "), 16 мин", "second route: 09_one: expected 15 minutes"),
    ],
)
def test_minutes_that_do_not_add_up(old, new, words):
    found = problems(check_minutes, old, new)
    assert any(words in problem for problem in found), found


def test_both_languages_offer_and_answer_the_same():
    for russian, english, other in (
        (
            "- **A.** Да.\n- **B.** Нет.",
            "- **A.** Yes.\n- **B.** No.",
            "- **A.** Yes.\n- **C.** No.",
        ),
        ("**Ответ: A.** Да.", "**Answer: A.** Yes.", "**Answer: B.** Yes."),
        ("## Шаг · 9 мин дома", "## Step · 9 min at home", "## Step · 9 min in class"),
    ):
        assert marks(russian) == marks(english) != marks(other)


def test_no_letter_is_the_right_one_more_often_than_the_others():
    lessons = {n: c for n, c in read_sources(NOTEBOOKS).items() if not is_homework(n)}
    right = Counter(letter for cells in lessons.values() for letter in answers(cells)[0])
    assert set(right) == {"A", "B", "C", "D"}
    assert max(right.values()) < 0.4 * right.total(), right
