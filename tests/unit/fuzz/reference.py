"""Reading text by the letter of each format, row by row: what the readers are compared with."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

MISSING = ("", ".", "na", "nan")


class Invalid(Exception):
    """The file is not valid in its format, or a number in it has no certain meaning."""


def text_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 file, plain or gzip, with line ends of any system."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise Invalid(error) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(error) from error
    if "\0" in text:
        raise Invalid("NUL")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def split(line: str, sep: str = "\t") -> list[str]:
    """Fields of a row, without blanks around them."""
    return [text.strip() for text in line.split(sep)]


def trimmed(fields: list[str], width: int, *, more: bool = False) -> list[str]:
    """A row of `width` fields; what follows them must be empty, or with `more` is not used."""
    if len(fields) < width or (any(fields[width:]) and not more):
        raise Invalid(f"{len(fields)} fields for {width}")
    return fields[:width]


def whole(text: str) -> int:
    """A whole number, also as 1e5 or 100.0."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Invalid(text) from error
    if not text.isascii() or "_" in text or not number.is_finite() or abs(number) > 2**62:
        raise Invalid(text)
    if number % 1:
        raise Invalid(text)
    return int(number)


def real(text: str) -> float:
    """A finite number, rounded to nine digits so that ways of parsing do not matter."""
    try:
        number = float(text)
    except ValueError as error:
        raise Invalid(text) from error
    if not text.isascii() or "_" in text or not -1e308 < number < 1e308:
        raise Invalid(text)
    return rounded(number)


def rounded(number: float) -> float:
    """`number` with nine digits."""
    return float(f"{number:.9g}")


def renamed(found: Iterable[str], sizes: dict[str, int]) -> dict[str, str]:
    """File's chromosome → genome's, by the way of naming that most names follow."""
    found = set(found)
    ways = [
        {name: change(name) for name in found if change(name) in sizes}
        for change in (str, lambda name: f"chr{name}", lambda name: name.removeprefix("chr"))
    ]
    best = max(ways, key=len)
    if not best:
        raise Invalid("no chromosome of the genome")
    return best


def intervals(
    rows: list[tuple], sizes: dict[str, int], *, last_may_exceed: bool = False
) -> Iterator[tuple]:
    """(chrom, start, end, …) with the genome's names; rows of other chromosomes are left out."""
    if any(row[0] == "" for row in rows):
        raise Invalid("no chromosome")
    names = renamed((row[0] for row in rows), sizes)
    for name, start, end, *rest in rows:
        if not 0 <= start < end:
            raise Invalid(f"{start}-{end}")
        if name not in names:
            continue
        chrom = names[name]
        limit = sizes[chrom]
        if last_may_exceed and start < limit:
            end = min(end, limit)
        if end > limit:
            raise Invalid("beyond the end")
        yield (chrom, start, end, *rest)


def bed_rows(path: Path, needed: int) -> list[list[str]]:
    """Fields of the intervals of a BED; browser lines, comments and a header are no intervals."""
    rows: list[list[str]] = []
    for line in text_lines(path):
        fields = split(line)
        if not any(fields) or line.startswith(("#", "track", "browser", "seqname")):
            continue
        if rows or fields[:2] != ["chrom", "start"]:
            rows.append([*trimmed(fields, needed, more=True), *fields[needed:]])
    if not rows:
        raise Invalid("no interval")
    return rows
