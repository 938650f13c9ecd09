"""The goals of the chapters' live figures: the cell's setting misses each, another reaches it."""

import ast

import pytest

from course_lib.figures import LiveFigure
from support import ROOT

SOURCES = ROOT / "notebooks" / "src"
#: Of every goal, in the chapter's order: knobs and switches with which it is reached.
REACHED = {
    "01_finite_sum": [{"alpha:gd": 4.15}, {"batch": 8, "alpha": 0.05, "steps": 200}],
    "03_sgd": [{"alpha": 1.5, "schedule": "α/√k"}, {"alpha": 1.5}],
    "04_adagrad": [{"alpha:adagrad": 1.0}],
    "05_rmsprop": [
        {"alpha:rmsprop": 0.1, "schedule": "cos"}, {"alpha": 0.3, "schedule": "α/k"},
    ],
    "06_adadelta": [{"eps": 1e-3}],
    "07_adam": [{"alpha": 0.2, "schedule": "cos"}],
    "08_adamw": [{"lam": 2.0}],
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
        names |= {n.id for n in ast.walk(statement) if isinstance(getattr(n, "ctx", 0), ast.Store)
                  if isinstance(n, ast.Name)}  # fmt: skip
        if names & needed:
            needed = needed - names | loaded(statement)
            kept.insert(0, statement)
    scope = {}
    exec(compile(ast.Module(kept, []), "notebook", "exec"), scope)
    return eval(compile(ast.Expression(call), "notebook", "eval"), scope)


def loaded(node):
    own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)} - own


def far(figure):
    """[(how far, the bound)] of each goal with the values set now."""
    reached = figure.draw.reached(figure.controls.values())
    return [(now, goal.bound) for goal, (_, now) in zip(figure.draw.goals, reached, strict=True)]


def test_every_chapter_with_an_explorer_of_its_own_has_a_goal():
    sources = {path.stem: path.read_text(encoding="utf-8") for path in SOURCES.glob("[01]*.py")}
    assert {name for name, text in sources.items() if "goal=" in text} == set(REACHED)
    explorers = {name for name, text in sources.items() if "explore(" in text}
    assert explorers - set(REACHED) == {"00_start"}


@pytest.mark.stored
@pytest.mark.parametrize("chapter", REACHED)
def test_a_goal_is_missed_by_the_cells_setting_and_reached_by_another(chapter):
    figures = list(figures_with_goals(chapter))
    assert len(figures) == len(REACHED[chapter])
    for figure, setting in zip(figures, REACHED[chapter], strict=True):
        assert isinstance(figure, LiveFigure)
        assert all(now > 2 * bound for now, bound in far(figure))
        for name, value in setting.items():
            figure.controls.named[name].value = value
        assert all(now <= bound for now, bound in far(figure))
        assert figure.controls.standing.value.count("✓") == 2 * len(figure.draw.goals)
