"""Files under construction: gone at the end, and replaced where a killed job left them."""

import bz2
import gzip
import lzma
from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.chromaloom.io.files import atomic_path, open_text, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError


def test_a_file_has_its_name_when_it_is_whole_alone(tmp_path):
    out = tmp_path / "new" / "table.tsv"
    with pytest.raises(ZeroDivisionError), atomic_path(out) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert list(out.parent.iterdir()) == []
    with atomic_path(out) as part:
        part.write_text("whole")
        assert part.suffix == out.suffix and not out.exists()
    assert out.read_text() == "whole"
    assert list(out.parent.iterdir()) == [out]


def test_what_a_killed_job_left_is_removed_by_the_next(tmp_path):
    out = tmp_path / "reads.bam"
    # as if killed: neither ends
    part, folder = atomic_path(out), scratch_folder(out)
    part.__enter__().write_text("of the killed one")
    (tmp_path / ".scratch.reads.bam").mkdir()
    (tmp_path / ".scratch.reads.bam" / "sort.0001").write_text("of the killed one")
    assert len(list(tmp_path.iterdir())) == 2
    with folder as empty, atomic_path(out) as fresh:
        assert list(Path(empty).iterdir()) == [] and not fresh.exists()
        fresh.write_text("whole")
    assert list(tmp_path.iterdir()) == [out]


def test_scratch_is_removed_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path / "deep" / "out.tsv") as folder:
        (tmp_path / "deep" / folder / "file").write_text("half")
        raise ZeroDivisionError
    assert list((tmp_path / "deep").iterdir()) == []


def test_text_is_read_however_it_is_compressed_by_gzip_or_named(tmp_path):
    # odd case 50: plain text named .gz, several gzip members, a byte-order mark
    whole = gzip.compress(b"chr1\t1\n") + gzip.compress(b"chr2\t2\n")
    for name, content in (("a.txt", whole), ("b.gz", b"chr1\t1\nchr2\t2\n"),
                          ("c.bed", b"\xef\xbb\xbfchr1\t1\r\nchr2\t2\r\n")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with open_text(tmp_path / name) as handle:
            assert handle.readlines() == ["chr1\t1\n", "chr2\t2\n"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bz2.compress(b"x" * 99), "is bzip2; .*bunzip2"),
        (lzma.compress(b"x" * 99), "is xz"),
        (b"PK\x03\x04rest", "is a zip archive"),
        (gzip.compress(b"chr1\t5\n" * 9999)[:-20], "gzip file is truncated"),
        (gzip.compress(b"x" * 99) + b"junk", "gzip file is damaged"),
        ("chr1\t5\n".encode("utf-16"), "has NUL bytes; expected: text in UTF-8"),
        (gzip.compress(b"chr1\t5\n\0\0\n"), "has NUL bytes"),
    ],
    ids=["bzip2", "xz", "zip", "truncated", "damaged", "UTF-16", "NUL"],  # not their bytes
)
def test_other_compressions_and_damage_are_named(tmp_path, content, words):
    # odd case 50
    path = tmp_path / "reads.gz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught, open_text(path) as handle:
        pd.read_csv(handle, sep="\t")
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
