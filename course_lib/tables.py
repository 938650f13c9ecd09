"""One printer of tables, for the notebooks and for what the library prints.

Both languages share what a code cell prints, so a table has symbols and numbers and no sentence.
"""

import unicodedata

from course_lib.bands import Band


class Lines(str):
    """A text that shows as it is printed when it is a cell's last value."""

    __slots__ = ()
    __repr__ = str.__str__


def table(columns, formats=None):
    """Columns side by side under their heads: a text.

    columns: {head: entries}, all of one length m: texts, numbers, bands (`bands.Band`), or one band
    of arrays (m,). A column of texts alone stands on the left, any other on the right; of bands
    the three numbers stand below each other. formats: {head: format of its numbers}. Raises
    ValueError for columns of different lengths and for a format without a column.

    >>> wins = [Band(0.512, 0.497, 0.53), Band(12, 9, 15)]
    >>> table({"": ["SGD", "Adam"], "k": [3, 1000], "x̄": wins}, {"x̄": ".3g"})
             k                    x̄
    SGD      3  0.512 [0.497, 0.53]
    Adam  1000     12 [    9,   15]
    """
    formats = {} if formats is None else formats
    texts = isinstance(columns, dict) and all(isinstance(head, str) for head in columns)
    if not texts or not isinstance(formats, dict):
        came = f"{columns!r} and {formats!r}"
        raise ValueError(f"columns, formats: expected {{text: …}}; got {came}")
    if unknown := set(formats) - set(columns):
        raise ValueError(f"formats: expected heads of {list(columns)}; got {sorted(unknown)}")
    columns = {head: _entries(head, column) for head, column in columns.items()}
    if len({len(entries) for entries in columns.values()}) != 1:
        lengths = {head: len(entries) for head, entries in columns.items()}
        raise ValueError(f"columns: expected columns of one length; got {lengths}")
    printed = []
    for head, entries in columns.items():
        spec = formats.get(head, "")
        try:
            texts = [head, *_texts(entries, spec)]
        except (TypeError, ValueError):
            came = f"{spec!r} for {entries}"
            raise ValueError(
                f"formats: {head}: expected a format of its entries; got {came}"
            ) from None
        on_the_left = all(isinstance(entry, str) for entry in entries)
        printed.append(_padded(texts, on_the_left))
    return Lines("\n".join("  ".join(row).rstrip() for row in zip(*printed, strict=True)))


def from_rows(heads, rows):
    """The columns that `table` takes, out of rows: {head: entries}.

    rows: of one entry for each of the heads. Raises ValueError for a row of another length.

    >>> from_rows(["k", "f"], [(1, 0.5), (2, 0.25)])
    {'k': [1, 2], 'f': [0.5, 0.25]}
    """
    rows = list(rows)
    if wrong := [row for row in rows if len(row) != len(heads)]:
        raise ValueError(f"rows: expected an entry for each of {list(heads)}; got {wrong[0]}")
    return {head: [row[j] for row in rows] for j, head in enumerate(heads)}


def _entries(head, column):
    """The entries of a column as a list; those of a band of arrays are bands."""
    try:
        if isinstance(column, Band):
            return [column[j] for j in range(len(column.value))]
        if not isinstance(column, str):
            return list(column)
    except TypeError:
        pass
    raise ValueError(f"columns: {head}: expected entries; got {column!r}")


def _texts(entries, spec):
    texts = [entry if isinstance(entry, str) else format(entry, spec) for entry in entries]
    rows = [j for j, entry in enumerate(entries) if isinstance(entry, Band)]
    sides = zip(*(entries[j] for j in rows), strict=True)  # the values, the lower ends, the upper
    padded = (_padded([format(number, spec or "+.3f") for number in side]) for side in sides)
    for j, (value, low, high) in zip(rows, zip(*padded, strict=True), strict=True):
        texts[j] = f"{value} [{low}, {high}]"
    return texts


def _padded(texts, on_the_left=False):
    """Texts filled up to one width; an accent over a letter (x̄) has none."""
    widths = [sum(not unicodedata.combining(char) for char in text) for text in texts]
    spaces = [" " * (max(widths) - width) for width in widths]
    pairs = zip(texts, spaces, strict=True)
    return [text + space if on_the_left else space + text for text, space in pairs]
