"""A gradient that lands in the wrong coordinate, or in another run: sparse rows against dense ones.

The oracle is `Logistic` on the same matrix, laid out with all its zeros.
"""

import numpy as np
import pytest
import torch

from course_lib import Logistic, SparseLogistic, adagrad, gd, run
from course_lib.problems import finite_sums

N, W, D = 23, 5, 11


def both(d=D, seed=0):
    """The same rows sparse and dense; with padding, and with columns that occur twice in a row."""
    rng = np.random.default_rng(seed)
    index, value = rng.integers(d, size=(N, W)), rng.normal(size=(N, W))
    index[::3, -2:] = value[::3, -2:] = 0
    A, y = np.zeros((N, d)), rng.choice([-1.0, 1.0], N)
    for i in range(N):
        for j, v in zip(index[i], value[i], strict=True):
            A[i, j] += v
    return SparseLogistic(index, value, y, d), Logistic(A, y)


SHAPES = pytest.mark.parametrize("runs", [(), (4,), (2, 3), (1, 2, 2)])


def points(runs, d=D):
    return np.random.default_rng(1).normal(size=(*runs, d))


@SHAPES
def test_f_and_grad_of_the_whole_sum(runs):
    sparse, dense = both()
    x = points(runs)
    assert np.shape(sparse.f(x)) == runs
    np.testing.assert_allclose(sparse.f(x), dense.f(x), rtol=1e-13)
    np.testing.assert_allclose(sparse.grad(x), dense.grad(x), rtol=1e-12, atol=1e-15)


@SHAPES
@pytest.mark.parametrize("batch", [1, 4])
def test_f_and_grad_of_a_batch(runs, batch):
    sparse, dense = both()
    x, i = points(runs), np.random.default_rng(2).integers(N, size=(batch, *runs))
    np.testing.assert_allclose(sparse.f_batch(x, i), dense.f_batch(x, i), rtol=1e-13)
    expected = dense.grad_batch(x, i)
    assert sparse.grad_batch(x, i).shape == x.shape
    np.testing.assert_allclose(sparse.grad_batch(x, i), expected, rtol=1e-12, atol=1e-15)
    if len(runs) == 2:  # one batch for all rows of a grid: α in rows, seeds in columns
        i = i[:, :1]
        expected = dense.grad_batch(x, np.broadcast_to(i, (batch, *runs)))
        np.testing.assert_allclose(sparse.grad_batch(x, i), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("method", [gd, adagrad])
@pytest.mark.parametrize("draw", ["minibatch", "reshuffle"])
def test_trajectories(method, draw):
    """A grid of steps × seeds on minibatches is the same as on dense rows."""
    hyper = {"steps": 30, "alpha": np.array([[0.05], [0.5]])}
    paths = [run(method, getattr(p, draw)(3, [1, 2, 3]), np.ones(D), **hyper) for p in both()]
    assert paths[0].shape == (31, 2, 3, D)
    np.testing.assert_allclose(*paths, rtol=1e-9)


@pytest.mark.parametrize("block", [1, W * 6, W * 6 * 7, 10**9])
def test_pieces_are_put_together_rightly(monkeypatch, block):
    sparse, dense = both()
    x = points((2, 3))
    monkeypatch.setattr(finite_sums, "BLOCK", block)
    np.testing.assert_allclose(sparse.f(x), dense.f(x), rtol=1e-13)
    np.testing.assert_allclose(sparse.grad(x), dense.grad(x), rtol=1e-12, atol=1e-15)


def test_torch_and_float32():
    sparse, _ = both()
    x, i = points((2, 3)), np.random.default_rng(2).integers(N, size=(4, 2, 3))
    for dtype in (torch.float64, torch.float32):
        tensor, tolerance = torch.tensor(x, dtype=dtype), 1e-12 if dtype is torch.float64 else 1e-5
        for came, expected in (
            (sparse.f(tensor), sparse.f(x)),
            (sparse.grad(tensor), sparse.grad(x)),
            (sparse.grad_batch(tensor, torch.tensor(i)), sparse.grad_batch(x, i)),
        ):
            assert came.dtype == dtype
            np.testing.assert_allclose(came.numpy(), expected, rtol=tolerance, atol=tolerance)
    single = x.astype(np.float32)
    assert sparse.f(single).dtype == sparse.grad(single).dtype == np.float32
    assert sparse.grad_batch(single, i).dtype == np.float32
    np.testing.assert_allclose(sparse.grad(single), sparse.grad(x), rtol=1e-5, atol=1e-6)
    assert run(adagrad, sparse.minibatch(2), single, steps=5).dtype == np.float32


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_whole_numbers_are_the_same_point(kind):
    sparse, x = both()[0], np.arange(D) % 3
    for what in (sparse.f, sparse.grad):
        np.testing.assert_array_equal(what(kind(x)), what(kind(x.astype(float))))


def test_nothing_of_the_callers_is_shared():
    index, value, y = np.zeros((2, 1), int), np.ones((2, 1)), np.array([1.0, -1.0])
    problem = SparseLogistic(index, value, y, 1)
    before = problem.f(np.ones(1))
    index[:], value[:], y[:] = 5, 7, 3
    assert problem.f(np.ones(1)) == before
    assert repr(problem) == "<sparse_logistic: n = 2, d = 1>"


INDEX, VALUE, Y = [[0, 1], [2, 0]], [[1.0, 2.0], [3.0, 0.0]], [1.0, -1.0]
BAD = {
    "flat": (
        ([0, 1], VALUE, Y, 3),
        "index, value, y: expected shapes (n, w), (n, w), (n,); got (2,)",
    ),
    "value": ((INDEX, [[1.0], [2.0]], Y, 3), "index, value, y: expected shapes"),
    "y": ((INDEX, VALUE, [1.0], 3), "index, value, y: expected shapes"),
    "column 2 of 2": ((INDEX, VALUE, Y, 2), "index: expected integers 0..1; got"),
    "column -1": (([[0, -1], [2, 0]], VALUE, Y, 3), "index: expected integers 0..2; got"),
    "column 0.5": (([[0.5, 1], [2, 0]], VALUE, Y, 3), "index: expected integers 0..2; got"),
    "value nan": ((INDEX, [[1.0, np.nan]] * 2, Y, 3), "value: expected finite numbers; got 2"),
    "empty": (
        (np.empty((0, 2), int), np.empty((0, 2)), [], 3),
        "index: expected shape (n, w), n, w",
    ),
    "labels": ((INDEX, VALUE, [0.0, 1.0], 3), "y: expected labels −1 and +1; got [0. 1.]"),
}


@pytest.mark.parametrize(("arguments", "text"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(arguments, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        SparseLogistic(*arguments)
    assert str(error.value).startswith(text)
