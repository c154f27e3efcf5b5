import gzip

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.align import check_reads
from workflow_scripts.chromaloom.io.fastq import check_run, read_fastq
from workflow_scripts.chromaloom.workflow.errors import UserError


def record(name, bases, quality=None):
    return f"@{name}\n{bases}\n+\n{'I' * len(bases) if quality is None else quality}\n"


@settings(deadline=None)
@given(
    reads=st.lists(st.text("ACGTN", min_size=1, max_size=60), min_size=1, max_size=30),
    zipped=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_counts_are_those_of_the_reads(tmp_path_factory, reads, zipped, newline):
    path = tmp_path_factory.mktemp("fastq") / "reads"  # the format is not in the name
    text = "".join(record(f"r{n} x", read) for n, read in enumerate(reads)).replace("\n", newline)
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    (stats,) = check_run(path)
    lengths = [len(read) for read in reads]
    assert (stats.n_reads, stats.gzip) == (len(reads), zipped)
    assert (stats.min_length, stats.max_length) == (min(lengths), max(lengths))
    assert stats.mean_length == pytest.approx(sum(lengths) / len(lengths))
    assert [read.sequence for read in read_fastq(path)] == reads


BAD = {
    "empty": ("", "no reads"),
    "cut record": (record("a", "ACGT") + "@b\nACGT\n+\n", "record 2: Premature end of file"),
    "cut quality": (
        record("a", "ACGT") + record("b", "ACGT", "II"),
        "record 2: Length of sequence",
    ),
    "no header": (
        record("a", "ACGT") + "b\nACGT\n+\nIIII\n",
        "record 2: Line expected to start with '@'",
    ),
    "FASTA": (">a\nACGT\n>b\nACGT\n", "record 1: Line expected to start with '@', but found '>'"),
    "no plus": ("@a\nACGT\nIIII\n@b\n", "record 1: Line expected to start with '+', but found 'I'"),
    "no bases": (record("a", ""), "record 1: no bases"),
    "a number for a base": (record("a", "AC1T"), "record 1: 'AC1T' is not a sequence"),
    "no bases among others": (record("a", "AC") * 5 + record("b", ""), "record 6: no bases"),
    "no newline": (record("a", "ACGT") * 5 + "@b\nACGT\n+\nIIIII", "record 6: Length of sequence"),
    "another name after +": ("@a\nACGT\n+b\nIIII\n", "record 1: Sequence descriptions"),
    "no ASCII": ("@a\nACGT\n+\nIIII\n@b\nAC\u00e9\n+\nIIII\n", "record 1: Non-ASCII"),
    "two ways to end lines": ("@a\nACGT\r\n+\nIIIII\n", "record 1: Length of sequence"),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("case", BAD)
def test_a_malformed_file_is_refused_in_one_line(tmp_path, case, zipped):
    text, expected = BAD[case]
    path = tmp_path / "bad.fastq.gz"
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    with pytest.raises(UserError) as caught:
        check_run(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_truncation_of_a_gzip_is_noticed(tmp_path):
    whole = gzip.compress("".join(record(f"r{n}", "ACGT" * 5) for n in range(50)).encode())
    path = tmp_path / "cut.fastq.gz"
    for length in range(2, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError) as caught:
            check_run(path)
        assert "gzip file is truncated or damaged" in str(caught.value)


def test_joined_gzip_members_are_one_file(tmp_path):
    path = tmp_path / "two.fastq.gz"
    path.write_bytes(
        gzip.compress(record("a", "A").encode()) + gzip.compress(record("b", "C").encode())
    )
    assert check_run(path)[0].n_reads == 2


@pytest.mark.parametrize(("first", "second"), [(3, 2), (2, 3), (1, 0)])
def test_mates_of_other_number_are_refused(fastq, first, second):
    one = fastq("1.fq", ["ACGT"] * first)
    two = fastq("2.fq", ["ACGT"] * second)
    with pytest.raises(UserError) as caught:
        check_run(one, two)
    assert (one if first < second else two) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_mates_in_another_order_are_refused(fastq):
    one = fastq("1.fq", ["ACGT"] * 3, ["a/1", "b/1", "c/1"])
    two = fastq("2.fq", ["ACGT"] * 3, ["a/2", "c/2", "b/2"])
    with pytest.raises(UserError, match=r"record 2 is 'c/2', its mate .* is 'b/1'"):
        check_run(one, two)


def test_table_has_a_row_per_mate(fastq, tmp_path):
    one = fastq("1.fq.gz", ["ACGT", "AC"], ["a/1", "b/1"])
    two = fastq("2.fq", ["ACG", "ACG"], ["a/2", "b/2"])
    check_reads.main(run="x", files=[one, two], out=str(tmp_path / "x.tsv"))
    table = pd.read_csv(tmp_path / "x.tsv", sep="\t")
    assert table.run.tolist() == ["x", "x"]
    assert table.mate.tolist() == [1, 2]
    assert table.gzip.tolist() == [True, False]
    assert table.n_reads.tolist() == [2, 2]
    assert table.mean_length.tolist() == [3, 3]
    assert table.min_length.tolist() == [2, 3]
