"""One page for each student: what every item earned and what to look at, in their language."""

import hashlib

from course_lib.homework.words import say
from course_lib.homework.words.sentences import sentence


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
    lines = [f"# {one_line(result['student'])}", ""]
    for reason in result["reasons"]:
        lines += [full_stop(sentence(language, *reason)), ""]
    works = result["assignments"].items()
    if len(works) > 1:
        every = [item for _, work in works for item in work["items"].values()]
        points, of = sum(item["points"] or 0 for item in every), sum(item["of"] for item in every)
        lines += [f"**{say(language, 'score', points=points, of=of)}**", ""]
    for assignment, work in works:
        lines += work_lines(language, assignment, work["items"])
    if result["assignments"]:
        lines += ["---", "", say(language, "how_to_appeal"), ""]
    return "\n".join(lines)


def work_lines(language, assignment, items):
    """A table of all points, and below it what there is to say."""
    marked = {name: item for name, item in items.items() if item["of"]}
    points = sum(item["points"] or 0 for item in marked.values())
    of = sum(item["of"] for item in marked.values())
    lines = [f"## {assignment}: {say(language, 'score', points=points, of=of)}", ""]
    pending = sum(item["of"] for item in marked.values() if item["points"] is None)
    if pending:
        lines += [say(language, "pending", of=pending), ""]
    lines += [say(language, "table_head"), "|---|---|---|"]
    for name, item in marked.items():
        points = "…" if item["points"] is None else item["points"]
        lines.append(f"| {sign(item)} | {name} | {points} / {item['of']} |")
    lines.append("")
    for name, item in items.items():
        texts = [sentence(language, *finding) for finding in item["findings"]]
        if "parts" in item:
            texts.append(say(language, "parts", **item["parts"]))
        if item.get("comment"):
            texts.append(f"{say(language, 'from_teacher')}: {one_line(item['comment'])}")
        if texts:
            lines += [f"### {name}", "", *(f"- {full_stop(text)}" for text in texts), ""]
    return lines


def sign(item):
    if item["points"] is None:
        return "…"
    return "✓" if item["points"] >= item["of"] else "◐" if item["points"] else "✗"


def full_stop(text):
    text = text[:1].upper() + text[1:]
    return text if text[-1] in ".?!:" else f"{text}."


def one_line(text):
    """A foreign text that cannot break the page."""
    return " ".join(text.split()).replace("<", "&lt;")
