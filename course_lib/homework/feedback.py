"""One page for each student: what every item earned and what to look at, in their language."""

import hashlib

from course_lib.homework.sentences import sentence
from course_lib.homework.words import say


def write_feedback(results, folder):
    """feedback/<student>.md for everybody; what is there for nobody any more is removed."""
    folder.mkdir(exist_ok=True)
    written = set()
    for result in results:
        path = folder / file_name(result["student"])
        path.write_text(page(result), encoding="utf-8")
        written.add(path.name)
    for path in folder.glob("*.md"):
        if path.name not in written:
            path.unlink()


def file_name(student):
    """The student's id; a hash keeps it short and apart where a file system could not."""
    name = "".join(c if c.isalnum() or c in " ._()-" else "_" for c in student)
    if name != student or name.startswith(".") or len(name.encode()) > 200:
        name = f"{name.lstrip('.')[:60]}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
    return f"{name}.md"


def page(result):
    """The page as Markdown."""
    language = result["language"]

    def words(key, **values):
        return say(language, key, **values)

    lines = [f"# {one_line(result['student'])}", ""]
    for key, values in result["reasons"]:
        lines += [capital(sentence(language, key, values)) + ".", ""]
    for assignment, work in result["assignments"].items():
        every = work["items"].values()
        points, of = sum(i["points"] or 0 for i in every), sum(i["of"] for i in every)
        lines += [f"## {assignment}: {words('score', points=points, of=of)}", ""]
        pending = sum(item["of"] for item in every if item["points"] is None)
        if pending:
            lines += [words("pending", of=pending), ""]
        for name, item in work["items"].items():
            lines += item_lines(language, name, item)
    if result["assignments"]:
        lines += ["---", "", words("how_to_appeal"), ""]
    return "\n".join(lines)


def item_lines(language, name, item):
    """The item's score in a headline, and its findings below."""
    points = "…" if item["points"] is None else item["points"]
    full = item["points"] == item["of"]
    sign = "✓" if full else "…" if item["points"] is None else "✗" if not item["points"] else "◐"
    lines = []
    if item["of"]:
        lines.append(f"### {sign} {name}: {say(language, 'score', points=points, of=item['of'])}")
    elif item["findings"]:
        lines.append(f"### ✗ {name}")
    texts = [sentence(language, key, values) for key, values in item["findings"]]
    if item.get("comment"):
        texts.append(f"{say(language, 'from_teacher')}: {one_line(item['comment'])}")
    lines += ["", *(f"- {capital(text)}." if text[-1] not in ".?!:" else f"- {capital(text)}"
                    for text in texts), ""] if texts else [""]  # fmt: skip
    return lines if item["of"] or texts else []


def capital(text):
    return text[:1].upper() + text[1:]


def one_line(text):
    """A foreign text that cannot break the page."""
    return " ".join(text.split()).replace("<", "&lt;")
