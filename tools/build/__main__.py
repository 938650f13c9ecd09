"""`python -m tools.build`: see the package."""

import argparse
import sys

import tools.build
from tools import NOTEBOOKS
from tools.build import build, check
from tools.build.sources import SourceError


def main(argv=None, root=NOTEBOOKS):
    parser = argparse.ArgumentParser(description=tools.build.__doc__.split("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing, list the problems")
    mode.add_argument("--homework", action="store_true", help="write homework/ only")
    mode.add_argument("--solutions", action="store_true", help="write solutions/, for teachers")
    args = parser.parse_args(argv)
    try:
        problems = check(root) if args.check else []
        if not args.check:
            po = build(root, args.solutions, args.homework)
            todo = sum(not entry.msgstr.strip() or entry.fuzzy for entry in po)
            print(f"built; paragraphs of locale/en.po that wait for a translator: {todo}")
    except SourceError as error:
        problems = [str(error)]
    for problem in problems:
        print(f"{root.name}/{problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
