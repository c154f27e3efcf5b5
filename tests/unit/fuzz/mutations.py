"""Mutations of text tables, of the kinds that users' files have.

Each takes a `Table` and a random generator and changes the table, or, for `BYTES`, the encoded
file. Whether the result is still valid is for the reference reader of the format to say.
"""

import bz2
import codecs
import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Rng = np.random.Generator


@dataclass
class Table:
    """A text file by rows and fields.

    Attributes
    ----------
    rows
        Fields as text.
    head
        Lines before the rows.
    sep
        Separator of the fields.
    chroms, places, numbers, texts
        Columns with chromosome names, positions (starts and ends side by side), measured values,
        and free text.
    """

    rows: list[list[str]]
    head: list[str] = field(default_factory=list)
    sep: str = "\t"
    chroms: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()

    def encode(self) -> bytes:
        lines = [*self.head, *(self.sep.join(row) for row in self.rows)]
        return "".join(f"{line}\n" for line in lines).encode()


def _row(table: Table, rng: Rng) -> list[str]:
    return table.rows[rng.integers(len(table.rows))]


def _set(columns: Callable[[Table], tuple[int, ...]], *values: str):
    """A mutation that puts one of the values into a random field of the columns."""

    def mutate(table: Table, rng: Rng) -> None:
        if chosen := columns(table):
            row = _row(table, rng)
            row[chosen[rng.integers(len(chosen))]] = values[rng.integers(len(values))]

    return mutate


def _change(columns: Callable[[Table], tuple[int, ...]], change: Callable[[str], str]):
    """A mutation that changes a random field of the columns."""

    def mutate(table: Table, rng: Rng) -> None:
        if chosen := columns(table):
            row = _row(table, rng)
            column = chosen[rng.integers(len(chosen))]
            row[column] = change(row[column])

    return mutate


def _places(table: Table) -> tuple[int, ...]:
    return table.places


def _numbers(table: Table) -> tuple[int, ...]:
    return table.numbers


def _all(table: Table) -> tuple[int, ...]:
    return tuple(range(len(table.rows[0])))


def shuffle_columns(table: Table, rng: Rng) -> None:
    order = rng.permutation(len(table.rows[0]))
    table.rows = [[row[column] for column in order if column < len(row)] for row in table.rows]


def swap_places(table: Table, rng: Rng) -> None:
    if len(table.places) >= 2:
        row = _row(table, rng)
        one, two = table.places[:2]
        row[one], row[two] = row[two], row[one]


def rename_all(change: Callable[[str], str]):
    def mutate(table: Table, rng: Rng) -> None:
        for row in table.rows:
            for column in table.chroms:
                row[column] = change(row[column])

    return mutate


def duplicate_row(table: Table, rng: Rng) -> None:
    place = int(rng.integers(len(table.rows)))
    table.rows.insert(place, list(table.rows[place]))


def duplicate_row_far(table: Table, rng: Rng) -> None:
    table.rows.append(list(_row(table, rng)))


def shuffle_rows(table: Table, rng: Rng) -> None:
    table.rows = [table.rows[place] for place in rng.permutation(len(table.rows))]


def reverse_rows(table: Table, rng: Rng) -> None:
    table.rows.reverse()


def drop_row(table: Table, rng: Rng) -> None:
    del table.rows[rng.integers(len(table.rows))]


def drop_rows(table: Table, rng: Rng) -> None:
    table.rows = []


def drop_field(table: Table, rng: Rng) -> None:
    row = _row(table, rng)
    del row[rng.integers(len(row))]


def drop_last_field(table: Table, rng: Rng) -> None:
    _row(table, rng).pop()


def add_field(table: Table, rng: Rng) -> None:
    _row(table, rng).append("x")


def empty_field(table: Table, rng: Rng) -> None:
    row = _row(table, rng)
    row[rng.integers(len(row))] = ""


def trailing_separator(table: Table, rng: Rng) -> None:
    _row(table, rng).append("")


def trailing_separators(table: Table, rng: Rng) -> None:
    table.rows = [[*row, ""] for row in table.rows]
    table.head = [*table.head[:-1], table.head[-1] + table.sep] if table.head else []


def drop_head(table: Table, rng: Rng) -> None:
    table.head = []


def add_head(table: Table, rng: Rng) -> None:
    names = [f"column{number}" for number in range(len(table.rows[0]))]
    for columns, name in ((table.chroms, "chrom"), (table.places, "start")):
        for column in columns:
            names[column] = name
    table.head = [*table.head, table.sep.join(names)]


def repeat_head(table: Table, rng: Rng) -> None:
    if table.head:
        place = int(rng.integers(1, len(table.rows) + 1))
        table.rows.insert(place, table.head[-1].split(table.sep))


def comment_line(table: Table, rng: Rng) -> None:
    table.rows.insert(int(rng.integers(len(table.rows) + 1)), ["# a comment"])


def comment_first(table: Table, rng: Rng) -> None:
    table.head = ["# made by hand", *table.head]


def blank_line(table: Table, rng: Rng) -> None:
    table.rows.insert(int(rng.integers(len(table.rows) + 1)), [""])


def blank_lines_at_the_end(table: Table, rng: Rng) -> None:
    table.rows += [[""], [""]]


def separate_by_spaces(table: Table, rng: Rng) -> None:
    table.sep = " "


def separate_by_commas(table: Table, rng: Rng) -> None:
    table.sep = "," if table.sep == "\t" else "\t"


def pad_field(table: Table, rng: Rng) -> None:
    row = _row(table, rng)
    column = rng.integers(len(row))
    row[column] = f" {row[column]} "


def quote_field(table: Table, rng: Rng) -> None:
    row = _row(table, rng)
    column = rng.integers(len(row))
    row[column] = f'"{row[column]}"'


def quote_all(table: Table, rng: Rng) -> None:
    table.rows = [[f'"{value}"' for value in row] for row in table.rows]


def hash_in_text(table: Table, rng: Rng) -> None:
    if table.texts:
        _row(table, rng)[table.texts[rng.integers(len(table.texts))]] = "peak#1"


def unicode_text(table: Table, rng: Rng) -> None:
    if table.texts:
        _row(table, rng)[table.texts[rng.integers(len(table.texts))]] = "Zelle-ß-μ"


def as_power(text: str) -> str:
    return f"{float(text):e}" if text.replace(".", "", 1).isdigit() else text


ROWS: dict[str, Callable[[Table, Rng], None]] = {
    "columns in another order": shuffle_columns,
    "start and end swapped": swap_places,
    "negative position": _change(_places, lambda text: f"-{text}"),
    "position with an exponent": _change(_places, as_power),
    "position with .0": _change(_places, lambda text: f"{text}.0"),
    "position with .5": _change(_places, lambda text: f"{text}.5"),
    "position with thousands commas": _change(_places, lambda text: f"{text[:-1]},{text[-1:]}"),
    "huge position": _set(_places, "999999999", "99999999999999999999", "1e30"),
    "not a position": _set(_places, "NaN", "nan", "NA", "", ".", "x", "inf", "None"),
    "not a value": _set(_numbers, "NaN", "nan", "NA", "", ".", "x", "inf", "-inf", "None", "#N/A"),
    "negative value": _change(_numbers, lambda text: f"-{text}"),
    "value with an exponent": _change(_numbers, as_power),
    "value with a decimal comma": _change(_numbers, lambda text: text.replace(".", ",") + ",5"),
    "huge value": _set(_numbers, "1e300", "99999999999999999999", "1e999"),
    "names without chr": rename_all(lambda name: name.removeprefix("chr")),
    "names with Chr": rename_all(lambda name: name.replace("chr", "Chr")),
    "names of another genome": rename_all(lambda name: f"scaffold_{name}"),
    "one name of another genome": _set(lambda table: table.chroms, "chrUn", "1", "chrM", "*"),
    "one empty name": _set(lambda table: table.chroms, "", " ", "NA"),
    "row repeated": duplicate_row,
    "row repeated far away": duplicate_row_far,
    "rows in another order": shuffle_rows,
    "rows reversed": reverse_rows,
    "row missing": drop_row,
    "no rows": drop_rows,
    "field missing": drop_field,
    "last field missing": drop_last_field,
    "one field more": add_field,
    "empty field": empty_field,
    "separator at the end of a row": trailing_separator,
    "separator at the end of all rows": trailing_separators,
    "no header": drop_head,
    "header added": add_head,
    "header repeated": repeat_head,
    "comment line": comment_line,
    "comment first": comment_first,
    "blank line": blank_line,
    "blank lines at the end": blank_lines_at_the_end,
    "spaces as separator": separate_by_spaces,
    "another separator": separate_by_commas,
    "spaces around a field": pad_field,
    "quotes around a field": quote_field,
    "quotes around all fields": quote_all,
    "# in a text": hash_in_text,
    "unicode text": unicode_text,
}


def cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.integers(len(data))] if data else data


def flip(data: bytes, rng: Rng) -> bytes:
    place = int(rng.integers(len(data))) if data else 0
    return data[:place] + bytes([int(rng.integers(256))]) + data[place + 1 :]


def members(data: bytes, rng: Rng) -> bytes:
    place = int(rng.integers(len(data) + 1))
    return gzip.compress(data[:place]) + gzip.compress(data[place:])


BYTES: dict[str, Callable[[bytes, Rng], bytes]] = {
    "unchanged": lambda data, rng: data,
    "CRLF": lambda data, rng: data.replace(b"\n", b"\r\n"),
    "old Mac line ends": lambda data, rng: data.replace(b"\n", b"\r"),
    "BOM": lambda data, rng: codecs.BOM_UTF8 + data,
    "UTF-16": lambda data, rng: data.decode(errors="replace").encode("utf-16"),
    "gzip": lambda data, rng: gzip.compress(data),
    "gzip of several members": members,
    "bzip2": lambda data, rng: bz2.compress(data),
    "xz": lambda data, rng: lzma.compress(data),
    "gzip cut off": lambda data, rng: cut(gzip.compress(data), rng),
    "gzip damaged": lambda data, rng: flip(gzip.compress(data), rng),
    "cut off": cut,
    "no newline at the end": lambda data, rng: data.rstrip(b"\n"),
    "empty file": lambda data, rng: b"",
    "empty gzip": lambda data, rng: gzip.compress(b""),
    "a byte changed": flip,
    "NUL byte": lambda data, rng: data[: len(data) // 2] + b"\0" + data[len(data) // 2 :],
    "latin-1 byte": lambda data, rng: data[: len(data) // 2] + b"\xfc" + data[len(data) // 2 :],
    "spaces at the ends of lines": lambda data, rng: data.replace(b"\n", b" \n"),
}
# what changes no number: a reader that refuses these would refuse good files
HARMLESS = ("unchanged", "CRLF", "gzip", "gzip of several members", "no newline at the end")


def mutate(table: Table, rng: Rng) -> tuple[str, bytes]:
    """Name of the mutations, and the bytes of the file: one of rows or bytes, at times both."""
    kinds = []
    draw = rng.random()
    if draw < 0.75:
        kinds.append(str(rng.choice(list(ROWS))))
        ROWS[kinds[-1]](table, rng)
    data = table.encode()
    if draw > 0.6:
        kinds.append(str(rng.choice(list(BYTES))))
        data = BYTES[kinds[-1]](data, rng)
    return " and ".join(kinds), data
