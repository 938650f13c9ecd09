"""A schedule one step late, one that never reaches 0, one that cannot travel."""

import pickle
from functools import partial

import jax
import numpy as np
import optax
import pytest

from course_lib import adam, gd, quadratic, run, tune
from course_lib.schedules import constant, cosine, inverse, inverse_root, linear, warm_up, wsd

jax.config.update("jax_enable_x64", True)

K, W, D = 50, 8, 12
DOWN = optax.linear_schedule(1.0, 0.0, K - W)
UP = optax.linear_schedule(0.0, 1.0, W)
#: A schedule with α = 1, and the same in optax or as its formula.
PAIRS = {
    "constant": (constant, lambda k: 1.0),
    "inverse_root": (inverse_root, lambda k: k**-0.5),
    "inverse": (inverse, lambda k: 1 / k),
    "warm_up": (partial(warm_up, warm=W), UP),
    "warm_up, W = 0": (partial(warm_up, warm=0), lambda k: 1.0),
    "linear": (partial(linear, steps=K), optax.linear_schedule(1.0, 0.0, K)),
    "linear, W": (partial(linear, steps=K, warm=W), optax.join_schedules([UP, DOWN], [W])),
    "cosine": (partial(cosine, steps=K), optax.cosine_decay_schedule(1.0, K)),
    "cosine, W": (
        partial(cosine, steps=K, warm=W),
        optax.warmup_cosine_decay_schedule(0.0, 1.0, W, K),
    ),
    "cosine, W = K": (partial(cosine, steps=K, warm=K), lambda k: k / K * (k < K)),
    "wsd": (
        partial(wsd, steps=K, warm=W, decay=D),
        optax.join_schedules([UP, optax.linear_schedule(1.0, 0.0, D)], [K - D]),
    ),
    "wsd, D = K/5": (
        partial(wsd, steps=K),
        optax.join_schedules(
            [optax.constant_schedule(1.0), optax.linear_schedule(1.0, 0.0, K // 5)], [K - K // 5]
        ),
    ),
}
PAIR = pytest.mark.parametrize(("schedule", "expected"), PAIRS.values(), ids=PAIRS)


@PAIR
def test_it_is_optax_and_past_the_end_it_stays(schedule, expected):
    ks = range(1, K + 5)
    values = [schedule(1.0, k) for k in ks]
    np.testing.assert_allclose(values, [float(expected(k)) for k in ks], rtol=1e-12, atol=1e-15)


@PAIR
def test_run_and_compare_take_it_and_it_travels(schedule, expected):
    alphas, problem = np.array([0.1, 0.3]), quadratic(kappa=10)
    there = pickle.loads(pickle.dumps(partial(schedule, alphas)))
    xs = run(gd, problem, [1.0, 1.0], steps=K, alpha=there)
    for j, alpha in enumerate(alphas):
        alone = run(gd, problem, [1.0, 1.0], steps=K, alpha=lambda k: schedule(alpha, k))  # noqa: B023
        np.testing.assert_array_equal(xs[:, j], alone)
    tried = tune.Contender(adam, schedule=schedule).settings(alphas[:, None])["alpha"]
    np.testing.assert_array_equal(tried(3), schedule(alphas[:, None], 3))


@PAIR
def test_a_list_of_runs_is_an_array(schedule, expected):
    np.testing.assert_array_equal(schedule([0.1, 0.3], 2), schedule(np.array([0.1, 0.3]), 2))
    with pytest.raises(ValueError, match="alpha: expected an array of numbers"):
        schedule("0.1", 2)


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (partial(cosine, steps=0), "steps: expected an integer ≥ 1; got 0"),
        (partial(linear, steps=2.5), "steps: expected an integer ≥ 1; got 2.5"),
        (partial(linear, steps=5, warm=6), "warm: expected 0 ≤ warm ≤ steps = 5; got 6"),
        (partial(cosine, steps=5, warm=-1), "warm: expected an integer ≥ 0; got -1"),
        (partial(warm_up, warm="1"), "warm: expected an integer ≥ 0; got '1'"),
        (partial(wsd, steps=5, warm=3, decay=3), "decay: expected warm [+] decay ≤ steps = 5"),
        (partial(wsd, steps=5, decay=-1), "decay: expected an integer ≥ 0; got -1"),
        (cosine, "alpha: expected a function of k; got .*: missing a required argument: 'steps'"),
    ],
)
def test_what_is_no_schedule_is_named_before_the_first_step(schedule, text):
    with pytest.raises(ValueError, match=text):
        run(gd, quadratic(), [1.0, 1.0], steps=5, alpha=partial(schedule, 0.1))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: inverse(0.1, 0), "k: expected k = 1, 2, …; got 0"),
        (lambda: inverse_root(0.1, [1, -1]), "k: expected k = 1, 2, …"),  # else a complex step
        (lambda: inverse_root(0.1, "1"), "k: expected an array of numbers; got '1'"),
        (lambda: cosine(0.1, None, 5), "k: expected 0 ≤ k < inf; got None"),
        (lambda: constant(None, 1), "alpha: expected an array of numbers; got None"),
    ],
)
def test_a_step_without_a_number_is_named(call, text):
    with pytest.raises(ValueError, match=text):
        call()
