"""Does every verdict survive another seed? The notebooks are executed with six of them.

    python -m tools.verdicts [NAME ...] [--seeds 6] [--jobs 2] [--scheduler ADDRESS]

writes `notebooks/VERDICTS.md`: every check of every notebook, its sign for each seed, how many
agree or that there is one number for all seeds, the narrowest and the widest band. A notebook's
cell tagged `parameters` sets its one SEED; runs use SEED, SEED + 1, …, so seeds `APART` from each
other share nothing. What is computed is kept in `build/verdicts`, and computed again only when the
notebook, the library or its data changed: an interrupted run goes on where it stopped. With NAMEs,
only these are executed, and nothing written.

On a cluster: --scheduler tcp://…:8786, that of Dask, whose workers have this folder.
"""

import argparse
import hashlib
import json
import sys
from contextlib import nullcontext
from typing import NamedTuple

import nbformat
from distributed import Client
from joblib import Parallel, delayed, parallel_config
from nbclient import NotebookClient
from tqdm import tqdm

from tools import NOTEBOOKS, ROOT

PAGE = NOTEBOOKS / "VERDICTS.md"
KEPT = ROOT / "build" / "verdicts"
APART = 10_000
HANGS = 900  # seconds for one cell: only a hanging one takes them

HEAD = """\
# Verdicts, seed by seed

Every check of every notebook, asked with {count} seeds that share no random number. ✓: the band
lies where the claim says; ✗: outside; ?: across an end. The verdict in a notebook's prose is that
of the first column of signs. Made by `make verdicts`.

Where every seed gave the very same numbers, the claim was asked once: *exact* is a number with no
chance in it, *stored* a band from the committed results of a long run, which has fixed seeds of its
own: [data/results](../data/results).
"""


class Row(NamedTuple):
    """One check of a notebook over all seeds: its sign and its band (value, low, high) for each."""

    notebook: str
    claim: str
    of: str
    signs: tuple
    bands: tuple

    @property
    def agree(self):
        return self.signs.count(self.signs[0])

    @property
    def agreement(self):
        """ "5/6"; or "exact" or "stored" where all seeds gave the same numbers, see `HEAD`."""
        if len(self.bands) == 1 or len(set(map(tuple, self.bands))) > 1:
            return f"{self.agree}/{len(self.bands)}"
        return "stored" if "[" in _text(self.bands[0]) else "exact"


def lessons():
    """Names of the chapters that hold checks, in their order; the seminar's are theirs."""
    paths = sorted((NOTEBOOKS / "ru").glob("[0-9]*.ipynb"))
    return [p.stem for p in paths if "check(" in p.read_text(encoding="utf-8")]


def with_seed(notebook, seed):
    """The notebook, its cell of parameters followed by one that sets SEED."""
    for j, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            notebook.cells.insert(j + 1, nbformat.v4.new_code_cell(f"SEED = {seed}"))
            return notebook
    raise ValueError('notebook: expected a cell tagged "parameters"')


def checks(notebook):
    """The data of all checks in an executed notebook, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    found = [output.get("metadata", {}).get("check") for output in outputs]
    return [dict(check) for check in found if check]


def asked(name, seed):
    """The checks of one notebook with one seed: kept, or computed now."""
    path = NOTEBOOKS / "ru" / f"{name}.ipynb"
    key, kept = fingerprint(path), KEPT / f"{name}.{seed}.json"
    if kept.exists() and (known := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
        return known["checks"]
    notebook = with_seed(nbformat.read(path, 4), seed)
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=HANGS, kernel_name="python3", resources=folder).execute()
    found = checks(notebook)
    kept.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"key": key, "checks": found}, ensure_ascii=False, indent=1)
    kept.write_text(text, encoding="utf-8")
    return found


def fingerprint(path):
    """Of all that decides what a notebook's checks say."""
    digest = hashlib.sha256(path.read_bytes())
    library = [p for p in (ROOT / "course_lib").rglob("*.py") if "homework" not in p.parts]
    for file in sorted([*library, *(ROOT / "data").rglob("*.*")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def rows(name, found):
    """The rows of one notebook from its checks for every seed, [[check, …], …]."""
    numbers = {len(checks) for checks in found}
    if len(numbers) > 1:
        raise ValueError(f"{name}: expected the same checks for every seed; got {sorted(numbers)}")
    made = []
    for same in zip(*found, strict=True):
        claim, of = same[0]["claim"], same[0]["of"]
        signs, bands = (tuple(check[key] for check in same) for key in ("sign", "band"))
        made.append(Row(name, claim, of, signs, bands))
    return made


def page(all_rows, seeds):
    """The text of the page."""
    lines = [HEAD.format(count=len(seeds))]
    for name in dict.fromkeys(row.notebook for row in all_rows):
        lines += [f"## {name} [ru](ru/{name}.ipynb) · [en](en/{name}.ipynb)\n"]
        lines += [f"| claim | | {' | '.join(map(str, seeds))} | agree | narrowest | widest |"]
        lines += ["|---|---|" + ":-:|" * len(seeds) + ":-:|---|---|"]
        for row in (row for row in all_rows if row.notebook == name):
            ordered = sorted(row.bands, key=_width)
            cells = [row.claim, row.of.replace("|", "\\|"), *row.signs, row.agreement]
            cells += [_text(ordered[0]), _text(ordered[-1])]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _width(band):
    _, low, high = band
    return float("inf") if low is None or high is None else high - low


def _text(band):
    value, low, high = ("∞" if number is None else f"{number:.3g}" for number in band)
    return value if low == high == value else f"{value} [{low}, {high}]"


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.verdicts")
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks; default: all")
    parser.add_argument("--seeds", type=int, default=6, help="how many")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks executed at once")
    parser.add_argument("--scheduler", help="address of Dask's; default: processes of this machine")
    args = parser.parse_args(argv)
    names, seeds = lessons(), [APART * j for j in range(args.seeds)]
    for name in args.names:
        if name not in names:
            parser.error(f"{name}: expected one of {', '.join(names)}")
    pairs = [(name, seed) for name in args.names or names for seed in seeds]
    backend = "dask" if args.scheduler else "loky"
    with (
        Client(args.scheduler) if args.scheduler else nullcontext(),
        parallel_config(backend, n_jobs=args.jobs),
        tqdm(total=len(pairs), delay=1) as bar,
    ):
        found = {}
        work = Parallel(return_as="generator")(delayed(asked)(*pair) for pair in pairs)
        for pair, answer in zip(pairs, work, strict=True):
            found[pair] = answer
            bar.update()
    made = [row for name in args.names or names
            for row in rows(name, [found[name, seed] for seed in seeds])]  # fmt: skip
    text = page(made, seeds)
    if args.names:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    return sum(row.agree < len(seeds) for row in made)


if __name__ == "__main__":
    differing = main()
    print(f"{differing} rows are not alike for all seeds", file=sys.stderr)
