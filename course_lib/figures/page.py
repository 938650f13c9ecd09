"""A live figure on a page that has no kernel: a web page, slides, a notebook that is only read.

The output of every figure holds its picture, which stays where scripts are not allowed, and beside
it the script of the canvas and some pictures of each control around the state shown. Nothing is
fetched. One control is moved at a time: the others are where the cell left them.
"""

import base64
import hashlib
import html
import time

import numpy as np

from course_lib.figures.canvas import HERE, WORDS, script
from course_lib.figures.frames import one_by_one, outlined, pack, swept
from course_lib.figures.goals import for_page
from course_lib.figures.knobs import Knob, as_text
from course_lib.figures.words import word

POSITIONS, MOMENTS = 25, 61  # of a slider, of the steps k
ALL_POSITIONS = 400  # of all sliders together
SECONDS = 0.5  # for all pictures of a figure that are drawn one by one; none is begun later
GRID = 1 << 11  # parts of an axis
FEW = 5  # when not even every fifth position would have room, lists have none
MOST = 160_000  # bytes of them, packed; in the notebook a third more

PAGE = """<div class="course-page" data-pictures="{name}">
<style>{style}</style>
<img src="data:image/png;base64,{picture}" alt="{alt}" style="max-width: 100%">
<script type="module">
{script}
standAlone("{name}", "{packed}");
</script>
</div>"""


def page(controls, draw, values, shown, picture, **more):
    """The figure as HTML.

    values, shown: its state, and what `draw` gave for it; picture: a PNG of that; more: what else
    the script is to know.
    """
    described, drawn = _drawn(controls, draw, values, shown)
    shown = outlined(shown, GRID)
    packed, apart = _packed(shown, described, drawn, 1, more), 1
    while len(packed) > MOST and apart < POSITIONS:
        apart = max(apart + 1, int(0.8 * apart * len(packed) / MOST))
        packed = _packed(shown, described, drawn, apart, more)
    return PAGE.format(
        name=hashlib.sha256(packed).hexdigest()[:16],
        style=(HERE / "canvas.css").read_text(encoding="utf-8"),
        script=script("page.js"),
        picture=base64.b64encode(picture).decode(),
        alt=html.escape(shown[1]),
        packed=base64.b64encode(packed).decode(),
    )


def _drawn(controls, draw, values, shown):
    """Of each control what the page is to know of it, and its pictures [(text, picture)]."""
    on_page, described, drawn = _on_page(controls, values), [], []
    made = {name: swept(draw, name, [*every.values()]) for name, (_, _, every) in on_page.items()}
    share = SECONDS / (sum(its is None for its in made.values()) or 1)
    end = time.monotonic() + SECONDS
    for name, (at, texts, every) in on_page.items():
        left = min(share, end - time.monotonic())
        its = made[name] or one_by_one(draw, every.values(), left)
        now = list(texts).index(values[name])
        its = {now: shown, **dict(zip(every, its, strict=True))}
        its = {i: outlined(picture, GRID) for i, picture in its.items() if picture}
        drawn.append([(text, its[i]) for i, text in enumerate(texts.values()) if i in its])
        described.append({
            "label": at.description, "tooltip": at.tooltip or "", "kind": type(at).__name__,
            "at": sum(i in its for i in range(now)),
        })  # fmt: skip
    return described, drawn


def _on_page(controls, values):
    """{name: (slider or list, {option: text}, {place among them: values})} of what is seen."""
    on_page, names = {}, {control: name for name, control in controls.named.items()}
    share = max(FEW, min(POSITIONS, ALL_POSITIONS // max(1, len(controls.all_knobs))))
    for control in filter(names.get, inside(controls.rows)):
        name = names[control]
        texts = _positions(controls, name, values, MOMENTS if name == "k" else share)
        if control.layout.display != "none" and len(texts) > 1:
            options, now = list(texts), list(texts).index(values[name])
            others = sorted(set(range(len(texts))) - {now}, key=lambda i: _halving(i - now))
            every = {i: controls.at(values, name, options[i]) for i in others}
            on_page[name] = control.slider if isinstance(control, Knob) else control, texts, every
    return on_page


def _halving(distance):
    """Key of an order that spreads: every 16th position, those halfway between, …: where time runs
    out, what was drawn lies evenly.

    >>> sorted([-4, -3, -2, -1, 1, 2, 3, 4], key=_halving)
    [-4, 4, -2, 2, -1, 1, -3, 3]
    """
    return -(distance & -distance), abs(distance)


def _packed(shown, described, drawn, apart, more):
    """The picture shown, and of each slider every picture, or every second, third, …, but more than
    one; then no more those of lists."""
    whole, controls = [shown], []
    for about, pairs in zip(described, drawn, strict=True):
        now = about["at"]
        slider = about["kind"].endswith("Slider")
        step = min(apart, max(1, (len(pairs) - 1) // 2)) if slider else 1
        kept = pairs[now % step :: step] if slider or apart <= FEW else []
        if len(kept) > 1:
            texts = [text for text, _ in kept]
            controls.append({**about, "texts": texts, "first": len(whole), "at": now // step})
            whole += [picture for _, picture in kept]
    words = {name: word(name) for name in WORDS}
    goals = [for_page(reached) for *_, reached in whole]
    return pack(whole, grid=GRID, controls=controls, words=words, goals=goals, **more)


def inside(boxes):
    """All widgets in boxes of boxes."""
    for box in boxes:
        yield box
        yield from inside(getattr(box, "children", ()))


def _positions(controls, name, values, count):
    """{option: text} of some options of a control, evenly spaced, and the one that is set."""
    texts, now = controls.options(name), values[name]
    if len(texts) <= count:
        chosen = dict(texts)
    else:
        options = list(texts)
        spread = np.unique(np.linspace(0, len(options) - 1, count).round().astype(int))
        chosen = {options[i]: texts[options[i]] for i in spread}
    if now not in chosen:
        chosen[now] = texts.get(now) or as_text(now)
        chosen = dict(sorted(chosen.items(), key=lambda option: np.min(option[0])))
    return chosen
