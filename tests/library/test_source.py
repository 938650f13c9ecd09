"""The notebook shows something that is not the code that runs, or shows it unreadably."""

import ast
import inspect
import sys

import pytest

from course_lib import (
    adagrad,
    adam,
    adamw,
    diff,
    gd,
    hyperparameters,
    least_squares,
    methods,
    rmsprop,
    run,
    show,
    tune,
    variant,
    watchable,
)
from support.oracles import METHODS

METHOD = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


def without_docstring(text):
    """The meaning of a function's text: its syntax tree but for the docstring."""
    function = ast.parse(text).body[0]
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:]
    return ast.dump(function)


@METHOD
def test_show_is_the_code_and_no_docstring(method):
    text = show(method).text
    assert ast.get_docstring(ast.parse(text).body[0]) is None
    assert '"""' not in text
    assert without_docstring(text) == without_docstring(inspect.getsource(method))


@METHOD
def test_show_keeps_every_line_as_it_is_written(method):
    lines = inspect.getsource(method).splitlines()
    shown = show(method).text.splitlines()
    assert [line for line in lines if line in shown] == shown
    assert all(line.strip() for line in shown), "an empty line is left where the docstring was"


@METHOD
def test_shown_text_runs(method):
    """Pasted into a cell, it is a method again."""
    from course_lib import quadratic

    namespace = dict(vars(sys.modules[method.__module__]))
    exec(compile(show(method).text, "<cell>", "exec"), namespace)
    pasted = namespace[method.__name__]
    expected = run(method, quadratic(), [1.0, 2.0], steps=3)
    assert (run(pasted, quadratic(), [1.0, 2.0], steps=3) == expected).all()


def greet(name):
    """A sentence."""
    # a comment
    return f"""Hello,
  {name}"""


def test_comments_and_inner_strings_stay():
    shown = show(greet).text.splitlines()
    assert shown == [
        "def greet(name):",
        "    # a comment",
        '    return f"""Hello,',
        '  {name}"""',
    ]


def test_function_without_docstring_is_whole():
    def bare(x):
        return x

    assert show(bare).text == "def bare(x):\n    return x"


def test_docstring_of_several_lines_and_a_decorator():
    def keep(function):
        return function

    @keep
    def long(x):
        """One.

        Two.
        """
        return x

    assert show(long).text == "@keep\ndef long(x):\n    return x"


@METHOD
def test_diff_of_a_method_with_itself_has_no_signs(method):
    lines = diff(method, method).text.splitlines()
    assert {line[0] for line in lines} == {" "}
    assert [line[1:] for line in lines] == show(method).text.splitlines()


def test_diff_holds_both_texts():
    """The lines without + are the old text, those without − the new one."""
    for old, new in ((adagrad, rmsprop), (adam, adamw), (gd, adamw)):
        lines = diff(old, new).text.splitlines()
        assert {line[0] for line in lines} == set("-+ ")
        assert [s[1:] for s in lines if s[0] != "+"] == show(old).text.splitlines()
        assert [s[1:] for s in lines if s[0] != "-"] == show(new).text.splitlines()


def test_diff_is_short_where_little_changes():
    """AdamW is Adam but for its head and its last line."""
    lines = diff(adam, adamw).text.splitlines()
    assert [line[0] for line in lines].count("+") == 2
    assert "+        x = x - at(alpha, k) * (m_hat / (v_hat**0.5 + eps) + lam * x)" in lines


def test_what_a_notebook_and_a_terminal_see():
    for text, language in ((show(gd), "python"), (diff(adagrad, rmsprop), "diff")):
        assert repr(text) == text.text
        assert text._repr_markdown_() == f"```{language}\n{text.text}\n```"
        assert "```" not in text.text


@pytest.mark.parametrize("thing", [len, 3, "gd", None], ids=repr)
def test_what_has_no_source_is_named(thing):
    for call in (lambda: show(thing), lambda: diff(gd, thing), lambda: diff(thing, gd)):
        with pytest.raises(ValueError, match="expected a function with source; got") as error:
            call()
        assert repr(thing) in str(error.value)


def test_lambda_is_refused_in_the_same_words():
    """Its source is the line that it stands in, not a function."""
    with pytest.raises(ValueError, match="expected a function with source"):
        show(lambda x: x)


# ---- variant -------------------------------------------------------------------------------------

INSIDE = ("(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5")


@METHOD
def test_a_variant_without_edits_is_the_method(method):
    same = variant(method)
    assert same is not method
    assert show(same).text == show(method).text
    assert hyperparameters(same) == hyperparameters(method)
    assert watchable(same) == watchable(method)


def test_a_variant_is_what_a_student_would_type():
    """The numbers, the names that `run` looks for, and the one line that `diff` marks."""
    typed = dict(vars(methods))
    exec(show(adam).text.replace("def adam", "def adam_inside").replace(*INSIDE), typed)
    made = variant(adam, INSIDE, name="adam_inside")
    noisy = least_squares().minibatch(2, seed=range(3))
    expected = run(typed["adam_inside"], noisy, [1.0, 2.0], steps=20, eps=0.1)
    assert (run(made, noisy, [1.0, 2.0], steps=20, eps=0.1) == expected).all()
    assert made.__name__ == "adam_inside"
    marked = [line for line in diff(adam, made).text.splitlines() if line[0] != " "]
    assert marked == [
        "-def adam(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):",
        "+def adam_inside(problem, x, alpha=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):",
        "-        x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)",
        "+        x = x - at(alpha, k) * m_hat / (v_hat + eps) ** 0.5",
    ]


def test_two_variants_of_one_name_keep_their_texts():
    one, two = (variant(gd, ("* g", f"* {factor} * g"), name="scaled") for factor in (2, 3))
    assert "2 * g" in show(one).text
    assert "3 * g" in show(two).text


def test_edits_are_made_in_order_and_a_variant_has_variants():
    both = variant(gd, ("* g", "* h"), ("x = x - at(alpha, k) * h", "x = x + at(alpha, k) * g"))
    ascent = variant(variant(gd, ("* g", "* h")), ("- at", "+ at"), ("* h", "* g"))
    assert show(both).text == show(ascent).text


def test_a_variant_may_use_numpy_and_the_names_of_the_methods():
    signs = variant(gd, ("* g", "* maximum(-1, np.sign(g))"))
    assert run(signs, least_squares(), [9.0, 9.0], steps=1, alpha=1.0)[1].tolist() == [8.0, 8.0]


@pytest.mark.parametrize(
    ("method", "old", "words"),
    [
        (gd, "beta", "gd has exactly once; got 'beta', which stands there 0 times"),
        (adam, "v_hat", f"which stands there {show(adam).text.count('v_hat')} times"),
        (gd, "", "exactly once"),
        (len, "x", "expected a function with source"),
    ],
)
def test_what_does_not_stand_once_is_refused(method, old, words):
    with pytest.raises(ValueError, match=words):
        variant(method, (old, "y"))


@pytest.mark.parametrize(
    ("edits", "name", "words"),
    [
        (("* g", "* g"), None, "edits: expected pairs of texts"),
        ([("* g",)], None, "edits: expected pairs of texts"),
        ([(1, 2)], None, "edits: expected pairs of texts"),
        ([("* g", None)], None, "edits: expected pairs of texts"),
        ([None], None, "edits: expected pairs of texts"),
        ([], "two words", "name: expected the name of a function; got 'two words'"),
        ([], "class", "name: expected the name of a function; got 'class'"),
        ([], 3, "name: expected the name of a function; got 3"),
    ],
)
def test_an_edit_or_a_name_that_is_none_is_named(edits, name, words):
    with pytest.raises(ValueError, match=words):
        variant(gd, *edits, name=name)


def test_a_new_text_that_is_no_python_is_shown():
    with pytest.raises(SyntaxError) as error:
        variant(gd, ("* g", "* (g"))
    assert "(g" in error.value.text


def test_a_variant_works_in_other_processes():
    contenders = {"Adam": adam, "inside": variant(adam, INSIDE, name="adam_inside")}
    given = contenders, least_squares(), [2.0, 2.0], 20
    here, there = (tune.compare(*given, grid=[0.1, 1.0], **place) for place in ({}, {"jobs": 2}))
    assert repr(here) == repr(there)
