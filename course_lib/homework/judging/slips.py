"""The library of mistakes: wrong variants of the methods, each named by a sentence of `words`.

A variant is the method's own text with one piece replaced (the table below), the method called
with a number in place of a hyperparameter or with two of them swapped, or its rows laid out
wrongly. If a student's numbers equal a variant's to ten digits, the mistake is known by name; so
are two at once.
"""

from functools import cache
from itertools import chain, combinations, product
from typing import NamedTuple

import numpy as np

from course_lib.homework.judging.trials import played
from course_lib.letters import letter
from course_lib.loop import hyperparameters
from course_lib.source import variant

LINE = "\n        "  # the next line of a method's loop
STEP_ADAM = "at(alpha, k) * m_hat / (v_hat**0.5 + eps)"
STEP_ADAMW = "at(alpha, k) * (m_hat / (v_hat**0.5 + eps) + lam * x)"
M_ADAM = "m = beta1 * m + (1 - beta1) * g"
V_ADAM = "v = beta2 * v + (1 - beta2) * g**2"
U_ADAMAX = "maximum(beta2 * u, abs(g) + eps)"
S_BELIEF = "s = beta2 * s + (1 - beta2) * (g - m) ** 2"
PLANTED = "planted"  # the mistake of an implementation that was handed out with it
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
    ("m_starts_at_g", M_ADAM, f"{M_ADAM} if k > 1 else g"),
    ("v_starts_at_g2", V_ADAM, f"{V_ADAM} if k > 1 else g**2"),
    ("amsgrad_torch", "v_hat = v / (1 - beta2**k)",
     f"top = maximum(top if k > 1 else 0, v){LINE}v_hat = top / (1 - beta2**k)"),
    ("amsgrad_hat", "v_hat = v / (1 - beta2**k)",
     "v_hat = maximum(v_hat if k > 1 else 0, v / (1 - beta2**k))"),
    ("amsgrad_paper", f"m / (1 - beta1**k){LINE}v_hat = v / (1 - beta2**k)",
     f"m{LINE}v_hat = maximum(v_hat if k > 1 else 0, v)"),
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
    "adamax": [
        *ANY,
        ("eps_missing", "abs(g) + eps", "abs(g)"),
        ("eps_in_denominator", U_ADAMAX, "maximum(beta2 * u, abs(g))", "/ u", "/ (u + eps)"),
        ("eps_added_to_u", U_ADAMAX, "maximum(beta2 * u, abs(g)) + eps"),
        ("k_from_0", "count(1)", "count(0)"),
        ("k_from_2", "count(1)", "count(2)"),
        ("m_not_corrected", "m / (1 - beta1**k)", "m"),
        ("m_corrected_without_k", "beta1**k", "beta1"),
        ("m_correction_of_v", "beta1**k", "beta2**k"),
        ("m_correction_kept", "m_hat = m / (1 - beta1**k)", "m_hat = m = m / (1 - beta1**k)"),
        ("m_sum", M_ADAM, "m = beta1 * m + g"),
        ("m_weights_swapped", M_ADAM, "m = (1 - beta1) * m + beta1 * g"),
        ("no_m", "* m_hat", "* g"),
        ("u_corrected", "/ u", "/ (u / (1 - beta2**k))"),
        ("u_forgets_nothing", "beta2 * u", "u"),
        ("u_is_sum", U_ADAMAX, "beta2 * u + abs(g) + eps"),
        ("u_is_average", U_ADAMAX, "beta2 * u + (1 - beta2) * (abs(g) + eps)"),
        ("u_weighted", "abs(g)", "(1 - beta2) * abs(g)"),
        ("u_squared", "abs(g)", "g**2"),
        ("u_signed", "abs(g)", "g"),
        ("u_of_m", "abs(g)", "abs(m)"),
        ("one_u", "abs(g)", "abs(g).max()"),
        ("root_of_u", "/ u", "/ u**0.5"),
    ],
    "adabelief": [
        *ANY,
        (PLANTED, f"{M_ADAM}{LINE}{S_BELIEF}", f"{S_BELIEF}{LINE}{M_ADAM}"),
        ("eps_inside", "(s_hat**0.5 + eps)", "(s_hat + eps) ** 0.5"),
        ("eps_missing", "(s_hat**0.5 + eps)", "s_hat**0.5"),
        ("root_missing", "s_hat**0.5", "s_hat"),
        ("k_from_0", "count(1)", "count(0)"),
        ("k_from_2", "count(1)", "count(2)"),
        ("m_not_corrected", "m / (1 - beta1**k)", "m"),
        ("s_not_corrected", "s / (1 - beta2**k)", "s"),
        ("nothing_corrected", f"m / (1 - beta1**k){LINE}s_hat = s / (1 - beta2**k)",
         f"m{LINE}s_hat = s"),
        ("s_is_v", "(g - m) ** 2", "g**2"),
        ("s_corrected_m", f"{S_BELIEF}{LINE}m_hat = m / (1 - beta1**k)",
         f"m_hat = m / (1 - beta1**k){LINE}{S_BELIEF.replace('(g - m)', '(g - m_hat)')}"),
        ("s_not_squared", "(g - m) ** 2", "abs(g - m)"),
        ("s_of_squares", "(g - m) ** 2", "(g**2 - m**2)"),
        ("m_weights_swapped", M_ADAM, "m = (1 - beta1) * m + beta1 * g"),
        ("no_m", "* m_hat", "* g"),
    ],
}  # fmt: skip


class Slip(NamedTuple):
    """A mistake: the key of its message, and what is done otherwise.

    edits: pieces of text replaced. name: of a hyperparameter that is a number in the code, `value`,
    or its default if that is None. swapped: two hyperparameters. more: steps too many. layout: of
    the rows.
    """

    key: str
    edits: tuple = ()
    name: str = ""
    value: float | None = None
    swapped: tuple = ()
    more: int = 0
    layout: object = None

    @property
    def values(self):
        """What the message needs to know beside its key."""
        return {"name": self.name} if self.name else {}


#: Rows laid out wrongly: what comes instead of the right rows (n + 1, d).
LAYOUTS = [
    Slip("rows_are_one", layout=lambda rows: np.broadcast_to(rows[-1], rows.shape)),
    Slip("start_missing", layout=lambda rows: rows[1:]),
    Slip("end_missing", layout=lambda rows: rows[:-1]),
    Slip("one_more", more=1),
    Slip("shifted", more=1, layout=lambda rows: rows[1:]),
    Slip("start_twice", layout=lambda rows: np.concatenate([rows[:1], rows])),
    Slip("last_only", layout=lambda rows: rows[-1]),
    Slip("transposed", layout=lambda rows: rows.T),
    Slip("backwards", layout=lambda rows: rows[::-1]),
]
BETAS = ("beta1", "beta2")
COMMON = {0.0, 0.5, 1.0, 2.0}  # they stand in right texts too; as a second mistake not tried
MOST_CONSTANTS = 6


@cache
def slips(method):
    """All mistakes known for a method, one at a time."""
    texts = [
        Slip(key, tuple(zip(pieces[::2], pieces[1::2], strict=True)))
        for key, *pieces in TEXTS.get(method.__name__, [])
    ]
    known = hyperparameters(method)
    fixed = [Slip("fixed", name=name) for name in known]
    swapped = [Slip("betas_swapped", swapped=BETAS)] if set(BETAS) <= set(known) else []
    return [*texts, *fixed, *swapped, *LAYOUTS]


def written_in(method, constants):
    """A number of the student's text in place of a hyperparameter that can have this value."""
    return [
        Slip("fixed", name=name, value=number)
        for name, default in hyperparameters(method).items()
        for number in constants
        if number != default and may_be(name, number)
    ]


def may_be(name, number):
    low, high = letter(name).range
    return low <= number < high


def predicted(method, found, trial):
    """The rows that a function with these mistakes returns; None if they exclude each other."""
    changed = edited(method, tuple(edit for slip in found for edit in slip.edits))
    if changed is None:
        return None
    hyper, defaults = dict(trial["hyper"]), hyperparameters(method)
    for slip in found:
        if slip.swapped:
            one, other = slip.swapped
            hyper[one], hyper[other] = hyper[other], hyper[one]
        if slip.name:
            hyper[slip.name] = defaults[slip.name] if slip.value is None else slip.value
    steps = trial["n_steps"] + sum(slip.more for slip in found)
    try:
        rows = played(changed, trial | {"n_steps": steps}, hyper).rows
    except (ArithmeticError, NameError):  # two changes that make no program together
        return None
    for slip in found:
        rows = slip.layout(rows) if slip.layout else rows
    return rows


@cache
def edited(method, edits):
    """The method with pieces of its text replaced; None if one does not occur exactly once."""
    try:
        return variant(method, *edits) if edits else method
    except (ValueError, SyntaxError):
        return None


def recognise(method, trials, rows, constants=()):
    """The mistakes, none, one or two, that explain a student's rows {trial: array} exactly.

    constants: numbers in the student's text, any of which may stand for a hyperparameter.
    """
    numbers = written_in(method, constants)
    single = [(slip,) for slip in [*slips(method), *numbers]]
    rare = written_in(method, [c for c in constants if c not in COMMON][:MOST_CONSTANTS])
    double = chain(combinations(slips(method), 2), product(slips(method), rare))
    for found in chain(single, double):
        if all(explained(method, found, trials[name], rows[name]) for name in rows):
            return list(found)
    return []


def explained(method, found, trial, rows):
    if not any(slip.layout or slip.more for slip in found):  # the first rows settle most cases
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
