"""The comparison of SGD and Adam on text and images, and what is committed of it.

The file in `data/results` must be the one that today's configuration makes: its settings are
compared, and the beginning of some runs is computed again. What the seminar computes itself is
taken from its source; each check has a break that it must catch.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib import adam, gd, momentum, run, tune
from course_lib.experiments import stored, why_adam
from course_lib.nets import Network
from course_lib.problems import SoftmaxRegression
from support.breaks import defined, each, each_break, executed, slipped

pytestmark = pytest.mark.stored

MODULE = Path(why_adam.__file__).read_text(encoding="utf-8")
STORED = why_adam.results()


TEXTS, SHARED = defined("10_why_adam", "K =", "kept")


def the(name, old="", new=""):
    """A function of the notebook (with one slip), or the module with one slip."""
    text = MODULE if name == "module" else TEXTS[name]
    found = executed(slipped(text, old, new) if old else text, {} if name == "module" else SHARED)
    return found if name == "module" else found[name]


# ---- What is committed ---------------------------------------------------------------------------


def test_the_file_has_todays_configuration():
    assert STORED["configuration"] == json.loads(json.dumps(why_adam.configuration()))
    assert STORED["command"] == stored.command(why_adam.NAME)
    assert set(STORED["environment"]) == {"python", "numpy", "torch", "machine", "threads"}
    assert list(STORED["tasks"]) == list(why_adam.TASKS)
    for name, task in why_adam.TASKS.items():
        assert STORED["tasks"][name]["task"] == task._asdict()


@pytest.mark.parametrize("name", why_adam.TASKS)
def test_the_best_step_is_no_end_of_its_grid(name):
    for method, found in STORED["tasks"][name]["methods"].items():
        _, low, high = why_adam.METHODS[method]
        assert [*map(float, found["coarse"])] == [10.0**j for j in range(low, high + 1)]
        tried = np.array([*map(float, found["tried"])])
        np.testing.assert_allclose(np.diff(np.log10(tried)), 1 / why_adam.PER_DECADE, atol=1e-3)
        losses = np.array([*found["tried"].values()], float)
        losses = np.where(np.isnan(losses), np.inf, losses)
        assert losses.shape == (len(tried), len(why_adam.CHOICE))
        j = losses.mean(1).argmin()
        assert 0 < j < len(tried) - 1
        assert found["alpha"] == pytest.approx(tried[j], rel=1e-3)
        seeds = why_adam.TASKS[name].seeds
        assert np.shape(found["train"]) == (seeds, len(why_adam.AT))
        assert len(found["held_out"]) == seeds


def test_the_choice_keeps_the_courses_rule():
    assert len(why_adam.CHOICE) >= tune.LEAST_SEEDS
    assert why_adam.PER_DECADE >= tune.LEAST_PER_DECADE
    assert why_adam.FRESH not in why_adam.CHOICE
    assert min(task.seeds for task in why_adam.TASKS.values()) >= tune.LEAST_SEEDS


# ---- The harness ---------------------------------------------------------------------------------


def check_beginning(module, name="fashion_small, strides", seeds=5):
    """The committed runs begin as today's do, on whatever processor either was computed.

    Processors round differently, and where a run passes a kink of the loss (ReLU) the difference
    grows. So all runs start at the committed loss; most have met no kink by k = 40, and the median
    over seeds is compared; at k = 80 every run is within the spread over seeds.
    """
    task, stored = module["TASKS"][name], STORED["tasks"][name]
    networks, at = task.networks(), why_adam.AT[:3]
    fresh = range(why_adam.FRESH, why_adam.FRESH + seeds)
    assert (networks[0].n, networks[0].d) == (stored["n"], stored["d"])
    for method, found in stored["methods"].items():
        train = np.array(found["train"])[:, : len(at)]
        rule = module["METHODS"][method][0]
        losses, _ = module["curves"](task, networks, rule, found["alpha"], fresh, at)
        start, first, second = abs(losses - train[:seeds].T)
        assert start.max() < 1e-5
        assert np.median(first) < 1e-3
        assert second.max() < train[:, 2].std(ddof=1)


class Tiny:
    """A task of no cost: least squares on one weight, exact."""

    batch = 2

    @staticmethod
    def networks():
        X = np.ones((8, 1), np.float32)
        network = Network(lambda: torch.nn.Linear(1, 1), X, X, lambda a, b: ((a - b) ** 2).mean())
        return network, network, network


def check_causal(module):
    """A token changes no output before its own place, and does change its own."""
    torch.manual_seed(0)
    net = module["Transformer"](11, 6)
    ids = torch.arange(6)[None]
    before = net(ids)
    for place in range(6):
        other = ids.clone()
        other[0, place] = 10
        changed = (net(other) != before).any(-1)[0].tolist()
        assert changed == [False] * place + [True] * (6 - place)


def check_attention(module):
    """One block by torch's own attention, with the same weights."""
    torch.manual_seed(0)
    block, x = module["Block"](8, 2), torch.randn(3, 5, 8)
    q, k, v = block.qkv(block.norm(x)).chunk(3, dim=-1)
    heads = [t.reshape(3, 5, 2, 4).transpose(1, 2) for t in (q, k, v)]
    mixed = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    y = x + block.out(mixed.transpose(1, 2).reshape(3, 5, 8))
    expected = y + block.mlp(block.mlp_norm(y))
    np.testing.assert_allclose(block(x).detach(), expected.detach(), rtol=1e-5, atol=1e-6)


def check_windows(module):
    X, y = module["windows"](np.arange(10), 4)
    assert X.shape == y.shape == (6, 4)
    assert (y == X + 1).all()
    assert X[:, 0].tolist() == list(range(6))


def check_warm_up(module):
    """The first steps are k/WARM_UP of α: gradient descent by hand on a quadratic."""
    task, at = Tiny(), np.arange(4)
    networks = task.networks()
    _, (x,) = module["curves"](task, networks, gd, 0.1, [3], at)
    w = networks[0].initial(3)
    for k in (1, 2, 3):
        g = 2 * (w.sum() - 1)
        w = w - 0.1 * k / module["WARM_UP"] * g
    np.testing.assert_allclose(x, w, rtol=1e-5)


def check_tuned(module):
    """One seed begins at a decade; then all seeds together look until the best α has a worse one
    on both sides, and no further. A single seed would choose another one."""
    decades = (-8, -4, 0)
    for goal in (-13, -5, -2, 0, 6):
        seen = []

        def loss(j, seeds, goal=goal):
            return (j - goal) ** 2 + 0.4 * (np.asarray(seeds) - 3.5) * j

        def fake(task, networks, method, alpha, seeds, keep, loss=loss, seen=seen):
            seen.append(list(seeds))
            return np.tile(loss(4 * np.log10(alpha), seeds), (len(keep), 1)), None

        module["curves"] = fake
        coarse, fine = module["tuned"](Tiny(), None, "SGD", say=lambda text: None)
        first = min(decades, key=lambda j, loss=loss: loss(j, 0))
        assert tuple(coarse) == decades
        assert list(fine) == list(range(min(first, goal) - 1, max(first, goal) + 2))
        assert module["best"](fine) == goal
        assert seen == [[0]] * len(coarse) + [list(range(8))] * len(fine)


def check_match(module):
    """Adam falls by 0.1 in each of the iterations kept (one seed lower by 0.02), SGD by 0.05."""
    j = np.arange(len(module["AT"]))
    result = {
        "methods": {
            "SGD": {"train": [3 - 0.05 * j, 3 - 0.05 * j]},
            "Adam": {"train": [3 - 0.1 * j, 3 - 0.1 * j - 0.02 * (j > 0)]},
        }
    }
    k, low, high, share = module["match"](result)
    step, end = module["AT"][1], len(j) - 2  # the last three, on average: one step behind
    middle = 0.5 * end + 1
    assert (k, low, high) == pytest.approx(
        ((middle - 0.1) * step, (middle - 0.2) * step, middle * step)
    )
    assert share == pytest.approx(0.05 * end / (0.1 * end + 0.01))
    result["methods"]["SGD"]["train"] = [0 * j, 0 * j]
    assert module["match"](result)[0] == np.inf


def check_by_frequency(module):
    """A network that knows nothing has log(size) everywhere; one that knows the frequent token."""
    ids = np.array([0] * 60 + [1, 2, 3, 4] * 10)
    X, y = module["windows"](ids, 1)
    training = Network(lambda: torch.nn.Embedding(5, 5), X, y)
    networks = training, training, training
    x = np.zeros(25, np.float32)
    np.testing.assert_allclose(
        [v for v in module["by_frequency"](networks, x) if v is not None], np.log(5), rtol=1e-6
    )
    x[::5] = 3.0  # the logit of token 0, after every token
    losses = module["by_frequency"](networks, x)
    assert losses[0] < 0.3
    assert min(v for v in losses[1:] if v is not None) > 3


# ---- The notebook's own functions ----------------------------------------------------------------


def check_sign_descent(sign_descent):
    problem = SoftmaxRegression([[3, 1], [0, 2]])
    xs = run(sign_descent, problem, [0.0, 0.0, 0.0, 0.0], steps=2, alpha=0.5)
    assert xs.tolist() == [[0] * 4, [0.5, -0.5, -0.5, 0.5], [1.0, -1.0, -1.0, 1.0]]


def check_equalized(equalized):
    """Sums as asked for; and what the words that follow look like is not changed by its rows."""
    P = np.random.default_rng(0).random((6, 6)) ** 4
    P /= P.sum()
    flat = np.full(6, 1 / 6)
    rows, columns = equalized(P, rows=True).P, equalized(P, columns=True).P
    both = equalized(P, rows=True, columns=True).P
    for sums in (rows.sum(1), columns.sum(0), both.sum(0), both.sum(1)):
        np.testing.assert_allclose(sums, flat, rtol=1e-6)
    np.testing.assert_allclose(rows * P.sum(1, keepdims=True) * 6, P, rtol=1e-12)
    np.testing.assert_allclose(columns * P.sum(0) * 6, P, rtol=1e-12)
    assert abs(rows.sum(0) - flat).max() > 0.01


def check_groups(module):
    mass = np.array([0.05, 0.4, 0.05, 0.2, 0.1, 0.2])
    assert module["groups"](mass).tolist() == [4, 0, 4, 2, 4, 3]
    assert module["groups"](np.array([1, 6, 1]), 2).tolist() == [1, 0, 1]


def check_ahead(module):
    losses = {"SGD": [[1, 3], [2, 5]], "Adam": [[1, 1], [1, 2]]}
    methods = {name: {"by_frequency": values} for name, values in losses.items()}
    assert module["ahead"]({"methods": methods}).tolist() == [[0, 2], [1, 3]]


def check_left(left):
    """For every k the best of the separate runs; and the try that is best at the end."""
    problem, alphas = SoftmaxRegression([[6, 2], [0.03, 0.12]]), np.array([0.3, 1.0, 2.0, 20.0])
    tried = [(momentum, {"alpha": alpha, "beta": 0.5}) for alpha in alphas]
    curve, best = left(problem, tried)
    kept, K = SHARED["kept"], SHARED["K"]
    xs = [run(momentum, problem, np.zeros(4), steps=K, alpha=a, beta=0.5) for a in alphas]
    error = np.array([problem.f(x) - problem.f_star for x in xs])[:, kept] / (
        problem.f(np.zeros(4)) - problem.f_star
    )
    np.testing.assert_allclose(curve, error.min(0), atol=1e-6)
    assert best == {"alpha": 2, "beta": 0.5}
    assert error[:, -1].argmin() == 2


def check_by_rows(momentum_by_rows):
    """Steps α/r_i on a table are momentum on the table with equal rows, n times as fast."""
    P = np.array([[3.0, 1.0], [0.5, 0.1]])
    problem, equal = SoftmaxRegression(P), SoftmaxRegression(P / P.sum(1, keepdims=True))
    momentum_by_rows.__globals__["r"] = np.repeat(problem.P.sum(1), 2)
    xs = run(momentum_by_rows, problem, np.zeros(4), steps=20, alpha=0.5, beta=0.7)
    expected = run(momentum, equal, np.zeros(4), steps=20, alpha=1.0, beta=0.7)
    np.testing.assert_allclose(xs, expected, rtol=1e-12)


CHECKS = {
    check_beginning: "module",
    check_causal: "module",
    check_attention: "module",
    check_windows: "module",
    check_warm_up: "module",
    check_tuned: "module",
    check_match: "module",
    check_by_frequency: "module",
    check_sign_descent: "sign_descent",
    check_equalized: "equalized",
    check_groups: "module",
    check_ahead: "module",
    check_left: "left",
    check_by_rows: "momentum_by_rows",
}
BREAKS = [
    (
        check_beginning,
        "another start",
        "training.initial(seeds)",
        "training.initial([0 for _ in seeds])",
    ),
    (check_beginning, "other batches", "(task.batch, seeds)", "(task.batch, seeds[::-1])"),
    (check_beginning, "larger batches", "(task.batch, seeds)", "(task.batch + 1, seeds)"),
    (check_beginning, "no warm-up", "partial(warm_up, alpha, warm=WARM_UP)", "alpha"),
    (
        check_beginning,
        "a warm-up without end",
        "partial(warm_up, alpha, warm=WARM_UP)",
        "lambda k: alpha * k / WARM_UP",
    ),
    (check_beginning, "another step", "(warm_up, alpha,", "(warm_up, 1.01 * alpha,"),
    (check_beginning, "fewer examples", "min(many, network.n)", "min(many, network.n) // 2"),
    (check_causal, "sees its own answer", ".triu(1)", ".triu(2)"),
    (check_causal, "does not see itself", ".triu(1)", ".triu(0)"),
    (check_attention, "not scaled", " / (width // self.heads) ** 0.5", ""),
    (check_attention, "heads mixed up", "(weight @ v).transpose(1, 2)", "(weight @ v)"),
    (check_windows, "the same token", "pieces[:, 1:]", "pieces[:, :-1]"),
    (check_warm_up, "no warm-up", "partial(warm_up, alpha, warm=WARM_UP)", "alpha"),
    (check_warm_up, "another start", "training.initial(seeds)", "training.initial([0])"),
    (check_tuned, "the edge is not looked at", "(best(fine) - 1, best(fine) + 1)", "()"),
    (check_tuned, "chosen on one seed", "losses(j, CHOICE) for", "losses(j, CHOICE[:1]) for"),
    (check_tuned, "chosen on what reports", "losses(j, CHOICE) for", "losses(j, [FRESH]) for"),
    (check_tuned, "by the first seed", "tried[j].mean()", "tried[j][0]"),
    (check_match, "the last point only", "losses[-LAST:].mean(0)", "losses[-1]"),
    (
        check_match,
        "not between the iterations kept",
        "j = max(1, below.argmax())",
        "return float(kept[below.argmax()])",
    ),
    (
        check_match,
        "the share upside down",
        "(start - sgd.mean()) / (start - stops[:, -1].mean())",
        "(start - stops[:, -1].mean()) / (start - sgd.mean())",
    ),
    (check_by_frequency, "rare first", "np.argsort(-mass", "np.argsort(mass"),
    (check_sign_descent, "the gradient", "np.sign(problem.grad(x))", "problem.grad(x)"),
    (
        check_equalized,
        "columns for rows",
        "P.sum(1, keepdims=True) if rows",
        "P.sum(0, keepdims=True) if rows",
    ),
    (check_equalized, "one round only", "range(100 if", "range(1 if"),
    (check_groups, "rare first", "np.argsort(-mass", "np.argsort(mass"),
    (check_ahead, "Adam's excess", "return sgd - adams", "return adams - sgd"),
    (
        check_left,
        "one step for all k",
        "(error / error[:, :1]).min(0)",
        "(error / error[:, :1])[0]",
    ),
    (check_left, "the best at the start", "error[:, -1].argmin()", "error[:, 0].argmin()"),
    (check_by_rows, "no rows", "problem.grad(x) / r", "problem.grad(x)"),
]


@pytest.mark.parametrize(
    ("name", "seeds"), [("ru_proverbs, characters", 2), ("fashion_small, pooling", 5)]
)
def test_the_beginning_of_other_runs_is_the_committed_one(name, seeds):
    check_beginning(vars(why_adam), name, seeds)


@each(CHECKS)
def test_it_holds(check):
    check(the(CHECKS[check]))


@each_break(BREAKS)
def test_the_break_is_caught(check, old, new):
    broken = the(CHECKS[check], old, new)
    with pytest.raises(AssertionError):
        check(broken)


def test_every_check_has_a_break():
    assert {check for check, *_ in BREAKS} == set(CHECKS)


def test_a_small_measurement_is_whole_and_the_same_twice():
    """All of `measure` on a task of milliseconds; a run that diverges is None in the file."""
    task = why_adam.Images("digits", 4, "strides", 8, 3)
    at = np.arange(0, 13, 4)
    first, second = (why_adam.measure(task, at, say=lambda text: None) for _ in range(2))
    assert json.dumps(first, allow_nan=False) == json.dumps(second)
    for found in first["methods"].values():
        assert np.shape(found["train"]) == (3, 4)
        assert len(set(map(tuple, found["train"]))) == 3, "three seeds"


def test_adam_is_the_librarys():
    assert [method for method, *_ in why_adam.METHODS.values()] == [momentum, adam]
