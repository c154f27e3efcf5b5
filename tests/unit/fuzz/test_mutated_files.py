"""Small valid files of each text format, mutated as users' files are.

A reader gives the numbers that the file has by the letter of its format, or refuses the file in
one line that names it. Other numbers, and tracebacks, are faults. Each case is drawn from the
format's name and a number: `test_mutated_file[BED-17]` is always the same file.
"""

import itertools
import logging
import zlib
from collections import Counter

import binary_formats
import contact_formats
import gene_formats
import numpy as np
import pytest
import tracks
from mutations import BYTES, HARMLESS, mutate
from reference import Invalid

from workflow_scripts.chromaloom.workflow.errors import UserError

FORMATS = (*tracks.FORMATS, *contact_formats.FORMATS, *gene_formats.FORMATS)
FEW, MANY = 12, 150  # mutations of each format: in the fast tests, and in all


def generator(format_, number: int) -> np.random.Generator:
    """The same draws for the same format and number."""
    return np.random.default_rng([zlib.crc32(format_.name.encode()), number])


def outcome(format_, path) -> str:
    """`right`, `refused`, or what went wrong."""
    try:
        expected = format_.reference(path)
    except Invalid as error:
        expected = f"not valid: {error}"
    return compared(format_, path, expected)


def compared(format_, path, expected) -> str:
    """Outcome of a reader whose right result is known."""
    try:
        found = format_.read(path)
    except UserError as error:
        text = str(error)
        if any(path.name not in line for line in text.split("\n")):
            return f"unclear: {text}"
        return "refused"
    except Exception as error:
        return f"traceback: {type(error).__name__}: {error}"
    if found != expected:
        return f"silent: read {str(found)[:300]}; expected {str(expected)[:300]}"
    return "right"


def run_binary(format_, numbers, folder) -> tuple[Counter, list[str]]:
    """As `run`, for binary formats: the numbers are those that were written."""
    counts: Counter = Counter()
    wrong = []
    for number in numbers:
        rng = generator(format_, number)
        path = folder / f"case{number}.{format_.name.lower()}"
        expected = format_.write(path, rng)
        kind = str(rng.choice(list(binary_formats.BINARY)))
        path.write_bytes(binary_formats.BINARY[kind](path.read_bytes(), rng))
        found = compared(format_, path, expected)
        counts[found.split(":")[0]] += 1
        if found not in ("right", "refused"):
            wrong.append(f"{format_.name} {number} ({kind}): {found}")
    return counts, wrong


def run(format_, numbers, folder) -> tuple[Counter, list[str]]:
    """Outcomes of the mutations of these numbers, and what is wrong."""
    counts: Counter = Counter()
    wrong = []
    for number in numbers:
        rng = generator(format_, number)
        kind, data = mutate(format_.make(rng), rng)
        path = folder / f"case{number}.txt"
        path.write_bytes(data)
        found = outcome(format_, path)
        counts[found.split(":")[0]] += 1
        if found not in ("right", "refused"):
            wrong.append(f"{format_.name} {number} ({kind}): {found}")
        path.unlink()
    return counts, wrong


def check(numbers, folder, record_property) -> None:
    logging.disable(logging.WARNING)
    try:
        results = {format_.name: run(format_, numbers, folder) for format_ in FORMATS}
        for format_ in binary_formats.FORMATS:
            results[format_.name] = run_binary(format_, numbers, folder)
    finally:
        logging.disable(logging.NOTSET)
    lines = [f"{'format':24}{'right':>8}{'refused':>9}{'wrong':>7}"]
    for name, (counts, wrong) in results.items():
        lines.append(f"{name:24}{counts['right']:8}{counts['refused']:9}{len(wrong):7}")
    record_property("table", "\n".join(lines))
    faults = list(itertools.chain(*(wrong for _, wrong in results.values())))
    assert not faults, "\n".join(faults)
    # neither all refused nor nothing
    assert all(counts["right"] > 0 < counts["refused"] for counts, _ in results.values())


def test_a_mutated_file_is_read_right_or_refused_in_one_line(tmp_path, record_property):
    check(range(FEW), tmp_path, record_property)


@pytest.mark.slow
def test_many_mutated_files_are_read_right_or_refused_in_one_line(tmp_path, record_property):
    check(range(FEW, MANY), tmp_path, record_property)


@pytest.mark.parametrize("kind", HARMLESS)
@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_a_file_with_no_other_content_is_not_refused(format_, kind, tmp_path):
    if format_.name == "sample sheet" and kind.startswith("gzip"):
        pytest.skip("a sheet is plain text")
    rng = generator(format_, 0)
    path = tmp_path / ("valid.txt.gz" if kind.startswith("gzip") else "valid.txt")
    path.write_bytes(BYTES[kind](format_.make(rng).encode(), rng))
    assert outcome(format_, path) == "right"


@pytest.mark.parametrize("format_", binary_formats.FORMATS, ids=lambda format_: format_.name)
def test_a_binary_file_is_read_as_it_was_written(format_, tmp_path):
    path = tmp_path / f"valid.{format_.name.lower()}"
    expected = format_.write(path, generator(format_, 0))
    assert compared(format_, path, expected) == "right"
