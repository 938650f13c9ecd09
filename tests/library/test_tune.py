"""A fair comparison: the same tries, the same batches, a choice and a report that share no seed."""

from functools import partial

import numpy as np
import pytest
import torch

from course_lib import adadelta, adagrad, adam, gd, least_squares, momentum, problems, run, tune
from course_lib.schedules import cosine

GRID = tune.log_grid(1e-2, 1, 2)
PROBLEM = least_squares(n=50, d=2, seed=0)
X0 = [3.0, -3.0]


def compare(contenders, steps=60, **options):
    return tune.compare(contenders, PROBLEM, X0, steps, **{"grid": GRID, "batch": 2, **options})


def test_the_grid_is_even_in_the_logarithm():
    grid = tune.log_grid(1e-3, 10, 2)
    assert len(grid) == 9
    np.testing.assert_allclose(np.diff(np.log10(grid)), 0.5)
    np.testing.assert_allclose(grid[[0, -1]], [1e-3, 10])


def test_losses_are_those_of_single_runs():
    """Value by value and seed by seed, in one loop that knows nothing of blocks and sweeps."""
    row = compare({"GD": gd}, seeds=range(3))["GD"]
    for j, alpha in enumerate(row.tried):
        for s in range(3):
            xs = run(gd, PROBLEM.minibatch(2, s), X0, steps=60, alpha=float(alpha))
            assert row.chosen_on[j, s] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)


def test_blocks_change_nothing(monkeypatch):
    whole = compare({"a": adagrad})["a"]
    monkeypatch.setattr(tune, "BLOCK", 1)
    for came, expected in zip(compare({"a": adagrad})["a"], whole, strict=True):
        np.testing.assert_array_equal(came, expected)


def test_the_best_value_has_the_smallest_mean_and_is_reported_on_fresh_seeds():
    result = compare({"GD": gd, "momentum": tune.Contender(momentum, hyper={"beta": 0.5})})
    for row in result.values():
        means = row.chosen_on.mean(1)
        assert row.best == row.tried[means.argmin()]
        assert row.reported.shape == (7,)
    expected = run(gd, PROBLEM.minibatch(2, range(100, 107)), X0, steps=60,
                   alpha=result["GD"].best)  # fmt: skip
    np.testing.assert_allclose(
        result["GD"].reported, problems.gap(PROBLEM, expected[-1]), rtol=1e-9
    )


def test_contenders_see_the_same_batches():
    """Two names of one method have the same losses, to the last bit."""
    result = compare({"one": gd, "two": gd})
    np.testing.assert_array_equal(result["one"].chosen_on, result["two"].chosen_on)
    np.testing.assert_array_equal(result["one"].reported, result["two"].reported)


def test_a_schedule_is_applied_to_every_value():
    scheduled = tune.Contender(gd, schedule=lambda alpha, k: alpha / k)
    row = compare({"GD": scheduled})["GD"]
    xs = run(gd, PROBLEM.minibatch(2, 1), X0, steps=60, alpha=lambda k: GRID[2] / k)
    j = np.searchsorted(row.tried, GRID[2] * 0.999)
    assert row.chosen_on[j, 1] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)


def test_what_is_tuned_need_not_be_alpha():
    row = compare({"Adadelta": tune.Contender(adadelta, over="eps")})["Adadelta"]
    xs = run(adadelta, PROBLEM.minibatch(2, 0), X0, steps=60, eps=float(row.tried[1]))
    assert row.chosen_on[1, 0] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)


@pytest.mark.parametrize(
    ("grid", "side"), [(tune.log_grid(1e-6, 1e-5, 2), 1), (tune.log_grid(10, 1e3, 2), 0)]
)
def test_a_best_value_on_the_edge_extends_the_grid_on_that_side(grid, side):
    row = compare({"GD": gd}, grid=grid)["GD"]
    assert len(row.tried) == len(row.chosen_on) > len(grid)
    grown = row.tried[-1] > grid[-1] * 1.01, row.tried[0] < grid[0] * 0.99
    assert grown == ((True, False) if side else (False, True))
    np.testing.assert_allclose(np.diff(np.log10(row.tried)), 0.5)
    means = row.chosen_on.mean(1)
    assert row.best == row.tried[means.argmin()]


def test_a_grid_below_an_upper_end_is_extended_towards_it():
    """In the last ratio of 1 − β, and never to it; α stays free."""
    hyper = {"alpha": 1e-3}
    row = compare({"M": tune.Contender(momentum, over="beta", hyper=hyper)}, grid=[0.5, 0.7, 0.9])[
        "M"
    ]
    left = 1 - row.tried
    np.testing.assert_allclose(left[3:], 0.1 * (1 / 3) ** np.arange(1, len(left) - 2), rtol=1e-9)
    assert len(left) > 4
    xs = run(momentum, PROBLEM.minibatch(2, 0), X0, steps=60, beta=float(row.tried[4]), **hyper)
    assert row.chosen_on[4, 0] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)


def test_a_grid_that_float64_cannot_extend_stays_on_its_edge():
    def nearer(problem, x, beta=0.5):
        while True:
            yield x
            x = 1 - beta + 0 * x

    grid = [0.5, 1 - 2**-52, 1 - 2**-53]
    row = compare({"M": tune.Contender(nearer, over="beta")}, grid=grid, select=lambda x: x.sum(-1))
    assert row["M"].tried.tolist() == grid
    assert row["M"].edge == ">"


BAD_CONTENDERS = {
    "M: alpha: expected 0 ≤ alpha < inf; got -1": tune.Contender(
        momentum, over="beta", hyper={"alpha": -1}
    ),
    "M: beta: expected 0 ≤ beta < 1; got": tune.Contender(momentum, over="beta"),
    "M: steps: momentum has the hyperparameters": tune.Contender(momentum, over="steps"),
    "M: hyper: expected {name: number} without": tune.Contender(momentum, hyper={"alpha": 1}),
    "M: hyper: expected {name: number}": tune.Contender(momentum, hyper=None),
    "M: schedule: expected a function": tune.Contender(momentum, schedule=0.1),
    "M: method: expected a generator function; got 'gd'": "gd",
    "M: bta: momentum has the hyperparameters": tune.Contender(momentum, hyper={"bta": 0.5}),
    "M: beta: only alpha may be a function": tune.Contender(
        momentum, schedule=lambda beta, k: beta, over="beta"
    ),
    "M: alpha: expected a number or an array": tune.Contender(gd, schedule=lambda alpha, k: "0,1"),
}


@pytest.mark.parametrize("text", BAD_CONTENDERS)
def test_a_contender_that_cannot_run_is_named_before_anything_is_computed(text):
    def never(x):
        raise AssertionError("the first contender was computed")

    with pytest.raises(ValueError, match=f"^{text}"):
        compare({"GD": gd, "M": BAD_CONTENDERS[text]}, grid=[0.5, 1.5], select=never)


def test_a_partial_is_a_contender():
    row = compare({"Adam": partial(adam, beta1=0.5)})["Adam"]
    expected = compare({"Adam": tune.Contender(adam, hyper={"beta1": 0.5})})["Adam"]
    np.testing.assert_array_equal(row.chosen_on, expected.chosen_on)


def test_it_says_when_the_best_value_is_still_on_the_edge():
    grid = tune.log_grid(1e-9, 1e-8, 2)
    row = compare({"GD": gd}, grid=grid)["GD"]
    assert row.edge == ">"
    assert len(row.tried) == len(grid) + 2 * tune.MOST_EXTENSIONS
    assert f"{row.best:.2g}>" in repr(compare({"GD": gd}, grid=grid))
    assert compare({"GD": gd}, grid=tune.log_grid(1e-2, 10, 2))["GD"].edge == ""


@pytest.mark.parametrize(
    ("seeds", "per_decade", "warning"),
    [
        (8, 4, None),
        (7, 4, "⚠ seeds: 7 < 8"),
        (8, 3, "⚠ grid: 3 < 4 / 10×"),
        (3, 2, "⚠ seeds: 3 < 8, grid: 2 < 4 / 10×"),
    ],
)
def test_a_comparison_that_is_no_ground_for_a_verdict_says_so(seeds, per_decade, warning):
    result = compare({"GD": gd}, grid=tune.log_grid(0.01, 1, per_decade), seeds=range(seeds))
    assert [line for line in repr(result).splitlines() if "⚠" in line] == [warning][: bool(warning)]


def test_the_defaults_are_a_ground_for_a_verdict():
    assert "⚠" not in repr(compare({"GD": gd}, grid=tune.log_grid(0.01, 1)))


def test_values_a_decade_are_counted_below_an_upper_end_in_the_distance_to_it():
    betas = 1 - tune.log_grid(1e-3, 1e-1, 4)[::-1]
    row = tune.Row("M", "beta", betas, np.ones((9, 8)), 0.9, "", np.ones(7))
    assert row.per_decade == pytest.approx(4)


def test_a_diverged_loss_is_infinite_and_never_chosen():
    row = compare({"GD": gd}, grid=tune.log_grid(0.1, 1e3, 1), steps=400)["GD"]
    assert np.isinf(row.chosen_on[-1]).all()
    assert np.isfinite(row.reported).all()


def test_select_chooses_and_report_reports():
    def distance(x):
        return abs(x - 2.0).sum(-1)

    row = compare({"GD": gd}, select=distance, report=lambda x: 0 * x[..., 0] + 7)["GD"]
    xs = run(gd, PROBLEM.minibatch(2, 2), X0, steps=60, alpha=float(row.tried[0]))
    assert row.chosen_on[0, 2] == pytest.approx(distance(xs[-1]), rel=1e-9)
    assert row.reported.tolist() == [7.0] * 7


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"grid": [1.0]}, "grid"),
        ({"grid": [1.0, 0.5]}, "grid"),
        ({"grid": [0.5, 0.5, 1.0]}, "grid: expected at least 2 increasing"),
        ({"grid": [0.0, 0.5]}, "grid"),
        ({"grid": ["a", 1]}, "grid: expected an array of numbers; got"),
        ({"grid": {0.1, 1.0}}, "grid: expected an array of numbers; got"),
        ({"fresh": range(2, 5)}, "fresh"),
        ({"fresh": torch.arange(2, 5)}, "fresh: expected seeds that are not in"),
        ({"seeds": 8}, "seeds: expected a list of integers ≥ 0; got 8"),
        ({"seeds": [1, 1]}, r"seeds: expected different seeds; got \[1, 1\]"),
        ({"sampling": "deck"}, "sampling: expected one of"),
        ({"jobs": 0}, "jobs: expected an integer, not 0, .*; got 0"),
        ({"jobs": "2"}, "jobs: expected an integer, not 0, .*; got '2'"),
        ({"jobs": 10**9}, "jobs: expected an integer, not 0, within ±1000; got 1000000000"),
        ({"backend": 3}, "backend: expected the name of a backend of joblib; got 3"),
        ({"seeds": range(10**9)}, "seeds: expected integers ≥ 0; got range"),
        ({"select": 3}, "select: expected a function of x; got 3"),
        ({"report": lambda: 0.0}, "report: expected a function of x; got <function"),
        (
            {"contenders": {"A": tune.Contender(gd, cosine)}},
            "A: schedule: expected a function of alpha and k; got .* 'steps'",
        ),
        (
            {"contenders": {"A": tune.Contender(gd, lambda alpha, k: alpha[0])}},
            r"A: schedule, hyper: expected runs \(2, 8\) for 2 values; got \(8,\)",
        ),
        ({"select": lambda x: 0.0}, r"select, report: expected losses of shape \(\*runs,\)"),
        ({"select": lambda x: 1j * x[..., 0]}, "select, report: expected an array of numbers"),
        (
            {"report": lambda x: None, "select": lambda x: 0 * x[..., 0]},
            "select, report: expected an array of numbers; got None",
        ),
        ({"contenders": [gd]}, r"contenders: expected \{name: method\}; got \["),
        ({"contenders": {i: gd for i in range(300)}}, "contenders: expected at most 36; got 300"),
        ({"contenders": {}}, r"contenders: expected \{name: method\}; got \{\}"),
        ({"contenders": {"A": tune.Contender(adadelta)}}, "A: alpha: adadelta has the hyperparam"),
        ({"batch": 0}, "batch"),
    ],
)
def test_a_wrong_argument_is_named(options, named):
    with pytest.raises(ValueError, match=named):
        compare(**{"contenders": {"GD": gd}, **options})


@pytest.mark.parametrize(
    "ends",
    [
        (1.0, 0.1),
        (0.0, 1.0),
        (1.0, np.inf),
        (np.nan, 1.0),
        ("1", 2),
        (1, 2j),
        ([1], 2),
        (1, 10**400),
    ],
)
def test_a_wrong_grid_is_named(ends):
    with pytest.raises(ValueError, match="low, high"):
        tune.log_grid(*ends)


def test_the_picture_has_a_curve_and_a_ring_for_each():
    result = compare({"GD": gd, "Adadelta": tune.Contender(adadelta, over="eps")})
    ax = result.plot()
    curves = [drawn for drawn in ax.lines if drawn.get_label() in result]
    rings = [drawn for drawn in ax.lines if drawn.get_label() not in result]
    assert len(curves) == len(rings) == 2
    assert [ring.get_xdata()[0] for ring in rings] == [row.best for row in result.values()]
    assert ax.get_xlabel() == "α, ε"
    table = repr(result).splitlines()
    assert len(table) == 4  # heads, two rows, the warning
    assert "ε = " in table[2]


@pytest.mark.parametrize(("shift", "scale"), [(0, "log"), (-5, "linear")])
def test_a_negative_loss_has_a_place_in_the_picture(shift, scale):
    result = compare({"GD": gd}, select=lambda x: PROBLEM.f(x) + shift)
    ax = result.plot()
    assert ax.get_yscale() == scale
    mean = result["GD"].chosen_on.mean(1)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.where(mean < np.inf, mean, np.nan))
    ax.figure.canvas.draw()


def test_x0_may_be_a_function_of_the_seeds():
    def start(seeds):
        return np.array(seeds)[:, None] * np.array([1.0, -1.0])

    row = tune.compare({"GD": gd}, PROBLEM, start, 20, grid=GRID, batch=2)["GD"]
    for s in range(3):
        xs = run(gd, PROBLEM.minibatch(2, s), [s, -s], steps=20, alpha=float(row.tried[0]))
        assert row.chosen_on[0, s] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)
    xs = run(gd, PROBLEM.minibatch(2, 106), [106, -106], steps=20, alpha=row.best)
    assert row.reported[-1] == pytest.approx(problems.gap(PROBLEM, xs[-1]), rel=1e-9)


@pytest.mark.parametrize("wrong", [0, 100])
def test_a_start_that_fits_no_seeds_is_named_before_anything_is_computed(wrong):
    """Those of the report too: it comes when the sweep is over."""

    def start(seeds):
        return np.ones((len(seeds), 3 if wrong in seeds else 2))

    def never(x):
        raise AssertionError("a sweep was computed")

    with pytest.raises(ValueError, match=r"^GD: x0: expected numbers of shape \(\.\.\., 2\)"):
        tune.compare({"GD": gd}, PROBLEM, start, 20, grid=GRID, select=never)


# ---- Interrupted ---------------------------------------------------------------------------------


class Interrupting:
    """A loss that is interrupted at its n-th call."""

    def __init__(self, n):
        self.left = n

    def __call__(self, x):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return problems.gap(PROBLEM, x)


INSIDE = tune.log_grid(1e-3, 10, 2)  # no best value is on the edge


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_ctrl_c_keeps_what_has_been_computed(calls):
    contenders = {"one": gd, "two": momentum, "three": adagrad}
    whole = compare(contenders, grid=INSIDE)
    part = compare(contenders, grid=INSIDE, select=Interrupting(calls), report=Interrupting(99))
    assert list(part) == list(contenders)[: calls - 1]
    for name, row in part.items():
        np.testing.assert_array_equal(row.tried, whole[name].tried)
        np.testing.assert_array_equal(row.chosen_on, whole[name].chosen_on)
        assert np.isnan(row.reported).all() == (calls < 4)
    if part:
        assert ("nan" in repr(part)) == (calls < 4)
        part.plot()


def test_ctrl_c_inside_a_run_leaves_no_half_run_behind():
    calls = []

    def interrupted(problem, x, alpha=0.1):
        for iterate in gd(problem, x, alpha):
            calls.append(len(calls))
            if len(calls) > 30:
                raise KeyboardInterrupt
            yield iterate

    part = compare({"one": gd, "two": interrupted}, grid=INSIDE)
    assert list(part) == ["one"]


def test_ctrl_c_in_the_report_keeps_the_reports_before():
    contenders = {"one": gd, "two": momentum, "three": adagrad}
    part = compare(contenders, grid=INSIDE, report=Interrupting(3))  # the first call is a trial
    assert [np.isnan(row.reported).all() for row in part.values()] == [False, True, True]


# ---- Many processes, many machines ---------------------------------------------------------------


def make_network():
    from course_lib import nets

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(2, size=40)
    return nets.Network(nets.mlp(3, 8, 2), X, y)


def sweeps(monkeypatch, **options):
    """Three contenders in pieces of one value, and a network: everything that travels."""
    contenders = {
        "GD": gd,
        "GD, α/√k": tune.Contender(gd, schedule=lambda alpha, k: alpha / k**0.5),
        "Adadelta": tune.Contender(adadelta, over="eps"),
    }
    network = make_network()
    with monkeypatch.context() as patch:
        patch.setattr(tune, "BLOCK", 1)
        first = compare(contenders, **options)
        second = tune.compare(
            {"Adam": adam, "GD": gd}, network, network.initial, 20, batch=4,
            grid=[0.01, 0.1], select=network.f, **options,
        )  # fmt: skip
    return {**first, **second, "GD of a network": second["GD"]}


def assert_same_bytes(rows, others):
    assert list(rows) == list(others)
    for name, row in rows.items():
        for mine, other in zip(row, others[name], strict=True):
            assert np.asarray(mine).tobytes() == np.asarray(other).tobytes(), name


def test_two_processes_give_the_same_bytes(monkeypatch):
    assert_same_bytes(sweeps(monkeypatch), sweeps(monkeypatch, jobs=2))


def test_two_workers_of_dask_give_the_same_bytes(monkeypatch):
    from distributed import Client, LocalCluster

    local = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**local) as cluster, Client(cluster) as client:
        together = sweeps(monkeypatch, backend="dask")
        workers = client.run(lambda: __import__("os").getpid())
        tasks = client.run(lambda dask_worker: len(dask_worker.state.log))
    assert len(workers) == 2
    assert all(tasks.values()), "every worker had something to do"
    assert_same_bytes(sweeps(monkeypatch), together)
