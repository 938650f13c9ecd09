"""Numbers that students measure in `hw2_experiments`, judged by what theory says of them.

Every student has a variant 0..99, that is, data of their own (`personal`), so a neighbour's numbers
are wrong. A tolerance is at least four standard deviations of what an honest measurement with the
asked number of runs gives; `tests/homework/test_homework_numbers.py` measures that.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.homework.judging.exact import adam_threshold, decayed, expected_gap
from course_lib.homework.judging.verdict import Finding, Verdict
from course_lib.loop import log_spaced
from course_lib.problems import LeastSquares
from course_lib.rates import noise_ball, slope
from course_lib.tune import log_grid

VARIANTS = 100
X0 = (5.5, 1.5)
SLOPE_STEPS, SLOPE_FROM = 20_000, 1000
POWERS = (0.4, 0.6, 0.8, 1.0)
BALL_ALPHA = 0.8
RACE_STEPS, BETA = 200, 0.9

SLOPE_TOLERANCE = 0.09  # 300 runs: the 95 % band is ±0.045 wide or less
BAND = (0.005, 0.15)  # half of the width of an honest band
# f(x) − f* of one run in the noise ball has a standard deviation of about 1.3 means.
BALL_TOLERANCE = 0.15  # 2000 runs: 4 · 1.3/√2000 = 0.12
RACE_TOLERANCE = 0.2  # 1000 runs: 4 · 1.3/√1000 = 0.16
NEAR_BEST = 1.3  # a step whose exact loss is so many times the best one's is a best step
THRESHOLD_TOLERANCE = 0.04
REGRET_TOLERANCE = 0.05
DECAY_TOLERANCE = 0.01  # nothing is random there


class Decay(NamedTuple):
    """A coordinate that f does not depend on: start, step, λ, number of steps."""

    x0: float
    alpha: float
    lam: float
    steps: int


class Personal(NamedTuple):
    """What a variant measures.

    problem: data for a line, with noise of their own. x0: the start. power: p of the step
    α_k = min(1, (2/(μk))^p). C: of Reddi's example. decay: of the coordinate without a gradient.
    """

    problem: object
    x0: tuple
    power: float
    C: float
    decay: Decay


@cache
def personal(variant):
    """The `Personal` data of a variant 0..99; of 0 as long as the variant is open (`...`).

    Raises ValueError for anything else.
    """
    if variant is not ... and not is_variant(variant):
        raise ValueError(
            f"variant: expected a whole number 0 ≤ variant < {VARIANTS}; got {variant!r}"
        )
    tens, ones = divmod(0 if variant is ... else variant, 10)
    rng = np.random.default_rng(1000 + 10 * tens + ones)
    t = rng.uniform(-0.5, 0.5, 100)
    noise = 0.1 * 4 ** ((ones + tens / 10) / 10)
    y = 3 * t + 4 + noise * rng.normal(size=100)
    problem = LeastSquares(
        np.stack([t, np.ones(100)], axis=-1), y, domain=((0.5, 6.5), (1, 6)), name="line_fit"
    )
    decay = Decay(1.0, 0.01, round(0.4 + 0.2 * ((7 * ones + tens) % 10), 1), 40 + 4 * ones)
    C = 2.5 + (3 * ones + tens) % 10 / 2
    return Personal(problem, X0, POWERS[(ones + tens) % 4], C, decay)


def is_variant(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < VARIANTS


def judge_variant(value, _):
    if not is_variant(value):
        return Verdict(0, 0, [Finding("variant_wanted", {"most": VARIANTS - 1})])
    return Verdict(0, 0, [])


def judge_slope(value, variant):
    """(slope, low, high) of SGD with the step of the variant: 4 points and 3 for the band."""
    numbers = as_numbers(value, 3)
    if numbers is None:
        return Verdict(0, 7, [Finding("numbers_wanted", {"count": 3})])
    middle, low, high = numbers
    exact = exact_slope(variant)
    points, findings = 4, []
    if abs(middle - exact) > SLOPE_TOLERANCE:
        known = {"slope_sign": -exact, "slope_constant": 0, "slope_natural": 2.3 * exact}
        others = {p for p in POWERS if p != personal(variant).power}
        key = named(middle, known, SLOPE_TOLERANCE)
        if key is None and min(abs(middle + p) for p in others) <= SLOPE_TOLERANCE:
            key = "slope_power"
        points, findings = 0, [Finding(key or "slope_wrong")]
    if not low < middle < high:
        return Verdict(points, 7, [*findings, Finding("band_order")])
    if not BAND[0] < (high - low) / 2 < BAND[1]:
        key = "band_narrow" if (high - low) / 2 < BAND[1] else "band_wide"
        return Verdict(points, 7, [*findings, Finding(key)])
    return Verdict(points + 3 * bool(points), 7, findings)


@cache
def exact_slope(variant):
    problem, x0, power, *_ = personal(variant)
    k = np.arange(1, SLOPE_STEPS + 1)
    alphas = np.minimum(1, (2 / (problem.mu * k)) ** power)
    at = log_spaced(SLOPE_STEPS, 50)
    at = at[at >= SLOPE_FROM]
    return slope(at, expected_gap(problem, x0, alphas)[at]).value


def judge_ball(value, variant):
    """E f − f* in the noise ball at α = 0.8 and at α = 0.4: 3 points each."""
    numbers = as_numbers(value, 2)
    if numbers is None:
        return Verdict(0, 6, [Finding("numbers_wanted", {"count": 2})])
    alphas = (BALL_ALPHA, BALL_ALPHA / 2)
    exact = [exact_ball(variant, alpha) for alpha in alphas]
    if near(numbers, exact[::-1], BALL_TOLERANCE):
        return Verdict(0, 6, [Finding("ball_swapped")])
    points, findings = 0, []
    for alpha, number, right in zip(alphas, numbers, exact, strict=True):
        if abs(number / right - 1) <= BALL_TOLERANCE:
            points += 3
            continue
        known = ball_mistakes(variant, alpha)
        findings.append(Finding(near_named(number, known) or "ball_wrong", {"alpha": alpha}))
    return Verdict(points, 6, findings)


@cache
def exact_ball(variant, alpha, batch=1):
    return noise_ball(personal(variant).problem, alpha, batch=batch)


def ball_mistakes(variant, alpha):
    """What other quantities are that one could take for E f − f*."""
    problem, ball = personal(variant).problem, exact_ball(variant, alpha)
    trace = (((problem.A @ problem.x_star - problem.y) ** 2)[:, None] * problem.A**2).mean(0).sum()
    return {
        "ball_first_order": alpha * trace / 4,
        "ball_with_f_star": ball + problem.f_star,
        "ball_batch_two": exact_ball(variant, alpha, batch=2),
        "ball_twice": 2 * ball,
        "ball_root": ball**0.5,
    }


def judge_best(beta):
    """A judge of (α*, E f − f*): the best step after 200 steps, 1 point, and its loss, 3."""

    def judge(value, variant):
        numbers = as_numbers(value, 2)
        if numbers is None or not numbers[0] > 0:
            return Verdict(0, 4, [Finding("numbers_wanted", {"count": 2})])
        alpha, loss = numbers
        exact, f_star = exact_loss(variant, alpha, beta), personal(variant).problem.f_star
        points, findings = 0, []
        if exact <= NEAR_BEST * best_loss(variant, beta):
            points += 1
        else:
            findings.append(Finding("step_not_best"))
        if abs(loss / exact - 1) <= RACE_TOLERANCE:
            points += 3
        elif abs((loss - f_star) / exact - 1) <= RACE_TOLERANCE:
            findings.append(Finding("loss_with_f_star"))
        else:
            findings.append(Finding("loss_wrong"))
        return Verdict(points, 4, findings)

    return judge


@cache
def exact_loss(variant, alpha, beta):
    problem, x0, *_ = personal(variant)
    return expected_gap(problem, x0, np.full(RACE_STEPS, alpha), beta)[-1]


@cache
def best_loss(variant, beta):
    problem, x0, *_ = personal(variant)
    grid = log_grid(1e-3, 1, 3)
    return np.nanmin(expected_gap(problem, x0, np.tile(grid, (RACE_STEPS, 1)), beta)[-1])


def judge_threshold(value, variant):
    """β₂ below which Adam goes to the worst point of the example: 3 points."""
    numbers = as_numbers([value], 1)
    if numbers is None:
        return Verdict(0, 3, [Finding("numbers_wanted", {"count": 1})])
    C = personal(variant).C
    if abs(numbers[0] - adam_threshold(C)) <= THRESHOLD_TOLERANCE:
        return Verdict(3, 3, [])
    known = {"threshold_of_theorem": 1 / (1 + C**2), "threshold_complement": 1 - adam_threshold(C)}
    key = named(numbers[0], known, THRESHOLD_TOLERANCE) or "threshold_wrong"
    return Verdict(0, 3, [Finding(key)])


def judge_regret(value, variant):
    """Average regret of Adam at β₂ = 1/(1 + C²): 3 points."""
    numbers = as_numbers([value], 1)
    if numbers is None:
        return Verdict(0, 3, [Finding("numbers_wanted", {"count": 1})])
    C = personal(variant).C
    right = (2 * C - 4) / 3
    if abs(numbers[0] / right - 1) <= REGRET_TOLERANCE:
        return Verdict(3, 3, [])
    known = {"regret_of_period": 3 * right, "regret_sign": -right, "regret_loss": right / 2}
    return Verdict(0, 3, [Finding(near_named(numbers[0], known) or "regret_wrong")])


def judge_decay(value, variant):
    """The coordinate without a gradient after K steps: 2 points for AdamW, 1 for Adam with ℓ₂."""
    numbers = as_numbers(value, 2)
    if numbers is None:
        return Verdict(0, 3, [Finding("numbers_wanted", {"count": 2})])
    decay = personal(variant).decay
    right = decayed(*decay)
    good = [near([a], [b], DECAY_TOLERANCE) for a, b in zip(numbers, right, strict=True)]
    if not any(good) and near(numbers, right[::-1], DECAY_TOLERANCE):
        return Verdict(0, 3, [Finding("decay_swapped")])
    findings = []
    if not good[0]:
        known = {"decay_no_alpha": (1 - decay.lam) ** decay.steps, "decay_one": 1.0}
        findings.append(Finding(named(numbers[0], known, 0.01) or "decay_adamw_wrong"))
    if not good[1]:
        findings.append(Finding("decay_l2_wrong"))
    return Verdict(2 * good[0] + good[1], 3, findings)


def as_numbers(value, count):
    """`value` as `count` finite floats, or None."""
    if not isinstance(value, tuple | list | np.ndarray) or len(value) != count:
        return None
    if not all(isinstance(number, int | float | np.number) for number in value):
        return None
    try:
        numbers = [float(number) for number in value]
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def near(numbers, right, tolerance):
    return all(abs(a / b - 1) <= tolerance for a, b in zip(numbers, right, strict=True))


def named(number, known, tolerance):
    """The key of the known wrong value that is nearest, if one is within the tolerance."""
    key = min(known, key=lambda key: abs(known[key] - number))
    return key if abs(known[key] - number) <= tolerance else None


def near_named(number, known, tolerance=0.1):
    """The same with relative distances."""
    key = min(known, key=lambda key: abs(number / known[key] - 1))
    return key if abs(number / known[key] - 1) <= tolerance else None
