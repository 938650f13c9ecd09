"""A claim held against what was measured, in one line of symbols.

Every claim of a slide that a notebook repeats ends in a `check`. It shows the number with its band
beside what the claim says of it, and keeps both as data in the output, so that the same claim can
be asked again with other seeds. The prose beside it says in words what `verdict` says of the signs.
"""

from typing import NamedTuple

import numpy as np
from IPython.display import display

from course_lib.arguments import check_array
from course_lib.arrays import floats
from course_lib.bands import Band

INF = float("inf")


class Check(NamedTuple):
    """One line: the claim's name, of what it speaks, the band, the claimed ends, the sign."""

    claim: str
    of: str
    band: tuple
    said: tuple
    sign: str

    def __repr__(self):
        words = [self.claim, self.of, self.sign, f"{_number(self.band)} {self._relation()}"]
        return "  ".join(word for word in words if word)

    def _relation(self):
        (_, least, most), (low, high), holds = self.band, self.said, self.sign == "✓"
        if low == -INF:
            return f"{'<' if holds else '≮'} {_short(high)}"
        if high == INF:
            return f"{'>' if holds else '≯'} {_short(low)}"
        sign = ("∈" if holds else "∉") if least == most else ("⊂" if holds else "⊄")
        return f"{sign} ({_short(low)}, {_short(high)})"

    def _repr_mimebundle_(self, **kwargs):
        """The line, and its data; in JSON nothing is infinite, and `null` stands for it."""
        numbers = {"band": _finite(self.band), "said": _finite(self.said)}
        return {"text/plain": repr(self)}, {"check": self._asdict() | numbers}


def check(claim, measured, *, between=None, above=None, below=None, of=""):
    """Show whether `measured` is where the claim says, and return nothing.

    claim: its name, the slide's number and a count: "S9.3". of: what the line speaks of ("κ = 10"),
    where a claim has several. measured: a `Band`, or a number if it is exact. The claim says one
    of: between=(low, high), above=low, below=high.

    The line's sign is ✓ if the whole band lies there, ✗ if none of it does, ? if it lies across an
    end: the measurement cannot tell. Neither can a band with a nan.

    >>> check("S3.1", (-0.51, -0.55, -0.47), between=(-0.6, -0.4))
    S3.1  ✓  −0.51 [−0.55, −0.47] ⊂ (−0.6, −0.4)
    >>> check("S3.2", 0.25, below=0.2, of="κ = 10")
    S3.2  κ = 10  ✗  0.25 ≮ 0.2
    """
    display(found(claim, measured, between=between, above=above, below=below, of=of))


def found(claim, measured, *, between=None, above=None, below=None, of=""):
    """The `Check` that `check` shows."""
    said = [
        *([] if between is None else [between]),
        *([] if above is None else [(above, INF)]),
        *([] if below is None else [(-INF, below)]),
    ]
    for name, text in (("claim", claim), ("of", of)):
        if not isinstance(text, str):
            raise ValueError(f"{name}: expected a text; got {text!r}")
    if len(said) != 1:
        raise ValueError(f"{claim}: expected one of between, above, below; got {len(said)}")
    ends = check_array(claim, said[0])
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise ValueError(f"{claim}: expected ends low < high; got {said[0]}")
    band, ends = _band(measured), tuple(ends.tolist())
    return Check(claim, of, band, ends, _sign(band, *ends))


def verdict(signs):
    """What the signs of all checks of one claim come to, in the words that the prose uses.

    >>> verdict(["✓", "✗"])
    'holds with a condition'
    """
    signs = set(signs)
    if "✓" in signs:
        return "holds" if signs == {"✓"} else "holds with a condition"
    return "does not hold" if "✗" in signs else "cannot be told here"


def _band(measured):
    try:
        parts = measured if isinstance(measured, Band | tuple | list) else [measured] * 3
        value, low, high = (float(floats(part)) for part in parts)
        if low > high:
            raise ValueError("low > high")
        return value, low, high
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"measured: expected a number or a band (value, low, high); got {measured!r}"
        ) from None


def _sign(band, low, high):
    _, least, most = band
    if (low < least or low == -INF) and (most < high or high == INF) and least <= most:
        return "✓"
    return "✗" if most <= low or high <= least else "?"


def _number(band):
    value, low, high = map(_short, band)
    return value if low == value == high else f"{value} [{low}, {high}]"


def _finite(values):
    return [value if np.isfinite(value) else None for value in values]


def _short(value):
    return f"{value:.3g}".replace("inf", "∞").replace("-", "\N{MINUS SIGN}")
