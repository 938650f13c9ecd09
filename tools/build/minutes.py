"""For class or for home, and how many minutes: what a lecturer plans with.

Every section of a chapter ends its heading with `· 10 мин на паре` or `· 15 мин дома` (English:
`· 10 min in class`, `· 15 min at home`); a subsection does where it differs from its section,
whose minutes then leave it out. The chapter's `**Время:** 35 мин на паре, 40 мин дома.` are their
sums, and the map of 00_start says the same. The seminar lasts one class, and so does the second
route of 00_start, `- [06_adadelta](06_adadelta.ipynb), 12 мин на паре`.
"""

import re

from tools.build.compose import SEMINAR
from tools.build.sources import is_solution, paragraphs

LESSON = 90  # minutes

PLACES = {"на паре": "in class", "дома": "at home"}
TIME = re.compile(r"(?P<minutes>\d+) (?:мин|min) (?P<place>на паре|дома|in class|at home)\b")
MARK = re.compile(rf"^#{{2,3}} .* · {TIME.pattern}$")
HEADING = re.compile(r"^#{2,3} ")
TOTAL = re.compile(r"\*\*(?:Время|Time):\*\*")
ROUTE = re.compile(r"^- \[(\w+)\]\(\1\.ipynb\), (\d+) мин на паре", re.MULTILINE)
ROW = re.compile(r"^\| \[(\w+)\]\(\1\.ipynb\) \|[^|]*\| (\d+) \| (\d+) \|", re.MULTILINE)


def minutes(text):
    """Pairs (minutes, "in class" or "at home") of a text in either language."""
    found = (match.group("minutes", "place") for match in TIME.finditer(text))
    return [(int(number), PLACES.get(place, place)) for number, place in found]


def total(times):
    """Minutes (in class, at home) of such pairs."""
    return tuple(sum(number for number, where in times if where == place)
                 for place in PLACES.values())  # fmt: skip


def check_minutes(notebooks):
    """Problems of sections without a mark and of sums; notebooks: {name: cells}."""
    prose = {
        name: [part for cell in cells if cell.cell_type == "markdown" and not is_solution(cell)
               for part in paragraphs(cell.source)]
        for name, cells in notebooks.items()
    }  # fmt: skip
    start = prose.get("00_start", [])
    route = {name: int(number) for part in start for name, number in ROUTE.findall(part)}
    if route and sum(route.values()) != LESSON:
        yield f"src/00_start.py: second route: expected {LESSON} minutes; got {sum(route.values())}"
    rows = {name: (int(c), int(h))
            for part in start for name, c, h in ROW.findall(part)}  # fmt: skip
    for name, parts in prose.items():
        if not re.match(rf"(?!00)\d\d_|{SEMINAR}$", name):
            continue
        if not (headings := [part for part in parts if HEADING.match(part)]):
            continue
        for heading in headings:
            if heading.startswith("## ") and not MARK.match(heading):
                yield f"src/{name}.py: «{heading}»: expected · 10 мин на паре, or · 15 мин дома"
        summed = total([pair for heading in headings for pair in minutes(heading)])
        stated = [total(minutes(part)) for part in parts if TOTAL.match(part)]
        if stated != [summed]:
            yield f"src/{name}.py: **Время:** expected {summed} (на паре, дома); got {stated}"
        if name == SEMINAR and summed != (LESSON, 0):
            yield f"src/{name}.py: expected {LESSON} minutes in class; got {summed}"
        if route.get(name, summed[0]) != summed[0]:
            yield f"src/00_start.py: second route: {name}: expected {summed[0]} minutes"
        if rows and rows.get(name) != summed:
            yield f"src/00_start.py: map: {name}: expected {summed} minutes; got {rows.get(name)}"
