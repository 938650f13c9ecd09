"""The words of the live figure, in the language of the notebook in which it stands.

Labels are symbols and need no translation; words stand in tooltips and in the signs. Jupyter tells
a kernel where its notebook lies (`JPY_SESSION_NAME`: JupyterLab and Notebook do, nbconvert does
not), so a notebook that was copied or renamed by hand keeps its language: it is the language of
its text. A browser's own kernel knows the folder only, in which all notebooks have one language.
Without a notebook to look at only symbols are shown.
"""

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

from course_lib.letters import LETTERS

#: By name: symbols, Russian, English.
WORDS = {name: (row.symbol, *row.words) for name, row in LETTERS.items() if row.words} | {
    "k": ("k", "итерация k, на которую мы смотрим", "iteration k looked at"),
    "problem": ("f", "функция f", "function f"),
    "schedule": ("αₖ", "правило выбора шага αₖ", "step-size schedule αₖ"),
    "unit": (
        "k; epochs; ∇fᵢ",
        "горизонтальная ось: итерации k, эпохи или вычисленные градиенты ∇fᵢ",
        "horizontal axis: iterations k, epochs or gradients ∇fᵢ computed",
    ),
    "watch": ("↕", "что показывает последний график", "what the last panel shows"),
    "sampling": (
        "iₖ",
        "как выбирают слагаемые iₖ. replace=True: с возвращением; "
        "replace=False: без повторов внутри батча; "
        "reshuffle: подряд по перемешанному списку, каждую эпоху заново",
        "how the summands iₖ are drawn. replace=True: with replacement; "
        "replace=False: no repeats within a batch; "
        "reshuffle: in turn from a shuffled list, shuffled anew each epoch",
    ),
    "sample": (
        "seed ↑",
        "другие случайные батчи: следующий seed",
        "other random batches: next seed",
    ),
    "seeds": (
        "seed ∈ {0, …}; 3, 17, 21",
        "целые ≥ 0, через запятую: 3, 17, 21",
        "whole, ≥ 0, with commas: 3, 17, 21",
    ),
    "reset": ("↺", "вернуть всё как было вначале", "back to the start"),
    "copy": ("</>", "скопировать код этой картинки", "copy the code of this picture"),
    "copied": ("✓", "✓ код скопирован", "✓ code copied"),
    "play": ("▶ / ❚❚", "проиграть итерации / пауза", "play the iterations / pause"),
    "stop": ("■", "остановить и вернуться к k = 0", "stop and return to k = 0"),
    "draw": (
        "✎ ← ↑ → ↓ ␣ ⌫",
        "нарисуйте здесь, что получится; стрелки двигают перо, пробел ставит точку, ⌫ убирает её",
        "draw here what will come out; arrows move the pen, space puts a point, ⌫ takes it away",
    ),
    "reveal": ("👁", "показать, что вышло на самом деле", "show what really comes out"),
    "anew": ("✎ ↺", "нарисовать заново", "draw anew"),
    "distance": (
        "⌀ |Δ|",
        "средняя ошибка вашей кривой, в единицах оси; lg — в порядках",
        "mean error of your curve, in units of the axis; lg: in decades",
    ),
    "waiting": ("⏳", "⏳ ядро занято", "⏳ the kernel is busy"),
    "gone": (
        "✗ ↺",
        "Ядро перезапущено: Run → Run All Above Selected Cell, потом выполните эту ячейку",
        "The kernel was restarted: Run → Run All Above Selected Cell, then run this cell",
    ),
}


def word(name):
    """The word `name` in the notebook's language; a name that is not known stands for itself."""
    return WORDS[name][("", "ru", "en").index(language())] if name in WORDS else name


def language():
    """ "ru" or "en", as the notebook of this kernel is written; "" if there is none to look at."""
    return _language_of(_notebook())


def _notebook():
    """Where the notebook of this kernel lies, or one beside it; "" if nobody tells."""
    if sys.platform == "emscripten":
        return min(Path.cwd().glob("*.ipynb"), default="")
    return os.environ.get("JPY_SESSION_NAME", "")


@lru_cache(1)  # a kernel has one notebook
def _language_of(path):
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return "ru" if re.search("[а-яё]", text, re.IGNORECASE) else "en"
