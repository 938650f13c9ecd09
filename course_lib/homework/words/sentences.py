"""Findings as sentences, in the language asked for."""

from course_lib.homework.words import plain, say
from course_lib.letters import letter


def sentence(language, key, values):
    """One finding in words, with formulas in dollars."""
    values = dict(values)
    if key == "fixed":
        values["name"] = letter(values["name"]).tex
    if "words" in values:
        words, cell = values.pop("words"), values.pop("cell")
        line = values.pop("line")
        values["about"] = say(language, "about", words=words) if words else ""
        values["place"] = say(language, "place", cell=cell, line=line) if cell else ""
    return say(language, key, **values)


def reasons_text(result, language, assignments):
    """Why a person should look at a student's work, in one line; what items share is said once."""
    parts = [sentence(language, key, values) for key, values in result["reasons"]]
    if result.get("late") not in (None, 0, 0.0, "LATE"):
        parts.append(say(language, "late", hours=result["late"]))
    for assignment in assignments:
        work, told = result["assignments"].get(assignment, {"items": {}}), {}
        for name, item in work["items"].items():
            if item["for_person"]:
                texts = (sentence(language, key, values) for key, values in item["findings"])
                told.setdefault(", ".join(texts), []).append(name)
        parts += [f"{', '.join(names)}: {text}" for text, names in told.items()]
    missing = [name for name in assignments if name not in result["assignments"]]
    if result["assignments"]:
        parts += [say(language, "not_handed_in", assignment=name) for name in missing]
    return plain("; ".join(dict.fromkeys(parts)))
