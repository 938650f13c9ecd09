"""The command of assistants:

python -m course_lib.homework grade SUBMISSIONS OUT [--language en] [--jobs 2] [--seed 1]
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from course_lib.homework.classroom.sandbox import NoSandbox


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m course_lib.homework")
    commands = parser.add_subparsers(required=True)
    grade = commands.add_parser("grade", help="grade a folder of submissions")
    grade.add_argument("submissions", type=Path, help="one notebook or folder for each student")
    grade.add_argument("out", type=Path, help="where the results go")
    grade.add_argument("--language", choices=("ru", "en"), default="ru", help="of the report")
    grade.add_argument("--jobs", type=int, default=None, help="how many at once")
    grade.add_argument("--seed", type=int, default=None, help="of the hidden inputs")
    args = parser.parse_args(argv)
    if not args.submissions.is_dir():
        parser.error(f"there is no folder {args.submissions}")
    if args.submissions.resolve() in (args.out.resolve(), *args.out.resolve().parents):
        parser.error("OUT lies in SUBMISSIONS: its files would be taken for a student's")

    from course_lib.homework.classroom.grading import Settings
    from course_lib.homework.classroom.results import grade_class

    settings = Settings() if args.seed is None else Settings(seed=args.seed)
    try:
        with tqdm(unit="", delay=1) as bar:

            def show(done, every, student):
                bar.total = every
                bar.set_postfix_str(student[:30], refresh=False)
                bar.update(done - bar.n)

            results = grade_class(
                args.submissions, args.out, settings, args.language, args.jobs, show
            )  # fmt: skip
    except NoSandbox as missing:
        print(f"grade: refused. {missing}", file=sys.stderr)
        return 1
    print(f"{len(results)} → {args.out / 'grades.csv'}, {args.out / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
