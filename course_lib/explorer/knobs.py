"""Controls of the explorer: a slider on the scale that fits the parameter, and a box to type in.

The scale follows from the parameter's name, as the slides name it: α, ε and λ live on a
logarithmic scale, β, γ and ρ near 1 on a scale in 1 − β, the batch in powers of two.
"""

import math

import ipywidgets as widgets
import traitlets

from course_lib.plot import LETTERS


class Log:
    """Values low..high, evenly spaced in log₁₀."""

    def __init__(self, low, high):
        self.ends = math.log10(low), math.log10(high)

    def to_slider(self, value):
        return math.log10(value) if value > 0 else self.ends[0]

    def to_value(self, position):
        return float(f"{10**position:.3g}")


class NearOne:
    """Values 0..1 − 10⁻⁵ with all the resolution near 1: position −log₁₀(1 − value)."""

    ends = (0.0, 5.0)

    def to_slider(self, value):
        return -math.log10(1 - value) if value < 1 else self.ends[1]

    def to_value(self, position):
        return 1 - float(f"{10**-position:.2g}")


class PowersOfTwo:
    """1, 2, 4, … and the upper end n itself."""

    def __init__(self, n):
        self.n, self.ends = n, (0.0, float(math.ceil(math.log2(n))))

    def to_slider(self, value):
        return math.log2(max(1, value))

    def to_value(self, position):
        return min(self.n, 2 ** round(position))


class Linear:
    """Whole numbers low..high."""

    def __init__(self, low, high):
        self.ends = float(low), float(high)

    def to_slider(self, value):
        return float(value)

    def to_value(self, position):
        return round(position)


class Plain(Linear):
    """Real numbers low..high."""

    def to_value(self, position):
        return float(f"{position:.3g}")


LETTER = 10  # pixels, about
SCALES = {
    "alpha": Log(1e-4, 10),
    "eps": Log(1e-10, 1),
    "lam": Log(1e-5, 1),
    "c": Log(1e-5, 0.9),
    "beta": NearOne(),
    "beta1": NearOne(),
    "beta2": NearOne(),
    "gamma": NearOne(),
    "rho": NearOne(),
    "shrink": Plain(0, 0.99),
    "seed": Linear(0, 99),
    "kappa": Log(1, 1e4),
    "sigma": Log(1e-3, 1e2),
    "angle": Plain(0, math.pi / 2),
}


class Knob(widgets.HBox):
    """A slider and a text box for one number; `value` follows both and moves both.

    name: the parameter's name in the code, used as the description for screen readers. The box
    takes any number, also beyond the slider's ends; whether the method can live with it is the
    method's to say.
    """

    value = traitlets.Any()

    def __init__(self, name, value, scale=None, label=None):
        scale = scale or SCALES.get(name) or _scale_around(value)
        self.name, self.scale, self.default = name, scale, value
        label = label or LETTERS.get(name, name)
        whole = type(self.scale) in (PowersOfTwo, Linear)
        low, high = self.scale.ends
        self.slider = widgets.FloatSlider(
            min=low, max=high, step=1 if whole else 0.01, readout=False, description=label,
            tooltip=name, layout=widgets.Layout(width="230px"),
            style={"description_width": f"{LETTER * (len(label) + 1)}px"},
        )  # fmt: skip
        box = widgets.IntText if whole else widgets.FloatText
        self.box = box(
            continuous_update=False, tooltip=f"{name} =", layout=widgets.Layout(width="92px")
        )
        super().__init__([self.slider, self.box])
        self._moving, self._placed = False, self.slider.value
        self.slider.observe(self._slid, "value")
        self.box.observe(self._typed, "value")
        self.observe(self._set, "value")
        self.value = value
        self._set()

    def reset(self):
        self.value = self.default

    def _slid(self, change):
        # The browser answers with the position it was given; that is nobody's wish.
        if not self._moving and abs(change.new - self._placed) > 1e-9:
            self.value = self.scale.to_value(change.new)

    def _typed(self, change):
        if not self._moving:
            self.value = change.new

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
            self.box.value = self.value
        finally:
            self._moving = False


def align(knobs):
    """Sliders below each other begin at the same place."""
    width = LETTER * (1 + max((len(knob.slider.description) for knob in knobs), default=0))
    for knob in knobs:
        knob.slider.style.description_width = f"{width}px"


def _scale_around(value):
    """For a parameter of one's own: three decades around a positive value, else −1..1.

    A whole number stays whole, between 0 and four times its value.
    """
    if isinstance(value, int):
        return Linear(min(0, value), max(10, 4 * value))
    return Log(value / 1e3, value * 1e3) if value > 0 else Plain(-1, 1)
