"""The table of S3 as data, with the metric that the slide leaves out, and the verdict."""

from typing import NamedTuple

from course_lib.arguments import check_choice, check_number
from course_lib.rates.slopes import TOLERANCE, Slope
from course_lib.tables import from_rows
from course_lib.tables import table as printed


class Claim(NamedTuple):
    """One cell: so many iterations until the metric is ≤ ε.

    problem: "PL", "convex" or "nonconvex"; method: "GD" or "SGD". metric, complexity: as LaTeX.
    exponent: the same as a speed, metric ~ k^exponent; None for linear convergence. source: who
    proved it. The promise is an upper bound over all functions of the class.
    """

    problem: str
    method: str
    metric: str
    complexity: str
    exponent: float | None
    source: str

    @property
    def law(self):
        """The speed in one symbol: "k^-0.5", "q^k"."""
        return "q^k" if self.exponent is None else f"k^{self.exponent:g}"


#: What each row assumes besides a Lipschitz gradient (and, for SGD, bounded variance).
ASSUMPTIONS = {
    "PL": r"\frac{1}{2} \lVert \nabla f \rVert^2 \ge \mu\,(f - f^*)",
    "convex": r"\nabla^2 f \succeq 0, \quad \exists\, x^*",
    "nonconvex": r"\inf f > -\infty",
}
GAP = "f(x_k) - f^*"
MEAN_GAP = r"\mathbb{E}\,f(\bar x_k) - f^*"
SQUARE = r"\min_{i \le k} \lVert \nabla f(x_i) \rVert^2"
MEAN_SQUARE = r"\frac{1}{k} \sum_{i \le k} \mathbb{E}\,\lVert \nabla f(x_i) \rVert^2"


class Table(tuple):
    """The claims, in the order of the slide; a notebook shows them as the slide's table."""

    __slots__ = ()

    def claim(self, problem, method):
        """The one cell of a row and a column."""
        check_choice("problem", problem, ASSUMPTIONS)
        check_choice("method", method, ("GD", "SGD"))
        return next(c for c in self if (c.problem, c.method) == (problem, method))

    def _repr_markdown_(self):
        lines = [
            r"| | | $e_k$ | $e_k \le \varepsilon$ | $e_k \sim$ | |",
            "|---|---|---|---|---|---|",
        ]
        for c in self:
            speed = "q^k" if c.exponent is None else f"k^{{{_fraction(c.exponent)}}}"
            lines.append(
                f"| ${ASSUMPTIONS[c.problem]}$ | {c.method} | ${c.metric}$ | ${c.complexity}$ "
                f"| ${speed}$ | {c.source} |"
            )
        return "\n".join(lines)

    def __repr__(self):
        rows = ((c.problem, c.method, c.law, c.source) for c in self)
        return printed(from_rows(["f", "", "e_k", " "], rows))


def _fraction(exponent):
    return {-0.5: "-1/2"}.get(exponent, f"{exponent:g}")


table = Table(
    [
        Claim("PL", "GD", GAP, r"O(\log \frac{1}{\varepsilon})", None, "Polyak 1963"),
        Claim("PL", "SGD", rf"\mathbb{{E}}\,{GAP}", r"O(\frac{1}{\varepsilon})", -1.0,
              "Karimi, Nutini, Schmidt 2016"),
        Claim("convex", "GD", GAP, r"O(\frac{1}{\varepsilon})", -1.0, "Nesterov 2004, §2.1.5"),
        Claim("convex", "SGD", MEAN_GAP, r"O(\frac{1}{\varepsilon^2})", -0.5,
              "Nemirovski, Juditsky, Lan, Shapiro 2009"),
        Claim("nonconvex", "GD", SQUARE, r"O(\frac{1}{\varepsilon})", -1.0,
              "Nesterov 2004, §1.2.3"),
        Claim("nonconvex", "SGD", MEAN_SQUARE, r"O(\frac{1}{\varepsilon^2})", -0.5,
              "Ghadimi, Lan 2013"),
    ]
)  # fmt: skip


def verdict(measured, promised):
    """Does a measured `Slope` keep what was promised: "✓ =", "✓ <", "✗" or "?".

    promised: a `Claim`, an exponent, or None for linear convergence. "✓ =": as fast as promised,
    to `TOLERANCE` in the exponent; "✓ <": the error falls faster; "✗": slower; "?": the curve
    cannot be told (see `slope`).

    >>> from course_lib.rates import Slope
    >>> verdict(Slope(-1.26, -1.27, -1.25, "power"), table.claim("convex", "GD"))
    '✓ <'
    """
    exponent = promised.exponent if isinstance(promised, Claim) else promised
    if not isinstance(measured, Slope):
        raise ValueError(f"measured: expected a Slope, as `slope` gives; got {measured!r}")
    if exponent is not None:
        check_number("promised", exponent, -float("inf"))
    if measured.kind == "?":
        return "?"
    if measured.kind == "linear":
        return "✓ =" if exponent is None else "✓ <"
    if exponent is None or measured.low > exponent + TOLERANCE:
        return "✗"
    return "✓ <" if measured.high < exponent - TOLERANCE else "✓ ="
