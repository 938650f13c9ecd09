"""What comes back from the sandbox, with nothing in it but what a judge may trust.

A student's process can write any reply. Here it becomes numbers, shapes and the names of Python's
own exceptions; a text survives only where the student's own notebook holds it.
"""

import builtins
import re

import numpy as np

from course_lib.homework.inside.worker import MOST_FAILED, MOST_NUMBERS, MOST_WORDS


def believed(reply, tries, text, own=False):
    """The worker's records as data that holds nothing else.

    tries: the trials that were asked for. text: the student's statements. own: the reply is for the
    student's own eyes and their own machine, so the words of an exception stay.
    """
    if not isinstance(reply, dict):
        reply = {}
    if "definition" in reply:
        return {"definition": believed_error(reply["definition"], text, own)}
    return {name: believed_record(reply.get(name), text, own) for name in tries}


def believed_failures(reply, text, own=False):
    """The statements that failed before the function was called."""
    failed = reply.get("failed") if isinstance(reply, dict) else None
    failed = failed[:MOST_FAILED] if isinstance(failed, list) else []
    return [believed_error(record, text, own) for record in failed]


def believed_record(record, text, own):
    try:
        if "error" in record:
            return believed_error(record, text, own)
        if record["kind"] != "array":
            return {"kind": record["kind"] if record["kind"] in ("none", "generator") else "other"}
        shape = [int(size) for size in record["shape"]]
        rows = record["rows"]
        if rows is not None:
            array = np.array(rows, dtype=float)
            if list(array.shape) != shape or array.size > MOST_NUMBERS:
                return {"kind": "other"}
        return {
            "kind": "array", "shape": shape[:4], "rows": rows, "calls": int(record["calls"]),
            "points": np.array(record["points"], dtype=float).tolist(),
            "x0_changed": bool(record["x0_changed"]), "g_changed": bool(record["g_changed"]),
        }  # fmt: skip
    except Exception:  # whatever a student's process may have written
        return {"kind": "other"}


def believed_error(record, text, own):
    """An exception's type, place and a name that stands in the student's own text; no words."""
    try:
        kind = getattr(builtins, str(record["error"]), None)
        is_error = isinstance(kind, type) and issubclass(kind, BaseException)
        words = str(record["words"])[:MOST_WORDS]
        quoted = re.findall(r"['‘]([A-Za-z_][\w.]{0,40})['’]", words)
        name = next((q for q in quoted if re.search(rf"\b{re.escape(q)}\b", text)), "")
        cell = re.fullmatch(r"cell (\d{1,4})", str(record["cell"]))
        line = record["line"] if isinstance(record["line"], int) else None
        cell = int(cell[1]) if cell and line and 0 < line <= 10_000 else None
        kind = kind.__name__ if is_error else "Exception"
        name = " ".join(words.split()) if own else name
    except Exception:
        kind, name, cell, line = "Exception", "", None, None
    return {"error": kind, "words": name, "cell": cell, "line": line}
