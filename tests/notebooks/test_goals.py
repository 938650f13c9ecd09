"""The goals of the chapters' live figures: the cell's setting misses each, another reaches it."""

import ast

import pytest

from course_lib.figures import LiveFigure
from support import ROOT

SOURCES = ROOT / "notebooks" / "src"
#: Of every goal, in the chapter's order: knobs and switches with which it is reached.
REACHED = {
    "01_finite_sum": [{"alpha:gd": 4.15}, {"batch": 8, "alpha": 0.05, "steps": 200}],
    "02_rates": [{"N": 300, "alpha": 1.9}],
    "03_sgd": [{"alpha": 1.5, "schedule": "α/√k"}, {"alpha": 1.5}],
    "04_adagrad": [{"alpha:adagrad": 1.0}],
    "05_rmsprop": [
        {"alpha:rmsprop": 0.1, "schedule": "cos"}, {"alpha": 0.3, "schedule": "α/k"},
    ],
    "06_adadelta": [{"eps": 1e-3}],
    "07_adam": [{"alpha": 0.2, "schedule": "cos"}],
    "08_adamw": [{"lam": 2.0}],
    "09_neural_networks": [{"B": 128, "alpha": 0.05, "k": 800}],
    "10_why_adam": [{"a": 0.0}],
    "11_edge_of_stability": [{"method": "Adam", "alpha": 0.02}],
    "12_after_adamw": [{"schedule": "α·(1−k/K)"}],
}  # fmt: skip


def figures_with_goals(chapter):
    """The live figures of a chapter that have a goal, made with what their calls need."""
    statements = ast.parse((SOURCES / f"{chapter}.py").read_text(encoding="utf-8")).body
    for at, statement in enumerate(statements):
        for call in ast.walk(statement):
            if isinstance(call, ast.Call) and "goal" in [k.arg for k in call.keywords]:
                yield made(statements[:at], call)


def made(before, call):
    needed, kept = loaded(call), []
    for statement in reversed(before):
        names = {alias.asname or alias.name for alias in getattr(statement, "names", [])}
        names |= {statement.name} if is_definition(statement) else stored(statement)
        if names & needed:
            needed = needed - names | loaded(statement)
            kept.insert(0, statement)
    scope = {}
    exec(compile(ast.Module(kept, []), "notebook", "exec"), scope)
    return eval(compile(ast.Expression(call), "notebook", "eval"), scope)


def is_definition(node):
    return isinstance(node, (ast.FunctionDef, ast.ClassDef))


def stored(node):
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def loaded(node):
    own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    own |= stored(node) if is_definition(node) else set()
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)} - own


def far(figure):
    """[(how far, the bound)] of each goal with the values set now."""
    return [(now, bound) for _, now, bound in figure.draw(figure.controls.values())[3]]


def test_every_chapter_has_a_goal_and_something_to_draw():
    sources = {path.stem: path.read_text(encoding="utf-8") for path in SOURCES.glob("[01]*.py")}
    del sources["00_start"]
    assert sources.keys() == {name for name, its in REACHED.items() if its}
    assert [name for name, text in sources.items() if "predict=" not in text] == []


@pytest.mark.stored
@pytest.mark.parametrize("chapter", REACHED)
def test_a_goal_is_missed_by_the_cells_setting_and_reached_by_another(chapter):
    figures = list(figures_with_goals(chapter))
    assert len(figures) == len(REACHED[chapter])
    for figure, setting in zip(figures, REACHED[chapter], strict=True):
        assert isinstance(figure, LiveFigure)
        assert all(now > 1.5 * bound for now, bound in far(figure))  # a duel's ratio is 1/2..1
        for name, value in setting.items():
            figure.controls.named[name].value = value
        assert all(now <= bound for now, bound in far(figure))
        assert figure.controls.standing.value.count("✓") == 2 * len(figure.draw.goals)
