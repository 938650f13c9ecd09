"""The real data sets of the course, read from `data/`: no download, no registry, only NumPy.

Statements about a finite sum of losses deserve real summands. These sets are small enough to lie in
the repository, so that a class works without a network and gets the same numbers everywhere.
`data/README.md` says where each comes from, under which licence, and how it is rebuilt.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

from course_lib import places
from course_lib.arguments import check_choice, check_integer

DATA = places.folder("data")

RAW = ("mushrooms", "breast_cancer", "digits", "fashion_small")
BINARY = ("mushrooms", "breast_cancer", "digits_odd_even")
IMAGES = {"digits": (1000, 297, 500), "fashion_small": (1600, 400, 500)}  # train, valid, test
BOOKS = ("austen_pride_and_prejudice", "moby_dick")
TEXTS = (*BOOKS, "shakespeare", "ru_proverbs")
UNITS = {"words": r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]", "characters": "(?s)."}
REST = "∗"
WEIGHTS = ("counts", "tfidf")


class Dataset(NamedTuple):
    """Features `X`, shape (n, p), float64, and classes `y`, shape (n,), integers."""

    X: np.ndarray
    y: np.ndarray


class Bags(NamedTuple):
    """Bags of words: row i has the numbers value[i] in the columns index[i] and zeros elsewhere.

    `index` (n, w) integers and `value` (n, w) float64, short rows padded by zeros in column 0;
    `y` (n,) of −1.0 and +1.0; `words`, the d words that the columns stand for.
    """

    index: np.ndarray
    value: np.ndarray
    y: np.ndarray
    words: list


class Tokens(NamedTuple):
    """A text as numbers: `ids` (N,), integers 0..size−1, the most frequent token is 0.

    `vocabulary`: the tokens that the numbers stand for; a last one, "∗", is all the rest, if any.
    """

    ids: np.ndarray
    vocabulary: list


def load(name):
    """The data set `name` as it came, as a fresh `Dataset(X, y)`.

    "mushrooms": X (8124, 126) of 0 and 1, exactly 22 ones a row, one for each property of the
        mushroom; y is 0 edible, 1 poisonous. UCI Mushroom, one-hot by the authors of XGBoost.
    "breast_cancer": X (569, 30), sizes and shapes of cell nuclei, 0..4254, in scales that differ
        by a factor of 10⁵; y is 0 malignant, 1 benign. UCI Breast Cancer Wisconsin (Diagnostic).
    "digits": X (1797, 64), 8×8 pixels 0..16 row by row; y is the digit 0..9. UCI Optical
        Recognition of Handwritten Digits, its test part.
    "fashion_small": X (2500, 784), 28×28 grey pixels 0..255 row by row; y is the kind of garment,
        0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag,
        9 ankle boot. From Fashion-MNIST: 200 of each from its training part, then 50 of each from
        its test part.

    ValueError: another name. FileNotFoundError: the file does not lie in `data/`.
    """
    check_choice("name", name, RAW)
    with np.load(_path(f"{name}.npz")) as file:
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
    check_choice("name", name, BINARY)
    X, y = load(name.removesuffix("_odd_even"))
    if name == "breast_cancer":
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    elif name == "digits_odd_even":
        X = X / 16
    A = np.column_stack([X, np.ones(len(X))])
    return A, np.where(y % 2 == 1, 1.0, -1.0)


def images(name, side=None):
    """Three `Dataset`s for a network, (train, valid, test): X (n, 1, side, side) in [0, 1].

    "digits": 1000, 297 and 500 images, 8×8. "fashion_small": 1600, 400 and 500 images, 28×28; test
        images are those of Fashion-MNIST's own test part. Else the parts are drawn at random,
        always the same ones.
    side: a divisor of the images' own; then a pixel is the mean of a square of them.

    >>> train, valid, test = images("fashion_small", side=14)
    >>> train.X.shape, valid.y.shape, test.X.shape
    ((1600, 1, 14, 14), (400,), (500, 1, 14, 14))
    """
    check_choice("name", name, IMAGES)
    X, y = load(name)
    own = round(X.shape[1] ** 0.5)
    side = own if side is None else side
    whole = isinstance(side, (int, np.integer)) and not isinstance(side, bool)
    if not whole or side not in [s for s in range(1, own + 1) if own % s == 0]:
        raise ValueError(f"side: expected a divisor of {own}; got {side!r}")
    many = own // side
    X = X.reshape(-1, 1, side, many, side, many).mean((3, 5)) / (16 if name == "digits" else 255)
    train, valid, _ = IMAGES[name]
    free = len(y) if name == "digits" else train + valid
    order = np.r_[np.random.default_rng(0).permutation(free), free : len(y)]
    return tuple(Dataset(X[i], y[i]) for i in np.split(order, [train, train + valid]))


def text(name):
    """A text as it came, a str.

    "austen_pride_and_prejudice" (1813) and "moby_dick" (1851), novels; "shakespeare", six
    tragedies; "ru_proverbs", 6238 Russian proverbs, one in a line.
    """
    check_choice("name", name, TEXTS)
    return _path(f"{name}.txt").read_text(encoding="utf-8")


def tokens(name, unit="words", size=1000):
    """The text `name` as a sequence of its most frequent words or characters: `Tokens`.

    unit: "words" (runs of letters, also joined by an apostrophe or a hyphen, and punctuation marks;
        spaces and numbers are left out) or "characters" (every one of them); capitals are lowered.
    size: the size of the vocabulary, ≥ 2: the size − 1 most frequent tokens, by falling frequency
        and then by the alphabet, and "∗" for all others. A text of fewer tokens keeps them all.

    >>> ids, vocabulary = tokens("ru_proverbs")
    >>> vocabulary[:4], len(vocabulary), [vocabulary[i] for i in ids[:6]]
    (['.', ',', 'не', '—'], 1000, ['велика', '∗', 'земля', ',', 'а', 'везде'])
    """
    check_choice("unit", unit, UNITS)
    size = check_integer("size", size, 2)
    sequence = re.findall(UNITS[unit], text(name).lower())
    many = Counter(sequence)
    vocabulary = sorted(many, key=lambda token: (-many[token], token))
    if len(vocabulary) > size:
        vocabulary[size - 1 :] = [REST]
    number = {token: i for i, token in enumerate(vocabulary)}
    ids = np.array([number.get(token, size - 1) for token in sequence])
    return Tokens(ids, vocabulary)


def books(weights="counts", size=40):
    """Who wrote these words: Jane Austen (−1) or Herman Melville (+1)? Sparse rows, as `Bags`.

    Both novels are cut into chunks of `size` ≥ 1 words (a rest at the end is dropped), in their
    order, Austen first. A word is a run of letters a..z after lowering; column j counts the word
    `words[j]` in the chunk. Words of one chunk only are left out; the last column, "1", is the
    intercept, 1 in every chunk. Only about 33 of the 11055 columns are not zero in a row.

    weights: "counts", or "tfidf": count · ln(n / number of chunks with the word), and each row
    (without the intercept) divided by its length.

    >>> bags = books()
    >>> bags.index.shape, len(bags.words)
    ((8430, 41), 11055)
    """
    check_choice("weights", weights, WEIGHTS)
    size = check_integer("size", size, 1)
    novels = [re.findall("[a-z]+", text(name).lower()) for name in BOOKS]
    parts = [[n[j : j + size] for j in range(0, len(n) - size + 1, size)] for n in novels]
    if not all(parts):
        raise ValueError(f"size: expected at most {min(map(len, novels))} words; got {size}")
    chunks = [Counter(part) for part in parts[0] + parts[1]]
    spread = Counter(word for chunk in chunks for word in chunk)
    words = sorted(word for word, many in spread.items() if many > 1)
    column = {word: j for j, word in enumerate(words)}

    width = 1 + max(sum(word in column for word in chunk) for chunk in chunks)
    index, value = np.zeros((len(chunks), width), int), np.zeros((len(chunks), width))
    for i, chunk in enumerate(chunks):
        kept = [word for word in chunk if word in column]
        index[i, : len(kept)] = [column[word] for word in kept]
        value[i, : len(kept)] = [chunk[word] for word in kept]
    if weights == "tfidf":
        value *= np.log(len(chunks) / np.array([spread[word] for word in words]))[index]
        length = np.linalg.norm(value, axis=1, keepdims=True)
        value /= np.where(length > 0, length, 1)
    index[:, -1], value[:, -1] = len(words), 1.0
    y = np.repeat([-1.0, 1.0], [len(part) for part in parts])
    return Bags(index, value, y, [*words, "1"])


def _path(name):
    path = DATA / name
    if not path.is_file():
        raise FileNotFoundError(
            f"The data file {path} is missing: the course brings it, "
            "in data/ of its repository and inside the installed package."
        )
    return path
