"""The page for the teacher: the class at a glance, who waits for a person, and the essays to read.

One HTML file with its pictures inside; every foreign text is escaped.
"""

import base64
import io
from collections import Counter
from html import escape
from statistics import median

from course_lib.homework.classroom.grading import STATUSES
from course_lib.homework.classroom.table import few, points, present
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay
from course_lib.homework.words import plain, say
from course_lib.homework.words.sentences import reasons_text, sentence

STYLE = """body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .6em;text-align:left}
blockquote{white-space:pre-wrap;border-left:4px solid #0072B2;margin:.5em 0;padding:0 1em}
img{max-width:100%}"""
NOT_MISTAKES = {"essay_received", "essay_short", "essay_long", "unsolved", "two"}
MOST_COMMON = 15


def write_report(results, path, language):
    """report.html of a class."""

    def words(key, **values):
        return escape(say(language, key, **values))

    parts = [f"<!doctype html><meta charset='utf-8'><title>{words('report')}</title>"]
    parts.append(f"<style>{STYLE}</style><h1>{words('report')}</h1>")
    count = Counter(result["status"] for result in results)
    parts.append(table([[s, count[s], say(language, f"status_{s}")] for s in STATUSES if count[s]]))
    assignments = present(results)
    for assignment in assignments:
        line = escape(summary(results, assignment, language))
        parts.append(f"<h2>{assignment}</h2><p>{line}</p>{picture(results, assignment)}")
        rows = common_mistakes(results, assignment, language)
        if rows:
            parts.append(f"<h3>{words('common')}</h3>{table(rows)}")
    rows = [
        [result["student"], result["status"], reasons_text(result, language, assignments)]
        for result in results
        if result["status"] != "ok"
    ]
    if rows:
        parts.append(f"<h2>{words('look_at')}</h2>{table(rows)}")
    rows = [[r["student"], few(r["similar"], 10)] for r in results if r["similar"]]
    if rows:
        parts.append(f"<h2>{words('similar')}</h2><p>{words('similar_note')}</p>{table(rows)}")
    parts.append(essays(results, words))
    path.write_text("\n".join(parts), encoding="utf-8")


def summary(results, assignment, language):
    totals = [points(r, assignment) for r in results if assignment in r["assignments"]]
    of = sum(item.points for item in ASSIGNMENTS[assignment].values())
    return say(language, "summary", count=len(totals), median=f"{median(totals):g}", of=of)


def table(rows):
    lines = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


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
                shown = " ".join(text.split(" ")[: 2 * item.most])[:20_000]
                parts.append(f"<b>{escape(student)}</b><blockquote>{escape(shown)}</blockquote>")
    return "\n".join(parts)


def picture(results, assignment):
    """Shares of full, partial and no points for each item, and the totals of the class."""
    from matplotlib.figure import Figure

    from course_lib import plot

    works = [r["assignments"][assignment] for r in results if assignment in r["assignments"]]
    its_items = {name: item for name, item in ASSIGNMENTS[assignment].items() if item.points}
    figure = Figure(figsize=(11, 0.5 * len(its_items) + 1.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    green, yellow, red = (plot.COLORS[j] for j in (2, 4, 1))
    looks = {"1": (green, ""), "½": (yellow, "//"), "0": (red, ".."), "…": ("lightgray", "")}
    for row, name in enumerate(its_items):
        shares = Counter(kind(work["items"][name]) for work in works)
        start = 0
        for share, (color, hatch) in looks.items():
            left.barh(row, shares[share], left=start, color=color, hatch=hatch, edgecolor="white",
                      label=share if row == 0 else None)  # fmt: skip
            start += shares[share]
    left.set_yticks(range(len(its_items)), list(its_items))
    left.invert_yaxis()
    left.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    most = sum(item.points for item in its_items.values())
    totals = [points(r, assignment) for r in results if assignment in r["assignments"]]
    right.hist(totals, bins=range(0, most + 6, 5), color=plot.COLORS[0], edgecolor="white")
    right.set(xlabel=f"Σ / {most}", xlim=(0, most + 5))
    text = io.BytesIO()
    figure.savefig(text, format="png", dpi=100)
    image = base64.b64encode(text.getvalue()).decode()
    alt = escape(", ".join(f"{name}: {full_marks(works, name)}" for name in its_items))
    return f"<img alt='{alt}' src='data:image/png;base64,{image}'>"


def kind(item):
    if item["points"] is None:
        return "…"
    return "1" if item["points"] >= item["of"] else "½" if item["points"] else "0"


def full_marks(works, name):
    full = sum(kind(work["items"][name]) == "1" for work in works)
    return f"{full}/{len(works)}"
