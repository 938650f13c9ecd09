"""A formula that is not the slide's, a docstring without its parts, a letter without its row."""

import inspect
import re
from functools import partial
from itertools import islice

import jax
import numpy as np
import optax
import pytest
import torch

from course_lib import after_adamw, hyperparameters, methods
from course_lib.figures import knobs
from course_lib.letters import LETTERS
from course_lib.source import variant
from support.oracles import (
    AFTER,
    ARMIJO,
    BETAS,
    EPS,
    LECTURE,
    METHODS,
    ORACLES,
    RUNS,
    TORCH_BETAS,
    X0,
    Recorded,
    agree,
    armijo_twin,
    constant,
    torch_twin,
    walk,
)


@pytest.mark.parametrize(
    ("name", "check"),
    [pytest.param(n, c, id=f"{n}-{c.__name__}") for n, checks in ORACLES.items() for c in checks],
)
def test_oracle(name, check):
    check(METHODS[name])


def test_every_method_has_an_oracle():
    """A new method cannot come in unchecked, and an oracle cannot be left behind."""
    assert len(LECTURE) >= 13
    assert len(AFTER) >= 6
    assert set(ORACLES) == set(METHODS)


def test_every_method_has_the_name_that_the_slides_give_it():
    names = after_adamw.NAMES
    assert list(methods.NAMES) == list(LECTURE.values())
    assert list(names) == list(METHODS.values())
    assert len(set(names.values())) == len(METHODS)
    for name, method in METHODS.items():
        assert names[method] != name
    assert variant(METHODS["adam"]) not in methods.NAMES, "another method, another name"


def test_methods_stand_in_the_order_of_the_slides():
    """Notebooks and menus list them in the order of the module."""
    slides = [int(re.search(r"Source: S(\d+)", m.__doc__)[1]) for m in LECTURE.values()]
    assert slides == sorted(slides)
    assert (slides[0], slides[-1]) == (1, 13)
    years = [int(re.search(r"Source: \D*\((\d+)\)", m.__doc__)[1]) for m in AFTER.values()]
    assert years == sorted(years)


def test_docstrings_have_their_parts():
    for name, method in METHODS.items():
        for part in ("Source: S" if name in LECTURE else "Source: ", "torch, optax:"):
            assert part in method.__doc__, name
        missing = [h for h in hyperparameters(method) if h not in method.__doc__]
        assert not missing, name


def test_every_hyperparameter_has_a_whole_row_of_letters():
    """What is not said there would fall back: to the code's name, to any number, to no trial."""
    used = {h for method in METHODS.values() for h in hyperparameters(method)}
    assert used == {name for name, row in LETTERS.items() if np.isfinite(row.range[0])}
    for name in used:
        symbol, tex, words, (low, high), scale, trial = LETTERS[name]
        assert all([symbol, tex, scale, len(words) == 2])
        position = knobs.scale_of(name, 1.0)
        ends = [position.to_value(end) for end in position.ends]
        for value in [*ends, *trial]:
            assert low <= value < high, name


DEFAULTS = {
    "gd": {"alpha": 0.1},
    "gd_armijo": {"alpha": 1.0, "c": 1e-4, "shrink": 0.5},
    "momentum": {"alpha": 0.1, "beta": 0.9},
    "nesterov": {"alpha": 0.1, "beta": 0.9},
    "newton": {"alpha": 1.0},
    "stochastic_bfgs": {"alpha": 1.0, "eps": 0.1, "lam": 0.0},
    "adagrad": {"alpha": 0.1, "eps": 1e-6},  # S9: "ε usually 1e-6"
    "rmsprop": {"alpha": 0.01, "gamma": 0.9, "eps": 1e-6},
    "adadelta": {"gamma": 0.9, "rho": 0.9, "eps": 1e-6},  # torch's, which has one decay
    "adam": {"alpha": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},  # the paper's
    "amsgrad": {"alpha": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adam_l2": {"alpha": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "lam": 1e-2},
    "adamw": {"alpha": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "lam": 1e-2},  # torch's
    "shampoo": {"alpha": 0.1, "eps": 1e-6},
    "sam": {"alpha": 0.1, "radius": 0.05},
    "lion": {"alpha": 1e-4, "beta1": 0.9, "beta2": 0.99, "lam": 0.0},  # optax's, but for λ
    "prodigy": {"alpha": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "d0": 1e-6},
    "schedule_free": {"alpha": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "lam": 0.0},
    "soap": {"alpha": 3e-3, "beta1": 0.95, "beta2": 0.95, "eps": 1e-8},  # the paper's
    "muon": {"alpha": 0.02, "beta": 0.95},
}


def test_defaults():
    assert {name: hyperparameters(method) for name, method in METHODS.items()} == DEFAULTS


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_defaults_are_those_of_torch(name):
    """The docstring says so: same defaults, same path."""
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    assert inspect.signature(make).parameters["lr"].default == DEFAULTS[name]["alpha"]
    points = walk(METHODS[name], Recorded(0.3), X0)
    agree(points, torch_twin(make, 0.3, lambda k: 1e-3))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("adagrad", partial(torch.optim.Adagrad, eps=EPS)),
        ("rmsprop", partial(torch.optim.RMSprop, alpha=0.8, eps=EPS)),
        ("amsgrad", partial(torch.optim.Adam, betas=TORCH_BETAS, eps=EPS, amsgrad=True)),
    ],
)
def test_departures_from_torch_are_real(name, make):
    """Where a docstring says that torch differs, it does, in the first steps and visibly."""
    settings = {"adagrad": {}, "rmsprop": {"gamma": 0.8}, "amsgrad": BETAS}[name]
    ours = walk(METHODS[name], Recorded(0.0), X0, alpha=0.3, eps=EPS, **settings)
    theirs = torch_twin(make, 0.0, constant)
    assert abs(ours - theirs)[1:5].max() > 1e-3 * abs(ours - X0)[1:5].max()


def test_armijo_problem_needs_cutting():
    """Else its oracle would say nothing: steps are cut, by different amounts in different runs."""
    cuts = np.array([armijo_twin(x0, lambda k: 2.0, **ARMIJO)[1] for x0 in RUNS])
    assert cuts.max() >= 5
    assert len(np.unique(cuts)) >= 4
    assert (cuts[0] != cuts[1]).any()


@pytest.mark.parametrize("shrink", [0.5, 0.9, 0.999, 1 - 1e-9])
def test_armijo_gives_up_where_no_step_descends(shrink):
    """At x*, where f is 0, a stochastic gradient points nowhere: the search must still end."""

    class Uphill:
        calls = 0

        def f(self, x):
            self.calls += 1
            assert self.calls <= 1 + methods.TRIES, "more work than the docstring says"
            return (x**2).sum(-1)

        def grad(self, x):
            return np.array([10.0, -10.0])

    points = list(islice(METHODS["gd_armijo"](Uphill(), np.zeros(2), c=0.5, shrink=shrink), 2))
    assert (points[-1] == 0).all()


# ---- Matrices ------------------------------------------------------------------------------------

SIZES = [(1, 5), (5, 1), (3, 4), (4, 3), (6, 6)]


def some_matrices(size):
    return np.random.default_rng(3).normal(size=(2, *size)) * np.array([1e-3, 1e3])[:, None, None]


@pytest.mark.parametrize("size", SIZES)
def test_newton_schulz_is_optax(size):
    coefficients = np.array(after_adamw.NEWTON_SCHULZ)
    orthogonalize = optax.contrib._muon.orthogonalize_via_newton_schulz
    M = some_matrices(size)
    expected = [orthogonalize(jax.numpy.asarray(m), coefficients, 5, eps=1e-7) for m in M]
    agree(after_adamw.newton_schulz(M), np.array(expected))


@pytest.mark.parametrize("size", SIZES)
def test_polar_is_the_best_step_of_the_spectral_norm(size):
    """⟨M, X⟩ reaches the sum of singular values; one that is 0 leaves nothing behind."""
    M = some_matrices(size)
    X = after_adamw.polar(M)
    s = np.linalg.svd(M, compute_uv=False)
    np.testing.assert_allclose((M * X).sum((1, 2)), s.sum(1))
    np.testing.assert_allclose(np.linalg.norm(X, 2, axis=(1, 2)), 1)
    one = np.outer(M[0, :, 0], M[0, 0])
    np.testing.assert_allclose(after_adamw.polar(one), one / np.linalg.norm(one), atol=1e-12)
    assert (after_adamw.polar(0 * M) == 0).all()


@pytest.mark.parametrize("size", [(1, 5), (5, 1), (3, 4)])
def test_soap_moves_only_where_gradients_have_been(size):
    """Elsewhere a turned gradient is rounding, and divided by its own root it would be a step."""
    G = 1e10 * np.outer(*(np.arange(1.0, n + 1) for n in size))
    problem = Recorded(0.0)
    problem.shapes, problem.G = [size], np.tile(G.ravel(), (60, 1))
    x = walk(METHODS["soap"], problem, np.zeros(G.size), alpha=0.1)[3]
    np.testing.assert_allclose(x.reshape(size), -0.3 * G / np.linalg.norm(G), atol=1e-9)


def test_muon_with_newton_schulz_is_torch_s_but_for_its_bfloat16():
    practice = variant(METHODS["muon"], ("polar(", "newton_schulz("))
    problem, x = Recorded(0.0), torch.tensor(np.ones((3, 3)), dtype=torch.float32)
    problem.shapes, problem.G = [(3, 3)], np.random.default_rng(4).normal(size=(60, 9))
    options = {"weight_decay": 0, "momentum": 0.8, "nesterov": False}
    optimizer = torch.optim.Muon([x], lr=0.3, **options)
    ours = walk(practice, problem, np.ones(9), alpha=0.3, beta=0.8)
    for k in range(5):
        x.grad = torch.tensor(problem.G[k].reshape(3, 3), dtype=torch.float32)
        optimizer.step()
        np.testing.assert_allclose(x.numpy().ravel(), ours[k + 1], atol=0.05 * 0.3 * (k + 1))


def test_shapes_that_do_not_fill_the_vector():
    problem = Recorded(0.0)
    problem.shapes = [(2, 2)]
    with pytest.raises(ValueError, match=r"shapes: expected d = 3 numbers; got \[\(2, 2\)\]"):
        walk(METHODS["muon"], problem, X0)
