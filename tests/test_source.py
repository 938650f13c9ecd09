"""The notebook shows something that is not the code that runs, or shows it unreadably."""

import ast
import inspect

import pytest
from test_methods import METHODS

from course_lib import adagrad, adam, adamw, diff, gd, rmsprop, show

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
    from course_lib import methods, quadratic, run

    namespace = dict(vars(methods))
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
