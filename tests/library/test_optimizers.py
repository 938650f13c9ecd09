"""Anybody's optimizer as a method: runs that see each other, a batch that changes within a step, a
number that does not arrive.

Every optimizer of torch, optax and pytorch_optimizer is taken as a method: its runs together
are its runs alone, or it is refused.
"""

import copy
import pickle
from functools import partial

import cloudpickle
import numpy as np
import optax
import pytest
import torch

from course_lib import (
    Run,
    adam,
    adamw,
    explore,
    gd,
    hyperparameters,
    least_squares,
    libraries,
    line_fit,
    momentum,
    nets,
    quadratic,
    run,
    tune,
    watchable,
)
from course_lib.methods import adagrad, rmsprop
from tools import optimizers_page as made

PROBLEM, X0 = least_squares(n=30, d=3, seed=1), [1.0, -2.0, 0.5]
EVERY = [(library, name) for library, (_, optimizers) in made.EVERY.items() for name in optimizers]


@pytest.mark.stored
def test_the_page_is_what_the_optimizers_do():
    assert made.page() == made.PAGE.read_text(encoding="utf-8"), "run: make libraries"
    assert len(EVERY) > 170


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize(("library", "name"), EVERY)
def test_every_run_is_the_run_alone(library, name):
    """Seeds and values of a hyperparameter: no run knows of another; or it is refused."""
    adapt, optimizer = made.EVERY[library][0], made.EVERY[library][1][name]
    try:
        method = adapt(optimizer)
    except ValueError:
        return  # the page has the reason
    name = "alpha" if "alpha" in hyperparameters(method) else next(iter(hyperparameters(method)))
    values = hyperparameters(method)[name] * np.array([1.0, 0.7])
    noisy = PROBLEM.minibatch(2, seed=range(2))
    together = run(method, noisy, X0, steps=12, **{name: values[:, None]})
    assert (together[0] == X0).all()
    assert (together[-1] != X0).any()
    start = X0 if adapt is libraries.torch else np.tile(X0, (2, 2, 1))  # compiled already
    for j, r in ((0, 1), (1, 0)):
        alone = PROBLEM.minibatch(2, seed=r)
        alone = run(method, alone, start, steps=12, **{name: float(values[j])})
        alone = alone.reshape(13, -1, 3)[:, 0]
        scale = abs(alone - X0).max()
        np.testing.assert_allclose(together[:, j, r], alone, rtol=1e-5, atol=1e-5 * scale)


#: A method of ours, the same of a library, and hyperparameters of both.
TWINS = [
    (gd, libraries.torch(torch.optim.SGD), {"alpha": [0.1, 0.2]}),
    (gd, libraries.optax(optax.sgd), {"alpha": [0.1, 0.2]}),
    (momentum, libraries.torch(torch.optim.SGD), {"alpha": 0.1, "beta": [0.5, 0.8]}),
    (momentum, libraries.optax(optax.sgd, momentum=0.9), {"alpha": 0.1, "beta": [0.5, 0.8]}),
    (adam, libraries.torch(torch.optim.Adam), {"alpha": 0.1, "beta1": [0.5, 0.8], "eps": 1e-3}),
    (adam, libraries.optax(optax.adam), {"alpha": 0.1, "beta2": [0.5, 0.8], "eps": 1e-3}),
    (adamw, libraries.torch(torch.optim.AdamW), {"alpha": 0.1, "lam": [0.5, 0.0]}),
    (adamw, libraries.optax(optax.adamw), {"alpha": 0.1, "lam": [0.5, 0.0]}),
    (rmsprop, libraries.optax(optax.rmsprop), {"alpha": 0.1, "gamma": [0.5, 0.8], "eps": 1e-3}),
    (adagrad, libraries.optax(optax.adagrad, initial_accumulator_value=0.0),
     {"alpha": [0.1, 0.2], "eps": 1e-3}),
]  # fmt: skip
SCHEDULES = {"number": lambda a: a, "of k": lambda a: lambda k: np.asarray(a)[()] / k}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("ours", "theirs", "hyper"), TWINS)
def test_where_we_have_the_method_the_trajectories_are_equal(ours, theirs, hyper, schedule):
    hyper = {**hyper, "alpha": SCHEDULES[schedule](hyper["alpha"])}
    expected = run(ours, PROBLEM.minibatch(2, 3), X0, steps=40, **hyper)
    came = run(theirs, PROBLEM.minibatch(2, 3), X0, steps=40, **hyper)
    np.testing.assert_allclose(came, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [np.float32, torch.float64, torch.float32])
@pytest.mark.parametrize("theirs", [TWINS[4][1], TWINS[5][1]])
def test_the_kind_of_the_start_stays(theirs, kind):
    x0 = np.array([1, 2], kind) if isinstance(kind, type) else torch.tensor([1, 2], dtype=kind)
    came = run(theirs, quadratic(), x0, steps=5, alpha=0.1)
    assert came.dtype == x0.dtype
    expected = run(adam, quadratic(), x0, steps=5, alpha=0.1)
    np.testing.assert_allclose(came, expected, rtol=1e-5)


# ---- Of one's own --------------------------------------------------------------------------------


class Signs(torch.optim.Optimizer):
    """Without annotations: x ← x − lr sign(g) · power."""

    def __init__(self, params, lr, power=1, every: int = 1, rule=None):
        super().__init__(params, {"lr": lr, "power": power, "every": every, "rule": rule})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.move(group, p)

    def move(self, group, p):
        assert isinstance(group["every"], int)
        p -= group["lr"] * p.grad.sign() * group["power"] * group["every"]


class Normalized(Signs):
    """Mixes the entries of a tensor."""

    def move(self, group, p):
        p -= group["lr"] * p.grad / p.grad.norm()


class Slow(Signs):
    """Mixes them only after a hundred steps, through a number it keeps."""

    def move(self, group, p):
        group["size"] = group.get("size", 0.0) + float(p.grad.abs().max())
        group["k"] = group.get("k", 0) + 1
        p -= group["lr"] * p.grad.sign() * (group["size"] if group["k"] > 100 else 1)


class TwoGradients(Signs):
    """Asks for the gradient at two points: the mean of both is the step."""

    @torch.no_grad()
    def step(self, closure):
        (p,) = self.param_groups[0]["params"]
        closure()
        first = p.grad.clone()
        p -= first
        closure()
        p += first - self.param_groups[0]["lr"] * (first + p.grad) / 2


class Noisy(Signs):
    def move(self, group, p):
        p -= group["lr"] * torch.randn_like(p)


def test_its_numbers_are_the_hyperparameters():
    method = libraries.torch(Signs)
    assert hyperparameters(method) == {"alpha": 1e-3, "power": 1}
    assert (method.__name__, watchable(method), method.together) == ("Signs", ["x"], True)
    xs = run(partial(method, power=2), quadratic(), [1.0, 1.0], steps=3, alpha=[0.1, 0.01])
    np.testing.assert_allclose(xs[-1], [[0.4, 0.4], [0.94, 0.94]])
    xs = run(libraries.torch(Signs, every=3), quadratic(), [1.0, 1.0], steps=1, alpha=0.1)
    np.testing.assert_allclose(xs[-1], [0.7, 0.7])


@pytest.mark.parametrize("optimizer", [Normalized, Slow, TwoGradients])
def test_what_mixes_entries_mixes_no_runs(optimizer):
    method = libraries.torch(optimizer)
    assert not method.together
    starts = np.array([[1.0, 2.0, 3.0], [30.0, -10.0, 5.0]])
    came = run(method, PROBLEM, starts, steps=120, alpha=0.01)
    for r, x0 in enumerate(starts):
        np.testing.assert_allclose(came[:, r], run(method, PROBLEM, x0, steps=120, alpha=0.01))


def test_a_step_that_asks_twice_has_one_batch():
    """(H/2)(x + x − Hx) of the same batch, written out; the next step has the next one."""
    method, noisy = libraries.torch(TwoGradients), PROBLEM.minibatch(2, seed=range(2))
    came = run(method, noisy, X0, steps=5, alpha=0.1)
    x, stream = came[0], noisy.fresh()
    for k in range(5):
        batch = stream.next_batch()
        g = batch.grad(x)
        x = x - 0.1 * (g + batch.grad(x - g)) / 2
        np.testing.assert_allclose(came[k + 1], x, rtol=1e-12)


def test_lbfgs_solves_a_quadratic_and_sam_has_its_optimizer_inside():
    exact = {"tolerance_grad": 0, "tolerance_change": 0}
    solved = run(libraries.torch(torch.optim.LBFGS), PROBLEM, X0, steps=3, **exact)
    np.testing.assert_allclose(solved[-1], PROBLEM.x_star, atol=1e-6)
    from pytorch_optimizer import SAM

    method = libraries.torch(SAM, base_optimizer=torch.optim.SGD, lr=0.1)
    rho = 0.05
    assert hyperparameters(method)["rho"] == rho
    xs = run(method, PROBLEM, X0, steps=1, alpha=0.2)
    g = PROBLEM.grad(xs[0])
    ahead = xs[0] + rho * g / np.linalg.norm(g)
    np.testing.assert_allclose(xs[1], xs[0] - 0.2 * PROBLEM.grad(ahead), rtol=1e-6)


@pytest.mark.parametrize(
    ("adapt", "optimizer", "options", "text"),
    [
        (libraries.torch, "Adam", {}, "optimizer: expected a subclass of torch.optim.Optimizer"),
        (libraries.torch, optax.adam, {}, "optimizer: expected a subclass of torch.optim.Optim"),
        (libraries.optax, torch.optim.Adam, {}, "optimizer: expected a function of optax; got"),
        (libraries.optax, optax.adam, {"betas": 1}, "betas: adam has the arguments learning_rate"),
        (libraries.torch, torch.optim.Optimizer, {}, "defaults: Optimizer needs a value for it"),
        (libraries.torch, torch.optim.SparseAdam, {}, "SparseAdam: no step on a vector. Runtime"),
        (libraries.torch, torch.optim.Muon, {}, "Muon: no step on a vector. ValueError: Muon only"),
        (libraries.torch, Noisy, {}, "Noisy: draws from a generator that no seed of a run reaches"),
        (libraries.optax, optax.lbfgs, {}, "lbfgs: no step on a vector. TypeError: scale_by_zoom"),
    ],
)
def test_what_is_refused_is_told_why(adapt, optimizer, options, text):
    with pytest.raises(ValueError, match=f"^{text}"):
        adapt(optimizer, **options)


class OnlySlopes:
    def grad(self, x):
        return x


@pytest.mark.parametrize(
    ("optimizer", "given", "text"),
    [
        (torch.optim.Adam, {"beta1": 1.0}, "beta1: expected 0 ≤ beta1 < 1; got 1.0"),
        (torch.optim.Adam, {"lr": 0.1}, "lr: Adam has the hyperparameters alpha, beta1"),
        (torch.optim.Adam, {"x0": np.ones(2, np.longdouble)}, "x0: expected float64 or shorter"),
        (torch.optim.LBFGS, {"problem": OnlySlopes()}, "problem: LBFGS asks for f, and the prob"),
    ],
)
def test_a_wrong_number_is_named(optimizer, given, text):
    given = {"problem": quadratic(), "x0": [1.0, 1.0], **given}
    with pytest.raises(ValueError, match=text):
        run(libraries.torch(optimizer), steps=2, **given)


# ---- Wherever a method goes ----------------------------------------------------------------------

RADAM, LION = libraries.torch(torch.optim.RAdam), libraries.optax(optax.lion)


@pytest.mark.parametrize("method", [RADAM, LION])
def test_it_goes_on_and_to_other_processes(method):
    whole = run(method, PROBLEM.minibatch(2, 0), X0, steps=6, alpha=0.1)
    there = pickle.loads(cloudpickle.dumps(method))
    going = Run(there, PROBLEM.minibatch(2, 0), X0, alpha=0.1)
    np.testing.assert_array_equal(going.advance(3), whole[:4])
    np.testing.assert_array_equal(going.advance(3), whole[3:])


def test_a_comparison_takes_it():
    contenders = {"RAdam": RADAM, "Lion": LION, "Adam": libraries.torch(torch.optim.Adam)}
    found = tune.compare({**contenders, "ours": adam}, PROBLEM, X0, 10, grid=[0.01, 0.1])
    np.testing.assert_allclose(found["Adam"].chosen_on, found["ours"].chosen_on, rtol=1e-9)
    assert np.isfinite(found["Lion"].reported).all()


def test_a_network_is_trained_by_it():
    rng = np.random.default_rng(0)
    network = nets.Network(nets.mlp(3, 4, 2), rng.normal(size=(20, 3)), rng.integers(2, size=20))
    x0 = network.initial(range(2))
    for theirs in (TWINS[4][1], TWINS[5][1]):
        came = run(theirs, network.minibatch(4, range(2)), x0, steps=5, alpha=[[0.1], [0.01]])
        expected = run(adam, network.minibatch(4, range(2)), x0, steps=5, alpha=[[0.1], [0.01]])
        np.testing.assert_allclose(came, expected, rtol=1e-4, atol=1e-5)


def test_the_live_figure_shows_it_beside_adam():
    figure = explore([adam, RADAM], line_fit().minibatch(2), [5.5, 1.5], steps=20, seeds=2)
    knobs = {name for name in figure.controls.knobs if "RAdam" in name}
    assert knobs == {"alpha:RAdam"}
    assert "RAdam" in str(figure.canvas.layout_json)
    code = figure.controls.code()
    assert code.startswith("import torch\nfrom course_lib import adam, libraries, plot, run\n")
    scope = {}
    exec(code, scope)
    assert scope["xs"].shape == (21, 2, 2)
    assert libraries.torch(Signs, every=3).code == "libraries.torch(Signs, every=3)"


def test_the_next_batch_is_that_of_grad():
    noisy = PROBLEM.minibatch(3, seed=range(2))
    other, x = copy.copy(noisy), np.ones((2, 3))
    for _ in range(3):
        batch = noisy.next_batch()
        np.testing.assert_array_equal(batch.grad(x), other.grad(x))
        np.testing.assert_array_equal(batch.grad(x), batch.grad(x))
        assert batch.f(x).shape == (2,)
