"""The page for the teacher: the class at a glance, who waits for a person, and the essays to read.

One HTML file with its pictures inside; every foreign text is escaped.
"""

import base64
import io
from collections import Counter
from html import escape
from statistics import median

from course_lib.homework.classroom.grading import STATUSES
from course_lib.homework.classroom.table import most, points
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay
from course_lib.homework.words import plain, say
from course_lib.homework.words.sentences import reasons_text, sentence

STYLE = """body{font:16px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .6em;text-align:left}
.wide{overflow-x:auto;font-size:14px;margin-bottom:1em}
blockquote{white-space:pre-wrap;border-left:4px solid #0072B2;margin:.5em 0;padding:0 1em}
img{max-width:100%}"""
NOT_MISTAKES = {"essay_received", "essay_short", "essay_long", "unsolved", "two", "numpy_only"}
MOST_COMMON = 15
MOST_PAIRS = 100


def write_report(results, path, language, assignments, refused):
    """report.html of a class. refused: rows of a person's tables that were not understood."""

    def words(key, **values):
        return escape(say(language, key, **values))

    parts = [f"<!doctype html><meta charset='utf-8'><title>{words('report')}</title>"]
    parts.append(f"<style>{STYLE}</style><h1>{words('report')}</h1>")
    if refused:
        parts.append(f"<h2>{words('refused')}</h2>{table([[line] for line in refused])}")
    parts.append(f"<div class='wide'>{points_table(results, assignments, language)}</div>")
    count = Counter(result["status"] for result in results)
    parts.append(table([[s, count[s], say(language, f"status_{s}")] for s in STATUSES if count[s]]))
    rows = [
        [result["student"], result["status"], reasons_text(result, language, assignments)]
        for result in results
        if result["status"] != "ok"
    ]
    if rows:
        parts.append(f"<h2>{words('look_at')}</h2>{table(rows)}")
    for assignment in assignments:
        if any(assignment in result["assignments"] for result in results):
            line = escape(summary(results, assignment, language))
            image = picture(results, assignment, language)
            parts.append(f"<h2>{assignment}</h2><p>{line}</p>{image}")
            rows = common_mistakes(results, assignment, language)
            if rows:
                parts.append(f"<h3>{words('common')}</h3>{table(rows)}")
    rows = pairs(results)
    if rows:
        parts.append(f"<h2>{words('similar')}</h2><p>{words('similar_note')}</p>{table(rows)}")
    parts.append(essays(results, words))
    parts.append(f"<p>{words('how_to_send')}</p>")
    path.write_text("\n".join(parts), encoding="utf-8")


def points_table(results, assignments, language):
    """Every student and every item; an item that waits for a person is …"""
    items = {name: [n for n, i in ASSIGNMENTS[name].items() if i.points] for name in assignments}
    several = len(assignments) > 1
    head = [say(language, "student"), *["Σ"] * several]
    head += [cell for name in assignments for cell in (name, *items[name])]
    rows = []
    for result in results:
        each = [points(result, name) for name in assignments]
        row = [result["name"] or result["student"]]
        row += ["" if None in each else f"{sum(each):g}"] * several
        for name, earned in zip(assignments, each, strict=True):
            known = result["assignments"].get(name, {"items": {}})["items"]
            row.append("" if earned is None or not known else f"{earned:g}")
            row += [shown(known.get(item)) for item in items[name]]
        rows.append(row)
    return table(rows, head)


def shown(item):
    if item is None:
        return ""
    return "…" if item["points"] is None else f"{item['points']:g}"


def summary(results, assignment, language):
    totals = [points(r, assignment) for r in results if assignment in r["assignments"]]
    of = most(assignment)
    return say(language, "summary", count=len(totals), median=f"{median(totals):g}", of=of)


def table(rows, head=()):
    first = "".join(f"<th>{escape(str(cell))}</th>" for cell in head)
    lines = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    lines = [f"<tr>{line}</tr>" for line in [*([first] if head else []), *lines]]
    return f"<table>{''.join(lines)}</table>"


def common_mistakes(results, assignment, language):
    """[how many students, item, the mistake in words], the most common first."""
    count = Counter()
    for result in results:
        work = result["assignments"].get(assignment, {"items": {}})
        for name, item in work["items"].items():
            for key, values in item["findings"]:
                if key not in NOT_MISTAKES:
                    count[name, plain(sentence(language, key, values))] += 1
    return [[many, name, text] for (name, text), many in count.most_common(MOST_COMMON)]


def pairs(results):
    """[one, other, degree, what is shared], the most alike first; each pair once."""
    found = {
        tuple(sorted((result["student"], other))): (degree, shared)
        for result in results
        for other, degree, shared in result["similar"]
    }
    rows = sorted(found.items(), key=lambda row: (-row[1][0], row[0]))
    return [[*who, f"{d:.0%}", ", ".join(shared)] for who, (d, shared) in rows[:MOST_PAIRS]]


def essays(results, words):
    """Every essay under its question, so that a person reads all answers to one in a row."""
    parts = []
    for its_items in ASSIGNMENTS.values():
        for name, item in its_items.items():
            texts = [
                (result["student"], work["essays"][name])
                for result in results
                for work in result["assignments"].values()
                if isinstance(item, Essay) and name in work["essays"]
            ]
            if texts:
                parts.append(f"<h2>{name}</h2><p>{words('essay_note', of=item.points)}</p>")
            for student, text in texts:
                cut = " ".join(text.split(" ")[: 2 * item.most])[:20_000]
                parts.append(f"<b>{escape(student)}</b><blockquote>{escape(cut)}</blockquote>")
    return "\n".join(parts)


def picture(results, assignment, language):
    """How many got full, partial and no points for each item, and the totals of the class."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from course_lib import plot

    works = [r["assignments"][assignment] for r in results if assignment in r["assignments"]]
    its_items = {name: item for name, item in ASSIGNMENTS[assignment].items() if item.points}
    figure = Figure(figsize=(12, 0.5 * len(its_items) + 2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    green, yellow, red = (plot.COLORS[j] for j in (2, 4, 1))
    looks = {"full": (green, ""), "part": (yellow, "//"), "none": (red, ".."),
             "waits": ("lightgray", "")}  # fmt: skip
    for row, name in enumerate(its_items):
        shares = Counter(kind(work["items"][name]) for work in works)
        start = 0
        for share, (color, hatch) in looks.items():
            label = say(language, f"share_{share}") if row == 0 else None
            left.barh(row, shares[share], left=start, color=color, hatch=hatch, edgecolor="white",
                      label=label)  # fmt: skip
            start += shares[share]
    left.set_yticks(range(len(its_items)), list(its_items))
    left.set_xlabel(say(language, "students"))
    left.invert_yaxis()
    left.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    whole = most(assignment)
    totals = [points(r, assignment) for r in results if assignment in r["assignments"]]
    right.hist(totals, bins=range(0, whole + 6, 5), color=plot.COLORS[0], edgecolor="white")
    right.set(xlabel=say(language, "points_of", of=whole), ylabel=say(language, "students"))
    right.set_xlim(0, whole + 5)
    for axis in (left.xaxis, right.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    text = io.BytesIO()
    figure.savefig(text, format="png", dpi=100)
    image = base64.b64encode(text.getvalue()).decode()
    alt = escape(", ".join(f"{name}: {full_marks(works, name)}" for name in its_items))
    return f"<img alt='{alt}' src='data:image/png;base64,{image}'>"


def kind(item):
    if item["points"] is None:
        return "waits"
    return "full" if item["points"] >= item["of"] else "part" if item["points"] else "none"


def full_marks(works, name):
    full = sum(kind(work["items"][name]) == "full" for work in works)
    return f"{full}/{len(works)}"
