"""The command of assistants:

python -m course_lib.homework grade SUBMISSIONS OUT [--assignment hw1_methods]
    [--roster students.csv] [--again STUDENT] [--language en] [--jobs 2] [--seed 1]
"""

import argparse
import os
import sys
import zipfile
from pathlib import Path

from tqdm import tqdm

from course_lib.homework.classroom.sandbox import NoSandbox
from course_lib.homework.judging.assignments import ASSIGNMENTS


def place(text):
    """A path; not every shell knows the ~ in `make grade SUBMISSIONS=~/hw1.zip`."""
    return Path(os.path.expanduser(text))


def main(argv=None):
    parser = _parser()
    args = parser.parse_args(argv)
    _refuse(parser, args)

    from course_lib.homework.classroom.grading import Settings
    from course_lib.homework.classroom.results import grade_class

    settings = Settings(assignments=tuple(args.assignment))
    settings = settings if args.seed is None else settings._replace(seed=args.seed)
    try:
        with tqdm(unit="", delay=1) as bar:

            def show(done, every, student):
                bar.total = every
                bar.set_postfix_str(student[:30], refresh=False)
                bar.update(done - bar.n)

            results = grade_class(
                args.submissions, args.out, settings, args.language, args.jobs, show,
                args.roster, args.again,
            )  # fmt: skip
    except NoSandbox as missing:
        print(f"grade: refused. {missing}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a table that a spreadsheet has locked
        print(
            f"grade: {error}\n  What is graded is kept: mend that and grade again.", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print("grade: stopped. What is graded is kept: the next run goes on.", file=sys.stderr)
        return 130
    print(f"{len(results)} → {args.out / 'grades.csv'}, {args.out / 'report.html'}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="python -m course_lib.homework")
    commands = parser.add_subparsers(required=True)
    grade = commands.add_parser("grade", help="grade a folder of submissions")
    grade.add_argument("submissions", type=place, help="a folder, or the archive of an LMS")
    grade.add_argument("out", type=place, help="where the results go")
    grade.add_argument("--language", choices=("ru", "en"), default="ru", help="of the report")
    grade.add_argument(
        "--assignment", choices=ASSIGNMENTS, action="append", default=[], help="what was set"
    )
    grade.add_argument("--roster", type=place, help="students.csv: id, name, variant, deadline")
    grade.add_argument(
        "--again", action="append", default=[],
        help="grade anew though nothing changed: a student, student:item, or a status",
    )  # fmt: skip
    grade.add_argument("--jobs", type=int, default=None, help="how many at once")
    grade.add_argument("--seed", type=int, default=None, help="of the hidden inputs")
    return parser


def _refuse(parser, args):
    """Ends with the words of `parser` where an argument cannot be what it says."""
    for name, least in (("jobs", 1), ("seed", 0)):
        if (given := getattr(args, name)) is not None and given < least:
            parser.error(f"{name}: expected an integer ≥ {least}; got {given}")
    for path in (args.submissions, args.roster):
        if path and not path.exists():
            parser.error(f"there is no {path}")
    if args.roster and not args.roster.is_file():
        parser.error(f"{args.roster} is no file")
    if args.out.exists() and not args.out.is_dir():
        parser.error(f"{args.out} is no folder")
    if args.submissions.is_file() and not zipfile.is_zipfile(args.submissions):
        parser.error(f"{args.submissions} is neither a folder nor a zip archive")
    if args.submissions.resolve() in (args.out.resolve(), *args.out.resolve().parents):
        parser.error("OUT lies in SUBMISSIONS: its files would be taken for a student's")


if __name__ == "__main__":
    sys.exit(main())
