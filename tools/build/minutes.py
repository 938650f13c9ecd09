"""For class or for home, and how many minutes: what a lecturer plans with.

Every section of a chapter ends its heading with `· 10 мин на паре` or `· 15 мин дома` (English:
`· 10 min in class`, `· 15 min at home`); a subsection does where it differs from its section,
whose minutes then leave it out. The chapter's `**Время:** 35 мин на паре, 40 мин дома.` are their
sums, and the map of 00_start says the same.
"""

import re

from tools.build.sources import is_solution, paragraphs

PLACES = {"на паре": "in class", "дома": "at home"}
TIME = re.compile(r"(?P<minutes>\d+) (?:мин|min) (?P<place>на паре|дома|in class|at home)\b")
SECTION = re.compile(r"^## .*$", re.MULTILINE)
MARK = re.compile(rf"^#{{2,3}} .* · {TIME.pattern}$")
HEADING = re.compile(r"^#{2,3} ")
TOTAL = re.compile(r"\*\*(?:Время|Time):\*\*")
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
    rows = {name: (int(c), int(h))
            for part in prose.get("00_start", []) for name, c, h in ROW.findall(part)}  # fmt: skip
    for name, parts in prose.items():
        if not re.match(r"(?!00)\d\d_", name):
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
        if rows and rows.get(name) != summed:
            yield f"src/00_start.py: map: {name}: expected {summed} minutes; got {rows.get(name)}"
