"""A method that works on one problem only: what must hold for every method on every problem.

Methods are found in `course_lib.methods`, problems in `course_lib.problems` (each finite sum whole
and as three kinds of minibatches), so that a new one is held to it from its first day: runs do not
see each other, a sweep is the separate runs, NumPy is torch, float32 stays float32, the stream of
batches belongs to the seed alone, a diverging run is a result.
"""

import copy
import pickle
from itertools import islice

import numpy as np
import pytest
import torch

from course_lib import Function, Run, hyperparameters, quadratic, run, watchable
from support.makers import FINITE_SUMS, MAKERS, VARIANTS
from support.oracles import METHODS

STEPS = 5  # not more: where a line search has converged, rounding decides what it accepts
PROBLEMS = [
    (maker, variant)
    for maker in MAKERS
    for variant in VARIANTS
    if variant == "whole" or maker in FINITE_SUMS
]
#: The gradient never exceeds a bound: no step makes gradient descent diverge.
BOUNDED = {"power", "cosine", "huber", "hill", "separable"}
METHOD = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
PROBLEM = pytest.mark.parametrize(("maker", "variant"), PROBLEMS)
#: Where it does not matter how a batch was drawn, one way of drawing is enough.
KIND_OF_PROBLEM = pytest.mark.parametrize(
    ("maker", "variant"), [(m, v) for m, v in PROBLEMS if v in ("whole", "with")]
)
STOCHASTIC = pytest.mark.parametrize(
    ("maker", "variant"), [(m, v) for m, v in PROBLEMS if v != "whole"]
)


def make(maker, variant, seed=0):
    return VARIANTS[variant](MAKERS[maker](), seed)


def start(problem, *runs):
    """Starting points (*runs, d) in the middle half of the domain, the same at every call."""
    frame = np.array(problem.domain or ((-2, 2),) * problem.d)
    u = np.random.default_rng(5).uniform(0.25, 0.75, size=(*runs, problem.d))
    return frame[:, 0] + u * (frame[:, 1] - frame[:, 0])


def settings(method, problem):
    """Hyperparameters at which the method moves on the problem and does not diverge."""
    if method.__name__ == "gd_armijo":
        return {"alpha": 4.0, "c": 0.1, "shrink": 0.3}
    if method.__name__ == "stochastic_bfgs" and problem.name == "recurrent":  # before its cliff
        return {"alpha": 1e-3, "eps": 0.1}
    if method.__name__ == "stochastic_bfgs":  # steps so long that rounding does not decide
        return {"alpha": 0.5, "eps": 0.1 if problem.L else 1e-3}
    if method.__name__ == "soap":  # rounding, where hardly a gradient has been, is divided by ε
        return {"alpha": 0.05, "eps": 1e-3}
    if method.__name__ in ("gd", "momentum", "nesterov", "sam"):
        return {"alpha": 0.2 / problem.L if problem.L else 1e-3}
    return {"alpha": 0.05} if "alpha" in hyperparameters(method) else {"eps": 1e-3}


def assert_same(came, expected, exact=False):
    """Equal bit for bit, or but for the order in which a sum was rounded."""
    assert came.dtype == expected.dtype
    assert np.isfinite(expected).all()
    if exact:
        np.testing.assert_array_equal(came, expected)
    else:
        np.testing.assert_allclose(came, expected, rtol=1e-12, atol=1e-12 * abs(expected).max())


def test_what_is_discovered():
    """An empty list of cases passes every test."""
    assert len(METHODS) >= 11
    assert len(MAKERS) >= 10
    assert len(PROBLEMS) == len(MAKERS) + 3 * len(FINITE_SUMS)
    assert len(DIVIDING) >= 7


# ---- Runs ----------------------------------------------------------------------------------------


@METHOD
@PROBLEM
def test_start_stays_untouched_and_a_second_run_gives_the_same_bytes(method, maker, variant):
    problem = make(maker, variant)
    x0 = start(problem, 2)
    before = x0.copy()
    xs = run(method, problem, x0, steps=STEPS, **settings(method, problem))
    first = xs.tobytes()
    assert (xs[0] == x0).all()
    assert (xs[1] != x0).any(), "the method does not move: these tests would say nothing"
    xs += 1  # belongs to the caller: no memory is shared
    problem.grad(x0)  # somebody else uses the stream
    assert run(method, problem, x0, steps=STEPS, **settings(method, problem)).tobytes() == first
    assert (x0 == before).all()


@METHOD
@PROBLEM
def test_batch_of_runs_is_the_stack_of_single_runs(method, maker, variant):
    problem = make(maker, variant)
    x0, hyper = start(problem, 2, 3), settings(method, problem)
    together = run(method, problem, x0, steps=STEPS, **hyper)
    alone = [[run(method, problem, x, steps=STEPS, **hyper) for x in row] for row in x0]
    assert_same(together, np.moveaxis(alone, 2, 0), exact=isinstance(problem, Function))


@METHOD
@STOCHASTIC
def test_seeds_together_are_the_seeds_alone(method, maker, variant):
    seeds = np.array([[3, 1, 4], [1, 5, 9]])
    problem = make(maker, variant, seeds)
    x0, hyper = start(problem), settings(method, problem)
    together = run(method, problem, x0, steps=STEPS, **hyper)
    assert together.shape == (STEPS + 1, 2, 3, problem.d)
    alone = [
        [run(method, make(maker, variant, int(s)), x0, steps=STEPS, **hyper) for s in row]
        for row in seeds
    ]
    assert_same(together, np.moveaxis(alone, 2, 0))
    assert (together[:, 0, 1] == together[:, 1, 0]).all(), "the same seed"
    if method.__name__ not in ("lion", "muon"):  # one sign may be that of every batch
        assert (together[-1, 0, 0] != together[-1, 0, 1]).any(), "another seed"


@METHOD
@PROBLEM
def test_sweep_is_the_separate_runs(method, maker, variant):
    """One hyperparameter, each in its turn; then two on a grid; then one against the seeds."""
    problem = make(maker, variant)
    x0, base = start(problem), settings(method, problem)

    def value(name, share):
        return share * base.get(name, hyperparameters(method)[name])

    def alone(problem=problem, **hyper):
        return run(method, problem, x0, steps=STEPS, **{**base, **hyper})

    names = list(hyperparameters(method))
    for name in names:
        values = [value(name, share) for share in (0.5, 1.0)]
        together = run(method, problem, x0, steps=STEPS, **{**base, name: values})
        assert_same(together, np.stack([alone(**{name: v}) for v in values], axis=1))
    if len(names) > 1:
        a, b = names[:2]
        rows = [value(a, share) for share in (0.3, 0.6, 1.0)]
        columns = [value(b, share) for share in (0.5, 1.0)]
        grid = {a: np.array(rows)[:, None], b: np.array(columns)}
        together = run(method, problem, x0, steps=STEPS, **{**base, **grid})
        expected = [[alone(**{a: r, b: c}) for c in columns] for r in rows]
        assert_same(together, np.moveaxis(expected, 2, 0))
    if variant != "whole":
        name, values = names[0], [value(names[0], share) for share in (0.5, 1.0)]
        many = make(maker, variant, [7, 8, 9])
        sweep = {**base, name: np.array(values)[:, None]}
        together = run(method, many, x0, steps=STEPS, **sweep)
        expected = [alone(many, **{name: v}) for v in values]
        assert_same(together, np.stack(expected, axis=1))


# ---- Kinds of arrays -----------------------------------------------------------------------------


class Spy:
    """The problem, and the dtypes of all that goes in and comes out."""

    def __init__(self, problem):
        self._problem, self.dtypes = problem, set()

    def __getattr__(self, name):
        if name.startswith("_") or name in ("fresh", "next_batch"):
            raise AttributeError(name)
        return getattr(self._problem, name)

    def _seen(self, x, result):
        self.dtypes |= {x.dtype, result.dtype}
        return result

    def f(self, x):
        return self._seen(x, self._problem.f(x))

    def grad(self, x):
        return self._seen(x, self._problem.grad(x))


@METHOD
@KIND_OF_PROBLEM
def test_numpy_is_torch(method, maker, variant):
    problem = make(maker, variant)
    x0, hyper = start(problem, 2, 3), settings(method, problem)
    changes = [{}]
    if "alpha" in hyper:  # a sweep; a schedule
        changes.append({"alpha": hyper["alpha"] * np.array([0.5, 1.0, 0.7])})
        changes.append({"alpha": lambda k: hyper["alpha"] / k**0.5})
    for change in changes:
        expected = run(method, problem, x0, steps=STEPS, **{**hyper, **change})
        came = run(method, problem, torch.tensor(x0), steps=STEPS, **{**hyper, **change})
        assert isinstance(came, torch.Tensor)
        assert_same(came.numpy(), expected)


FLOAT32 = pytest.mark.parametrize("kind", [np.float32, torch.float32], ids=["numpy", "torch"])


def assert_float32(kind, method, problem, **hyper):
    """Inside too: else it is a float64 run with a coarse record."""
    x0 = start(problem, 2).astype(np.float32)
    spy = Spy(problem)
    xs = run(method, spy, x0 if kind is np.float32 else torch.tensor(x0), steps=3, **hyper)
    assert xs.dtype == kind
    assert spy.dtypes == {np.dtype(kind) if kind is np.float32 else kind}
    assert (xs[1] != xs[0]).any()


@METHOD
@KIND_OF_PROBLEM
@FLOAT32
def test_float32_stays_float32(method, maker, variant, kind):
    problem = make(maker, variant)
    hyper = settings(method, problem)
    assert_float32(kind, method, problem, **hyper)
    for name, value in hyper.items():  # NumPy's numbers, and a sweep
        assert_float32(kind, method, problem, **{**hyper, name: np.float64(value)})
        assert_float32(kind, method, problem, **{**hyper, name: value * np.array([0.5, 1.0])})


@METHOD
@pytest.mark.parametrize("kind", [np.float16, torch.bfloat16], ids=["numpy", "torch"])
def test_short_numbers_stay_short(method, kind):
    """Also where LAPACK knows none so short; eps that they can tell from 0."""
    problem = quadratic()
    hyper = settings(method, problem)
    if "eps" in hyperparameters(method):
        hyper["eps"] = 0.1
    x0 = start(problem, 2)
    x0 = x0.astype(kind) if kind is np.float16 else torch.tensor(x0, dtype=kind)
    xs = run(method, problem, x0, steps=1, **hyper)
    assert xs.dtype == kind
    wide = run(method, problem, np.asarray(x0.tolist()), steps=1, **hyper)
    np.testing.assert_allclose(xs.tolist(), wide, rtol=0.05, atol=0.05)


@METHOD
@FLOAT32
def test_float32_stays_float32_on_a_schedule(method, kind):
    """Of NumPy's numbers, as np.sqrt gives them, and of arrays."""
    problem = make("least_squares", "with")
    hyper = settings(method, problem)
    if "alpha" in hyper:
        for shape in (np.sqrt, lambda k: np.array([0.5, 1.0]) * k):
            schedule = {"alpha": lambda k, shape=shape: hyper["alpha"] / shape(k)}
            assert_float32(kind, method, problem, **{**hyper, **schedule})


NARROW = {
    "numpy float32": np.float32,
    "numpy float16": np.float16,
    "torch float32": torch.float32,
    "torch float16": torch.float16,
    "torch bfloat16": torch.bfloat16,
}


#: These need a solver or factors, and no library has them in half precision.
LINEAR_ALGEBRA = ("newton", "shampoo", "soap", "muon")
NARROW_CASES = [
    pytest.param(method, kind, id=f"{name}-{text}")
    for name, method in METHODS.items()
    for text, kind in NARROW.items()
    if name not in LINEAR_ALGEBRA or "32" in text
]


@pytest.mark.parametrize(("method", "kind"), NARROW_CASES)
def test_array_of_hyperparameters_gives_what_the_numbers_give(method, kind):
    """1 − β and β^k are computed before β is rounded: β = 1 − 1e-8 is not 1 in float32.

    In NumPy to the last bit; torch rounds the last elements of an array in its own way.
    """
    problem = quadratic(kappa=4.0)
    x0 = [3.0, -1.0]
    x0 = np.array(x0, kind) if isinstance(kind, type) else torch.tensor(x0, dtype=kind)
    base = settings(method, problem)
    for name, default in hyperparameters(method).items():
        value = base.get(name, default)
        low = name in ("beta", "beta1", "beta2", "gamma", "rho", "shrink")
        values = [1 - 1e-8, 0.9999, 0.999, value] if low else [value, 1.1 * value]
        if name == "alpha":  # the same as a schedule
            values = [lambda k, v=v: v / k**0.5 for v in values]
            together = {name: lambda k, values=values: [v(k) for v in values]}
        else:
            together = {name: values}
        came = run(method, problem, x0, steps=STEPS, **{**base, **together})
        assert came.dtype == x0.dtype
        for r, v in enumerate(values):
            alone = run(method, problem, x0, steps=STEPS, **{**base, name: v})
            came_r, alone = (np.array(a.tolist()) for a in (came[:, r], alone))
            rtol = 0 if isinstance(kind, type) else 8 * torch.finfo(kind).eps
            np.testing.assert_allclose(came_r, alone, rtol, rtol, err_msg=f"{name}, run {r}")


@METHOD
@PROBLEM
def test_defaults_run(method, maker, variant):
    problem = make(maker, variant)
    xs = run(method, problem, start(problem))
    assert xs.shape == (101, problem.d)
    assert xs.dtype == np.float64
    bare = list(islice(method(make(maker, variant), start(problem)), 3))  # the bare generator
    np.testing.assert_allclose(bare, xs[:3], rtol=1e-12)


@METHOD
@PROBLEM
def test_to_stop_and_to_go_on_changes_no_bit(method, maker, variant):
    """Each hyperparameter an array in its turn, against seeds; a schedule; an inner vector."""
    problem = make(maker, variant, np.arange(3))
    x0, base = start(problem), settings(method, problem)
    cases = [
        {**base, name: np.array([[value], [0.9 * value]])}
        for name, value in {**hyperparameters(method), **base}.items()
    ]
    cases += [{**base, "alpha": lambda k: base["alpha"] / k**0.5}] if "alpha" in base else []
    for hyper in cases:
        whole = run(method, problem, x0, steps=3 * STEPS, **hyper)
        going = Run(method, problem, x0, **hyper)
        parts = [going.advance(STEPS), *(going.advance(STEPS)[1:] for _ in range(2))]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


# ---- The stream ----------------------------------------------------------------------------------


def indices_seen(method, problem, steps, **hyper):
    """What `grad_batch` was asked for while the method ran on the minibatches of a finite sum.

    SAM asks each batch twice; the first counts.
    """
    seen, whole = [], problem.problem
    whole.grad_batch = lambda x, i: seen.append(np.array(i)) or type(whole).grad_batch(whole, x, i)
    try:
        run(method, problem, start(problem), steps=steps, **hyper)
    finally:
        del whole.grad_batch
    return np.array(seen[:: len(seen) // steps])


@METHOD
@STOCHASTIC
def test_every_method_sees_the_same_batches(method, maker, variant):
    """Common random numbers: `batches` is the one stream, whoever asks, whatever the step."""
    problem = make(maker, variant, [3, 8])
    base = settings(method, problem)
    expected = problem.batches(STEPS)
    assert (problem.batches(2, after=3) == expected[3:5]).all()
    changes = [{}]
    if "alpha" in base:
        changes.append({"alpha": base["alpha"] / 3})
        changes.append({"alpha": base["alpha"] * np.array([[0.5], [1.0], [0.2]])})
    for change in changes:  # a sweep, and a method that stacks its points, add axes of length 1
        seen = indices_seen(method, problem, STEPS, **{**base, **change})
        assert (seen.reshape(expected.shape) == expected).all()
    assert (indices_seen(method, problem, 3, **base).reshape(-1) == expected[:3].reshape(-1)).all()


# ---- Copies and other processes ------------------------------------------------------------------

COPIES = {
    "pickle": lambda problem: pickle.loads(pickle.dumps(problem)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@PROBLEM
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES.keys())
def test_a_copy_is_the_same_problem_at_the_same_place_of_its_stream(maker, variant, copied):
    problem = make(maker, variant, [3, 2**64])
    x = start(problem, 2)
    problem.grad(x)
    other = copied(problem)
    assert isinstance(hash(problem), int)
    assert str(other.name) == str(problem.name)
    assert (other.f(x) == problem.f(x)).all()
    for _ in range(3):
        assert (other.grad(x) == problem.grad(x)).all()
    paths = [run(METHODS["gd"], p, x, steps=3, alpha=0.1).tobytes() for p in (problem, other)]
    assert paths[0] == paths[1]


def test_a_copy_has_what_was_set_after_the_making():
    problem = MAKERS["pl_sine"]()
    problem.name, problem.f_star = "mine", 1.0
    for copied in COPIES.values():
        assert (copied(problem).name, copied(problem).f_star) == ("mine", 1.0)


# ---- Divergence ----------------------------------------------------------------------------------


@METHOD
@KIND_OF_PROBLEM
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_diverging_run_is_a_result(method, maker, variant, kind, capfd):
    """inf or nan in the array; no exception, no warning (an error here), nothing printed."""
    problem = make(maker, variant)
    far = 1e6 * start(problem)
    x0 = far if kind == "numpy" else torch.tensor(far)
    hyper = {"alpha": 1e9} if "alpha" in hyperparameters(method) else {"eps": 1e200}
    steps = 3 if method.__name__ == "gd_armijo" else 50
    xs = run(method, problem, x0, steps=steps, **hyper)
    last = np.asarray(xs[-1])
    assert xs.shape == (steps + 1, problem.d)
    if method.__name__ in ("gd", "momentum", "nesterov") and maker not in BOUNDED:
        assert not np.isfinite(last).all(), "it should have diverged"
    assert capfd.readouterr() == ("", "")


@METHOD
def test_start_that_is_not_finite_is_no_exception(method):
    problem = MAKERS["least_squares"]()
    for x0 in ([np.inf, 1.0], [np.nan, 1.0], [1e300, -1e300]):
        assert run(method, problem, x0, steps=3).shape == (4, 2)


#: Prodigy's coordinates share one d, SOAP's are turned, so they do notice.
DIVIDING = {
    n: m
    for n, m in METHODS.items()
    if {"v", "eps"} <= {*watchable(m), *hyperparameters(m)} and n not in ("prodigy", "soap")
}


@pytest.mark.parametrize("method", DIVIDING.values(), ids=DIVIDING.keys())
def test_eps_0_where_the_gradient_is_0_is_nan_there_and_nowhere_else(method):
    """0/0, as the slide's formula has it, and the docstring says so; the rest does not notice."""
    flat = Function(None, lambda x: x * np.array([1.0, 0.0]))
    steep = Function(None, lambda x: 1.0 * x, d=1)
    hyper = {"lam": 0.0} if "lam" in hyperparameters(method) else {}
    xs = run(method, flat, [2.0, 1.0], steps=STEPS, eps=0.0, **hyper)
    alone = run(method, steep, [2.0], steps=STEPS, eps=0.0, **hyper)
    assert np.isnan(xs[1:, 1]).all()
    np.testing.assert_array_equal(xs[:, :1], alone)
    assert np.isfinite(alone).all()
    text = " ".join(method.__doc__.split())
    assert "nan where g = 0" in text or "eps: as in `adam`" in text
