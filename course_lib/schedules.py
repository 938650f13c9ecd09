"""Schedules: the step as a function of k = 1, 2, …, by the names they go by (S7, S14).

A formula takes α first and k second. With all said but k it is a schedule, what `run` takes:

    run(adam, network, x0, steps=200, alpha=partial(cosine, 0.1, steps=200, warm=20))
    run(adam, network, x0, steps=200, alpha=lambda k: cosine(0.1, k, 200, 20))

With all said but α and k it is what `tune.Contender(adam, schedule=partial(cosine, steps=200))`
takes. α may be an array of runs. W = `warm` is the number of steps of a straight rise from 0,
K = `steps` the number of the last step: there, and after it, what falls to 0 is 0.

torch, optax: count from 0, their step k is our step k − 1: the first is 0 where there is a warm-up,
and the last is not.
"""

from math import cos, pi

from course_lib.arguments import check_integer, check_number, check_numbers


def constant(alpha, k):
    """α_k = α."""
    return _numbers(alpha)


def inverse_root(alpha, k):
    """α_k = α/√k. Source: S7; Nemirovski, Yudin (1983)."""
    return _numbers(alpha) / _counted(k) ** 0.5


def inverse(alpha, k):
    """α_k = α/k. Source: S7; Robbins, Monro (1951)."""
    return _numbers(alpha) / _counted(k)


def warm_up(alpha, k, warm):
    """α_k = α min(1, k/W): from 0 to α in W steps, and no further; W = 0: α.

    Source: S14. Goyal et al. (2017), Accurate, Large Minibatch SGD, §2.2.
    optax: `linear_schedule(0, alpha, warm)` at k.
    """
    alpha = _numbers(alpha)
    return alpha * min(1, k / warm) if check_integer("warm", warm, 0) else alpha


def linear(alpha, k, steps, warm=0):
    """α_k = α (1 − k/K); with a warm-up it is the straight line from α at W to 0 at K.

    Source: S14. Defazio et al. (2023), arXiv 2310.07831: the best in their bound on f(x_K).
    optax: `linear_schedule(alpha, 0, steps - warm)` at k − W, after a warm-up.
    """
    return warm_up(alpha, k, warm) * (1 - share(k, warm, steps))


def cosine(alpha, k, steps, warm=0):
    """α_k = α (1 + cos(π k/K))/2; with a warm-up it is half a wave from α at W to 0 at K.

    Source: S14. Loshchilov, Hutter (2017), SGDR, ICLR.
    optax: `warmup_cosine_decay_schedule(0, alpha, warm, steps)` at k.
    """
    return warm_up(alpha, k, warm) * (1 + cos(pi * share(k, warm, steps))) / 2


def wsd(alpha, k, steps, warm=0, decay=None):
    """Warm-up, stable, decay: up to α in W steps, α, and straight down to 0 in the last D steps.

    decay: D ≤ K − W, default K/5.
    Source: S14. Hu et al. (2024), MiniCPM, arXiv 2404.06395; D: Hägele et al. (2024), arXiv
    2405.18392. Until the decay begins nobody needs to know K.
    """
    top, steps = warm_up(alpha, k, warm), check_integer("steps", steps, 1)
    decay = check_integer("decay", steps // 5 if decay is None else decay, 0)
    if warm + decay > steps:
        raise ValueError(f"decay: expected warm + decay ≤ steps = {steps}; got {warm} + {decay}")
    return top * (1 - share(k, steps - decay, steps))


def _numbers(alpha):
    """α as something to compute with: a list of runs is an array."""
    known = isinstance(alpha, (int, float)) or hasattr(alpha, "dtype")
    return alpha if known else check_numbers("alpha", alpha)


def _counted(k):
    """k = 1, 2, …, or an array of them."""
    if isinstance(k, int) and k > 0:
        return k
    counted = check_numbers("k", k)
    if not (counted > 0).all():
        raise ValueError(f"k: expected k = 1, 2, …; got {k!r}")
    return counted


def share(k, first, last):
    """How much of the way from step `first` to step `last` lies behind step k: 0 to 1."""
    last = check_integer("steps", last, 1)
    if first > last:
        raise ValueError(f"warm: expected 0 ≤ warm ≤ steps = {last}; got {first}")
    k = check_number("k", k, 0)
    if k >= last:
        return 1.0
    return (k - first) / (last - first) if k > first else 0.0
