"""Softmax regression from a table: against torch on the examples that the table counts.

Every check takes the module's names from a dictionary, so that a broken module can be handed to it:
each slip of `BREAKS` must fail the check beside it.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib import adam, datasets, gd, momentum, problems, run
from course_lib.problems import softmax
from support.breaks import each, each_break, executed, slipped

pytestmark = pytest.mark.stored

SOURCE = Path(softmax.__file__).read_text(encoding="utf-8")
MODULE = vars(softmax)


def tables(seed=0):
    """(P of counts, A or None): one-hot inputs; features; with an input and a class never seen."""
    rng = np.random.default_rng(seed)
    one_hot = rng.integers(0, 4, size=(5, 5))
    one_hot[2], one_hot[:, 3] = 0, 0
    return [(one_hot, None), (rng.integers(0, 3, size=(6, 4)), rng.normal(size=(6, 3)))]


def points(problem, *runs, seed=1):
    return 2 * np.random.default_rng(seed).normal(size=(*runs, problem.d))


def by_torch(P, A, x):
    """Loss of one point and its gradient, example by example, repeated as often as counted."""
    i, j = np.nonzero(P)
    i, j = (np.repeat(a, P[i, j]) for a in (i, j))
    A = np.eye(len(P)) if A is None else A
    w = torch.tensor(x, requires_grad=True)
    logits = torch.tensor(A[i]) @ w.reshape(A.shape[1], P.shape[1])
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(j))
    loss.backward()
    return loss.item(), w.grad.numpy()


def check_torch(module):
    for P, A in tables():
        problem = module["SoftmaxRegression"](P, A)
        for x in points(problem, 4):
            f, g = by_torch(P, A, x)
            np.testing.assert_allclose(problem.f(x), f, rtol=1e-12)
            np.testing.assert_allclose(problem.grad(x), g, rtol=1e-12, atol=1e-15)


def check_runs(module):
    """Any leading axes give the single runs."""
    for P, A in tables():
        problem = module["SoftmaxRegression"](P, A)
        x = points(problem, 2, 3)
        for of in (problem.f, problem.grad):
            alone = np.array([[of(point) for point in row] for row in x])
            np.testing.assert_allclose(of(x), alone, rtol=1e-13, atol=1e-16)


def check_large_logits(module):
    """No overflow: a huge logit is a sure answer."""
    problem = module["SoftmaxRegression"]([[1, 0], [0, 1]])
    assert problem.f(np.array([800.0, 0, 0, 800])) == 0
    assert problem.f(np.array([0.0, 800, 0, 800])) == 400
    assert (problem.grad(np.array([0.0, 1e5, 0, 1e5])) == [-0.5, 0.5, 0, 0]).all()


def check_f_star(module):
    """The entropy: reached where nothing is 0; else approached from above, as the logits grow."""
    P = np.random.default_rng(0).integers(1, 9, size=(4, 6))
    problem = module["SoftmaxRegression"](P)
    best = np.log(P).ravel()
    assert abs(problem.f(best) - problem.f_star) < 1e-14
    assert abs(problem.grad(best)).max() < 1e-15
    (P, _), (Q, A) = tables()
    problem = module["SoftmaxRegression"](P)
    values = [problems.gap(problem, np.log(P + tiny).ravel()) for tiny in (1e-2, 1e-4, 1e-8)]
    assert values[0] > 10 * values[1] > 100 * values[2] > 0
    assert module["SoftmaxRegression"](Q, A).f_star is None


def check_L(module):
    """No curvature above L; and not far above what there is, at W = 0 with two classes."""
    rng = np.random.default_rng(0)
    for P, A in [*tables(), (np.eye(2)[[0, 1, 1]], rng.normal(size=(3, 2)))]:
        problem = module["SoftmaxRegression"](P, A)
        top = 0
        for x in [np.zeros(problem.d), *points(problem, 5)]:
            h = 1e-4 * np.eye(problem.d)
            hessian = (problem.grad(x + h) - problem.grad(x - h)) / 2e-4
            top = max(top, np.linalg.eigvalsh(hessian)[-1])
        assert top < problem.L * (1 + 1e-6)
    assert top > 0.99 * problem.L


def check_bigrams(module):
    """Counted by hand; the vocabulary by falling frequency."""
    for unit, size in (("words", 30), ("characters", 100)):
        problem = module["bigrams"]("ru_proverbs", unit, size)
        ids, vocabulary = datasets.tokens("ru_proverbs", unit, size)
        counts = np.zeros((len(vocabulary), len(vocabulary)))
        for i, j in pairwise(ids):
            counts[i, j] += 1
        assert problem.shape == counts.shape
        assert (counts / (len(ids) - 1) == problem.P).all()


CHECKS = [check_torch, check_runs, check_large_logits, check_f_star, check_L, check_bigrams]
BREAKS = [
    (check_torch, "the sign", "q -= P", "q += P"),
    (check_torch, "rows not weighted", "(r / q.sum(-1))", "(1 / q.sum(-1))"),
    (check_torch, "P not normalised", "P / P.sum(), A", "P, A"),
    (check_runs, "summed over runs", "self.losses(x)).sum((-2, -1))", "self.losses(x)).sum()"),
    (check_large_logits, "overflow in f",
     "z = z - xp.amax(z, -1)[..., None]", "z = z + 0 * xp.amax(z, -1)[..., None]"),
    (check_large_logits, "overflow in grad",
     "xp.exp(z - xp.amax(z, -1)[..., None])", "xp.exp(z)"),
    (check_f_star, "the joint entropy", "share = (self.P / np", "share = (self.P + 0 * np"),
    (check_L, "half of it", "return r.max() / 2", "return r.max() / 8"),
    (check_L, "twice with features", "[-1] / 2", "[-1]"),
    (check_bigrams, "the word before",
     "ids[:-1] * many + ids[1:]", "ids[1:] * many + ids[:-1]"),
]  # fmt: skip


@each(CHECKS)
def test_it_holds(check):
    check(MODULE)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each_break(BREAKS)
def test_the_break_is_caught(check, old, new):
    broken = executed(slipped(SOURCE, old, new))
    with pytest.raises(AssertionError):
        check(broken)


def test_every_check_has_a_break():
    assert {check for check, *_ in BREAKS} == set(CHECKS)


@pytest.mark.parametrize("method", [gd, momentum, adam])
def test_kinds_of_arrays(method):
    """torch is NumPy; float32 stays float32; a sweep is the separate runs."""
    for P, A in tables():
        problem = problems.SoftmaxRegression(P, A)
        x0, alpha = points(problem), np.array([0.1, 0.3])
        xs = run(method, problem, x0, steps=10, alpha=alpha)
        alone = [run(method, problem, x0, steps=10, alpha=a) for a in alpha]
        np.testing.assert_allclose(xs, np.stack(alone, 1), rtol=1e-12)
        tensors = run(method, problem, torch.tensor(x0), steps=10, alpha=alpha)
        np.testing.assert_allclose(tensors.numpy(), xs, rtol=1e-12)
        single = run(method, problem, x0.astype(np.float32), steps=10, alpha=alpha)
        assert single.dtype == problem.f(single[-1]).dtype == np.float32
        np.testing.assert_allclose(single, xs, rtol=1e-3, atol=1e-4)


def test_nothing_of_the_callers_is_shared():
    P, A = np.ones((2, 3)), np.ones((2, 2))
    problem = problems.SoftmaxRegression(P, A)
    before = problem.f(np.arange(6.0))
    P[:], A[:] = 7, 7
    assert problem.f(np.arange(6.0)) == before
    assert repr(problem) == "<softmax_regression: n = 2, d = 6>"


BAD = {
    "flat": (([1, 2],), "P: expected a table of numbers ≥ 0, not all 0; got"),
    "negative": (([[1, -1]],), "P: expected a table"),
    "nan": (([[1, np.nan]],), "P: expected finite numbers; got 1 like nan"),
    "A nan": (([[1, 2]], [[np.nan]]), "A: expected finite numbers; got 1 like nan"),
    "nothing": (([[0, 0]],), "P: expected a table"),
    "other length": (([[1, 2]], [[1.0], [2.0]]), "A: expected the shape (1, p); got (2, 1)"),
}


@pytest.mark.parametrize(("arguments", "text"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(arguments, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        problems.SoftmaxRegression(*arguments)
    assert str(error.value).startswith(text)
