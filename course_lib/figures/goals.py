"""Goals of a live figure: what is to be reached, in the lecture's own words, as data.

"f − f* ≤ 10⁻⁶ within 100 ∇fᵢ" is `Goal(1e-6, within=100)`. The figure draws the gate through which
the curve must go and says in symbols how far one is now and how far one has been.
"""

import html
from dataclasses import dataclass

import numpy as np

from course_lib.arguments import check_bool, check_choice, check_integer, check_number
from course_lib.figures.scene import SUPERSCRIPT
from course_lib.plot import gaps
from course_lib.problems import evaluations

#: What is measured of iterates (1, *runs, d): one number for each run.
MEASURES = {
    "f − f*": gaps,
    "f": lambda problem, xs: np.reshape(problem.f(xs), (1, -1)),
    "‖x‖": lambda problem, xs: np.linalg.norm(xs, axis=-1).reshape(1, -1),
}


@dataclass(frozen=True)
class Goal:
    """What is to be reached from the start of the cell.

    bound: what the measure must not exceed. within: the work after which it is measured, in ∇fᵢ (of
    a function that is no sum these are iterations), the end of the run if that comes sooner; None:
    at the end. what: out of `MEASURES`. of: the name of the method, as in `explore`; None: of the
    best one. every: of all runs the worst, not their median. A run that is not finite is infinitely
    far.

    >>> from course_lib import line_fit
    >>> Goal(1e-6, within=100).words(line_fit(), "SGD")
    'SGD: f − f* ≤ 10⁻⁶, # ∇fᵢ ≤ 100'
    """

    bound: float
    within: int = None
    what: str = "f − f*"
    of: str = None
    every: bool = False

    def __post_init__(self):
        check_number("bound", self.bound, -np.inf)
        check_bool("every", self.every)
        if self.within is not None:
            check_integer("within", self.within, 0)
        check_choice("what", self.what, MEASURES)

    def measured(self, problem, xs):
        """How far the iterates xs (K + 1, *runs, d) come within the work allowed."""
        k = len(xs) - 1 if self.within is None else min(len(xs) - 1, self.within // problem.cost)
        far = MEASURES[self.what](problem, xs[k : k + 1])
        far = np.where(np.isfinite(far), far, np.inf)
        return float(far.max() if self.every else np.median(far))

    def words(self, problem, called):
        """The goal in symbols; called: what the method is called, "" for any."""
        what = f"max {self.what}" if self.every else self.what
        work = "k" if problem.n == 1 else "# ∇fᵢ"
        within = "" if self.within is None else f", {work} ≤ {self.within}"
        return f"{called}{': ' if called else ''}{what} ≤ {scientific(self.bound)}{within}"

    def work(self, problem, unit, end):
        """The work allowed in another unit; end: what the whole run costs."""
        if self.within is None:
            return end
        return float(evaluations(problem, self.within // problem.cost, unit))


class Board:
    """What was reached of the goals: now, and the best so far of each."""

    def __init__(self):
        self._best = {}

    def html(self, chosen, reached):
        """A line for each goal; chosen: the problem; reached: [(in symbols, how far, the bound)],
        nan: it does not count."""
        texts = []
        for i, (text, now, bound) in enumerate(reached):
            best = self._best[chosen, i] = np.fmin(self._best.get((chosen, i), np.nan), now)
            parts = f"◎ {text}", f"→ {_judged(now, bound)}", f"★ {_judged(best, bound)}"
            texts.append("".join(f"<span>{html.escape(part)}</span>" for part in parts))
        return f'<div class="course-goals" role="status">{"<br>".join(texts)}</div>'


def for_page(reached):
    """[[in symbols, how far, the same as a number, null where there is none]] for page.js."""
    return [[text, _judged(far, bound), far if np.isfinite(far) else None]
            for text, far, bound in reached]  # fmt: skip


def _judged(far, bound):
    return "–" if np.isnan(far) else f"{scientific(far)} {'✓' if far <= bound else '✗'}"


def scientific(value):
    """A number in short, as it is written on a board.

    >>> [scientific(value) for value in (1e-6, 3.24e-4, -1.0, 0.25, 12.3, np.inf)]
    ['10⁻⁶', '3.2·10⁻⁴', '−1', '0.25', '12', '∞']
    """
    if not np.isfinite(value) or value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{value:.2g}".replace("-", "\N{MINUS SIGN}").replace("inf", "∞")
    digits, exponent = f"{value:.1e}".split("e")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPT)
    digits = digits.removesuffix(".0").replace("-", "\N{MINUS SIGN}")
    return power if digits == "1" else f"{digits}·{power}"
