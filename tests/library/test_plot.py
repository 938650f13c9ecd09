"""The static figures: what is drawn, its axes, its words."""

import io
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_lib import (
    Function,
    beale,
    gd,
    himmelblau,
    least_squares,
    line_fit,
    pl_sine,
    plot,
    quadratic,
    rates,
    ravine,
    rosenbrock,
    run,
    saddle,
)
from course_lib.bands import Band
from support import ROOT
from support.scenes import ODD_SURFACES, surface

matplotlib.use("Agg")
PROBLEM = quadratic(kappa=4)
XS = run(gd, PROBLEM, [2.0, -1.0], steps=20, alpha=0.3)


@pytest.fixture
def ax():
    """Axes that pyplot does not know. Drawing is part of plotting: its warnings count too."""
    with matplotlib.rc_context(plot.STYLE):
        made = Figure().subplots()
    yield made
    made.figure.canvas.draw()


@pytest.fixture(autouse=True)
def _close():
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def data(line):
    return np.asarray(line.get_xydata())


# --- Paths ------------------------------------------------------------------------------------


def test_a_path_is_the_trajectory_from_start_to_end(ax):
    assert plot.path(PROBLEM, XS, ax=ax) is ax
    path, start, end, star = ax.lines
    np.testing.assert_array_equal(data(path), XS)
    np.testing.assert_array_equal(data(start), XS[:1])
    np.testing.assert_array_equal(data(end), XS[-1:])
    np.testing.assert_array_equal(data(star), [[0, 0]])
    assert start.get_markerfacecolor() != end.get_markerfacecolor()


def test_a_path_lies_on_the_contours_of_the_domain(ax):
    plot.path(PROBLEM, XS, ax=ax)
    assert (ax.get_xlim(), ax.get_ylim()) == PROBLEM.domain
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    filled, lines = ax.collections
    np.testing.assert_array_equal(filled.levels, lines.levels)
    for level, contour in zip(lines.levels[1:], lines.get_paths()[1:], strict=True):
        found = contour.vertices[contour.codes != contour.CLOSEPOLY]
        np.testing.assert_allclose(PROBLEM.f(found), level, atol=0.01 * lines.levels[-1])


def test_several_runs_are_one_line_with_gaps(ax):
    xs = run(gd, line_fit().minibatch(2, seed=[0, 1, 2]), [5.5, 1.5], steps=10)
    plot.path(line_fit(), xs, label="SGD", ax=ax)
    path, start, end, _ = ax.lines
    between = np.full((1, 2), np.nan)
    expected = [xs[:, 0], between, xs[:, 1], between, xs[:, 2]]
    np.testing.assert_array_equal(data(path), np.concatenate(expected))
    np.testing.assert_array_equal(data(start), xs[0])
    np.testing.assert_array_equal(data(end), xs[-1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["SGD"]


def test_a_second_path_keeps_the_contours_and_looks_different(ax):
    plot.path(PROBLEM, XS, label="one", ax=ax)
    plot.path(PROBLEM, XS / 2, label="two", ax=ax)
    assert len(ax.collections) == 2
    one, two = [line for line in ax.lines if len(data(line)) == 21]
    assert one.get_color() != two.get_color()
    assert not one.is_dashed()
    assert two.is_dashed()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


@pytest.mark.parametrize("alpha", [5.0, 1e100, 1e308])
def test_a_diverging_path_ends_at_its_last_finite_point_inside_a_fixed_frame(ax, alpha):
    xs = run(gd, PROBLEM, [2.0, -1.0], steps=2000, alpha=alpha)
    assert not np.isfinite(xs).all()
    plot.path(PROBLEM, xs, ax=ax)
    path = data(ax.lines[0])
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(path, xs[: len(path)])
    assert not np.isfinite(xs[len(path)]).all()
    assert (ax.get_xlim(), ax.get_ylim()) == PROBLEM.domain


def test_a_path_of_nothing_finite(ax):
    plot.path(PROBLEM, np.full((3, 2), np.nan), ax=ax)


# --- Gaps -------------------------------------------------------------------------------------


def test_a_gap_is_f_minus_its_minimum_on_a_log_axis(ax):
    assert plot.gap(PROBLEM, XS, label="GD", ax=ax) is ax
    (line,) = ax.lines
    np.testing.assert_array_equal(data(line)[:, 0], np.arange(21))
    np.testing.assert_allclose(data(line)[:, 1], PROBLEM.f(XS))
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$k$", "$f(x_k) - f^*$")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["GD"]
    assert not ax.collections


def test_an_unknown_minimum_is_not_claimed(ax):
    """f = ‖x‖² − 5 is negative near its minimum: a log axis would show nothing."""
    problem = surface(lambda u, v: u**2 + v**2 - 5)
    xs = run(gd, problem, [1.0, 1.0], steps=5)
    plot.gap(problem, xs, ax=ax)
    np.testing.assert_allclose(data(ax.lines[0])[:, 1], problem.f(xs))
    assert (ax.get_ylabel(), ax.get_yscale()) == ("$f(x_k)$", "linear")


@pytest.mark.parametrize(
    ("x", "last", "label"),
    [("k", 40, "$k$"), ("epochs", 0.8, r"$k \cdot B / n$"), ("grads", 80, r"$\#\nabla f_i$")],
)
def test_the_unit_of_work(ax, x, last, label):
    problem = line_fit(n=100).minibatch(2, seed=0)
    plot.gap(problem, run(gd, problem, [5.5, 1.5], steps=40), unit=x, ax=ax)
    np.testing.assert_allclose(data(ax.lines[0])[:, 0], np.linspace(0, last, 41))
    assert ax.get_xlabel() == label


def test_kept_iterations_stand_where_they_belong(ax):
    kept = [0, 3, 20]
    plot.gap(PROBLEM, XS[kept], keep=kept, ax=ax)
    np.testing.assert_allclose(data(ax.lines[0]), np.c_[kept, PROBLEM.f(XS[kept])])


def test_many_runs_are_a_median_and_a_band(ax):
    problem = line_fit().minibatch(2, seed=range(50))
    xs = run(gd, problem, [5.5, 1.5], steps=30)
    plot.gap(problem, xs, ax=ax)
    low, middle, high = np.quantile(problem.gap(xs), (0.1, 0.5, 0.9), axis=1)
    np.testing.assert_allclose(data(ax.lines[0])[:, 1], middle)
    (band,) = ax.collections
    edge = band.get_paths()[0].vertices
    for k in (0, 7, 30):
        heights = edge[edge[:, 0] == k, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [low[k], high[k]])


def test_a_grid_of_runs_is_many_runs(ax):
    xs = run(gd, PROBLEM, [2.0, -1.0], steps=5, alpha=np.full((3, 4), 0.1))
    plot.gap(PROBLEM, xs, ax=ax)
    assert len(ax.collections) == 1


def test_a_curve_stops_where_it_diverges_or_arrives(ax):
    xs = np.array([[2.0, 0], [1, 0], [0, 0], [np.inf, 0], [np.nan, 0]])
    plot.gap(PROBLEM, xs, ax=ax)
    shown = np.isfinite(data(ax.lines[0])[:, 1])
    assert shown.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("seeds", [0, range(5)], ids=["one run", "five"])
@pytest.mark.parametrize("alpha", [9.5, 1e100, 1e308])
def test_divergence_makes_no_warning(ax, alpha, seeds):
    problem = line_fit().minibatch(2, seed=seeds)
    xs = run(gd, problem, [5.5, 1.5], steps=1500, alpha=alpha)
    assert not np.isfinite(xs).all()
    plot.gap(problem, xs, label="SGD", ax=ax)
    assert np.isfinite(data(ax.lines[0])[0]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0], ids=str)
def test_nothing_to_show_is_an_empty_picture(ax, value):
    plot.gap(PROBLEM, np.full((4, 3, 2), value), ax=ax)


# --- The mean over seeds ----------------------------------------------------------------------

MEANS = np.random.default_rng(0).exponential(size=(9, 30))


def test_a_mean_has_the_band_that_is_printed(ax):
    k = np.arange(9)
    assert plot.mean(k, MEANS, label="SGD", ax=ax) is ax
    middle, low, high = rates.mean_band(MEANS)
    np.testing.assert_array_equal(data(ax.lines[0]), np.c_[k, middle])
    (band,) = ax.collections
    edge = band.get_paths()[0].vertices
    for j in k:
        heights = edge[edge[:, 0] == j, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [low[j], high[j]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["SGD"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200], ids=str)
def test_a_mean_that_diverged_is_a_gap(ax, bad):
    values = MEANS.copy()
    values[4:, 0] = bad
    ax.set_yscale("log")
    plot.mean(np.arange(9), values, ax=ax)
    assert np.isfinite(data(ax.lines[0])[:, 1]).tolist() == [True] * 4 + [False] * 5
    plot.mean(np.arange(9), np.full((9, 3), bad), ax=ax)


# --- Points with bands ------------------------------------------------------------------------

BAND = rates.mean_band(MEANS)


def bars(ax):
    """The ends of every bar that is drawn: (bars, 2 ends, 2 coordinates)."""
    segments = [bar for made in ax.collections for bar in made.get_segments()]
    return np.array([bar for bar in segments if len(bar) == 2])


@pytest.mark.parametrize("turned", [False, True])
def test_points_have_the_bands_that_are_printed(ax, turned):
    names = list("abcdefghi")
    x, y = (BAND, names) if turned else (names, BAND)
    assert plot.errorbars(x, y, "s", capsize=0, color="red", label="SGD", ax=ax) is ax
    (look,), drawn = ax.lines, bars(ax)
    points = data(look)
    if turned:
        points, drawn = points[:, ::-1], drawn[..., ::-1]
    np.testing.assert_array_equal(points, np.c_[range(9), BAND.value])
    np.testing.assert_allclose(drawn[:, 0], np.c_[range(9), BAND.low])
    np.testing.assert_allclose(drawn[:, 1], np.c_[range(9), BAND.high])
    assert (look.get_marker(), look.get_linestyle(), look.get_color()) == ("s", "None", "red")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["SGD"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")


def test_bands_along_both_axes(ax):
    plot.errorbars(BAND, 2 * BAND, ax=ax)
    np.testing.assert_array_equal(data(ax.lines[0]), np.c_[BAND.value, 2 * BAND.value])
    across, along = np.split(bars(ax), 2)
    np.testing.assert_allclose(across[..., 0], np.c_[BAND.low, BAND.high])
    np.testing.assert_allclose(along[..., 1], 2 * np.c_[BAND.low, BAND.high])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200], ids=str)
def test_what_diverged_is_no_point_and_no_bar(ax, bad):
    value, low, high = np.array([*BAND])
    value[3] = high[3] = high[5] = bad
    plot.errorbars(range(9), Band(value, low, high), ax=ax)
    assert np.isfinite(data(ax.lines[0])[:, 1]).tolist() == [j != 3 for j in range(9)]
    assert bars(ax)[:, 0, 0].tolist() == [j for j in range(9) if j not in (3, 5)]


def test_a_band_beside_its_number_is_drawn_as_far_as_it_goes(ax):
    """A bootstrap's band need not hold the mean; matplotlib refuses a bar that points back."""
    plot.errorbars([0, 1], Band(np.array([1.0, 4.0]), np.array([2.0, 2.0]), np.full(2, 3.0)), ax=ax)
    assert bars(ax)[..., 1].tolist() == [[1, 3], [2, 4]]


# --- Colours and dashes -----------------------------------------------------------------------


def look(line):
    return line.get_color(), str(line._dash_pattern)


def test_curves_on_the_same_axes_differ_in_colour_and_dash(ax):
    for _ in range(3):
        plot.gap(PROBLEM, XS, ax=ax)
        plot.mean(np.arange(9), MEANS, ax=ax)
    first = [look(line) for line in ax.lines]
    assert [color for color, _ in first] == list(plot.COLORS)
    assert len({dash for _, dash in first}) == len(plot.DASHES) == 6
    for _ in range(30):
        plot.gap(PROBLEM, XS, ax=ax)
    assert len({look(line) for line in ax.lines}) == len(plot.LOOKS) == len(set(plot.LOOKS))


def test_a_plain_plot_looks_like_the_librarys(ax):
    other = plot.axes()
    for curve in range(8):
        other.plot([0, 1])
        other.plot([0, 1, 2], "-", color="gray")  # nor does a line that says all of its own
        plot.path(PROBLEM, XS + curve, ax=ax)  # its ends and x* take no look
    paths = [line for line in ax.lines if len(data(line)) == len(XS)]
    assert [look(line) for line in other.lines[::2]] == [look(line) for line in paths]
    assert not any(line.is_dashed() for line in other.lines[1::2])


def test_torch_is_drawn_like_numpy(ax):
    torch = pytest.importorskip("torch")
    plot.gap(PROBLEM, torch.tensor(XS), ax=ax)
    plot.path(PROBLEM, torch.tensor(XS), ax=Figure().subplots())
    np.testing.assert_allclose(data(ax.lines[0])[:, 1], PROBLEM.f(XS))


# --- Wrong arguments --------------------------------------------------------------------------

#: The commonest slip in an f of one's own: the first axis is a run, not a coordinate.
FIRST_AXIS = Function(lambda x: x[0] ** 2 + x[1] ** 2, lambda x: 2 * x)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: plot.path(PROBLEM, [1.0, 2.0]), r"xs: .*\(2,\)"),
        (lambda: plot.gap(PROBLEM, [1.0, 2.0]), r"xs: .*\(2,\)"),
        (lambda: plot.gap(PROBLEM, 1.0), r"xs: .*\(\)"),
        (lambda: plot.path(least_squares(d=3), np.ones((5, 3))), r"xs: .*\(5, 3\)"),
        (
            lambda: plot.path(least_squares(d=3), np.ones((5, 2))),
            r"xs: .*, 3\); got shape \(5, 2\)",
        ),
        (lambda: plot.gap(PROBLEM, XS, keep=[0, 1]), "keep: expected 21 .*; got 2"),
        (lambda: plot.gap(PROBLEM, XS, unit="hours"), "unit: expected .*'hours'"),
        (lambda: plot.mean([1, 2], MEANS), r"k, values: .*\(2,\) and \(9, 30\)"),
        (lambda: plot.mean(range(30), MEANS[0]), r"k, values: .*\(30,\) and \(30,\)"),
        (
            lambda: plot.errorbars([1, 2], [3, 4]),
            r"x, y: expected a Band.*got \[1, 2\] and \[3, 4\]",
        ),
        (lambda: plot.errorbars([1, 2], BAND), r"x, y: .*\(2,\) and \(9,\)"),
        (lambda: plot.errorbars(1, BAND[0]), r"x, y: .*\(\) and \(\)"),
        (lambda: plot.surface(pl_sine()), "problem: .*d = 1"),
        (lambda: plot.gap(PROBLEM, np.ones((5, 3))), r"xs: .*, 2\); got shape \(5, 3\)"),
        (lambda: plot.gap(PROBLEM, np.ones((5, 0, 2))), r"xs: .*\(5, 0, 2\)"),
        (lambda: plot.gap(PROBLEM, XS, keep=3), "keep: expected 21 .*; got 3"),
        (lambda: plot.gap(PROBLEM, XS, keep=range(20, -1, -1)), "keep: expected 21 increasing"),
        (lambda: plot.gap(PROBLEM, XS, keep=range(-1, 20)), "keep: expected 21 increasing"),
        (lambda: plot.gap(PROBLEM, XS, keep=[*range(20), np.nan]), "keep: expected 21 increasing"),
        (lambda: plot.gap(None, XS), "problem: expected f"),
        (lambda: plot.path(abs, XS), "problem: expected f"),
        (lambda: plot.path(PROBLEM, [[1, 2], [3]]), "xs: "),
        (lambda: plot.mean(["a", "b"], MEANS[:2]), "k: expected an array of numbers"),
        (lambda: plot.mean([1, 2], [[1, "a"], [1, 2]]), "values: expected an array of numbers"),
        (lambda: plot.axes(0), "columns: expected an integer ≥ 1; got 0"),
        (lambda: plot.axes("2"), "columns: expected an integer ≥ 1; got '2'"),
        (lambda: plot.axes(width=-1), "width: expected 0 < width < 300.0; got -1"),
        (lambda: plot.axes(height=0), "height: expected 0 < height < 300; got 0"),
        (lambda: plot.axes(500), "columns: expected an integer ≤ 36; got 500"),
        (lambda: plot.axes(width=1e9), "width: expected 0 < width < 300.0; got 1000000000.0"),
        (lambda: plot.surface(PROBLEM, 10**6), "size: expected at most .* 1000000 × 1000000"),
        (lambda: plot.surface(surface(np.add, domain="ab")), "domain: expected an array of num"),
        (lambda: plot.path(PROBLEM, np.ma.masked_equal(np.eye(2), 1)), "xs: "),
        (lambda: plot.style(1.5), r"j: expected an integer ≥ 0; got 1\.5"),
        (lambda: plot.levels(np.eye(3), 1), "num: expected an integer ≥ 2; got 1"),
        (lambda: plot.gap(PROBLEM, XS, ax=[1, 2]), r"ax: .*\[1, 2\]"),
        (lambda: plot.contours(PROBLEM, None, 1), "size: .*1"),
        (lambda: plot.surface(surface(np.add, domain=((1, 1), (0, 2)))), "domain: .*1, 1"),
        (lambda: plot.surface(surface(np.add, domain=((0, np.inf), (0, 2)))), "domain: .*inf"),
        (lambda: plot.gap(Function(lambda x: None, abs), XS), "problem: .*None"),
        (lambda: plot.gap(Function(lambda x: [1.0], abs), XS), r"problem: .*\[1\.0\]"),
        (lambda: plot.surface(surface(lambda u, v: u + 1j)), r"problem: .*\+1\.j"),
        (lambda: plot.path(PROBLEM, [[1j, 2.0]]), "xs: .*complex128"),
        (lambda: plot.gap(PROBLEM, [["1", "2"]]), "xs: .*<U1"),
        (lambda: plot.path(FIRST_AXIS, XS), r"problem: .*x\[\.\.\., 0\].*\(200, 2\)"),
        (lambda: plot.gap(FIRST_AXIS, XS), r"problem: .*x\[\.\.\., 0\].*\(2,\)"),
    ],
)
def test_a_wrong_argument_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()


# --- Parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "problem",
    [quadratic(100), rosenbrock(), himmelblau(), beale(), saddle(), ravine(), line_fit()],
    ids=["quadratic", "rosenbrock", "himmelblau", "beale", "saddle", "ravine", "line_fit"],
)
def test_levels_increase_and_crowd_near_the_minimum(problem):
    _, _, z = plot.surface(problem)
    levels = plot.levels(z)
    steps = np.diff(levels)
    assert (steps > 0).all()
    assert (np.diff(steps) > 0).all()
    assert z.min() <= levels[0] < levels[-1] <= z.max()


@pytest.mark.parametrize(("f", "least"), ODD_SURFACES.values(), ids=ODD_SURFACES)
def test_where_a_surface_has_numbers_they_are_drawn(ax, f, least):
    problem = surface(f)
    plot.path(problem, XS / 2, ax=ax)
    _, _, z = plot.surface(problem)
    shown = plot.levels(z)
    assert len(shown) >= least
    assert np.isfinite(shown).all()
    assert (np.diff(shown) > 0).all()
    valid = abs(z) < plot.HUGE
    pixels = drawn_alone(problem)
    assert pixels.mean() == pytest.approx(valid.mean(), abs=0.02)


def drawn_alone(problem):
    """Which pixels of the domain the contours paint (height, width)."""
    figure = Figure(figsize=(2, 2), dpi=100, layout="none")
    alone = figure.add_axes((0, 0, 1, 1))
    plot.contours(problem, alone)
    alone.set_axis_off()
    canvas = FigureCanvasAgg(figure)
    figure.patch.set_visible(False)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., 3] > 0


def test_levels_of_a_surface_over_many_decades_show_more_than_one_colour():
    _, _, z = plot.surface(surface(lambda u, v: np.exp(u**8 + v**8)))
    shown = plot.levels(z)
    counts = np.histogram(z[z < plot.HUGE], [*shown, np.inf])[0]
    assert counts.max() < 0.5 * counts.sum()


def test_a_surface_is_f_on_its_grid():
    u, v, z = plot.surface(rosenbrock(), size=50)
    assert (u[0], u[-1], v[0], v[-1]) == (-2, 2, -1, 3)
    assert z.shape == (50, 50)
    assert z[7, 31] == rosenbrock().f(np.array([u[31], v[7]]))


def test_axes_set_the_style_for_good_and_nothing_else():
    matplotlib.rcdefaults()
    before = dict(matplotlib.rcParams)
    ax = plot.axes()
    assert not ax.spines["top"].get_visible()
    assert [len(np.atleast_1d(plot.axes(columns))) for columns in (2, 3)] == [2, 3]
    after = dict(matplotlib.rcParams)
    changed = {name for name in before if after[name] != before[name]} - {"backend"}
    assert changed <= {*plot.STYLE, "font.size"}
    assert all(after[name] == value for name, value in plot.STYLE.items())


#: Of JupyterLab on a projector of 1280 × 720 at 150 %, in CSS pixels: the place for a picture.
ROOM, ZOOM = (673, 305), 1.5


@pytest.mark.parametrize(("columns", "width"), [(1, None), (1, 9), (2, None), (2, 7.2), (3, 5.2)])
def test_a_picture_is_seen_whole_and_its_text_read_from_the_back_row(columns, width):
    last = np.atleast_1d(plot.axes(columns, width))[-1]
    last.plot([1, 2], label="GD")
    texts = [*last.get_xticklabels(), last.set_xlabel("$k$"), *last.legend().get_texts()]
    inches = last.figure.get_size_inches()
    pixels = min(ROOM[0] / inches[0], 100)  # for an inch: no picture is made larger
    assert inches[1] * pixels <= ROOM[1] < inches[0] * pixels
    assert min(text.get_fontsize() for text in texts) / 72 * pixels * ZOOM >= 18


def test_a_figure_is_read_on_a_light_and_on_a_dark_page():
    with io.BytesIO() as file:
        figure = plot.axes().figure
        figure.savefig(file)
        pixels = plt.imread(io.BytesIO(file.getvalue()))
    assert (pixels[::10, ::10, 3] == 0).mean() > 0.5, "it has no ground of its own"
    assert figure.get_facecolor()[3] == 1, "and Jupyter puts none behind it"

    def light(color):
        """Luminance as WCAG 2 defines it; the ratio of two of them is the contrast."""
        rgb = np.array(matplotlib.colors.to_rgb(color))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722) + 0.05

    for paper in ("white", "#111111"):  # those of JupyterLab
        for color, least in [(plot.INK, 4), *((color, 2) for color in plot.COLORS)]:
            low, high = sorted((light(color), light(paper)))
            assert high / low >= least, (color, paper)


def test_without_axes_a_new_figure_is_made():
    assert plot.path(PROBLEM, XS).figure is not plot.gap(PROBLEM, XS).figure


def test_finite_part():
    nan = float("nan")
    assert plot.finite_part(np.array([[1, 2], [3, 4.0]])).tolist() == [[1, 2], [3, 4]]
    assert plot.finite_part(np.array([[1, 2], [3, nan], [5, 6]])).tolist() == [[1, 2]]
    assert plot.finite_part(np.array([[nan, 2], [3, 4]])).shape == (1, 2)


def test_importing_plot_does_not_load_pyplot():
    code = "import sys, course_lib.plot; print('matplotlib.pyplot' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
