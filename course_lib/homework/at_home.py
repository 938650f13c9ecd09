"""`check`: what a student asks in the notebook. It names the mistake and shows no right answer."""

import os
import sys
from pathlib import Path

from course_lib.homework.inside import slicing
from course_lib.homework.inside.worker import attempt, failure
from course_lib.homework.judging.assignments import Method, Number, items, names
from course_lib.homework.judging.trials import trials
from course_lib.homework.judging.verdict import Finding, Verdict, judge
from course_lib.homework.reading import Unreadable, read_notebook
from course_lib.homework.words import plain, say
from course_lib.homework.words.sentences import sentence

SEED = 14  # of the inputs at home; the grader has others


def check(name, value, variant=None):
    """Prints whether an item of the homework is right, and what is wrong with it if it is not.

    name: of the item. value: the function, the number or the tuple of numbers.
    variant: your number, where the data are your own. Raises NotImplementedError for what is not
    solved yet, and lets an error of your function through with its traceback.
    """
    language = notebook_language()
    known = [*names(Method), *names(Number)]
    if name not in known:
        print("✗", say(language, "unknown_item", names=", ".join(known)))
        return
    if value is ... or variant is ...:
        raise NotImplementedError(name if value is ... else "variant")
    item = items()[name]
    if isinstance(item, Method):
        verdict = try_method(item, value)
    else:
        verdict = item.judge(value, variant)
        if not verdict.findings and not written_out(name):
            verdict = Verdict(0, verdict.of, [Finding("write_out", {"item": name})])
    print(report(language, name, verdict))


def try_method(item, function):
    if not callable(function):
        return Verdict(0, item.points, [Finding("not_callable", {"value": repr(function)[:80]})])
    tries, records, kept = trials(item.method, SEED), {}, {}
    for name, trial in tries.items():
        try:
            records[name] = attempt(function, trial, kept)
        except Exception as error:
            if name == "path" or isinstance(error, NotImplementedError):
                raise
            records[name] = failure(error)
    return judge(item.method, tries, records)


def report(language, name, verdict):
    """The lines that are printed."""
    right = verdict.points == verdict.of and not (verdict.findings and not verdict.of)
    texts = [plain(sentence(language, key, values)) for key, values in verdict.findings]
    score = say(language, "score", points=verdict.points, of=verdict.of)
    if verdict.parts and 0 < verdict.points < verdict.of:
        texts.append(say(language, "parts", **verdict.parts))
    if right:
        return f"✓ {name}: {say(language, 'right')}" + (f" ({score})" if verdict.of else "")
    head = f"✗ {name}" + (f": {score}" if verdict.of else "")
    return "\n".join([head, *(f"  • {text}" for text in texts)])


def written_out(name):
    """Does the notebook assign a literal to the name? The grader reads it and runs nothing."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return True
    found, _ = slicing.statements(enumerate(shell.user_ns.get("In", [])))
    answer = slicing.literal(name, found)
    return not answer["given"] or "value" in answer


def notebook_language():
    """The language of the notebook that runs; Russian if it cannot be found."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    names = [os.environ.get("JPY_SESSION_NAME"), shell and shell.user_ns.get("__vsc_ipynb_file__")]
    places = [Path(name) for name in names if name]
    places += sorted(Path.cwd().glob("*.ipynb"), key=lambda path: -path.stat().st_mtime)
    for place in places:
        try:
            notebook = read_notebook(place.read_bytes())
        except (Unreadable, OSError):
            continue
        if any("course_lib.homework" in text for _, text in notebook.code):
            return notebook.language
    return "ru"
