"""A number is nothing without its band: the one currency of uncertainty.

`rates` measures bands, `tables` prints them, `verdicts` asks them.
"""

import re
from dataclasses import dataclass

import numpy as np

from course_lib.arguments import check_array

#: A format of a band: alignment, sign and width, and how many digits.
FORMAT = re.compile(r"(.?[<>^])?([-+ ]?)(\d*)([^\d].*)?", re.DOTALL)


@dataclass(frozen=True)
class Band:
    """A number with the ends of its 95 % band; or arrays of them, of one shape.

    It unpacks as value, low, high, and NumPy takes it for the three. Indexing is element by
    element: band[j] is the band of the j-th number. Products and ratios with what is positive
    scale all three. A format is that of each number, its width that of the whole.

    >>> band = Band(np.array([0.512, 2]), np.array([0.497, 1]), np.array([0.5281, 3]))
    >>> print(f"{band[0]:.3f}|{band[1] / 2:>20.1f}")
    0.512 [0.497, 0.528]|      1.0 [0.5, 1.5]
    """

    value: float
    low: float
    high: float

    __array_ufunc__ = None  # an array times a band is a band, not an array of bands

    def __iter__(self):
        return iter((self.value, self.low, self.high))

    def __array__(self, dtype=None, copy=None):
        return np.array([*self], dtype)

    def __getitem__(self, key):
        return Band(*(np.asarray(part)[key] for part in self))

    def __mul__(self, factor):
        if not (check_array("factor", factor) > 0).all():
            raise ValueError(f"factor: expected positive numbers, others turn a band; got {factor}")
        return Band(*(part * factor for part in self))

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        if not (check_array("divisor", divisor) > 0).all():
            raise ValueError(f"divisor: expected positive numbers; got {divisor}")
        return Band(*(part / divisor for part in self))

    def __format__(self, spec):
        if np.ndim(self.value):
            return "\n".join(format(self[j], spec) for j in range(len(self.value)))
        align, sign, width, digits = FORMAT.fullmatch(spec or "+.3f").groups("")
        value, low, high = (format(part, sign + digits) for part in self)
        return format(f"{value} [{low}, {high}]", f"{align or '>'}{width}")

    def __str__(self):
        return format(self, "")


NOTHING = Band(np.nan, np.nan, np.nan)
