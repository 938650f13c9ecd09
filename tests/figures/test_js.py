"""The JavaScript: it is read by people, built by nobody, and asks no network."""

import json
import math
import re
import subprocess
from base64 import b64encode
from math import nan

import numpy as np
import pytest

from course_lib.figures.canvas import script
from course_lib.figures.frames import AWAY, GRID, outlined, pack
from course_lib.figures.scene import Axis, Mark, Panel, shares
from support import ROOT
from support.script import run_module

FILES = sorted((ROOT / "course_lib").rglob("*.js"))
TEXT = script("kernel.js")
ALL = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
# Without comments: they may name what the code does not do.
CODE = re.sub(r"^\s*//.*$", "", ALL, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["kernel.js", "page.js"])
def test_it_is_valid_as_a_module(node, tmp_path, name):
    copy = tmp_path / "canvas.mjs"
    copy.write_text(script(name), encoding="utf-8")
    checked = subprocess.run([node, "--check", copy], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_its_one_export_is_what_anywidget_wants(node):
    assert re.findall(r"^export .*$", TEXT, re.MULTILINE) == ["export default { render };"]
    shown = run_module(node, "console.log(JSON.stringify(typeof render));")
    assert shown == "function"


def test_it_is_short():
    lines = [file.read_text(encoding="utf-8").splitlines() for file in FILES]
    assert max(map(len, lines)) < 500
    assert max(len(line) for its in lines for line in its) <= 120


@pytest.mark.parametrize(
    "forbidden",
    [
        r"https?:", r"\bimport\b", r"\brequire\b", r"\bfetch\b", r"XMLHttpRequest", r"WebSocket",
        r"\beval\b", r"\bFunction\(", r"innerHTML", r"outerHTML", r"insertAdjacentHTML",
        r"document\.write", r"\bvar\b", r"(?<![=!])==(?!=)", r"!=(?!=)", r"console\.", r"debugger",
        r"\.send\(", r"\t", r"[^\S\n]+$",
    ],
)  # fmt: skip
def test_it_does_without(forbidden):
    """No network, no text run as code or markup, no message that could queue up (`model.send`)."""
    assert re.findall(forbidden, CODE, re.MULTILINE) == []


@pytest.mark.parametrize(
    ("axis", "ends", "middle"),
    [
        ({"low": -2, "high": 6, "log": False}, (-2, 6), 2),
        ({"low": 1e-12, "high": 1e4, "log": True}, (1e-12, 1e4), 1e-4),
    ],
    ids=["linear", "log"],
)
def test_a_click_is_the_inverse_of_drawing(node, axis, ends, middle):
    shares = [0, 0.25, 0.5, 1]
    found = run_module(
        node,
        f"const axis = {json.dumps(axis)};",
        f"const values = {shares}.map((u) => unscale(axis, u));",
        "console.log(JSON.stringify([values, values.map((v) => scale(axis, v))]));",
    )
    assert found[0][0] == pytest.approx(ends[0])
    assert found[0][2] == pytest.approx(middle)
    assert found[0][3] == pytest.approx(ends[1])
    assert found[1] == pytest.approx(shares)


def test_every_point_is_drawn_where_a_picture_made_ahead_has_it(node):
    shares = [-0.3, 1 / 3, 0.5 / GRID, 0.75, 1e3 + 0.1, -1e30]
    found = run_module(node, f"console.log(JSON.stringify({shares}.map(onGrid)));")
    assert found == [math.floor(GRID * share + 0.5) / GRID for share in shares[:-1]] + [-AWAY]


def test_the_page_unpacks_the_numbers_that_were_packed(node):
    """Also those that are nowhere, far away, or many axes from their neighbour."""
    x = np.array([0, 1, 0.25, nan, -np.inf, 1e300, -1e300, 3.5, -2.0])
    y = np.array([0.5, nan, nan, -0.125, 1, 1, np.inf, -1e5, 0.75])
    panel = Panel("f", Axis("x", 0, 1), Axis("y", 0, 1), [Mark("line", np.c_[x, y])])
    packed = b64encode(pack([outlined(([panel], "", ""))])).decode()
    found = run_module(
        node,
        f'const packed = Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0));',
        "const { points } = (await unpack(packed, () => {})).picture(0);",
        "console.log(JSON.stringify(points));",
    )
    expected = np.where(np.isfinite(drawn := shares(panel)[0]), np.clip(drawn, -AWAY, AWAY), nan)
    np.testing.assert_array_equal(np.array(found, float).reshape(-1, 2).T, expected)


def test_every_kind_of_mark_is_drawn(node):
    """Each mark that scene.py knows touches the canvas; what is not finite never reaches it."""
    kinds = ["line", "band", "arrow", "dots", "rings", "stars", "crosses", "name"]
    found = run_module(
        node,
        """
        const drawn = (kind, shape) => {
          const seen = { inked: 0, finite: true };
          const ctx = new Proxy({}, {
            get: (_, name) => (...numbers) => {
              if (["stroke", "fill", "fillText"].includes(name)) seen.inked += 1;
              if (["moveTo", "lineTo", "arc", "fillText"].includes(name))
                seen.finite &&= numbers.filter((its) => its !== "3").every(Number.isFinite);
            },
            set: () => true,
          });
          const mark = { kind, size: 4, width: 2, dash: [], opacity: 1, label: "3" };
          drawMark(ctx, mark, shape, "red");
          return seen;
        };
        """,
        "const shape = [[1, 2], [3, 4]], lost = [[NaN, 2], [Infinity, 4]];",
        f"const seen = {kinds}.map((kind) => [drawn(kind, shape), drawn(kind, lost)]);",
        "console.log(JSON.stringify(seen));",
    )
    assert all(shown["inked"] > 0 and shown["finite"] for shown, _ in found)
    assert all(lost["finite"] for kind, (_, lost) in zip(kinds, found, strict=True)
               if kind != "arrow")  # scene.py sends no arrow without ends  # fmt: skip


@pytest.mark.parametrize(
    ("half", "kept"), [(20, [0, 50, 100, 150]), (24, [0, 100]), (60, [0, 150]), (90, [0])]
)
def test_labels_of_ticks_do_not_touch(node, half, kept):
    """Every label, every second, every third: as many as have room."""
    labels = [{"x": x, "half": half} for x in (0, 50, 100, 150)]
    found = run_module(
        node, f"console.log(JSON.stringify(apart({json.dumps(labels)}).map((label) => label.x)));"
    )
    assert found == kept


@pytest.mark.parametrize(
    ("curves", "corner"),
    [
        ([], "right top"),
        ([[[0, 0], [300, 200]]], "right top"),
        ([[[0, 200], [300, 0]]], "left top"),
        ([[[0, 9], [300, 9]]], "right bottom"),
        ([[[0, 20], [300, 20]], [[290, 0], [290, 200]]], "left bottom"),
        ([[[0, 9], [150, 9], [nan, nan], [0, 190], [300, 190]]], "right top"),
    ],
)
def test_a_legend_stands_where_the_least_is_drawn(node, curves, corner):
    """A line is looked at between its points too; where nothing is better, it is on the right."""
    found = run_module(
        node,
        f"""
        const places = {json.dumps(curves)}.flatMap((its) => placesOf({{ kind: "line" }}, its));
        const corners = cornersOf({{ left: 0, top: 0, width: 300, height: 200 }}, 100, 50);
        console.log(JSON.stringify(clearest(corners, places, 100, 50)));
        """,
    )
    assert found == [
        {"right": 197, "left": 3, "top": 3, "bottom": 147}[its] for its in corner.split()
    ]


@pytest.mark.parametrize("n", [2, 501, 1234])
def test_a_line_in_pieces_is_the_whole_line(node, n):
    found = run_module(
        node,
        """
        const moves = [], begins = [];
        const ctx = { lineDashOffset: 0, beginPath() {},
          stroke() { begins.push(this.lineDashOffset); },
          moveTo(x) { this.at = x; }, lineTo(x) { moves.push([this.at, x]); this.at = x; } };
        """,
        f"strokeLine(ctx, Array.from({{ length: {n} }}, (_, x) => [x, 0]));",
        "console.log(JSON.stringify([moves, begins]));",
    )
    assert found == [[[x, x + 1] for x in range(n - 1)], list(range(0, n, 500))]


#: A canvas that has not drawn yet, and the slider "a" at 7: `wishes` are what the kernel
#: is asked, `send` is its answer, `unpacked` ends its unpacking, `shown` counts what is drawn anew.
PAGE = """
const on = {}, wishes = [], heard = {};
const state = { sliders: { a: { name: "alpha", model: "m", low: 0, step: 1 } }, shown: {} };
const slider = { at: 7, get: () => slider.at, on: (_, call) => (slider.moved ??= call) };
const model = {
  get: (name) => state[name], on: (name, call) => (on[name] = call),
  set: (name, value) => wishes.push(value), save_changes() {},
  widget_manager: { get_model: async () => slider },
};
const control = { querySelector: () => ({ textContent: "a" }), contains: () => true };
const target = { closest: () => control };
globalThis.document = { addEventListener: (kind, call) => (heard[kind] = call) };
globalThis.setTimeout = (call) => call();
let unpacked, shown = 0;
unpack = () => new Promise((resolve) => (unpacked = resolve));
const root = { contains: () => true };
const ahead = lookAhead(model, { closest: () => root }, () => (shown += 1), () => {});
const send = (...at) => {
  state.ahead = { turn: wishes.at(-1).turn, at };
  state.frames = new DataView(new ArrayBuffer(4));
  return on["change:ahead"]();
};
"""


def test_a_key_pressed_while_a_piece_is_unpacked_loses_no_picture(node):
    """The kernel sends a position once; the piece is kept, and the next is asked for after it."""
    found = run_module(
        node,
        PAGE,
        """
        await heard.keydown({ target });
        const kept = send(7);
        heard.keydown({ target });
        unpacked({ picture: () => "made ahead" });
        await kept;
        console.log(JSON.stringify([wishes.map((wish) => wish.have), ahead.picture()([])]));
        """,
    )
    assert found == [[0, 1], "made ahead"]


def test_the_kernel_hears_of_the_value_before_it_is_asked_for_pictures(node):
    """A touch that moves the slider is answered first; what it sets, it sets while it is heard."""
    found = run_module(
        node,
        PAGE,
        """
        const late = [];
        globalThis.setTimeout = (call) => late.push(call);
        await heard.pointerdown({ target });
        const first = [wishes.length, late.splice(0).forEach((call) => call()), wishes.length];
        await send();
        heard.keydown({ target });
        slider.at = 8;
        const before = wishes.length;
        late.splice(0).forEach((call) => call());
        console.log(JSON.stringify([first, before, wishes.map((wish) => wish.at)]));
        """,
    )
    assert found == [[0, None, 1], 1, [7, 8]]


def test_where_there_is_no_picture_the_last_one_stays(node):
    """The kernel's picture is older than one made ahead that was shown since."""
    found = run_module(
        node,
        PAGE,
        """
        state.shown.alpha = 6;
        await heard.pointerdown({ target });
        const kept = send(7, 8);
        unpacked({ picture: (i) => i });
        await kept;
        const seen = [8, 9, 6, 7].map((at) => {
          [slider.at, shown] = [at, 0];
          slider.moved();
          return [shown, ahead.picture()?.() ?? null];
        });
        console.log(JSON.stringify(seen));
        """,
    )
    assert found == [[1, 1], [0, None], [1, None], [1, 0]]


def test_where_there_is_a_picture_the_next_are_asked_for_later(node):
    """A key then meets no piece that is being unpacked; where there is none, nothing waits."""
    found = run_module(
        node,
        PAGE,
        """
        const late = [];
        globalThis.setTimeout = (call, ms = 0) => late.push([call, ms]);
        const later = () => late.splice(0).map(([call, ms]) => (call(), ms > 0));
        const arrive = async (...at) => {
          const kept = send(...at);
          unpacked({ picture: () => null });
          await kept;
          return [wishes.length, later(), wishes.length];
        };
        await heard.pointerdown({ target });
        later();
        const seen = [await arrive(7), await arrive(8)];
        await arrive(6);
        late.length = 0;
        const kept = send(5);
        unpacked({ picture: () => null });
        await kept;
        slider.at = 20;
        const before = wishes.length;
        slider.moved();
        console.log(JSON.stringify([...seen, wishes.length - before, wishes.at(-1).at]));
        """,
    )
    assert found == [[1, [True], 2], [2, [True], 3], 1, 20]


def test_while_a_hand_moves_over_pictures_that_are_here_no_more_are_asked_for(node):
    """They are when it rests."""
    found = run_module(
        node,
        PAGE,
        """
        const timers = new Map();
        let count = 0;
        globalThis.setTimeout = (call) => (timers.set((count += 1), call), count);
        globalThis.clearTimeout = (n) => timers.delete(n);
        const rest = () => [...timers].forEach(([n, call]) => (timers.delete(n), call()));
        await heard.pointerdown({ target });
        rest();
        const kept = send(7, 8);
        unpacked({ picture: () => null });
        await kept;
        const waiting = [[...timers.keys()]];
        for (const at of [8, 7]) {
          slider.at = at;
          heard.keydown({ target });
          slider.moved();
          waiting.push([...timers.keys()]);
        }
        const before = wishes.length;
        rest();
        console.log(JSON.stringify([waiting.map((its) => its.length), before, wishes.length]));
        """,
    )
    assert found == [[1, 1, 1], 1, 2]


def test_what_arrives_for_a_figure_that_has_gone_is_for_nobody(node):
    found = run_module(
        node,
        PAGE,
        """
        globalThis.document.removeEventListener = () => {};
        slider.off = () => {};
        await heard.keydown({ target });
        const kept = send(7);
        ahead.leave();
        unpacked({ picture: () => "made ahead" });
        await kept;
        console.log(JSON.stringify([wishes.length, shown]));
        """,
    )
    assert found == [1, 0]


def test_a_picture_is_drawn_once(node):
    """However many values change, and whatever the kernel says until its own picture is there."""
    found = run_module(
        node,
        """
        const drawn = [];
        let made = null, show;
        const screen = { show: (picture) => drawn.push(picture.alt ?? picture), draw() {} };
        [attend, predicted, openScreen] = [() => ({}), () => null, () => screen];
        lookAhead = (model, el, call) => ((show = call), { picture: () => made });
        const state = { points: new DataView(new ArrayBuffer(4)), images: [], alt: "kernel's" };
        render({ model: { get: (name) => state[name], on() {} } });
        const ahead = ["one", "two"].map((text) => () => text);
        for (const its of [null, ahead[0], ahead[0], ahead[1], ahead[0], null]) {
          made = its;
          [show, show].forEach((call) => call());
          await null;
        }
        console.log(JSON.stringify(drawn));
        """,
    )
    assert found == ["kernel's", "one", "two", "one", "kernel's"]


def test_the_kernel_hears_rarely_and_late_of_held_positions_and_always_of_the_last(node):
    """`Slider` sends as ipywidgets does: the newest value when the kernel is idle."""
    found = run_module(
        node,
        """
        const told = [], timers = [];
        globalThis.setTimeout = (call) => timers.push(call);
        globalThis.clearTimeout = () => void (timers.length = 0);
        class Slider {
          _pending_msgs = 0;
          _handle_status(status) {
            if (status.content.execution_state !== "idle") return;
            this._pending_msgs--;
            if (this.newest !== null) this.save();
          }
          save() {
            if (this._pending_msgs > 0) return;
            told.push(this.newest);
            this._pending_msgs++;
            this.newest = null;
          }
          on(_, call) { this.moved = call; }
          off() { this.moved = () => {}; }
        }
        const slider = new Slider();
        const status = (its) => slider._handle_status({ content: { execution_state: its } });
        const telling = tellRarely(slider, () => slider.value < 10);
        const later = () => timers.splice(0).forEach((call) => call());
        const idle = () => ["busy", "idle"].forEach(status);
        const move = (value) => {
          slider.value = slider.newest = value;
          slider.moved();
          slider.save();
        };
        const steps = [
          [1, 2], [later], [idle, 3, 4], [later], [idle, later, 5], [later],
          [11], [idle, 12], [idle], [idle, 6, 7], [telling.pass, idle, 8], [telling.end], [idle, 9],
        ];
        const seen = [], running = [];
        for (const step of steps) {
          step.forEach((it) => (it.call ? it() : move(it)));
          await null;
          seen.push(told.splice(0));
          running.push(timers.length);
        }
        const left = [Object.hasOwn(slider, "_handle_status"), timers.length, slider._pending_msgs];
        console.log(JSON.stringify([seen, Math.max(...running), ...left]));
        """,
    )
    told = [[], [2], [], [4], [], [5], [], [11], [12], [], [7], [8], [9]]
    assert found == [told, 1, False, 0, 1]
