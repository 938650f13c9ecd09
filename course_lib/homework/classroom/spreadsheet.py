"""Tables that a person keeps, as whatever spreadsheet saved them.

Excel writes cp1251 with semicolons, UTF-16 with tabs or .xlsx, others UTF-8 with commas. What was
refused is told with file, row, what came and what is allowed; rows are added, in the file's own
manner, only to a file that was understood whole.
"""

import csv
import io
import zipfile
from typing import NamedTuple

MOST_COLUMNS = 40
MOST_ROWS = 50_000


class Manner(NamedTuple):
    """How a file is written: for a new one, UTF-8 with a mark, which spreadsheets read."""

    encoding: str = "utf-8-sig"
    delimiter: str = ","

    def number(self, value):
        """A cell with a number as it is written there: 3.5, or 3,5 between semicolons."""
        comma = self.delimiter == ";" and isinstance(value, float)
        return str(value).replace(".", ",") if comma else value


#: Of new tables that a person opens. A Russian Excel puts a row with commas into one cell, and
#: takes 3.5 for the third of May.
MANNERS = {"ru": Manner(delimiter=";"), "en": Manner()}


class Table(NamedTuple):
    """rows: [("marks.csv:2", {column: text}), …]; wrong: what was refused; manner: None if it is
    no text file."""

    rows: list
    wrong: list
    manner: Manner | None


def read_table(path, columns, needed, headless=lambda cells: False):
    """The rows of a file under the known columns; empty rows are left out.

    needed: columns that must be there. headless(cells): is this first row no head but a row of all
    columns in their order?
    """
    data = path.read_bytes()
    if not data.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        return Table([], [], Manner())
    if data.startswith(b"PK"):
        lines, manner = xlsx_lines(data), None
        if lines is None:
            return Table([], [f"{path.name}: expected a table; got an archive"], None)
    else:
        text, encoding = decoded(data)
        if text is None:
            words = "expected text in UTF-8, UTF-16 or cp1251, or a sheet of Excel"
            return Table([], [f"{path.name}: {words}; got bytes that are none of them"], None)
        manner = Manner(encoding, delimiter_of(text, columns))
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=manner.delimiter)
    return named(path.name, lines, manner, columns, needed, headless)


def named(file, lines, manner, columns, needed, headless):
    """The `Table` of rows that are lists of cells."""
    head, rows, wrong = None, [], []
    try:
        for number, cells in enumerate(lines, 1):
            cells = [clean(cell) for cell in cells[:MOST_COLUMNS]]
            if not any(cells) or cells[0].casefold().startswith("sep="):
                continue
            place = f"{file}:{number}"
            if head is None:
                head = [cell.casefold() for cell in cells]
                if headless(cells):
                    head = list(columns)
                elif not set(needed) <= set(head):
                    came = ", ".join(cells)[:80]
                    wrong.append(f"{place}: expected columns {', '.join(columns)}; got {came}")
                    break
                else:
                    continue
            row = dict.fromkeys(columns, "")
            row.update((name, cell) for name, cell in zip(head, cells, strict=False))
            rows.append((place, {name: row[name] for name in columns}))
            if len(cells) > len(head) and any(cells[len(head) :]):
                extra = ", ".join(cells[len(head) :])[:80]
                wrong.append(f"{place}: expected {len(head)} cells; got more: {extra}")
    except csv.Error as error:
        wrong.append(f"{file}: expected a table; got {error}")
    return Table(rows[:MOST_ROWS], wrong, manner)


def clean(cell):
    """A cell's text without what spreadsheets put around it."""
    text = "" if cell is None else str(cell)
    return text.replace("\xa0", " ").replace("\0", "").strip().removeprefix("'").strip()


def decoded(data):
    """(Text, encoding); (None, "") if it is in none that spreadsheets write."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        guesses = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        guesses = ["utf-8-sig"]
    elif b"\0" in data[:200]:
        guesses = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        guesses = ["utf-8", "cp1251"]
    for encoding in guesses:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None, ""


def delimiter_of(text, columns):
    """What parts the cells of the first row: where it makes most known columns, or most cells."""
    lines = [line for line in text.splitlines() if line.strip()]
    line = next((line for line in lines if not line.casefold().startswith("sep=")), "")

    def cells(delimiter):
        found = [cell.strip(' "').casefold() for cell in line.split(delimiter)]
        return len(set(found) & set(columns)), len(found)

    return max(",;\t", key=cells)


def xlsx_lines(data):
    """The rows of the first sheet; None if it is no workbook."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [[shown(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, TypeError):
        return None


def shown(value):
    """A cell of a workbook as one would type it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def append(path, rows, columns, manner):
    """Add rows to a file, in its own manner; make the file if there is none."""
    encoding = manner.encoding
    if not path.exists() or not path.read_bytes():
        rows = [columns, *rows]
    else:
        data = path.read_bytes()
        if encoding in ("utf-16", "utf-8-sig"):  # the mark is there already
            encoding = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}[encoding]
            encoding = "utf-16-be" if data[:2] == b"\xfe\xff" else encoding
        if not data.decode(manner.encoding).endswith(("\n", "\r")):
            with open(path, "ab") as file:
                file.write("\r\n".encode(encoding))
    with open(path, "a", encoding=encoding, newline="", errors="backslashreplace") as file:
        csv.writer(file, delimiter=manner.delimiter).writerows(rows)
