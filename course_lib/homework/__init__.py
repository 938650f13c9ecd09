"""The homework: `check` for students, and the grader for assistants.

    from course_lib.homework import check, personal     in a student's notebook
    python -m course_lib.homework grade SUBMISSIONS OUT  on an assistant's machine

Three rooms, by whom their code trusts. `inside` runs beside a student's code and knows no right
answer. `judging` knows the right answers and looks at numbers only: the items of an assignment, the
inputs they are tried on, the library of mistakes, the verdict. `classroom` deals with files and
people, and lets nothing of a student's run but in the sandbox. `check` (`at_home`) goes the same
way in a student's notebook; `words` says everything in two languages.
"""

from course_lib.homework.at_home import check
from course_lib.homework.judging.measured import personal

__all__ = ["check", "personal"]
