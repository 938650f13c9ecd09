"""Who handed in what, the class's list, and the marks of a person: nobody and nothing gets lost."""

import io
import os
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from course_lib.homework.classroom import results
from course_lib.homework.classroom.marks import COLUMNS
from course_lib.homework.classroom.roster import read_roster
from course_lib.homework.classroom.spreadsheet import shown
from course_lib.homework.classroom.submissions import students
from course_lib.homework.reading import Unreadable
from support.grading import graded, table
from support.homework_class import GOOD, built, notebook, solution

TEXT = notebook(GOOD)

#: {layout: ({path below the class: what}, {student: names of files})}
LAYOUTS = {
    "flat": (["anna.ipynb", "boris.ipynb"], {"anna": ["anna.ipynb"], "boris": ["boris.ipynb"]}),
    "flat, endings of a browser": (["anna.ipynb.txt", "boris.ipynb.json"],
                                   {"anna": ["anna.ipynb.txt"], "boris": ["boris.ipynb.json"]}),
    "folders": (["a b/1/2/3/4/5/6/hw.ipynb", "c/x.ipynb"],
                {"a b": ["1/2/3/4/5/6/hw.ipynb"], "c": ["x.ipynb"]}),
    "Moodle": (["Анна Петрова_123_assignsubmission_file_/hw1.ipynb",
                "Борис Ёж_7_assignsubmission_file_/a/hw1.ipynb",
                "Борис Ёж_7_assignsubmission_onlinetext_/onlinetext.html"],
               {"Анна Петрова": ["hw1.ipynb"], "Борис Ёж": ["a/hw1.ipynb", "onlinetext.html"]}),
    "Moodle, flat": (["Анна Петрова_123_assignsubmission_file_hw1.ipynb",
                      "Анна Петрова_123_assignsubmission_file_hw2_x.ipynb",
                      "Борис Ёж_7_assignsubmission_file_hw1.ipynb"],
                     {"Анна Петрова": 2, "Борис Ёж": 1}),
    "two of one name": (["Анна Ли_1_assignsubmission_file_/x.ipynb",
                         "Анна Ли_2_assignsubmission_file_/x.ipynb"],
                        {"Анна Ли (1)": ["x.ipynb"], "Анна Ли (2)": ["x.ipynb"]}),
    "Canvas": (["petrovaanna_LATE_11_222_hw1.ipynb", "petrovaanna_11_223_hw2-1.ipynb",
                "ezhboris_12_224_hw1.ipynb"], {"petrovaanna": 2, "ezhboris": 1}),
    "Google": (["Анна Петрова - hw1.ipynb", "Анна Петрова - hw2.ipynb", "Борис Ёж - hw1.ipynb"],
               {"Анна Петрова": 2, "Борис Ёж": 1}),
    "GitHub": (["hw1-anna-p/.git/HEAD", "hw1-anna-p/hw1.ipynb", "hw1-boris/.git/HEAD",
                "hw1-boris/hw1.ipynb"], {"anna-p": ["hw1.ipynb"], "boris": ["hw1.ipynb"]}),
    "GitHub, nothing pushed": (["hw1-anna/.git/HEAD", "hw1-boris/.git/HEAD", "hw1-boris/x.ipynb"],
                               {"anna": [], "boris": ["x.ipynb"]}),
}  # fmt: skip


def handed_in(place, paths):
    for path in paths:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(TEXT)


def zipped(paths, prefix=""):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in paths:
            archive.writestr(prefix + path, TEXT)
    return data.getvalue()


def looked_at(found, expected):
    shown = {
        who: names if isinstance(expected.get(who), list) else len(names)
        for who, student in found.items()
        for names in [[file.name for file in student.files]]
    }
    return shown


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_an_lms_gives_is_known_packed_and_unpacked(tmp_path, layout):
    paths, expected = LAYOUTS[layout]
    handed_in(tmp_path / "class", paths)
    assert looked_at(students(tmp_path / "class"), expected) == expected
    if layout.startswith(
        "GitHub"
    ):  # what an archive of repositories looks like is nobody's standard
        return
    for prefix in ("", "course-hw1/"):
        archive = tmp_path / "class.zip"
        archive.write_bytes(zipped(paths, prefix))
        found = students(archive)
        assert looked_at(found, expected) == expected
        assert all(file.read() for student in found.values() for file in student.files)


def test_a_notebook_is_found_behind_thousands_of_other_files(tmp_path):
    names = [*(f"env/{j}.py" for j in range(2500)), "work/hw1.ipynb"]
    handed_in(tmp_path, ["boris.ipynb", *(f"anna/{name}" for name in names)])
    files = students(tmp_path)["anna"].files
    assert files[0].name == "work/hw1.ipynb"
    assert len(files) == 2000


def test_names_survive_as_bytes_and_stay_apart(tmp_path):
    names = [
        "Иван".encode("cp866"),
        "Пётр".encode("cp866"),
        "Юля".encode("cp1251"),
        "Анна".encode(),
    ]
    names += [b"\xff\xfe\x01x", b"\xff\xfe\x02x"]
    for name in names:
        place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        place.mkdir()
        (place / "hw1.ipynb").write_text(TEXT)
    found = students(tmp_path)
    assert {"Иван", "Пётр", "Юля", "Анна"} < set(found)
    assert len(found) == len(names)
    for who in found:
        who.encode()


def test_an_archive_is_read_and_never_unpacked(tmp_path):
    bad = {
        "bomb.zip": zipped([f"{j}.txt" for j in range(3000)]),
        "broken.zip": b"PK\x03\x04" + b"x" * 100,
        "up.zip": zipped(["../../evil.ipynb"]),
    }
    (tmp_path / "class").mkdir()
    for name, data in bad.items():
        (tmp_path / "class" / name).write_bytes(data)
    found = students(tmp_path / "class")
    assert [file.name for file in found["bomb"].files] == ["bomb.zip"]
    assert [file.name for file in found["broken"].files] == ["broken.zip"]
    assert [file.read() for file in found["up"].files] == [TEXT.encode()]
    assert not list(tmp_path.rglob("evil*"))
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.ipynb", bytes(40 * 2**20))
    (tmp_path / "class" / "huge.zip").write_bytes(huge.getvalue())
    with pytest.raises(Unreadable, match="too_large"):
        students(tmp_path / "class")["huge"].files[0].read()


# The list of the class

ROSTER = """id,name,variant,deadline,extension
anna,Анна Петрова,0,2026-12-01 12:00,
boris,Петр Иванов,3,01.12.2026 12:00,2026-12-03
vera,Иван Петров,5,2026-12-01 12:00,
gleb,Глеб Новый,,,
"""


def test_everybody_of_the_list_stands_in_the_table(folder, runs):
    """Late is computed, another's variant is seen, and two names of the same letters stay two."""
    roster = folder.parent / "students.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    (folder / "boris.ipynb").rename(folder / "Иванов Пётр_5_assignsubmission_file_hw1.ipynb")
    (folder / "vera.ipynb").rename(folder / "петров иван.ipynb")
    (folder / "nobody.ipynb").write_text(TEXT)
    noon = time.mktime((2026, 12, 1, 12, 0, 0, 0, 0, -1))
    for path, hours in zip(sorted(folder.iterdir()), (3, 30, -1, 5), strict=True):
        os.utime(path, (noon, noon + 3600 * hours))
    graded(folder, roster=roster)
    rows = table(folder)
    assert list(rows) == ["anna", "boris", "vera", "gleb", "nobody"]
    assert [row["status"] for row in rows.values()] == [
        "ok", "needs_human", "needs_human", "absent", "needs_human"]  # fmt: skip
    assert rows["boris"]["name"] == "Петр Иванов"
    assert (rows["anna"]["hours_late"], rows["boris"]["hours_late"]) == ("3,0", "")
    assert rows["vera"]["slope"] == "0"  # judged by the assigned variant
    assert "назначен 5" in rows["vera"]["look_at"]
    assert "нет в списке класса" in rows["nobody"]["look_at"]
    assert rows["gleb"]["total"] == "0"


def test_a_clone_of_git_keeps_no_time_and_makes_nobody_late(folder, runs):
    for name in ("anna", "boris"):
        (folder / name).mkdir()
        (folder / f"{name}.ipynb").rename(folder / name / "hw1.ipynb")
    (folder / "anna" / ".git").mkdir()
    roster = folder.parent / "students.csv"
    roster.write_text("id,deadline\nanna,2020-01-01\nboris,2020-01-01\nvera,\n")
    graded(folder, roster=roster)
    rows = table(folder)
    assert rows["anna"]["hours_late"] == ""
    assert rows["boris"]["hours_late"]


def test_a_list_that_is_not_understood_is_told_and_loses_nobody(tmp_path):
    roster = tmp_path / "students.csv"
    roster.write_text(
        "id;variant;deadline\nanna;200;\nboris;3;tomorrow\nanna;1;\n", encoding="cp1251"
    )
    people, wrong = read_roster(roster)
    assert list(people) == ["anna", "boris"]
    assert wrong == [
        "students.csv:2: variant: expected an integer 0…99; got '200'",
        "students.csv:3: deadline: expected a time like 2026-12-01 23:59; got 'tomorrow'",
        "students.csv:4: id: expected one id a person; got 'anna'",
    ]


# Marks

ROWS = [["vera", "why_momentum", "4,5", "хорошо"], ["boris", "adam", "10", ""]]
HEAD = list(COLUMNS)


def saved(encoding, delimiter=",", head=True, ending="\r\n"):
    rows = [HEAD, *ROWS] if head else ROWS
    quoted = [[f'"{c}"' if delimiter in c else c for c in row] for row in rows]
    return ending.join(delimiter.join(row) for row in quoted).encode(encoding)


def workbook():
    book = openpyxl.Workbook()
    for row in [HEAD, ["vera", "why_momentum", 4.5, "хорошо"], ["boris", "adam", 10, None]]:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


SAVED = {
    "UTF-8": saved("utf-8"),
    "UTF-8 with a mark": saved("utf-8-sig"),
    "cp1251, semicolons": saved("cp1251", ";"),
    "UTF-16, tabs": saved("utf-16", "\t"),
    "UTF-16 without a mark": saved("utf-16-le", "\t"),
    "sep=": b"sep=;\r\n" + saved("utf-8", ";"),
    "no head": saved("utf-8", head=False),
    "old ends of lines": saved("utf-8", ending="\r"),
    "a capital head": saved("utf-8").replace(b"student,item,points", b"Student,Item,Points"),
    "spaces and apostrophes": saved("utf-8").replace(b"vera,", b" 'vera ,"),
    "two rows that agree": saved("utf-8", ";")
    .replace(b"4,5;", b";")
    .replace(b"10;", b"10;\r\nvera;why_momentum;4,5;\r\nboris;adam;10;"),
    "Excel": workbook(),
}


def test_a_cell_of_a_workbook_is_as_one_would_type_it():
    cells = {"4": 4.0, "4.5": 4.5, "": None, "ada": "ada", "inf": np.inf, "nan": np.nan}
    assert [shown(value) for value in cells.values()] == list(cells)


@pytest.mark.parametrize("name", SAVED)
def test_marks_are_read_as_any_spreadsheet_saved_them(folder, runs, capsys, name):
    out = folder.parent / "out"
    out.mkdir()
    (out / "marks.csv").write_bytes(SAVED[name])
    graded(folder)
    rows = table(folder)
    assert (rows["vera"]["why_momentum"], rows["vera"]["total"]) == ("4,5", "34,5")
    assert rows["boris"]["adam"] == "10"
    page = (out / "feedback" / "vera.md").read_text(encoding="utf-8")
    assert "Преподаватель: хорошо" in page
    assert page.count("оценит преподаватель") == 1  # the other text
    assert capsys.readouterr().err == ""
    if name != "Excel":  # the row that waits was added in the file's own manner
        graded(folder)
        assert table(folder)["vera"]["total"] == "34,5"
        first, second = (results.take_marks([], out) for _ in range(2))
        assert first == second
        assert any("vera" in line for line in first)


REFUSED = {
    "too many points": ("vera,why_adam,50,", "csv:2: points: expected 0…5 or nothing; got '50'"),
    "no number": ("vera,why_adam,many,", "points: expected 0…5 or nothing; got 'many'"),
    "nan": ("vera,why_adam,nan,", "got 'nan'"),
    "a bonus for the whole": ("vera,hw1_methods,5,", "points: expected -60…0 or nothing; got '5'"),
    "no such item": ("vera,why_adm,1,", "item: expected one of gd, "),
    "nobody": ("vrea,why_adam,1,", "student: expected one of the table; got 'vrea'"),
    "twice": ("vera,why_adam,1,\nvera,why_adam,2,", "expected one row for vera, why_adam"),
    "a cell too many": ("vera,why_adam,4,5,good", "expected 4 cells; got more: good"),
}


@pytest.mark.parametrize(("row", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refused_row_is_told_and_the_file_left_alone(folder, runs, capsys, row, said):
    out = folder.parent / "out"
    out.mkdir()
    text = f"{','.join(COLUMNS)}\n{row}\n"
    (out / "marks.csv").write_text(text)
    graded(folder)
    told = capsys.readouterr().err
    assert said in told
    assert "new rows wait until these are mended" in told
    assert (out / "marks.csv").read_text() == text


@pytest.mark.parametrize("data", [b"\x98\xff\x98", zipped(["a"]), b"a,b,c\n1,2,3\n"])
def test_what_is_no_table_of_marks_is_told_and_left_alone(folder, runs, capsys, data):
    out = folder.parent / "out"
    out.mkdir()
    (out / "marks.csv").write_bytes(data)
    graded(folder)
    assert "marks.csv" in capsys.readouterr().err
    assert (out / "marks.csv").read_bytes() == data
    assert table(folder)["vera"]["total"] == "30"


def test_penalties_comments_and_marks_for_who_handed_in_nothing_readable(folder, runs):
    out = folder.parent / "out"
    out.mkdir()
    (folder / "petr.ipynb").write_text("{")
    rows = ["anna,hw1_methods,-5,поздно", "boris,gd,,молодец", "petr,adam,7,на бумаге"]
    (out / "marks.csv").write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    graded(folder)
    rows = table(folder)
    assert (rows["anna"]["total"], rows["anna"]["hw1_methods"]) == ("55", "55")
    assert (rows["petr"]["total"], rows["petr"]["status"]) == ("7", "unreadable")
    pages = {who: (out / "feedback" / f"{who}.md").read_text(encoding="utf-8") for who in rows}
    assert "Снято баллов: -5. поздно" in pages["anna"]
    assert "молодец" in pages["boris"]
    assert "на бумаге" in pages["petr"]


def test_a_missing_text_can_be_marked_too(folder, runs):
    """The marked cell was deleted, so nobody knows whether there is a text: a row waits."""
    import json

    cells = json.loads(built(True)["ru", "hw2_experiments"])["cells"]
    cells = [c for c in cells if not "".join(c["source"]).startswith("`why_adam`")]
    (folder / "vera.ipynb").write_text(notebook(*cells))
    graded(folder)
    marks = (folder.parent / "out" / "marks.csv").read_text(encoding="utf-8-sig")
    assert "vera;why_adam;;" in marks


@pytest.mark.parametrize(
    ("language", "row"),
    [("ru", "boris;needs_human;3,5;3,5;3,5"), ("en", "boris,needs_human,3.5,3.5,3.5")],
)
def test_a_spreadsheet_in_the_language_of_the_report_opens_the_tables(folder, runs, language, row):
    wrong = solution("gd").replace("- alpha", "+ alpha")
    (folder / "boris.ipynb").write_text(notebook("import numpy as np", wrong))
    graded(folder, language=language, settings=results.Settings(assignments=("hw1_methods",)))
    grades = (folder.parent / "out" / "grades.csv").read_text(encoding="utf-8-sig")
    assert f"\n{row}" in grades
    marks = (folder.parent / "out" / "marks.csv").read_text(encoding="utf-8-sig")
    assert marks.split() == [row[5].join(COLUMNS)]


def test_what_an_lms_takes_in(folder, runs):
    (folder / "anna.ipynb").rename(folder / "Анна П_77_assignsubmission_file_hw1.ipynb")
    graded(folder)
    out = folder.parent / "out"
    moodle = (out / "moodle_hw1_methods.csv").read_text(encoding="utf-8-sig").splitlines()
    assert moodle[0].startswith("Identifier,Full name,ID number,Grade,Maximum Grade,Feedback")
    assert "Participant 77,Анна П,Анна П,60,60," in moodle
    canvas = (out / "canvas_hw2_experiments.csv").read_text(encoding="utf-8-sig").splitlines()
    assert canvas[1] == "Points Possible,,,,,40"
    assert "vera,,,vera,," in canvas  # a text waits for its mark


def test_every_file_that_decides_a_grade_is_in_the_fingerprint(tmp_path, monkeypatch):
    import shutil

    library = tmp_path / "course_lib"
    shutil.copytree(results.LIBRARY, library, ignore=shutil.ignore_patterns("__pycache__", "*.js"))
    monkeypatch.setattr(results, "LIBRARY", library)
    settings = results.Settings(assignments=("hw1_methods",))
    first = results.fingerprint(settings)
    assert results.fingerprint(settings) == first
    seen = {first, results.fingerprint(settings._replace(assignments=()))}
    paths = sorted(library.rglob("*.py"))
    assert {"rates", "problems", "homework"} <= {path.parent.name for path in paths}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n", encoding="utf-8")
        seen.add(results.fingerprint(settings))
        path.write_text(text, encoding="utf-8")
    assert len(seen) == len(paths) + 2
