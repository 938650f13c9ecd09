"""Numbers that students measure in `hw2_experiments`, judged by what theory says of them.

Every student has a variant 0..99, that is, data of their own (`personal`), so a neighbour's numbers
are wrong. A tolerance is at least four standard deviations of what an honest measurement with the
asked number of runs gives; `tests/test_homework_numbers.py` measures that.
"""

from functools import cache

import numpy as np

from course_lib.homework.judging.exact import adam_threshold, expected_gap
from course_lib.homework.judging.verdict import Finding, Verdict
from course_lib.loop import log_spaced
from course_lib.problems import line_fit
from course_lib.rates import noise_ball, slope

VARIANTS = 100
X0 = (5.5, 1.5)
SLOPE_STEPS, SLOPE_FROM = 20_000, 1000
BALL_ALPHA = 0.8
RACE_STEPS, BETA = 200, 0.9

SLOPE_TOLERANCE = 0.15  # 100 runs: the 95 % band is ±0.07 wide
BAND = (0.01, 0.2)  # half of the width of an honest band
# f(x) − f* of one run in the noise ball has a standard deviation of about 1.3 means.
BALL_TOLERANCE = 0.15  # 2000 runs: 4 · 1.3/√2000 = 0.12
RACE_TOLERANCE = 0.2  # 1000 runs: 4 · 1.3/√1000 = 0.16
NEAR_BEST = 1.3  # a step whose exact loss is so many times the best one's is a best step
THRESHOLD_TOLERANCE = 0.04
REGRET_TOLERANCE = 0.05


@cache
def personal(variant):
    """(problem, x0, C) of a variant: data for a line, a start, and the C of Reddi's example."""
    return line_fit(n=100, seed=1000 + variant), X0, 3 + variant % 5 / 2


def judge_variant(value, _):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < VARIANTS:
        return Verdict(0, 0, [Finding("variant_wanted", {"most": VARIANTS - 1})])
    return Verdict(0, 0, [])


def judge_slope(value, variant):
    """(slope, low, high) of SGD with α_k = min(1, 2/(μk)): 5 points and 3 for the band."""
    numbers = as_numbers(value, 3)
    if numbers is None:
        return Verdict(0, 8, [Finding("numbers_wanted", {"count": 3})])
    middle, low, high = numbers
    exact = exact_slope(variant)
    points, findings = 5, []
    if abs(middle - exact) > SLOPE_TOLERANCE:
        known = {"slope_sign": -exact, "slope_constant": 0, "slope_root": -0.5, "slope_natural": -4}
        points, findings = 0, [Finding(named(middle, known, SLOPE_TOLERANCE) or "slope_wrong")]
    if not low < middle < high:
        return Verdict(points, 8, [*findings, Finding("band_order")])
    if not BAND[0] < (high - low) / 2 < BAND[1]:
        key = "band_narrow" if (high - low) / 2 < BAND[1] else "band_wide"
        return Verdict(points, 8, [*findings, Finding(key)])
    return Verdict(points + 3 * bool(points), 8, findings)


@cache
def exact_slope(variant):
    problem, x0, _ = personal(variant)
    alphas = np.minimum(1, 2 / (problem.mu * np.arange(1, SLOPE_STEPS + 1)))
    at = log_spaced(SLOPE_STEPS, 50)
    at = at[at >= SLOPE_FROM]
    return slope(at, expected_gap(problem, x0, alphas)[at]).value


def judge_ball(value, variant):
    """E f − f* in the noise ball at α = 0.8 and at α = 0.4: 4 points each."""
    numbers = as_numbers(value, 2)
    if numbers is None:
        return Verdict(0, 8, [Finding("numbers_wanted", {"count": 2})])
    problem, _, _ = personal(variant)
    alphas = (BALL_ALPHA, BALL_ALPHA / 2)
    exact = [noise_ball(problem, alpha, batch=1) for alpha in alphas]
    if near(numbers, exact[::-1], BALL_TOLERANCE):
        return Verdict(0, 8, [Finding("ball_swapped")])
    points, findings = 0, []
    for alpha, number, right in zip(alphas, numbers, exact, strict=True):
        if abs(number / right - 1) <= BALL_TOLERANCE:
            points += 4
            continue
        known = ball_mistakes(problem, alpha)
        findings.append(Finding(near_named(number, known) or "ball_wrong", {"alpha": alpha}))
    return Verdict(points, 8, findings)


def ball_mistakes(problem, alpha):
    """What other quantities are that one could take for E f − f*."""
    ball = noise_ball(problem, alpha, batch=1)
    trace = (((problem.A @ problem.x_star - problem.y) ** 2)[:, None] * problem.A**2).mean(0).sum()
    return {
        "ball_first_order": alpha * trace / 4,
        "ball_with_f_star": ball + problem.f_star,
        "ball_batch_two": noise_ball(problem, alpha, batch=2),
        "ball_twice": 2 * ball,
        "ball_root": ball**0.5,
    }


def judge_best(beta):
    """A judge of (α*, E f − f*): the best step after 200 steps, and its loss; 2 points each."""

    def judge(value, variant):
        numbers = as_numbers(value, 2)
        if numbers is None or not numbers[0] > 0:
            return Verdict(0, 4, [Finding("numbers_wanted", {"count": 2})])
        alpha, loss = numbers
        problem, x0, _ = personal(variant)
        exact = expected_gap(problem, x0, np.full(RACE_STEPS, alpha), beta)[-1]
        points, findings = 0, []
        if exact <= NEAR_BEST * best_loss(variant, beta):
            points += 2
        else:
            findings.append(Finding("step_not_best"))
        if abs(loss / exact - 1) <= RACE_TOLERANCE:
            points += 2
        elif abs((loss - problem.f_star) / exact - 1) <= RACE_TOLERANCE:
            findings.append(Finding("loss_with_f_star"))
        else:
            findings.append(Finding("loss_wrong"))
        return Verdict(points, 4, findings)

    return judge


@cache
def best_loss(variant, beta):
    problem, x0, _ = personal(variant)
    grid = np.geomspace(1e-3, 1, 121)
    return np.nanmin(expected_gap(problem, x0, np.tile(grid, (RACE_STEPS, 1)), beta)[-1])


def judge_threshold(value, variant):
    """β₂ below which Adam goes to the worst point of the example: 3 points."""
    numbers = as_numbers([value], 1)
    if numbers is None:
        return Verdict(0, 3, [Finding("numbers_wanted", {"count": 1})])
    _, _, C = personal(variant)
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
    _, _, C = personal(variant)
    right = (2 * C - 4) / 3
    if abs(numbers[0] / right - 1) <= REGRET_TOLERANCE:
        return Verdict(3, 3, [])
    known = {"regret_of_period": 3 * right, "regret_sign": -right, "regret_loss": right / 2}
    return Verdict(0, 3, [Finding(near_named(numbers[0], known) or "regret_wrong")])


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
