"""The library of mistakes: wrong variants of the methods, each named by a sentence of `words`.

A variant is the method's own text with one piece replaced (the table below), the method called
with a hyperparameter missing or two of them swapped, or its rows laid out wrongly. If a student's
numbers equal a variant's to ten digits, the mistake is known by name; so are two at once.
"""

from functools import cache
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from course_lib.homework.judging.trials import played
from course_lib.loop import hyperparameters
from course_lib.source import variant

LINE = "\n        "  # the next line of a method's loop
STEP_ADAM = "at(alpha, k) * m_hat / (v_hat**0.5 + eps)"
STEP_ADAMW = "at(alpha, k) * (m_hat / (v_hat**0.5 + eps) + lam * x)"
M_ADAM = "m = beta1 * m + (1 - beta1) * g"
V_ADAM = "v = beta2 * v + (1 - beta2) * g**2"
STEP_ROOT = "x = x - at(alpha, k) * g / (v + eps) ** 0.5"

ANY = [("ascent", "x = x - at", "x = x + at")]
ROOT_INSIDE = [
    ("eps_outside", "(v + eps) ** 0.5", "(v**0.5 + eps)"),
    ("eps_missing", "(v + eps)", "v"),
    ("eps_squared", "(v + eps)", "(v + eps**2)"),
    ("root_missing", "(v + eps) ** 0.5", "(v + eps)"),
]
ADAM_LIKE = [
    ("eps_inside", "(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5"),
    ("eps_missing", "(v_hat**0.5 + eps)", "v_hat**0.5"),
    ("eps_twice", "(v_hat**0.5 + eps)", "((v_hat + eps) ** 0.5 + eps)"),
    ("eps_squared_inside", "(v_hat**0.5 + eps)", "(v_hat + eps**2) ** 0.5"),
    ("eps_hat", "(v_hat**0.5 + eps)", "((v**0.5 + eps) / (1 - beta2**k) ** 0.5)"),
    ("root_missing", "v_hat**0.5", "v_hat"),
    ("k_from_0", "count(1)", "count(0)"),
    ("k_from_2", "count(1)", "count(2)"),
    ("m_not_corrected", "m / (1 - beta1**k)", "m"),
    ("v_not_corrected", "v / (1 - beta2**k)", "v"),
    ("nothing_corrected", f"m / (1 - beta1**k){LINE}v_hat = v / (1 - beta2**k)",
     f"m{LINE}v_hat = v"),
    ("m_corrected_without_k", "beta1**k", "beta1"),
    ("v_corrected_without_k", "beta2**k", "beta2"),
    ("corrected_without_k", f"beta1**k){LINE}v_hat = v / (1 - beta2**k)",
     f"beta1){LINE}v_hat = v / (1 - beta2)"),
    ("m_correction_of_v", "beta1**k", "beta2**k"),
    ("v_correction_of_m", "beta2**k", "beta1**k"),
    ("m_correction_kept", "m_hat = m / (1 - beta1**k)", "m_hat = m = m / (1 - beta1**k)"),
    ("v_correction_kept", "v_hat = v / (1 - beta2**k)", "v_hat = v = v / (1 - beta2**k)"),
    ("corrections_kept", f"m_hat = m / (1 - beta1**k){LINE}v_hat = v",
     f"m_hat = m = m / (1 - beta1**k){LINE}v_hat = v = v"),
    ("m_sum", M_ADAM, "m = beta1 * m + g"),
    ("v_sum", V_ADAM, "v = beta2 * v + g**2"),
    ("m_weights_swapped", M_ADAM, "m = (1 - beta1) * m + beta1 * g"),
    ("v_weights_swapped", V_ADAM, "v = (1 - beta2) * v + beta2 * g**2"),
    ("v_not_squared", V_ADAM, "v = beta2 * v + (1 - beta2) * abs(g)"),
    ("v_signed", V_ADAM, "v = beta2 * v + (1 - beta2) * g"),
    ("v_of_m", V_ADAM, "v = beta2 * v + (1 - beta2) * m**2"),
    ("one_v", V_ADAM, "v = beta2 * v + (1 - beta2) * (g**2).sum()"),
    ("late_v", f"{V_ADAM}{LINE}",
     f"v, late = beta2 * v + (1 - beta2) * (late if k > 1 else 0), g**2{LINE}"),
    ("maximum_of_v", "v = beta2 * v + (1 - beta2) * g**2",
     "v = maximum(v, beta2 * v + (1 - beta2) * g**2)"),
]  # fmt: skip

#: (key of the message, a piece that occurs once in the method's text, what stands there instead,
#: and perhaps another piece with its replacement).
TEXTS = {
    "gd": [
        *ANY,
        ("sign_only", "* g", "* np.sign(g)"),
        ("normalised", "* g", "* g / (g**2).sum() ** 0.5"),
        ("alpha_falls", "at(alpha, k) * g", "at(alpha, k) * g / k**0.5"),
        ("alpha_divides", "at(alpha, k) * g", "g / at(alpha, k)"),
        ("from_x0", "x = x - at", "x = (start := x if k == 1 else start) - at"),
    ],
    "momentum": [
        *ANY,
        ("damped", "beta * m + g", "beta * m + (1 - beta) * g"),
        ("no_memory", "beta * m + g", "g"),
        ("nothing_forgotten", "beta * m + g", "m + g"),
        ("beta_on_g", "beta * m + g", "m + beta * g"),
        ("beta_on_both", "beta * m + g", "beta * (m + g)"),
        ("look_ahead", "* m\n", "* (g + beta * m)\n"),
        ("g_twice", "* m\n", "* (g + m)\n"),
        ("late_m", f"m = beta * m + g{LINE}x = x - at(alpha, k) * m",
         f"x = x - at(alpha, k) * m{LINE}m = beta * m + g"),
        ("alpha_twice", "m + g", "m + at(alpha, k) * g"),
    ],
    "adagrad": [
        *ANY, *ROOT_INSIDE,
        ("eps_every_step", "v + g**2", "v + g**2 + eps"),
        ("v_not_squared", "v + g**2", "v + abs(g)"),
        ("v_signed", "v + g**2", "v + g"),
        ("forgets", "v + g**2", "g**2"),
        ("average", "v + g**2", "0.9 * v + 0.1 * g**2"),
        ("mean", "(v + eps)", "(v / k + eps)"),
        ("v_from_1", "(v + eps)", "(v + 1 + eps)"),
        ("one_v", "v + g**2", "v + (g**2).sum()"),
        ("late_v", f"v = v + g**2{LINE}{STEP_ROOT}", f"{STEP_ROOT}{LINE}v = v + g**2"),
    ],
    "rmsprop": [
        *ANY, *ROOT_INSIDE,
        ("v_weights_swapped", "gamma * v + (1 - gamma) * g**2",
         "(1 - gamma) * v + gamma * g**2"),
        ("v_sum", "(1 - gamma) * g**2", "g**2"),
        ("nothing_forgotten_v", "gamma * v + (1 - gamma) * g**2", "v + (1 - gamma) * g**2"),
        ("all_history", "gamma * v + (1 - gamma) * g**2", "v + g**2"),
        ("v_not_squared", "g**2", "abs(g)"),
        ("v_signed", "g**2", "g"),
        ("v_corrected", "(v + eps)", "(v / (1 - gamma**k) + eps)"),
        ("v_starts_at_g2", "(1 - gamma) * g**2", "((1 - gamma) if k > 1 else 1) * g**2"),
        ("one_v", "* g**2", "* (g**2).sum()"),
        ("late_v", f"v = gamma * v + (1 - gamma) * g**2{LINE}{STEP_ROOT}",
         f"{STEP_ROOT}{LINE}v = gamma * v + (1 - gamma) * g**2"),
    ],
    "adam": [
        *ANY, *ADAM_LIKE,
        ("no_m", STEP_ADAM, STEP_ADAM.replace("m_hat", "g")),
        ("look_ahead", STEP_ADAM, STEP_ADAM.replace("m_hat",
         "(beta1 * m_hat + (1 - beta1) * g / (1 - beta1**k))")),
    ],
    "adamw": [
        *ANY, *ADAM_LIKE,
        ("decay_missing", " + lam * x", ""),
        ("decay_in_g", "g = problem.grad(x)", "g = problem.grad(x) + lam * x",
         "eps) + lam * x)", "eps))"),
        ("decay_in_g_and_step", "g = problem.grad(x)", "g = problem.grad(x) + lam * x"),
        ("decay_divided", STEP_ADAMW, "at(alpha, k) * (m_hat + lam * x) / (v_hat**0.5 + eps)"),
        ("decay_twice", "+ lam * x", "+ 2 * lam * x"),
        ("decay_without_alpha", STEP_ADAMW, f"{STEP_ADAM} - lam * x"),
        ("decay_alpha_twice", "+ lam * x", "+ at(alpha, k) * lam * x"),
        ("decay_of_new_x", f"x = x - {STEP_ADAMW}",
         f"x = x - {STEP_ADAM}{LINE}x = x - at(alpha, k) * lam * x"),
        ("decay_grows", "+ lam * x", "- lam * x"),
        ("decay_of_start", "+ lam * x", "+ lam * (start := x if k == 1 else start)"),
        ("no_m", "(m_hat / (v_hat**0.5 + eps)", "(g / (v_hat**0.5 + eps)"),
    ],
}  # fmt: skip
#: Rows laid out wrongly: what comes instead of the right rows (n + 1, d).
LAYOUTS = {
    "rows_are_one": lambda rows: np.broadcast_to(rows[-1], rows.shape),
    "start_missing": lambda rows: rows[1:],
    "end_missing": lambda rows: rows[:-1],
    "last_only": lambda rows: rows[-1],
    "transposed": lambda rows: rows.T,
    "backwards": lambda rows: rows[::-1],
}


class Slip(NamedTuple):
    """A mistake: the key of its message, pieces of text replaced, what happens to the arguments."""

    key: str
    edits: tuple = ()
    dropped: str = ""  # this hyperparameter keeps its default, whatever is asked
    layout: object = None

    @property
    def values(self):
        """What the message needs to know beside its key."""
        return {"name": self.dropped} if self.dropped else {}


@cache
def slips(method):
    """All mistakes known for a method of `course_lib.methods`, one at a time."""
    texts = [
        Slip(key, tuple(zip(pieces[::2], pieces[1::2], strict=True)))
        for key, *pieces in TEXTS.get(method.__name__, [])
    ]
    fixed = [Slip("fixed", dropped=name) for name in hyperparameters(method)]
    return [*texts, *fixed, *(Slip(key, layout=change) for key, change in LAYOUTS.items())]


def predicted(method, found, trial):
    """The rows that a function with these mistakes returns; None if they exclude each other."""
    wrong = edited(method, tuple(edit for slip in found for edit in slip.edits))
    if wrong is None:
        return None
    dropped = {slip.dropped for slip in found}
    hyper = {name: value for name, value in trial["hyper"].items() if name not in dropped}
    try:
        rows = played(wrong, trial, hyper).rows
    except (ArithmeticError, NameError):  # two changes that make no program together
        return None
    for slip in found:
        rows = slip.layout(rows) if slip.layout else rows
    return rows


@cache
def edited(method, edits):
    """The method with pieces of its text replaced; None if one does not occur exactly once."""
    try:
        return variant(method, *edits)
    except ValueError:
        return None


def recognise(method, trials, rows):
    """The mistakes, none, one or two, that explain a student's rows {trial: array} exactly."""
    single = [(slip,) for slip in slips(method)]
    for found in chain(single, combinations(slips(method), 2)):
        if all(explained(method, found, trials[name], rows[name]) for name in rows):
            return list(found)
    return []


def explained(method, found, trial, rows):
    if not any(slip.layout for slip in found):  # a look at the first rows settles most cases
        few = trial | {"n_steps": min(5, trial["n_steps"])}
        first = predicted(method, found, few)
        if first is None or not close(rows[: len(first)], first, 1e-8 if "H" in trial else 1e-10):
            return False
    expected = predicted(method, found, trial)
    return expected is not None and close(rows, expected, 1e-8 if "H" in trial else 1e-10)


def close(rows, expected, tolerance=1e-10):
    """Equal shapes, and equal numbers relative to the largest of each coordinate; nan is nan."""
    if rows.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        size = np.where(np.isfinite(expected), abs(expected), 0).max(axis=0, initial=1e-300)
        same = (rows == expected) | (np.isnan(rows) & np.isnan(expected))
        return bool((same | (abs(rows - expected) <= tolerance * size)).all())
