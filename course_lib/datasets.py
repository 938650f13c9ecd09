"""The real data sets of the course, read from `data/`: no download, no registry, only NumPy.

Statements about a finite sum of losses deserve real summands. These sets are small enough to lie in
the repository, so that a class works without a network and gets the same numbers everywhere.
`data/README.md` says where each comes from, under which licence, and how it is rebuilt.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "data"

RAW = ("mushrooms", "breast_cancer", "digits")
BINARY = ("mushrooms", "breast_cancer", "digits_odd_even")


class Dataset(NamedTuple):
    """Features `X`, shape (n, p), float64, and classes `y`, shape (n,), integers."""

    X: np.ndarray
    y: np.ndarray


def load(name):
    """The data set `name` as it came, as a fresh `Dataset(X, y)`.

    "mushrooms": X (8124, 126) of 0 and 1, exactly 22 ones a row, one for each property of the
        mushroom; y is 0 edible, 1 poisonous. UCI Mushroom, one-hot by the authors of XGBoost.
    "breast_cancer": X (569, 30), sizes and shapes of cell nuclei, 0..4254, in scales that differ
        by a factor of 10⁵; y is 0 malignant, 1 benign. UCI Breast Cancer Wisconsin (Diagnostic).
    "digits": X (1797, 64), 8×8 pixels 0..16 row by row; y is the digit 0..9. UCI Optical
        Recognition of Handwritten Digits, its test part.

    ValueError: another name. FileNotFoundError: the file does not lie in `data/`.
    """
    _check(name, RAW)
    path = DATA / f"{name}.npz"
    if not path.is_file():
        raise FileNotFoundError(
            f"The data file {path} is missing: data/ of the course's repository holds it, "
            "and course_lib reads it from there."
        )
    with np.load(path) as file:
        X, y = file["X"], file["y"]
    if name == "mushrooms":  # stored as bits, eight columns in a byte
        X = np.unpackbits(X, axis=1, count=126)
    return Dataset(X.astype(float), y.astype(int))


def binary(name):
    """`(A, y)` for logistic regression: features (n, d) with an intercept, labels −1.0 and +1.0.

    "mushrooms": A (8124, 127) of 0 and 1; +1 is poisonous. Separable.
    "breast_cancer": A (569, 31), columns standardised to mean 0 and variance 1; +1 is benign.
    "digits_odd_even": A (1797, 65), pixels in [0, 1]; +1 is an odd digit.

    The last column of A is the intercept, all ones. +1 is class 1 of `load`, or its odd digits. No
    column is left out: some of "mushrooms" and of the digits' are constant. Fresh float64 arrays.
    ValueError: another name. FileNotFoundError and sources: see `load`.

    >>> A, y = binary("digits_odd_even")
    >>> A.shape, y.shape
    ((1797, 65), (1797,))
    """
    _check(name, BINARY)
    X, y = load(name.removesuffix("_odd_even"))
    if name == "breast_cancer":
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    elif name == "digits_odd_even":
        X = X / 16
    A = np.column_stack([X, np.ones(len(X))])
    return A, np.where(y % 2 == 1, 1.0, -1.0)


def _check(name, allowed):
    if name not in allowed:
        names = ", ".join(map(repr, allowed))
        raise ValueError(f"name: expected one of {names}; got {name!r}")
