"""The data files are the ones we described, and the loader reads them rightly."""

import hashlib
import re

import numpy as np
import pytest

from course_lib import datasets

pytestmark = pytest.mark.stored

NOT_DATA = {"README.md", "SHA256SUMS", "make_data.py", "LICENSE-Apache-2.0"}

# Name: shape, number of rows of each class.
RAW = {
    "mushrooms": ((8124, 126), [4208, 3916]),
    "breast_cancer": ((569, 30), [212, 357]),
    "digits": ((1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    "fashion_small": ((2500, 784), [250] * 10),
}
# Name: shape with the intercept, number of +1.
BINARY = {
    "mushrooms": ((8124, 127), 3916),
    "breast_cancer": ((569, 31), 357),
    "digits_odd_even": ((1797, 65), 906),
}


def listed():
    lines = (datasets.DATA / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in map(str.split, lines)}


@pytest.mark.parametrize("name", listed())
def test_a_data_file_has_its_checksum(name):
    assert hashlib.sha256((datasets.DATA / name).read_bytes()).hexdigest() == listed()[name]


def test_the_checksums_list_every_data_file_and_nothing_else():
    files = {p.name for p in datasets.DATA.iterdir() if p.is_file() and p.name[0] != "."}
    assert set(listed()) == files - NOT_DATA


def test_the_readme_describes_every_data_file():
    text = (datasets.DATA / "README.md").read_text(encoding="utf-8")
    assert [name for name in listed() if f"| `{name}` |" not in text] == []


def test_these_tests_know_every_name():
    assert set(datasets.RAW) == set(RAW)
    assert set(datasets.BINARY) == set(BINARY)


@pytest.mark.parametrize("name", RAW)
def test_raw_shapes_kinds_and_class_counts(name):
    shape, counts = RAW[name]
    X, y = datasets.load(name)
    assert X.shape == shape
    assert y.shape == shape[:1]
    assert X.dtype == np.float64
    assert y.dtype.kind == "i"
    assert np.bincount(y).tolist() == counts


def test_raw_values():
    X = datasets.load("mushrooms").X
    assert np.unique(X).tolist() == [0, 1]
    assert (X.sum(axis=1) == 22).all()
    # The first row of the source: "1 3:1 10:1 11:1 21:1 30:1 …", columns counted from 1.
    assert (np.flatnonzero(X[0])[:5] + 1).tolist() == [3, 10, 11, 21, 30]
    assert (np.flatnonzero(X[0])[-2:] + 1).tolist() == [117, 124]

    X = datasets.load("breast_cancer").X
    assert X[0, :3].tolist() == [17.99, 10.38, 122.8]
    # The extremes that scikit-learn's description gives: area (worst), concavity (mean).
    assert (X[:, 23].min(), X[:, 23].max()) == (185.2, 4254.0)
    assert (X.min(), X.max()) == (0, 4254)

    X = datasets.load("digits").X
    assert np.unique(X).tolist() == list(range(17))
    assert X[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]

    X, y = datasets.load("fashion_small")
    assert (X.min(), X.max(), np.ptp(X % 1)) == (0, 255, 0)
    # The first labels of Fashion-MNIST: an ankle boot, two T-shirts, a dress; of its test part: an
    # ankle boot, a pullover, two pairs of trousers.
    assert y[:4].tolist() == [9, 0, 0, 3]
    assert y[2000:2004].tolist() == [9, 2, 1, 1]
    assert np.bincount(y[2000:]).tolist() == [50] * 10
    first = X[0].reshape(28, 28)
    assert (first[:3] == 0).all()
    assert first[20:24].sum() > first[5:9].sum()  # a boot is heaviest at the sole


@pytest.mark.parametrize("name", BINARY)
def test_binary_is_ready_for_logistic_regression(name):
    shape, positive = BINARY[name]
    A, y = datasets.binary(name)
    assert A.shape == shape
    assert y.shape == shape[:1]
    assert A.dtype == y.dtype == np.float64
    assert np.isfinite(A).all()
    assert (A[:, -1] == 1).all()
    assert np.unique(y).tolist() == [-1, 1]
    assert (y == 1).sum() == positive


def test_which_class_is_plus_one():
    for name in ("mushrooms", "breast_cancer"):
        np.testing.assert_array_equal(datasets.binary(name)[1] == 1, datasets.load(name).y == 1)
    odd = np.isin(datasets.load("digits").y, [1, 3, 5, 7, 9])
    np.testing.assert_array_equal(datasets.binary("digits_odd_even")[1] == 1, odd)


def test_binary_features():
    A, _ = datasets.binary("mushrooms")
    np.testing.assert_array_equal(A[:, :-1], datasets.load("mushrooms").X)
    A, _ = datasets.binary("digits_odd_even")
    np.testing.assert_array_equal(A[:, :-1] * 16, datasets.load("digits").X)

    A, _ = datasets.binary("breast_cancer")
    np.testing.assert_allclose(A[:, :-1].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((A[:, :-1] ** 2).mean(axis=0), 1, rtol=1e-12)
    for column, raw in zip(A.T[:-1], datasets.load("breast_cancer").X.T, strict=True):
        assert np.corrcoef(column, raw)[0, 1] > 1 - 1e-12


def test_mushrooms_are_separable():
    """A perceptron without a mistake is a certificate."""
    A, y = datasets.binary("mushrooms")
    w = np.zeros(A.shape[1])
    for _ in range(10_000):
        wrong = (A @ w) * y <= 0
        if not wrong.any():
            return
        i = wrong.argmax()
        w += y[i] * A[i]
    pytest.fail("no separating plane found")


@pytest.mark.parametrize(("read", "names"), [(datasets.load, RAW), (datasets.binary, BINARY)])
def test_every_call_gives_fresh_arrays(read, names):
    for name in names:
        for mine, later in zip(read(name), read(name), strict=True):
            before = later.copy()
            mine[...] = 7
            np.testing.assert_array_equal(later, before)
            assert mine.flags.writeable
            assert mine.flags.c_contiguous


@pytest.mark.parametrize(("read", "names"), [(datasets.load, RAW), (datasets.binary, BINARY)])
@pytest.mark.parametrize("bad", ["mushroom", "", None, 3, ["digits"]])
def test_an_unknown_name_is_told_what_is_allowed(read, names, bad):
    with pytest.raises(ValueError, match=r"^name: expected one of ") as error:
        read(bad)
    assert str(error.value).endswith(f"; got {bad!r}")
    assert all(repr(name) in str(error.value) for name in names)


def test_a_name_of_the_other_function_is_refused():
    with pytest.raises(ValueError, match="got 'digits_odd_even'"):
        datasets.load("digits_odd_even")
    with pytest.raises(ValueError, match="got 'digits'"):
        datasets.binary("digits")


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    for read in (datasets.load, datasets.binary):
        with pytest.raises(FileNotFoundError, match=r"mushrooms\.npz is missing: the course"):
            read("mushrooms")


# ---- Images --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "own"), [("digits", 8), ("fashion_small", 28)])
def test_images_are_parts_of_the_whole_set(name, own):
    """Every image is in exactly one part, with its label; the pixels are scaled to [0, 1]."""
    X, y = datasets.load(name)
    parts = datasets.images(name)
    assert [len(part.y) for part in parts] == list(datasets.IMAGES[name])
    joined = np.concatenate([part.X for part in parts])
    assert joined.shape == (len(y), 1, own, own)
    assert (joined.min(), joined.max()) == (0, 1)
    theirs = np.concatenate([part.y for part in parts])
    scale = 16 if name == "digits" else 255
    pixels = (joined * scale).round().astype(int)
    rows = sorted((*x.ravel().tolist(), c) for x, c in zip(pixels, theirs, strict=True))
    assert rows == sorted((*x.tolist(), c) for x, c in zip(X.astype(int), y, strict=True))
    for part in parts:
        assert np.bincount(part.y).min() > 0.05 * len(part.y)  # no class is rare


def test_the_test_images_of_fashion_are_its_own_test_part():
    X, y = datasets.load("fashion_small")
    test = datasets.images("fashion_small")[2]
    np.testing.assert_array_equal(test.y, y[2000:])
    np.testing.assert_allclose(test.X.reshape(500, 784) * 255, X[2000:])


def test_smaller_images_are_means_of_squares():
    large, small = datasets.images("digits")[0], datasets.images("digits", side=4)[0]
    for row, column in np.ndindex(4, 4):
        square = large.X[:, 0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        np.testing.assert_allclose(small.X[:, 0, row, column], square.mean((1, 2)))
    np.testing.assert_array_equal(small.y, large.y)
    for bad in (3, 0, 16, "4", 2.0, True, np.array([2, 4])):
        with pytest.raises(ValueError, match=r"^side: expected a divisor of 8"):
            datasets.images("digits", side=bad)
    with pytest.raises(ValueError, match=r"^name: expected one of 'digits', 'fashion_small'"):
        datasets.images("mushrooms")


# ---- Books ---------------------------------------------------------------------------------------


def chunk_of(bags, i, size=40):
    """The words of chunk i, cut by hand from the novel, lowered."""
    first = (bags.y == 1).argmax()
    name = datasets.BOOKS[int(i >= first)]
    words = re.findall("[a-z]+", datasets.text(name).lower())
    start = size * (i - first * (i >= first))
    return words[start : start + size]


def test_texts():
    austen, moby = map(datasets.text, datasets.BOOKS)
    assert "It is a truth universally acknowledged" in austen
    assert "Call me Ishmael." in moby
    assert "Gutenberg" not in austen + moby
    with pytest.raises(ValueError, match=r"^name: expected one of 'austen"):
        datasets.text("hamlet")


def test_a_missing_book_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"moby_dick\.txt is missing"):
        datasets.text("moby_dick")


def test_books_have_the_shape_of_their_docstring():
    bags = datasets.books()
    assert bags.index.shape == bags.value.shape == (8430, 41)
    assert bags.y.shape == (8430,)
    assert (bags.y == -1).sum() == 3070
    assert len(bags.words) == len(set(bags.words)) == 11055
    assert bags.words[:-1] == sorted(bags.words[:-1])
    assert (bags.index.min(), bags.index.max()) == (0, 11054)
    assert 32.5 < (bags.value[:, :-1] > 0).sum(1).mean() < 33.5
    assert (np.diff(bags.y) >= 0).all()  # Austen first


@pytest.mark.parametrize("i", [0, 1, 3069, 3070, 8429])
def test_a_bag_counts_the_words_of_its_chunk(i):
    bags = datasets.books()
    expected = chunk_of(bags, i)
    assert len(expected) == 40
    here = {}
    for j, many in zip(bags.index[i, :-1], bags.value[i, :-1], strict=True):
        if many:
            assert bags.words[j] not in here, "one word, one place"
            here[bags.words[j]] = many
    known = set(bags.words)
    assert here == {word: expected.count(word) for word in set(expected) & known}
    assert (bags.words[bags.index[i, -1]], bags.value[i, -1]) == ("1", 1)


def test_every_word_is_in_two_chunks_at_least():
    bags = datasets.books()
    inside = bags.value > 0
    many = np.bincount(bags.index[inside], minlength=len(bags.words))
    assert many[:-1].min() == 2
    assert many[-1] == len(bags.y)


def test_tfidf():
    """By hand for one chunk; and every row has length 1 beside its intercept."""
    counts, tfidf = datasets.books(), datasets.books("tfidf")
    assert (counts.index == tfidf.index).all()
    assert counts.words == tfidf.words
    np.testing.assert_allclose(np.linalg.norm(tfidf.value[:, :-1], axis=1), 1, rtol=1e-12)
    assert (tfidf.value[:, -1] == 1).all()
    many = np.bincount(counts.index[counts.value > 0], minlength=len(counts.words))
    row = counts.value[7, :-1] * np.log(8430 / many[counts.index[7, :-1]])
    np.testing.assert_allclose(tfidf.value[7, :-1], row / np.linalg.norm(row), rtol=1e-12)


def test_other_sizes_of_chunks():
    bags = datasets.books(size=500)
    assert len(bags.y) == 122_817 // 500 + 214_403 // 500
    assert np.isfinite(datasets.books("tfidf", size=12).value).all()
    with pytest.raises(ValueError, match=r"^size: expected at most [0-9]+ words; got 10000000"):
        datasets.books(size=10**7)
    for bad in (0, 2.5, None):
        with pytest.raises(ValueError, match=r"^size: expected an integer ≥ 1"):
            datasets.books(size=bad)
    with pytest.raises(ValueError, match=r"^weights: expected one of 'counts', 'tfidf'; got"):
        datasets.books("idf")


# ---- Tokens --------------------------------------------------------------------------------------


def test_more_texts():
    shakespeare, proverbs = map(datasets.text, ("shakespeare", "ru_proverbs"))
    assert shakespeare.startswith("HAMLET, PRINCE OF DENMARK")
    assert shakespeare.isascii()
    assert shakespeare.count("by William Shakespeare") == 6
    assert "Gutenberg" not in shakespeare
    lines = proverbs.splitlines()
    assert len(lines) == 6238
    assert "Волга — всем рекам мать." in lines
    assert len(lines) - len(set(lines)) == 64


def test_words_by_hand(monkeypatch, tmp_path):
    """Joined words stay whole, marks are words, numbers and spaces not; ties by the alphabet."""
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    text = "Kill'd, kill'd! Что-то b_a 42\nb; то--то"
    (tmp_path / "shakespeare.txt").write_text(text, encoding="utf-8")
    ids, vocabulary = datasets.tokens("shakespeare", "words", 100)
    words = ["kill'd", ",", "kill'd", "!", "что-то", "b", "a", "b", ";", "то", "-", "-", "то"]
    assert [vocabulary[i] for i in ids] == words
    assert vocabulary == ["-", "b", "kill'd", "то", "!", ",", ";", "a", "что-то"]
    ids, vocabulary = datasets.tokens("shakespeare", "words", 4)
    assert vocabulary == ["-", "b", "kill'd", "∗"]
    assert ids.tolist() == [2, 3, 2, 3, 3, 1, 3, 1, 3, 3, 0, 0, 3]
    ids, vocabulary = datasets.tokens("shakespeare", "characters", 100)
    assert "".join(vocabulary[i] for i in ids) == text.lower()


@pytest.mark.parametrize("name", ["shakespeare", "ru_proverbs"])
@pytest.mark.parametrize("unit", datasets.UNITS)
def test_tokens_are_numbered_by_falling_frequency(name, unit):
    for size in (10, 10_000_000):
        ids, vocabulary = datasets.tokens(name, unit, size)
        many = np.bincount(ids)
        assert len(many) == len(vocabulary) == len(set(vocabulary)) <= size
        kept = many[:-1] if size == 10 else many
        assert (np.diff(kept) <= 0).all()
        assert ("∗" in vocabulary) == (size == 10)


def test_bad_arguments_of_tokens():
    with pytest.raises(ValueError, match=r"^name: expected one of 'austen"):
        datasets.tokens("hamlet")
    with pytest.raises(ValueError, match=r"^unit: expected one of 'words', 'characters'; got"):
        datasets.tokens("shakespeare", "letters")
    for bad in (1, 2.5, None):
        with pytest.raises(ValueError, match=r"^size: expected an integer ≥ 2"):
            datasets.tokens("shakespeare", size=bad)
