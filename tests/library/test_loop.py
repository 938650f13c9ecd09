"""`run` records the wrong step, calls the schedule with the wrong k, or lets a typo through.

The contracts that hold for every method and problem are in test_contracts.py; here is what `run`
itself does with its arguments: which rows it keeps, what it watches, what it refuses and how.
"""

import warnings
from functools import partial
from itertools import count

import numpy as np
import pytest
import torch

from course_lib import (
    FiniteSum,
    Function,
    Run,
    SoftmaxRegression,
    adadelta,
    adam,
    gd,
    gd_armijo,
    hyperparameters,
    least_squares,
    log_spaced,
    momentum,
    nesterov,
    newton,
    quadratic,
    run,
    watchable,
)
from course_lib.problems.online import MovingParabola
from course_lib.schedules import cosine

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


@pytest.mark.parametrize("kept", [[0], [3], [0, 1, 5, 9], range(2, 10, 3), np.array([9], np.uint8)])
def test_keep_keeps_the_chosen_rows(kept):
    xs = run(adam, QUADRATIC, X0, steps=9)
    assert (run(adam, QUADRATIC, X0, steps=9, keep=kept) == xs[np.array(kept)]).all()


def test_keep_with_watch_and_runs():
    full = run(adam, QUADRATIC, X0, steps=9, watch="m", alpha=[0.1, 0.2, 0.3])
    some = run(adam, QUADRATIC, X0, steps=9, watch="m", alpha=[0.1, 0.2, 0.3], keep=[4, 8])
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
    assert watchable(signs) == ["x", "turned"]
    assert run(signs, QUADRATIC, X0, steps=5, twist=[-1, -2]).shape == (6, 2, 2)


# ---- Schedules -----------------------------------------------------------------------------------


def test_schedule_gets_k_from_1():
    """x_1 is made with α(1): gradients 1, 2, 3 times α = 1, 10, 100."""
    xs = run(gd, Recorded(), [0.0], steps=3, alpha=lambda k: 10 ** (k - 1))
    assert xs[:, 0].tolist() == [0, -1, -21, -321]


@pytest.mark.parametrize("value", [0.1, [0.1, 0.2]], ids=["number", "array"])
def test_schedule_is_asked_once_for_every_k_in_order(value):
    """It may have a state; and a method may ask for the same α_k twice."""
    seen = []

    def alpha(k):
        seen.append(k)
        return value

    def twice(problem, x, alpha):
        for k in count(1):
            yield x
            x = x - alpha(k) * problem.grad(x) - 0 * alpha(k)

    run(momentum, QUADRATIC, X0, steps=5, alpha=alpha)
    run(twice, QUADRATIC, X0, steps=5, alpha=alpha)
    assert seen == [1, 2, 3, 4, 5] * 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.5, "alpha: expected 0 ≤ alpha < inf; got -0.5 for k = 4"),
        (np.nan, "alpha: expected 0 ≤ alpha < inf; got nan for k = 4"),
        (np.float32(np.inf), "alpha: expected 0 ≤ alpha < inf; got np.float32(inf) for k = 4"),
        (
            torch.tensor([0.1, -1]),
            "alpha: expected 0 ≤ alpha < inf; got tensor([ 0.1000, -1.0000])",
        ),
        (None, "alpha: expected a number or an array; got None for k = 4"),
        ("0,1", "alpha: expected a number or an array; got '0,1' for k = 4"),
        (0.1j, "alpha: expected a number or an array; got 0.1j for k = 4"),
        ([0.1, 0.1, 0.1], "alpha: expected shape (2,), as α_1; got (3,) for k = 4"),
        (0.1, "alpha: expected shape (2,), as α_1; got () for k = 4"),
    ],
)
def test_schedule_that_gives_no_step_is_named_with_its_k(value, text):
    first = [0.1, 0.1] if "as α_1" in text or isinstance(value, torch.Tensor) else 0.1
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        run(gd, QUADRATIC, X0, steps=6, alpha=lambda k: value if k == 4 else first)
    assert text in str(error.value)


def test_schedule_of_arrays_is_the_separate_schedules():
    scales = np.array([[0.1], [0.5]])
    xs = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k: scales / k)
    assert xs.shape == (6, 2, 1, 2)
    for j, scale in enumerate((0.1, 0.5)):
        alone = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k, scale=scale: scale / k)
        np.testing.assert_allclose(xs[:, j, 0], alone, rtol=1e-14)
    as_list = run(gd, QUADRATIC, X0, steps=5, alpha=lambda k: [0.1 / k, 0.5 / k])
    assert (as_list == xs[:, :, 0]).all()


# ---- Methods and problems of somebody else -------------------------------------------------------


def in_place(problem, x, alpha=0.1):
    while True:
        yield x
        x -= alpha * problem.grad(x)
        alpha *= 1.0


@pytest.mark.parametrize("kind", [np.array, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("alpha", [0.1, [0.1, 0.2]], ids=["number", "array"])
def test_method_that_changes_x_in_place_changes_nothing_of_the_caller(kind, alpha):
    x0, alpha = kind([2.0, -1.0]), np.array(alpha)
    xs = run(in_place, QUADRATIC, x0, steps=4, alpha=alpha)
    expected = run(gd, QUADRATIC, kind([2.0, -1.0]), steps=4, alpha=alpha)
    np.testing.assert_allclose(xs, expected, rtol=1e-15)
    assert x0.tolist() == [2.0, -1.0]


class Graph:
    """f = ½ ‖w x‖² in torch; its gradient drags w's graph along, and asks for one of x."""

    def __init__(self):
        self.w = torch.ones(2, dtype=torch.float64, requires_grad=True)

    def grad(self, x):
        loss = (self.w * x.requires_grad_()) ** 2 / 2
        return torch.autograd.grad(loss.sum(), x, create_graph=True)[0]


@pytest.mark.parametrize("problem", [QUADRATIC, Graph()], ids=["quadratic", "own"])
@pytest.mark.parametrize("alpha", [0.1, [0.1, 0.2]], ids=["number", "array"])
def test_no_graph_of_torch_is_kept(problem, alpha):
    """It would hold every iterate in memory."""
    seen = []

    def watched(problem, x, alpha):
        for iterate in gd(problem, x, alpha):
            seen.append(iterate)
            yield iterate

    x0 = torch.tensor(X0, requires_grad=True)
    values = torch.tensor(alpha, dtype=torch.float64, requires_grad=True)
    xs = run(watched, problem, x0, steps=5, alpha=values)
    assert not xs.requires_grad
    assert not any(x.requires_grad for x in seen)
    assert x0.requires_grad
    problem = quadratic(kappa=1) if problem is not QUADRATIC else QUADRATIC
    np.testing.assert_allclose(xs, run(gd, problem, X0, steps=5, alpha=alpha), rtol=1e-14)


def test_partial_of_a_method_is_a_method():
    slow = partial(partial(adam, beta1=0.5), alpha=[0.1, 0.2])
    xs = run(slow, QUADRATIC, X0, steps=3, beta1=0.6, watch="v_hat")
    expected = run(adam, QUADRATIC, X0, steps=3, alpha=[0.1, 0.2], beta1=0.6, watch="v_hat")
    np.testing.assert_array_equal(xs, expected)
    assert hyperparameters(slow) == {**hyperparameters(adam), "beta1": 0.5, "alpha": [0.1, 0.2]}
    assert watchable(slow) == watchable(adam)


def test_object_with_a_call_is_a_method():
    class Steps:
        def __call__(self, problem, x, alpha=0.1):
            return gd(problem, x, alpha)

    assert (run(Steps(), QUADRATIC, X0, steps=3) == run(gd, QUADRATIC, X0, steps=3)).all()
    assert watchable(Steps()) == ["x"]


def two_scales(x):
    """The gradient of x_0² + 3 x_1² for one point; for two it scales the points."""
    return np.stack([2 * x[0], 6 * x[1]])


def value(x):
    return (x**2).sum(-1)


#: f, grad, and which of them takes a run for a coordinate.
STACKED = [
    (lambda x: x[0] ** 2 + 3 * x[1] ** 2, lambda x: x, "f"),
    (lambda x: x[1] ** 2, lambda x: x, "f"),
    (lambda x: (x**2).sum(), lambda x: x, "f"),
    (lambda x: (x**2).sum(0), lambda x: x, "f"),
    (value, two_scales, "grad"),
    (value, lambda x: x / (1 + (x**2).sum() ** 0.5), "grad"),
]
#: None does, or nobody can tell.
NOT_STACKED = [
    (lambda x: 3 + 0 * x[..., 0], lambda x: np.array([1.0, 2.0])),  # the same for all runs
    (lambda x: np.log(-1 - x[..., 0] ** 2), lambda x: x / 0),
    (lambda x: x[:, 0] ** 2, lambda x: 2 * x[:, :2]),  # a single point is refused
    (lambda x: x[..., 0] * np.ones(2), lambda x: x * np.ones((2, 1))),  # runs of its own
]


@pytest.mark.parametrize(("f", "grad", "name"), STACKED)
@pytest.mark.parametrize("x0", [[[1.0, 1.0]] * 2, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
def test_problem_that_takes_a_run_for_a_coordinate_is_named(f, grad, name, x0):
    problem = Function(f, grad)
    run(gd, problem, x0[0], steps=2)  # right for one run
    with pytest.raises(ValueError, match=rf"^{name}: expected for two points at once"):
        run(gd, problem, x0, steps=2)
    if name == "f":
        with pytest.raises(ValueError, match=r"^f: expected for two points at once"):
            run(gd, problem, torch.tensor(x0), steps=2)


@pytest.mark.parametrize(("f", "grad"), NOT_STACKED)
def test_problem_that_takes_runs_is_left_alone(f, grad):
    assert run(gd, Function(f, grad), np.ones((2, 2)), steps=2).shape == (3, 2, 2)


def right_loss(x, i):
    return (x[..., 0] - i) ** 2


def right_gradient(x, i):
    return 2 * (x - i[..., None])


@pytest.mark.parametrize(
    ("f_i", "grad_i", "name"),
    [
        (lambda x, i: (x[0] - i) ** 2, right_gradient, "f_i"),
        (right_loss, lambda x, i: x[0] * (x - i[..., None]), "grad_i"),
        (right_loss, right_gradient, None),
    ],
)
def test_loss_of_a_finite_sum_that_takes_a_run_for_a_coordinate_is_named(f_i, grad_i, name):
    problem = FiniteSum(f_i, grad_i, 5, 2).minibatch(1, seed=[0, 1])
    if name:
        with pytest.raises(ValueError, match=rf"^{name}: expected for two points at once"):
            run(gd, problem, X0, steps=2)
    else:
        run(gd, problem, X0, steps=2)


def test_gradients_without_a_value_may_be_a_stream():
    """Recorded gradients in a closure, which no copy protects."""
    g = iter(range(3))
    problem = Function(None, lambda x: next(g) + 0 * x, d=1)
    assert run(gd, problem, np.zeros((2, 1)), steps=3, alpha=1.0)[-1].tolist() == [[-3], [-3]]


class Noisy(Recorded):
    """Gradients of one's own with a stream, and no `fresh` that would tell of it."""

    def __init__(self):
        super().__init__()
        self.rng, self.asked = np.random.default_rng(0), []

    def f(self, x):
        self.asked.append("f")
        return (x**2).sum(-1)

    def grad(self, x):
        self.asked.append("grad")
        return super().grad(x) + self.rng.normal(size=x.shape)


def test_the_look_at_two_points_is_no_call_and_moves_no_stream():
    xs, problem = run(gd, Noisy(), np.zeros((3, 2)), steps=2, alpha=1.0), Noisy()
    noise = np.random.default_rng(0).normal(size=(2, 3, 2))
    np.testing.assert_allclose(np.diff(xs, axis=0), -(noise + np.array([[[1]], [[2]]])), rtol=1e-14)
    run(gd, problem, np.zeros((3, 2)), steps=2)
    assert problem.asked == ["grad"] * 2


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


# ---- To go on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.float64, np.float32, torch.float64])
def test_what_goes_on_keeps_rows_vectors_and_kind(kind):
    x0 = np.array(X0, kind) if isinstance(kind, type) else torch.tensor(X0, dtype=kind)
    whole = {w: run(adam, QUADRATIC, x0, steps=20, watch=w) for w in (None, "v_hat")}
    going = Run(adam, QUADRATIC, x0)
    assert (going.k, repr(going)) == (0, "<Run: adam, k = 0>")
    np.testing.assert_array_equal(going.advance(0), whole[None][:1])
    np.testing.assert_array_equal(going.advance(8, keep=[2, 8]), whole[None][[2, 8]])
    came = going.advance(7, keep=[0, 3, 7], watch="v_hat")
    np.testing.assert_array_equal(came, whole["v_hat"][[8, 11, 15]])
    assert came.dtype == x0.dtype
    assert going.k == 15
    going.advance(2, keep=[2])[...] = 7  # it is the caller's
    np.testing.assert_array_equal(going.advance(3), whole[None][17:])


def test_two_that_go_on_do_not_share_a_stream():
    noisy = least_squares().minibatch(2, seed=3)
    expected = run(gd, noisy, X0, steps=6)
    one, two = Run(gd, noisy, X0), Run(gd, noisy, X0)
    for k in (0, 3):
        for going in (one, two):
            np.testing.assert_array_equal(going.advance(3), expected[k : k + 4])


def breaks_off(problem, x, error=None):
    for k, iterate in enumerate(gd(problem, x)):
        if k == 4:
            raise error
        yield iterate


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, StopIteration])
def test_what_broke_off_does_not_go_on(error):
    """Its last step may be half done; what was computed is there."""
    method = ends_early if error is StopIteration else partial(breaks_off, error=error())
    going = Run(lambda *given: method(*given), QUADRATIC, X0)
    kept = going.advance(2)
    if error is KeyboardInterrupt:
        np.testing.assert_array_equal(np.isnan(going.advance(5)[:, 0]), [0, 0, 1, 1, 1, 1])
    else:
        with pytest.raises(ValueError if error is StopIteration else error):
            going.advance(5)
    assert np.isfinite(kept).all()
    with pytest.raises(ValueError, match=r"expected a run that can go on; got <Run: .*2, ended>"):
        going.advance(1)


def test_what_is_refused_leaves_it_where_it_stands():
    going = Run(adam, QUADRATIC, X0)
    going.advance(2)
    for wrong in ({"steps": -1}, {"keep": [101]}, {"watch": "w"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            going.advance(**wrong)
    np.testing.assert_array_equal(going.advance(3), run(adam, QUADRATIC, X0, steps=5)[2:])


# ---- Helpers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 1, 2, 10, 1000, 10**6])
def test_log_spaced(steps):
    k = log_spaced(steps)
    assert (k[0], k[-1]) == (0, steps)
    assert (np.diff(k) > 0).all()
    assert k.dtype.kind == "i"
    assert len(k) <= 102
    run(gd, QUADRATIC, X0, steps=min(steps, 1000), keep=log_spaced(min(steps, 1000)))


def test_log_spaced_is_even_in_the_logarithm():
    ratio = np.diff(np.log(log_spaced(10**6, 61)[20:]))
    assert len(log_spaced(10**6, 61)) > 50
    assert ratio.max() < 1.2 * ratio.min()


def test_hyperparameters_and_watchable():
    assert hyperparameters(adadelta) == {"gamma": 0.9, "rho": 0.9, "eps": 1e-6}
    assert watchable(adadelta) == ["x", "v", "delta", "g", "g_tilde"]


# ---- Bad input: what was wrong, what came, what is allowed ---------------------------------------

INTEGER = "steps: expected an integer ≥ 0; got"
START = "x0: expected numbers of shape (..., 2); got"
KEEP = "keep: expected increasing integers in 0..9; got"
QUADRATIC_GRAD = "grad: expected an array of numpy of shape (2,) for x of shape (2,); got"


def ends_early(problem, x):
    yield from [x, x, x]


def yields_pairs(problem, x):
    for iterate in gd(problem, x):
        yield iterate, iterate


def yields_sums(problem, x):
    """NumPy would put such a number into every coordinate."""
    yield x
    yield x.sum(-1)


def keeps_notes(problem, x):
    while True:
        yield x
        note, pair = {"x": x}, np.ones((3, 2))  # noqa: F841


#: Tensors without their numbers, or with numbers to compute nothing with.
HIDDEN = (
    torch.ones(2).to_sparse(),
    torch.ones(2, device="meta"),
    torch.ones(2).to(torch.float8_e4m3fn),
)


def with_gradient(grad, f=None):
    return {"problem": Function(f, grad)}


BAD = [
    ({"method": lambda problem: 1}, "method: expected a function of problem and x; got <function"),
    ({"method": dict}, "method: expected a generator function; got <class 'dict'>"),
    (
        {"method": newton, "problem": SoftmaxRegression(np.eye(2)), "x0": np.ones(4)},
        "problem: newton asks for hessian; got <softmax_regression: n = 2, d = 4> without it",
    ),
    (
        {"method": newton, "problem": Function(None, lambda x: x)},
        "hessian: expected a function of x; got None",
    ),
    (
        {"method": newton, "problem": Function(None, lambda x: x, hessian=lambda x: np.ones(3))},
        "hessian: expected an array of numpy of shape (2, 2) for x of shape (2,); got shape (3,)",
    ),
    (
        {"method": gd_armijo, "problem": MovingParabola(np.ones(9), np.ones(9), [0]), "x0": [1.0]},
        "problem: gd_armijo asks for f; got <course_lib.problems.online.MovingParabola",
    ),
    ({"problem": Function(None, None)}, "grad"),
    ({"method": keeps_notes, "watch": "note"}, "watch: expected an inner vector of shape (2,); g"),
    ({"method": keeps_notes, "watch": "pair"}, "watch: expected an inner vector of shape (2,); g"),
    ({"interruptible": "no"}, "interruptible: expected True or False; got 'no'"),
    ({"steps": 10**9}, "steps: expected an integer ≤ 134217728; got 1000000000"),
    ({"steps": 10**8}, "steps: expected at most 134217728 numbers in an array; got 100000001 × 2"),
    ({"x0": range(10**9)}, f"{START} range(0, 1000000000)"),
    ({"keep": range(10**9)}, f"{KEEP} range(0, 1000000000)"),
    ({"alpha": range(10**9)}, "alpha: expected a number or an array; got range(0, 1000000000)"),
    (
        {"problem": least_squares().minibatch(1, range(10**5)), "alpha": np.ones((10**4, 1))},
        "alpha: expected at most 134217728 numbers in an array; got 10000 × 100000 × 2",
    ),
    ({"alpha": cosine}, "alpha: expected a function of k; got <function cosine"),
    ({"alpha": lambda: 0.1}, "alpha: expected a function of k; got <function"),
    *(({"x0": hidden}, f"{START} tensor(") for hidden in HIDDEN),
    ({"alpha": HIDDEN[1]}, "alpha: expected a number or an array; got tensor("),
    ({"method": ends_early}, "method: expected an iterate of ends_early for k = 3; it ends before"),
    (
        {"method": yields_pairs},
        "method: expected an iterate of yields_pairs for k = 0 of shape (2,); got shape (2, 2)",
    ),
    (
        {"method": yields_sums},
        "method: expected an iterate of yields_sums for k = 1 of shape (2,); got shape ()",
    ),
    ({"method": lambda problem, x: x}, "method: expected a generator function; got <function"),
    ({"method": "adam"}, "method: expected a generator function; got 'adam'"),
    ({"method": partial(adam, beta1=2)}, "beta1: expected 0 ≤ beta1 < 1; got 2"),
    ({"method": partial(gd, bta=2)}, "bta: gd has the hyperparameters alpha"),
    (with_gradient(lambda x: [1.0, 2.0]), f"{QUADRATIC_GRAD} [1.0, 2.0]"),
    (with_gradient(lambda x: None), f"{QUADRATIC_GRAD} None"),
    (with_gradient(lambda x: 2.0), f"{QUADRATIC_GRAD} 2.0"),
    (with_gradient(lambda x: x[0]), f"{QUADRATIC_GRAD} shape ()"),
    (with_gradient(lambda x: x[:1]), f"{QUADRATIC_GRAD} shape (1,)"),
    (with_gradient(lambda x: x[:, None] + x), f"{QUADRATIC_GRAD} shape (2, 2)"),
    (with_gradient(lambda x: 1j * x), f"{QUADRATIC_GRAD} array([ 0.+2.j"),
    (with_gradient(lambda x: torch.ones(2)), f"{QUADRATIC_GRAD} tensor([1., 1.])"),
    (
        {"method": gd_armijo, **with_gradient(lambda x: x, lambda x: float(x[0]))},
        "f: expected an array of numpy of shape () for x of shape (2,); got 2.0",
    ),
    (
        {"method": gd_armijo, **with_gradient(lambda x: x)},
        "f: expected a function of x; got None",
    ),
    ({"x0": torch.tensor([1j, 1])}, f"{START} tensor([0.+1.j, 1.+0.j])"),
    ({"x0": torch.ones(3)}, f"{START} shape (3,)"),
    ({"alpha": [0.1, None]}, "alpha: expected a number or an array; got [0.1, None]"),
    ({"alpha": 1j}, "alpha: expected a number or an array; got 1j"),
    ({"method": adam, "x0": np.float32(X0), "beta2": [0.9, 1]}, "beta2: expected 0 ≤ beta2 < 1"),
    ({"alpha": 10**400}, "alpha: expected a number or an array; got 1000"),
    ({"alpha": [10**400, 1]}, "alpha: expected a number or an array; got [1000"),
    ({"alpha": np.ma.masked_equal([1, 2], 2)}, "alpha: expected a number or an array; got masked"),
    ({"x0": np.ma.masked_equal([1, 2], 2)}, f"{START} masked"),
    ({"problem": quadratic}, "problem: expected grad, as problems have; got <function quadratic"),
    ({"problem": Function}, "problem: expected grad, as problems have; got <class"),
    ({"problem": None}, "problem: expected grad, as problems have; got None without grad"),
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
    ({"watch": np.array(["g"])}, "watch: gd has x, g; got array(['g']"),
    ({"keep": [[1], [2, 3]]}, f"{KEEP} [[1], [2, 3]]"),
    ({"keep": [3, 2]}, f"{KEEP} array([3, 2])"),
    ({"keep": np.array([5, 3], np.uint8)}, f"{KEEP} array([5, 3], dtype=uint8)"),
    ({"keep": [2, 2]}, f"{KEEP} array([2, 2])"),
    ({"keep": [-1, 2]}, f"{KEEP} array([-1,  2])"),
    ({"keep": [2, 10]}, f"{KEEP} array([ 2, 10])"),
    ({"keep": [0.5]}, f"{KEEP} array([0.5])"),
    ({"keep": []}, f"{KEEP} array([]"),
    ({"keep": np.array([], int)}, f"{KEEP} array([], dtype=int64)"),
    ({"keep": 5}, f"{KEEP} array(5)"),
    ({"keep": [[1, 2]]}, f"{KEEP} array([[1, 2]])"),
    ({"steps": -1}, f"{INTEGER} -1"),
    ({"steps": 2.5}, f"{INTEGER} 2.5"),
    ({"steps": True}, f"{INTEGER} True"),
    ({"steps": None}, f"{INTEGER} None"),
    ({"steps": "9"}, f"{INTEGER} '9'"),
    ({"steps": np.nan}, f"{INTEGER} nan"),
    ({"steps": np.inf}, f"{INTEGER} inf"),
]


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 2), (3, 1, 2, 2), (1, 4, 2, 2), (3, 4, 2, 2)])
def test_one_hessian_may_serve_many_runs(shape):
    problem = Function(
        None, lambda x: 2 * x, hessian=lambda x: np.broadcast_to(2 * np.eye(2), shape)
    )
    xs = run(newton, problem, np.ones((3, 4, 2)), steps=1)
    assert (xs[1] == 0).all()


def complaint(**arguments):
    call = {"method": gd, "problem": QUADRATIC, "x0": X0, "steps": 9, **arguments}
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        run(**call)
    return str(error.value)


@pytest.mark.parametrize(("arguments", "text"), BAD, ids=[text for _, text in BAD])
def test_bad_input_is_named(arguments, text):
    assert text in complaint(**arguments)


@pytest.mark.parametrize("method", [None, "gd", quadratic(), [gd], int])
@pytest.mark.parametrize("asked", [hyperparameters, watchable])
def test_what_is_no_method_has_no_hyperparameters(asked, method):
    with pytest.raises(ValueError, match="method: expected a generator function; got"):
        asked(method)


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
