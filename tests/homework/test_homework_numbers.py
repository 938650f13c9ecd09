"""The measured homework: theory against simulation, tolerances against honest measurements."""

import numpy as np
import pytest
import torch

from course_lib import gd, log_spaced, momentum, problems, rates, run, tune
from course_lib.homework.classroom.grading import grade_number
from course_lib.homework.judging import measured
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay
from course_lib.homework.judging.exact import adam_drift, adam_threshold, decayed, expected_gap

pytestmark = pytest.mark.stored

ITEMS = ASSIGNMENTS["hw2_experiments"]
VARIANTS = (0, 37, 99)


def judged(name, value, variant=0):
    found = ITEMS[name].judge(value, variant)
    return found.points, [finding.key for finding in found.findings]


@pytest.mark.parametrize("variant", [None, "7", 7.0, True, -1, 100])
def test_what_is_no_variant_has_no_data(variant):
    with pytest.raises(ValueError, match="variant: expected a whole number 0 ≤ variant < 100; got"):
        measured.personal(variant)


# Theory is what simulation gives


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_the_expected_gap_is_the_mean_of_many_runs(beta):
    problem, x0, *_ = measured.personal(5)
    alphas = 0.2 / np.arange(1, 61) ** 0.5
    exact = expected_gap(problem, x0, alphas, beta)
    noisy = problem.minibatch(1, range(3000))
    xs = run(momentum, noisy, x0, steps=60, alpha=lambda k: alphas[k - 1], beta=beta)
    gaps = problems.gap(problem, xs)
    error = gaps.std(1) / 3000**0.5
    assert (abs(gaps.mean(1) - exact) <= 4.5 * error + 1e-12).all()


def test_the_expected_gap_settles_in_the_noise_ball():
    problem, x0, *_ = measured.personal(5)
    alphas = np.full((3000, 2), [0.4, 0.8])
    exact = [rates.noise_ball(problem, alpha, batch=1) for alpha in (0.4, 0.8)]
    np.testing.assert_allclose(expected_gap(problem, x0, alphas)[-1], exact, rtol=1e-9)


def adam_end(beta2, C, steps=30_000, alpha=0.01):
    x, v, total = np.zeros_like(beta2), 0, 0
    for t in range(1, steps + 1):
        g = C if t % 3 == 1 else -1.0
        total = total + g * x + g
        v = beta2 * v + (1 - beta2) * g**2
        x = np.clip(x - alpha * g / v**0.5, -1, 1)
    return x, total / steps


@pytest.mark.parametrize("C", [3.0, 4.0, 5.0])
def test_adams_threshold_and_regret_are_those_of_the_run(C):
    grid = np.arange(0.02, 1, 0.02)
    x, _ = adam_end(grid, C)
    assert (x[grid < adam_threshold(C) - 0.02] > 0.9).all()
    assert (x[grid > adam_threshold(C) + 0.02] < -0.9).all()
    _, regret = adam_end(np.array([1 / (1 + C**2)]), C)
    assert regret[0] == pytest.approx((2 * C - 4) / 3, rel=0.02)
    assert adam_drift(adam_threshold(C), C) == pytest.approx(0, abs=1e-9)


# Tolerances: four standard deviations of an honest measurement


@pytest.fixture(scope="module")
def slopes():
    """{variant: slope with its band}, as the homework asks for it, over 300 runs."""
    kept = log_spaced(20_000, 50)
    found = {}
    for variant in VARIANTS:
        problem, x0, power, *_ = measured.personal(variant)
        noisy = problem.minibatch(1, range(300))
        alpha = lambda k, mu=problem.mu, p=power: min(1, (2 / (mu * k)) ** p)  # noqa: E731
        xs = run(gd, noisy, x0, steps=20_000, keep=kept, alpha=alpha)
        tail = kept >= 1000
        found[variant] = rates.slope(kept[tail], problems.gap(problem, xs)[tail])
    return found


def test_honest_slopes_are_taken(slopes):
    for variant, found in slopes.items():
        power = measured.personal(variant).power
        assert measured.exact_slope(variant) == pytest.approx(-power, abs=0.04)
        deviation = (found.high - found.low) / (2 * 1.96)
        assert 4 * deviation <= measured.SLOPE_TOLERANCE * 1.05
        assert judged("slope", tuple(round(end, 3) for end in found), variant) == (7, [])


@pytest.mark.parametrize("variant", VARIANTS)
def test_honest_balls_are_taken(variant):
    problem, x0, *_ = measured.personal(variant)
    numbers = []
    for alpha in (0.8, 0.4):
        steps = int(8 / (alpha * problem.mu))
        xs = run(gd, problem.minibatch(1, range(2000)), x0, steps=steps, keep=[steps], alpha=alpha)
        gaps = problems.gap(problem, xs[0])
        assert 4 * gaps.std() / 2000**0.5 <= measured.BALL_TOLERANCE * gaps.mean()
        numbers.append(gaps.mean())
    assert judged("ball", tuple(numbers), variant) == (6, [])


@pytest.mark.parametrize("variant", VARIANTS)
def test_honest_comparisons_are_taken(variant):
    problem, x0, *_ = measured.personal(variant)
    found = tune.compare(
        {"best_sgd": gd, "best_momentum": momentum}, problem, x0, 200,
        grid=tune.log_grid(1e-3, 1, 3), seeds=range(200), fresh=range(1000, 2000),
    )  # fmt: skip
    for name, row in found.items():
        loss = row.reported.mean()
        assert 4 * row.reported.std() / 1000**0.5 <= measured.RACE_TOLERANCE * loss
        assert judged(name, (row.best, loss), variant) == (4, [])


@pytest.mark.parametrize("variant", range(5))
def test_honest_thresholds_and_regrets_are_taken(variant):
    C = measured.personal(variant).C
    assert C > 2
    grid = np.arange(0.02, 1, 0.02)
    x, _ = adam_end(grid, C, steps=10_000)
    for answer in (grid[x > 0].max(), grid[x < 0].min()):
        assert judged("beta2_star", float(answer), variant) == (3, [])
    assert judged("regret", (2 * C - 4) / 3 * 1.01, variant) == (3, [])


# Wrong numbers and their names


def exact_balls(variant=0):
    problem, *_ = measured.personal(variant)
    return [rates.noise_ball(problem, alpha, batch=1) for alpha in (0.8, 0.4)]


def known_balls(key):
    return tuple(measured.ball_mistakes(0, alpha)[key] for alpha in (0.8, 0.4))


MINE = measured.personal(0)
PROBLEM = MINE.problem
SLOPE = measured.exact_slope(0)
BALL = exact_balls()
SGD, MOMENTUM = ((alpha, expected_gap(PROBLEM, MINE.x0, np.full(200, alpha), beta)[-1])
                 for alpha, beta in ((0.215, 0), (0.0215, 0.9)))  # fmt: skip
THRESHOLD = adam_threshold(MINE.C)
REGRET = (2 * MINE.C - 4) / 3
DECAY = decayed(*MINE.decay)


def around(slope, width=0.04):
    return slope, slope - width, slope + width


WRONG = {
    "text": ("slope", "-1", 0, ["numbers_wanted"]),
    "digits as a text": ("ball", "12", 0, ["numbers_wanted"]),
    "too few": ("slope", (-1.0, -1.1), 0, ["numbers_wanted"]),
    "nan": ("ball", (float("nan"), 1.0), 0, ["numbers_wanted"]),
    "huge": ("ball", (10**400, 1), 0, ["numbers_wanted"]),
    "sign": ("slope", around(-SLOPE), 0, ["slope_sign"]),
    "constant step": ("slope", around(0.01), 0, ["slope_constant"]),
    "another exponent": ("slope", around(-0.8), 0, ["slope_power"]),
    "two kinds of logarithms": ("slope", around(2.3 * SLOPE), 0, ["slope_natural"]),
    "other slope": ("slope", around(-1.3), 0, ["slope_wrong"]),
    "ends of the band swapped": ("slope", (SLOPE, SLOPE + 0.04, SLOPE - 0.04), 4, ["band_order"]),
    "no band": ("slope", around(SLOPE, 0.001), 4, ["band_narrow"]),
    "band of few runs": ("slope", around(SLOPE, 0.4), 4, ["band_wide"]),
    "balls swapped": ("ball", BALL[::-1], 0, ["ball_swapped"]),
    "first order": ("ball", known_balls("ball_first_order"), 0, ["ball_first_order"] * 2),
    "f, not f − f*": ("ball", known_balls("ball_with_f_star"), 0, ["ball_with_f_star"] * 2),
    "batch 2": ("ball", known_balls("ball_batch_two"), 0, ["ball_batch_two"] * 2),
    "without ½": ("ball", known_balls("ball_twice"), 0, ["ball_twice"] * 2),
    "the root": ("ball", known_balls("ball_root"), 0, ["ball_root"] * 2),
    "one of two": ("ball", (BALL[0], 1.0), 3, ["ball_wrong"]),
    "a neighbour's ball": ("ball", exact_balls(57), 0, ["ball_wrong", "ball_wrong"]),
    "right": ("best_sgd", SGD, 4, []),
    "momentum at SGD's step": ("best_momentum", (SGD[0], MOMENTUM[1]), 0,
                               ["step_not_best", "loss_wrong"]),
    "another loss": ("best_momentum", (MOMENTUM[0], 0.01), 1, ["loss_wrong"]),
    "loss with f*": ("best_sgd", (SGD[0], SGD[1] + PROBLEM.f_star), 1, ["loss_with_f_star"]),
    "diverging step": ("best_sgd", (5.0, 1e9), 0, ["step_not_best", "loss_wrong"]),
    "negative step": ("best_sgd", (-0.2, 0.0026), 0, ["numbers_wanted"]),
    "β₂ of the theorem": ("beta2_star", 1 / (1 + MINE.C**2), 0, ["threshold_of_theorem"]),
    "1 − β₂": ("beta2_star", 1 - THRESHOLD, 0, ["threshold_complement"]),
    "other β₂": ("beta2_star", 0.9, 0, ["threshold_wrong"]),
    "a pair": ("beta2_star", (0.47, 0.5), 0, ["numbers_wanted"]),
    "per period": ("regret", 3 * REGRET, 0, ["regret_of_period"]),
    "minus": ("regret", -REGRET, 0, ["regret_sign"]),
    "loss itself": ("regret", REGRET / 2, 0, ["regret_loss"]),
    "other regret": ("regret", 1.7 * REGRET, 0, ["regret_wrong"]),
    "the decayed coordinate": ("decay", DECAY, 3, []),
    "AdamW alone": ("decay", (DECAY[0], 0.9), 2, ["decay_l2_wrong"]),
    "ℓ₂ alone": ("decay", (0.9, DECAY[1]), 1, ["decay_adamw_wrong"]),
    "decays swapped": ("decay", DECAY[::-1], 0, ["decay_swapped"]),
    "λ without α": ("decay", ((1 - MINE.decay.lam) ** MINE.decay.steps, DECAY[1]), 1,
                    ["decay_no_alpha"]),
    "no decay": ("decay", (1.0, DECAY[1]), 1, ["decay_one"]),
    "variant too large": ("variant", 100, 0, ["variant_wanted"]),
    "variant true": ("variant", True, 0, ["variant_wanted"]),
    "variant": ("variant", 99, 0, []),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "points", "keys"), WRONG.values(), ids=WRONG)
def test_numbers_are_judged_and_named(name, value, points, keys):
    assert judged(name, value) == (points, keys)


@pytest.mark.parametrize(("worth", "points"), [(3, 2), (6, 4), (1, 0.666667)])
def test_a_number_is_worth_what_the_list_of_items_says(worth, points):
    """So a teacher changes the points in one place."""
    item = ITEMS["decay"]._replace(points=worth)
    answers = {"decay": {"given": True, "value": [DECAY[0], 1.0]}}
    found = grade_number(item, "decay", {"answers": answers, "bound": ["decay"]}, 0)
    assert (found["points"], found["of"]) == (points, worth)


# Everybody's own numbers


def exact_answers(variant):
    """The right answers of a variant, as theory gives them."""
    mine = measured.personal(variant)
    grid, answers = tune.log_grid(1e-3, 1, 3), {}
    for name, beta in (("best_sgd", 0.0), ("best_momentum", measured.BETA)):
        losses = expected_gap(mine.problem, mine.x0, np.tile(grid, (200, 1)), beta)[-1]
        answers[name] = grid[np.nanargmin(losses)], np.nanmin(losses)
    # The slope is within 0.04 of −p for every variant (above); its exact value takes its time.
    return answers | {
        "slope": around(-mine.power), "ball": exact_balls(variant), "decay": decayed(*mine.decay),
        "beta2_star": adam_threshold(mine.C), "regret": (2 * mine.C - 4) / 3,
    }  # fmt: skip


@pytest.fixture
def quick_slopes(monkeypatch):
    monkeypatch.setattr(measured, "exact_slope", lambda v: -measured.personal(v).power)


def earned(answers, variant):
    return sum(judged(name, value, variant)[0] for name, value in answers.items())


def test_a_neighbours_numbers_earn_at_most_a_quarter(quick_slopes):
    """On average over all pairs of 60 variants; everybody's own earn all."""
    answers = [exact_answers(variant) for variant in range(60)]
    points = np.array([[earned(each, v) for each in answers] for v in range(60)])
    most = sum(item.points for item in ITEMS.values() if not isinstance(item, Essay))
    assert (points.diagonal() == most).all()
    assert points[~np.eye(60, dtype=bool)].mean() <= most / 4
    assert np.diagonal(points, 1).mean() <= most / 4  # next to each other in the list of the class


def test_every_variant_can_be_answered(quick_slopes):
    most = sum(item.points for item in ITEMS.values() if not isinstance(item, Essay))
    for variant in range(60, measured.VARIANTS):
        assert earned(exact_answers(variant), variant) == most


def test_the_coordinate_without_a_gradient_is_that_of_the_methods():
    """Torch's AdamW and Adam on one weight that the loss does not depend on."""
    decay = MINE.decay
    for kind, right in zip((torch.optim.AdamW, torch.optim.Adam), DECAY, strict=True):
        x = torch.tensor([decay.x0], dtype=torch.float64, requires_grad=True)
        optimizer = kind([x], lr=decay.alpha, weight_decay=decay.lam)
        for _ in range(decay.steps):
            x.grad = torch.zeros_like(x)
            optimizer.step()
        assert x.item() == pytest.approx(right, rel=1e-9)


def test_an_open_variant_is_the_first():
    assert measured.personal(...).problem.f_star == PROBLEM.f_star
