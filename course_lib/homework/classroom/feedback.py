"""One page for each student: what every item earned and what to look at, in their language.

As Markdown, plain enough for a mail, and as an HTML file that needs nothing else.
"""

import hashlib
import re
from html import escape

from course_lib.homework.classroom.table import most, points
from course_lib.homework.judging.verdict import whole
from course_lib.homework.words import plain, say
from course_lib.homework.words.formulas import math
from course_lib.homework.words.sentences import sentence

STYLE = """body{font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .7em;text-align:left}
code{background:#eee;padding:0 .2em}h3{margin-bottom:0}ul{margin-top:.3em}
@media(prefers-color-scheme:dark){body{background:#1e1e1e;color:#ddd}code{background:#333}}"""


def write_feedback(results, folder, assignments):
    """feedback/<student>.md and .html for everybody; what is there for nobody is removed."""
    folder.mkdir(exist_ok=True)
    written = set()
    for result in results:
        text = page(result, assignments)
        mail = plain(text, keep_code=True)
        for ending, content in ((".md", mail), (".html", html(result, text))):
            path = folder / (file_name(result["student"]) + ending)
            path.write_text(content, encoding="utf-8")
            written.add(path.name)
    for path in [*folder.glob("*.md"), *folder.glob("*.html")]:
        if path.name not in written:
            path.unlink()


def file_name(student):
    """The student's id; a hash keeps it short and apart where a file system could not."""
    name = "".join(c if c.isalnum() or c in " ._()-" else "_" for c in student)
    if name != student or name.startswith(".") or len(name.encode()) > 200:
        name = f"{name.lstrip('.')[:60]}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
    return name


def page(result, assignments):
    """The page as Markdown with formulas in dollars."""
    language = result["language"]
    lines = [f"# {one_line(result['name'] or result['student'])}", ""]
    for key, values in result["reasons"]:
        if key != "not_on_the_roster":
            lines += [full_stop(sentence(language, key, values)), ""]
    works = {n: work for n, work in result["assignments"].items() if n in assignments}
    if len(assignments) > 1 and works:
        earned, of = sum(points(result, name) for name in works), sum(map(most, assignments))
        lines += [f"**{say(language, 'score', points=whole(earned), of=of)}**", ""]
        for name in assignments:
            if name not in works:
                lines += [full_stop(say(language, "not_handed_in", assignment=name)), ""]
    for assignment, work in works.items():
        lines += work_lines(language, result, assignment, work)
    if works:
        lines += ["---", "", say(language, "how_to_appeal"), ""]
    return "\n".join(lines)


def work_lines(language, result, assignment, work):
    """A table of all points, and below it what there is to say."""
    items = work["items"]
    marked = {name: item for name, item in items.items() if item["of"]}
    score = say(language, "score", points=points(result, assignment), of=most(assignment))
    lines = [f"## {assignment}: {score}", ""]
    if "penalty" in work:
        off, why = work["penalty"]["points"], one_line(work["penalty"]["comment"])
        lines += [full_stop(say(language, "penalty", points=off, comment=why).strip()), ""]
    if all(untouched(item) for item in items.values()):
        return [*lines, say(language, "nothing_solved"), ""]
    if points(result, assignment) == most(assignment):
        lines += [full_stop(say(language, "right")), ""]
    pending = sum(item["of"] for item in marked.values() if item["points"] is None)
    if pending:
        lines += [say(language, "pending", of=pending), ""]
    lines += [say(language, "table_head"), "|---|---|---|"]
    for name, item in marked.items():
        earned = "…" if item["points"] is None else item["points"]
        lines.append(f"| {sign(item)} | {name} | {earned} / {item['of']} |")
    lines.append("")
    for name, item in items.items():
        is_read = item.get("marked")  # then nobody has to read it any more
        texts = [
            sentence(language, key, values)
            for key, values in item["findings"]
            if not (is_read and key == "essay_received")
        ]
        if "parts" in item:
            texts.append(say(language, "parts", **item["parts"]))
        if item.get("comment"):
            texts.append(f"{say(language, 'from_teacher')}: {one_line(item['comment'])}")
        if texts:
            lines += [f"### {name}", "", *(f"- {full_stop(text)}" for text in texts), ""]
    return lines


def untouched(item):
    return [key for key, _ in item["findings"]] in (["unsolved"], ["planted"])


def sign(item):
    if item["points"] is None:
        return "…"
    return "✓" if item["points"] >= item["of"] else "◐" if item["points"] else "✗"


def full_stop(text):
    text = text[:1].upper() + text[1:]
    return text if text[-1] in ".?!:" else f"{text}."


def one_line(text):
    """A foreign text that cannot break the page."""
    return " ".join(text.split()).replace("<", "&lt;").replace("$", "＄")


def in_a_line(result):
    """What is wrong, as one line for the column of an LMS."""
    parts = []
    for work in result["assignments"].values():
        for name, item in work["items"].items():
            texts = [plain(sentence(result["language"], *finding)) for finding in item["findings"]]
            texts += [item["comment"]] if item.get("comment") else []
            if texts:
                parts.append(f"{name}: {'; '.join(texts)}")
    return " | ".join(parts)


def html(result, text):
    """The page as one HTML file, from the few forms of Markdown that `page` writes."""
    title = escape(one_line(result["name"] or result["student"]), quote=False)
    body, table, bullets = [], [], []
    for line in [*text.split("\n"), ""]:
        if line.startswith("|"):
            if not line.startswith("|---"):
                cells = line.strip("|").split("|")
                table.append("".join(f"<td>{inline(cell.strip())}</td>" for cell in cells))
            continue
        if line.startswith("- "):
            bullets.append(f"<li>{inline(line[2:])}</li>")
            continue
        if table:
            body.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in table)}</table>")
        if bullets:
            body.append(f"<ul>{''.join(bullets)}</ul>")
        table, bullets = [], []
        head = re.match(r"(#{1,3}) (.*)", line)
        if head:
            level = len(head[1])
            body.append(f"<h{level}>{inline(head[2])}</h{level}>")
        elif line:
            body.append("<hr>" if line == "---" else f"<p>{inline(line)}</p>")
    head = [f"<!doctype html><html lang='{result['language']}'><meta charset='utf-8'>"]
    head += [f"<meta name='viewport' content='width=device-width'><title>{title}</title>"]
    return "\n".join([*head, f"<style>{STYLE}</style>", *body, "</html>\n"])


def inline(text):
    """Bold, code and formulas of one line."""
    found = []
    for part in re.split(r"(`[^`]*`|\$[^$]+\$|\*\*[^*]+\*\*)", text):
        if part[:1] == part[-1:] == "`" and len(part) > 1:
            found.append(f"<code>{escape(part[1:-1])}</code>")
        elif part[:1] == part[-1:] == "$" and len(part) > 2:
            found.append(math(part[1:-1]))
        elif part.startswith("**"):
            found.append(f"<b>{escape(part[2:-2])}</b>")
        else:
            found.append(escape(part.replace("&lt;", "<"), quote=False))
    return "".join(found)
