"""`run` records the wrong step, calls the schedule with the wrong k, or lets a typo through.

The contracts that hold for every method and problem are in test_contracts.py; here is what `run`
itself does with its arguments: which rows it keeps, what it watches, what it refuses and how.
"""

import warnings
from itertools import count

import numpy as np
import pytest
import torch

from course_lib import (
    adadelta,
    adam,
    gd,
    gd_armijo,
    hyperparameters,
    least_squares,
    log_spaced,
    momentum,
    nesterov,
    quadratic,
    run,
    watchable,
)

QUADRATIC = quadratic(kappa=4.0)
X0 = np.array([2.0, -1.0])


class Recorded:
    """The gradients 1, 2, 3, … in both coordinates, no `d`, no `fresh`: the least a problem is."""

    def __init__(self):
        self.k = 0

    def grad(self, x):
        self.k += 1
        return self.k + 0 * x


# ---- What is recorded ----------------------------------------------------------------------------


def test_rows_are_the_iterates():
    xs = run(gd, QUADRATIC, X0, steps=3, alpha=0.5)
    x = X0
    for row in xs:
        np.testing.assert_allclose(row, x, rtol=1e-15)
        x = x - 0.5 * np.array([0.25, 1.0]) * x


def test_steps_0_is_the_start():
    assert run(gd, QUADRATIC, X0, steps=0).tolist() == [X0.tolist()]
    assert run(adam, QUADRATIC, X0, steps=0, alpha=[0.1, 0.2]).tolist() == [[X0.tolist()] * 2]


def test_steps_are_100_unless_told():
    assert run(gd, QUADRATIC, X0).shape == (101, 2)


def test_gradient_is_asked_once_for_each_step():
    """None is thrown away: after K steps of gd, K calls."""
    problem = Recorded()
    assert run(gd, problem, X0, steps=7, alpha=1).tolist()[-1] == (X0 - 28).tolist()
    assert problem.k == 7


@pytest.mark.parametrize("at", [[0], [3], [0, 1, 5, 9], range(2, 10, 3), np.array([9], np.uint8)])
def test_at_keeps_the_chosen_rows(at):
    xs = run(adam, QUADRATIC, X0, steps=9)
    assert (run(adam, QUADRATIC, X0, steps=9, at=at) == xs[np.array(at)]).all()


def test_at_with_watch_and_runs():
    full = run(adam, QUADRATIC, X0, steps=9, watch="m", alpha=[0.1, 0.2, 0.3])
    some = run(adam, QUADRATIC, X0, steps=9, watch="m", alpha=[0.1, 0.2, 0.3], at=[4, 8])
    assert (some == full[[4, 8]]).all()


def test_watch_row_by_row():
    """v̂_k of the gradients 1, 2, 3, …, and the row of x_0, when no v̂ existed."""
    v_hat = run(adam, Recorded(), X0, steps=4, watch="v_hat", beta2=0.5)
    v = [0.5 * 1, 0.25 * 1 + 0.5 * 4, 0.125 * 1 + 0.25 * 4 + 0.5 * 9, 0]
    v[3] = v[2] / 2 + 0.5 * 16
    expected = [v[k - 1] / (1 - 0.5**k) for k in (1, 2, 3, 4)]
    assert np.isnan(v_hat[0]).all()
    np.testing.assert_allclose(v_hat[1:], np.outer(expected, [1, 1]), rtol=1e-14)


def test_watch_of_the_rest():
    assert (run(adam, Recorded(), X0, steps=2, watch="g")[1:] == [[1, 1], [2, 2]]).all()
    assert (run(adam, Recorded(), X0, steps=2, watch="m")[0] == 0).all(), "m_0 is 0, not unknown"
    x = run(nesterov, QUADRATIC, X0, steps=5)
    assert (run(nesterov, QUADRATIC, X0, steps=5, watch="x") == x).all()
    y = run(nesterov, QUADRATIC, X0, steps=5, watch="y", beta=0.9)
    np.testing.assert_allclose(y[2:], x[1:-1] + 0.9 * (x[1:-1] - x[:-2]), rtol=1e-14)
    t = run(gd_armijo, QUADRATIC, X0, steps=1, watch="t", alpha=8.0)  # one number a run
    x = run(gd, QUADRATIC, X0, steps=1, alpha=t[1, 0])
    assert t[1, 0] == t[1, 1] < 8
    np.testing.assert_allclose(run(gd_armijo, QUADRATIC, X0, steps=1, alpha=8.0), x, rtol=1e-15)


def test_watch_in_torch_and_float32():
    for x0 in (torch.tensor(X0), X0.astype(np.float32)):
        v_hat = run(adam, QUADRATIC, x0, steps=2, watch="v_hat")
        assert type(v_hat) is type(x0)
        assert v_hat.dtype == x0.dtype
        assert np.isnan(np.asarray(v_hat[0])).all()


def test_method_of_a_notebook():
    """A student's method runs like the library's; a hyperparameter without a range is free."""

    def signs(problem, x, alpha=0.5, twist=-1):
        for _ in count(1):
            yield x
            turned = twist * problem.grad(x)
            x = x + alpha * turned

    xs = run(signs, QUADRATIC, X0, steps=5)
    assert (xs == run(gd, QUADRATIC, X0, steps=5, alpha=0.5)).all()
    assert hyperparameters(signs) == {"alpha": 0.5, "twist": -1}
    assert watchable(signs) == ["x", "_", "turned"]
    assert run(signs, QUADRATIC, X0, steps=5, twist=[-1, -2]).shape == (6, 2, 2)


# ---- Schedules -----------------------------------------------------------------------------------


def test_schedule_gets_k_from_1():
    """x_1 is made with α(1): gradients 1, 2, 3 times α = 1, 10, 100."""
    xs = run(gd, Recorded(), [0.0], steps=3, alpha=lambda k: 10 ** (k - 1))
    assert xs[:, 0].tolist() == [0, -1, -21, -321]


def test_schedule_sees_every_k_in_order():
    seen = []

    def alpha(k):
        seen.append(k)
        return 0.1

    run(momentum, QUADRATIC, X0, steps=5, alpha=alpha)
    assert [k for k in seen if k > 1] == [2, 3, 4, 5]
    assert set(seen) == {1, 2, 3, 4, 5}


def test_schedule_of_arrays_is_the_separate_schedules():
    scales = np.array([[0.1], [0.5]])
    xs = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k: scales / k)
    assert xs.shape == (6, 2, 1, 2)
    for j, scale in enumerate((0.1, 0.5)):
        alone = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k, scale=scale: scale / k)
        np.testing.assert_allclose(xs[:, j, 0], alone, rtol=1e-14)
    as_list = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k: [0.1 / k, 0.5 / k])
    assert (as_list == xs[:, :, 0]).all()


# ---- Shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("x0", [[2, 1], (2, 1), [2.0, 1], np.array([2, 1]), np.array([2, 1], "u1")])
def test_start_may_be_a_list_or_integers(x0):
    xs = run(gd, QUADRATIC, x0, steps=3, alpha=0.3)
    assert xs.dtype == np.float64
    assert (xs == run(gd, QUADRATIC, np.array(x0, float), steps=3, alpha=0.3)).all()


def test_integer_tensor_is_a_start_too():
    xs = run(gd, QUADRATIC, torch.tensor([2, -1]), steps=3, alpha=0.5)
    assert xs.is_floating_point()
    np.testing.assert_allclose(xs.numpy(), run(gd, QUADRATIC, [2, -1], steps=3, alpha=0.5))


def test_runs_come_from_all_arguments():
    """x0 (3, 1, d), seeds (4,), alpha (2, 1, 1): runs (2, 3, 4)."""
    problem = least_squares().minibatch(2, seed=range(4))
    x0 = np.arange(6.0).reshape(3, 1, 2)
    xs = run(gd, problem, x0, steps=2, alpha=[[[0.1]], [[0.2]]])
    assert xs.shape == (3, 2, 3, 4, 2)
    alone = run(gd, least_squares().minibatch(2, seed=2), x0[1, 0], steps=2, alpha=0.2)
    np.testing.assert_allclose(xs[:, 1, 1, 2], alone, rtol=1e-13)


def test_iterates_are_closed():
    """No half-run generator is left behind, even where somebody else still holds it."""
    held = []

    def holding(problem, x):
        held.append(gd(problem, x))
        return held[0]

    run(holding, QUADRATIC, X0, steps=2)
    assert held[0].gi_frame is None


def test_error_settings_of_numpy_are_restored():
    before = np.geterr()
    run(gd, QUADRATIC, X0, steps=500, alpha=1e3)
    assert np.geterr() == before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            np.float64(1e300) * np.float64(1e300)


# ---- Helpers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 1, 2, 10, 1000, 10**6])
def test_log_spaced(steps):
    k = log_spaced(steps)
    assert (k[0], k[-1]) == (0, steps)
    assert (np.diff(k) > 0).all()
    assert k.dtype.kind == "i"
    assert len(k) <= 102
    run(gd, QUADRATIC, X0, steps=min(steps, 1000), at=log_spaced(min(steps, 1000)))


def test_log_spaced_is_even_in_the_logarithm():
    ratio = np.diff(np.log(log_spaced(10**6, 61)[20:]))
    assert len(log_spaced(10**6, 61)) > 50
    assert ratio.max() < 1.2 * ratio.min()


def test_hyperparameters_and_watchable():
    assert hyperparameters(adadelta) == {"gamma": 0.9, "rho": 0.9, "eps": 1e-6}
    assert watchable(adadelta) == ["x", "v", "delta", "g", "g_tilde"]


# ---- Bad input: what was wrong, what came, what is allowed ---------------------------------------

MINI = least_squares().minibatch(2, seed=range(4))


INTEGER = "steps: expected an integer ≥ 0; got"
START = "x0: expected numbers of shape (..., 2); got"
AT = "at: expected increasing integers in 0..9; got"
BAD = [
    ({"bta": 1}, "bta: gd has the hyperparameters alpha"),
    ({"method": adam, "beta": 0.9}, "beta: adam has the hyperparameters alpha, beta1, beta2, eps"),
    ({"alpha": -0.1}, "alpha: expected 0 ≤ alpha < inf; got -0.1"),
    ({"alpha": np.nan}, "alpha: expected 0 ≤ alpha < inf; got nan"),
    ({"alpha": np.inf}, "alpha: expected 0 ≤ alpha < inf; got inf"),
    ({"alpha": [0.1, -0.1]}, "alpha: expected 0 ≤ alpha < inf; got [0.1, -0.1]"),
    ({"alpha": lambda k: -k}, "alpha: expected 0 ≤ alpha < inf; got -1"),
    ({"alpha": "fast"}, "alpha: expected a number or an array; got 'fast'"),
    ({"alpha": [1, [2, 3]]}, "alpha: expected a number or an array; got [1, [2, 3]]"),
    ({"method": momentum, "beta": 1}, "beta: expected 0 ≤ beta < 1; got 1"),
    ({"method": momentum, "beta": 1.5}, "beta: expected 0 ≤ beta < 1; got 1.5"),
    ({"method": momentum, "beta": lambda k: 0.9}, "beta: only alpha may be a function of k"),
    ({"method": adam, "beta2": -0.1}, "beta2: expected 0 ≤ beta2 < 1; got -0.1"),
    ({"x0": [1, 2, 3]}, f"{START} shape (3,)"),
    ({"x0": 1.0}, f"{START} shape ()"),
    ({"x0": [[1.0], [2.0]]}, f"{START} shape (2, 1)"),
    ({"x0": "here"}, f"{START} 'here'"),
    ({"x0": None}, f"{START} None"),
    ({"x0": [1j, 1]}, f"{START} [1j, 1]"),
    ({"x0": [[1, 1], [2]]}, f"{START} [[1, 1], [2]]"),
    ({"watch": "v_hat"}, "watch: gd has x, g; got 'v_hat'"),
    ({"method": adam, "watch": "vhat"}, "watch: adam has x, m, v, g, m_hat, v_hat; got 'vhat'"),
    ({"at": [3, 2]}, f"{AT} array([3, 2])"),
    ({"at": np.array([5, 3], np.uint8)}, f"{AT} array([5, 3], dtype=uint8)"),
    ({"at": [2, 2]}, f"{AT} array([2, 2])"),
    ({"at": [-1, 2]}, f"{AT} array([-1,  2])"),
    ({"at": [2, 10]}, f"{AT} array([ 2, 10])"),
    ({"at": [0.5]}, f"{AT} array([0.5])"),
    ({"at": []}, f"{AT} array([]"),
    ({"at": np.array([], int)}, f"{AT} array([], dtype=int64)"),
    ({"at": 5}, f"{AT} array(5)"),
    ({"at": [[1, 2]]}, f"{AT} array([[1, 2]])"),
    ({"steps": -1}, f"{INTEGER} -1"),
    ({"steps": 2.5}, f"{INTEGER} 2.5"),
    ({"steps": True}, f"{INTEGER} True"),
    ({"steps": None}, f"{INTEGER} None"),
    ({"steps": "9"}, f"{INTEGER} '9'"),
    ({"steps": np.nan}, f"{INTEGER} nan"),
    ({"steps": np.inf}, f"{INTEGER} inf"),
]


def complaint(**arguments):
    call = {"method": gd, "problem": QUADRATIC, "x0": X0, "steps": 9, **arguments}
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        run(**call)
    return str(error.value)


@pytest.mark.parametrize(("arguments", "text"), BAD, ids=[text for _, text in BAD])
def test_bad_input_is_named(arguments, text):
    assert text in complaint(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"alpha": [0.1, 0.2, 0.3]}, ["alpha", "(3,)", "(4,)"]),
        ({"x0": np.ones((3, 2))}, ["x0", "(3, 2)", "(4,)"]),
        (
            {"method": adam, "alpha": [[0.1], [0.2]], "beta1": [0.1] * 3},
            ["beta1", "(3,)", "(2, 4)"],
        ),
    ],
    ids=["alpha", "x0", "beta1"],
)
def test_runs_that_do_not_fit_are_named(arguments, words):
    """Against four seeds: which argument, its shape, the shape that it should fit."""
    text = complaint(problem=least_squares().minibatch(2, seed=range(4)), **arguments)
    assert [word for word in words if word not in text] == []


def test_nothing_is_computed_before_the_check():
    problem = Recorded()
    with pytest.raises(ValueError, match="beta2: expected"):
        run(adam, problem, X0, beta2=2)
    assert problem.k == 0
