"""The homework: `check` for students, and the grader for assistants.

    from course_lib.homework import check, personal     in a student's notebook
    python -m course_lib.homework grade SUBMISSIONS OUT  on an assistant's machine

How it hangs together: an assignment is a list of items (`assignments`). A function is tried on
inputs (`trials`, run by `worker`) and judged (`verdict`) against the course's own methods, with a
library of mistakes (`slips`); a measured number against theory (`measured`, `exact`). At home
`check` (`at_home`) does it in the notebook. The grader (`classroom`, for each student `grading`)
reads notebooks as data (`submissions`, `reading`, `slicing`), runs students' functions in a sandbox
(`sandbox`, `jail`), and writes `table`, `feedback` and `report` in the words of `words`.
"""

from course_lib.homework.at_home import check
from course_lib.homework.measured import personal

__all__ = ["check", "personal"]
