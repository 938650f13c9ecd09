"""Controls of a live figure: a slider on the scale that fits the parameter, and a box to type in.

The scale follows from the parameter's name, as the slides name it: α, ε and λ live on a
logarithmic scale, β, γ and ρ near 1 on a scale in 1 − β, the batch in powers of two.
"""

import html
import math
import re
import sys
from numbers import Integral, Real

import ipywidgets as widgets
import numpy as np
import traitlets

from course_lib.arguments import check_integer, check_numbers, check_positive
from course_lib.figures.words import word
from course_lib.letters import letter

FLOAT = sys.float_info
MOST_STEPS = 10_000  # of a slider: a page has no more pixels


class Log:
    """Values low..high, evenly spaced in log₁₀."""

    whole = False

    def __init__(self, low, high):
        check_positive("low", low)
        self.ends = tuple(map(math.log10, _ordered(low, high)))

    def to_slider(self, value):
        return math.log10(value) if value > 0 else self.ends[0]

    def to_value(self, position):
        return float(f"{10**position:.3g}")


class NearOne:
    """Values 0..1 − 10⁻⁵ with all the resolution near 1: position −log₁₀(1 − value)."""

    whole = False
    ends = (0.0, 5.0)

    def to_slider(self, value):
        return -math.log10(1 - value) if value < 1 else self.ends[1]

    def to_value(self, position):
        return round(1 - float(f"{10**-position:.2g}"), 7)


class PowersOfTwo:
    """1, 2, 4, … and the upper end n itself."""

    whole = True

    def __init__(self, n):
        self.n = check_integer("n", n, 1)
        self.ends = 0.0, float(math.ceil(math.log2(n)))

    def to_slider(self, value):
        return math.log2(max(1, value))

    def to_value(self, position):
        power = 2 ** round(position)
        return min(self.n, power) if position <= self.ends[1] else power


class Reals:
    """Real numbers low..high."""

    whole = False

    def __init__(self, low, high):
        self.ends = _ordered(low, high)

    def to_slider(self, value):
        return float(value)

    def to_value(self, position):
        return float(f"{position:.3g}")


class Integers(Reals):
    """Whole numbers low..high."""

    whole = True

    def __init__(self, low, high):
        super().__init__(low, high)
        if not all(end.is_integer() for end in self.ends):
            raise ValueError(f"low, high: expected whole numbers; got {low!r} and {high!r}")

    def to_value(self, position):
        return round(position)


def _ordered(low, high):
    """Finite numbers low < high; else a ValueError."""
    low, high = check_numbers("low, high", [low, high]).tolist()
    if not low < high:
        raise ValueError(f"low, high: expected low < high; got {low} and {high}")
    return low, high


#: By the kind of scale in `letters`.
SCALES = {"log": Log, "near one": NearOne, "integers": Integers, "reals": Reals}


class Knob(widgets.HBox):
    """A slider and a text box for one number; `value` follows both and moves both.

    name: the parameter's name in the code. The box takes a number as people write it, also beyond
    the slider's ends; whether the method can live with it is the method's to say. A whole number
    has `limits()`, the least and the greatest, None where there is no end.

    What is refused is said at the box, and both keep the value that they had: `refuse`.
    """

    value = traitlets.Any()

    def __init__(self, name, value, scale=None, label=None, limits=None):
        scale = scale or scale_of(name, value)
        self.name, self.scale, self.letter = name, scale, letter(name).symbol
        self.limits, self.refusal = limits or (lambda: (None, None)), ""
        low, high = self.scale.ends
        finest = math.ceil((high - low) / MOST_STEPS) if scale.whole else (high - low) / MOST_STEPS
        self.slider = widgets.FloatSlider(
            min=low, max=high, step=max(1 if scale.whole else 0.01, finest), readout=False,
            description=label or self.letter, tooltip=word(name),
        )  # fmt: skip
        self.box = widgets.Text(continuous_update=False, tooltip=word(name))
        super().__init__([self.slider, self.box])
        self.add_class("course-knob")
        self._moving, self._placed = False, self.slider.value
        self.slider.observe(self._slid, "value")
        self.box.observe(self._typed, "value")
        self.observe(self._set, "value")
        self.value = value
        self._set()

    @traitlets.validate("value")
    def _check(self, proposal):
        if self.scale.whole:
            return self._whole(proposal.value)
        value, (low, _) = float(proposal.value), letter(self.name).range
        if math.isinf(low) and not math.isfinite(value):  # else the range of the letter says it
            raise ValueError(f"{self.name}: expected {self.allowed()}; got {value}")
        return value

    def _whole(self, value):
        whole = math.isfinite(value) and value == int(value)
        if not whole or not self._is_within(value):
            raise ValueError(f"{self.name}: expected {self.allowed()}; got {value}")
        return int(value)

    def _is_within(self, value):
        low, high = self.limits()
        return (low is None or value >= low) and (high is None or value <= high)

    def fits(self):
        """Is the value within its limits, which another control may have moved meanwhile?"""
        numbers = self.value if isinstance(self.value, tuple) else (self.value,)
        return all(map(self._is_within, numbers))

    def allowed(self):
        """What a number must be before a method is asked, in symbols: "B ∈ {1, …, 100}"."""
        low, high = self.limits()
        if low is None:
            return f"{self.letter} ∈ {'ℤ' if self.scale.whole else 'ℝ'}"
        return f"{self.letter} ∈ {{{low}, …{'' if high is None else f', {high}'}}}"

    def spanned(self):
        """The numbers between the slider's ends, in symbols: "0 ≤ q ≤ 1"."""
        low, high = map(self.scale.to_value, self.scale.ends)
        return f"{as_text(low)} ≤ {self.letter} ≤ {as_text(high)}"

    def is_beyond(self):
        """Has the box asked for more than the slider spans, where no limits say what may be?"""
        low, high = map(self.scale.to_value, self.scale.ends)
        return self.limits()[0] is None and not low <= self.value <= high

    def refuse(self, value, why):
        """Say beside the box that `value` (a number or a text) cannot be; "" as `why` ends that."""
        self.refusal = why
        if not why:
            self.children = [self.slider, self.box]
            self.remove_class("course-refused")
            return
        struck = "" if value is None else f"<s>{html.escape(as_text(value))}</s> "
        note = f'<div class="course-note" role="alert">{struck}{html.escape(why)}</div>'
        self.children = [self.slider, self.box, widgets.HTML(note)]
        self.add_class("course-refused")

    def step(self, count):
        """Move by so many steps of the slider from where the value is, which may be beyond it."""
        position, move = self.slider.value, count * self.slider.step
        if self.scale.to_value(position) == self.value:
            low, high = self.scale.ends
            self.slider.value = min(max(position + move, low), high)
            return
        wish = self.scale.to_value(self.scale.to_slider(self.value) + move)
        if (wish > self.value) == (count > 0):  # from α = 0 no step leads down
            self._ask(wish)

    def _slid(self, change):
        # The browser answers with the position it was given; that is nobody's wish.
        if not self._moving and abs(change.new - self._placed) > 1e-9:
            self._ask(self.scale.to_value(change.new))

    def _typed(self, change):
        if not self._moving:
            self._ask(change.new)

    def _ask(self, wish):
        """Take a person's wish, a number or a text, or say why not; then show what holds."""
        self.refuse(None, "")
        try:
            self.value = number(wish) if isinstance(wish, str) else wish
        except ValueError:
            self.refuse(wish, self.allowed())
        self._set()

    def _nearest_step(self):
        """Where the slider can stand that is nearest to the value."""
        (low, high), step = self.scale.ends, self.slider.step
        position = min(max(self.scale.to_slider(self.value), low), high)
        return min(low + step * round((position - low) / step), high)

    def _set(self, change=None):
        """Slider and box show the value; their own events are not commands meanwhile."""
        self._moving = True
        try:
            if self.scale.to_value(self.slider.value) != self.value:
                self.slider.value = self._nearest_step()
            self._placed = self.slider.value
            self.box.value = as_text(self.value)
        finally:
            self._moving = False


class Seeds(Knob):
    """The knob of the seed, whose box takes a list as well: "3, 17, 21" is the tuple of these.

    A class types its numbers there, at most `most` different ones. A list that is refused stays in
    the box, to be mended.
    """

    def __init__(self, name, value, most, **options):
        self.most = most
        super().__init__(name, value, **options)
        self.box.tooltip = word("seeds")

    def allowed(self):
        return word("seeds")

    def step(self, count):
        if not isinstance(self.value, tuple):
            super().step(count)

    def refuse(self, value, why):
        super().refuse(value, why)
        if not why:
            self._set()

    def _set(self, change=None):
        super()._set(change)
        self._make_room(isinstance(self.value, tuple))

    def _make_room(self, needed):
        (self.add_class if needed else self.remove_class)("course-list")

    @traitlets.validate("value")
    def _check(self, proposal):
        if not isinstance(proposal.value, tuple):
            return self._whole(proposal.value)
        seeds = tuple(dict.fromkeys(map(self._whole, proposal.value)))
        if len(seeds) > self.most:
            raise ValueError(f"{self.name}: expected at most {self.most} runs; got {len(seeds)}")
        return seeds

    def _ask(self, wish):
        parts = re.split(r"[\s,;]+", wish.strip()) if isinstance(wish, str) else []
        if len(parts) < 2:
            super()._ask(wish)
        elif wrong := [part for part in parts if part and not self._is_seed(part)]:
            self.refuse(", ".join(wrong), self.allowed())
            self._make_room(True)
        elif len(set(parts)) > self.most:
            self.refuse(f"{len(set(parts))}", f"# {self.letter} ≤ {self.most}")
        else:
            super()._ask(tuple(int(number(part)) for part in parts if part))

    def _is_seed(self, text):
        try:
            self._whole(number(text))
        except ValueError:
            return False
        return True

    def _nearest_step(self):
        first = np.min(self.value)
        return float(np.clip(first, self.slider.min, self.slider.max))


def number(text):
    """The number that a person typed, a whole one to its last digit; ValueError if it is none.

    >>> [number(text) for text in ("0,25", "\N{MINUS SIGN}3", "1e\N{MINUS SIGN}3", "100 000")]
    [0.25, -3, 0.001, 100000]
    """
    text = re.sub(r"\s", "", text).translate(str.maketrans(",\N{MINUS SIGN}\N{EN DASH}", ".--"))
    value = float(text)
    return int(text) if math.isfinite(value) and re.fullmatch(r"[+-]?\d+", text) else value


def plain(value):
    """A scalar of NumPy or torch as Python's own number or bool; anything else as it is."""
    return value.item() if hasattr(value, "item") and np.ndim(value) == 0 else value


def finite_number(name, value):
    """`value` as Python's int or float; else a ValueError that names the argument."""
    number = plain(value)
    real = isinstance(number, Real) and not isinstance(number, bool)
    if not real or not -FLOAT.max <= number <= FLOAT.max:
        raise ValueError(f"{name}: expected a number; got {value!r}")
    return int(number) if isinstance(number, Integral) else float(number)


def as_text(value):
    """A number as the box shows it: no digit more than it has.

    >>> as_text(1.0), as_text(0.25), as_text(1e-9), as_text((3, 17))
    ('1', '0.25', '1e-9', '3, 17')
    """
    if isinstance(value, tuple):
        return ", ".join(map(as_text, value))
    if not isinstance(value, float):
        return str(value)
    return re.sub(r"e([+-])0*", lambda e: "e" + e[1].strip("+"), repr(value)).removesuffix(".0")


def dropdown(label, options, name, **value):
    """A drop-down with its label; its name is that in the code."""
    chosen = widgets.Dropdown(options=options, **value, description=label, tooltip=word(name))
    chosen.name = name
    return chosen


def laid_out(controls):
    """The controls of a figure in one box; the style sheet puts them into as few rows as it can."""
    box = widgets.HBox(controls)
    box.add_class("course-controls")
    return box


def scale_of(name, value):
    """The scale of the letter `name`, or one around its value.

    Around it are three decades if it is positive, else as much as four times its value, or 1, on
    both sides of 0. A whole number stays whole, between 0 and four times its value.
    """
    if row := letter(name).scale:
        kind, *ends = row
        return SCALES[kind](*ends)
    if isinstance(value, int):
        return Integers(min(0, 4 * value), max(10, 4 * value))
    if value > 0:
        return Log(max(value / 1e3, FLOAT.min), min(value * 1e3, FLOAT.max))
    far = max(1.0, -4 * value)
    return Reals(-far, far)
