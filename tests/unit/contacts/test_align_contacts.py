"""Hi-C reads of known places, through the real tools."""

import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.contacts.conftest import pair_lines
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import join_mates

NOTHING = "ACAC" * 12 + "AC"  # occurs nowhere in a random genome
JUNCTION = "GATCGATC"
PAIRS = [
    (("chrA", 1000, "+"), ("chrA", 9000, "-")),
    (("chrB", 3000, "-"), ("chrA", 500, "+")),
    (("chrB", 20_000, "+"), ("chrB", 8000, "+")),
    (("chrA", 30_000, "-"), ("chrA", 52_000, "+")),
]


def expected(pairs):
    """Rows as pairs have them: 1-based 5' ends, the lesser first."""
    rows = []
    for ends in pairs:
        one, two = sorted(ends)
        rows.append([".", one[0], str(one[1] + 1), two[0], str(two[1] + 1), one[2], two[2], "UU"])
    return rows


def test_mates_meet_at_their_five_prime_ends(genome, fastq, align):
    one = fastq("1", [genome.read(*a) for a, _ in PAIRS])
    two = fastq("2", mate=2, reads=[genome.read(*b) for _, b in PAIRS])
    for mode in ("trim", "local"):
        assert pair_lines(align(one, two, mode=mode)["pairs"]) == expected(PAIRS)


@pytest.mark.parametrize("mode", ["trim", "local"])
def test_reads_are_read_by_content_not_by_the_file_s_name(genome, fastq, align, tmp_path, mode):
    # odd case 50: plain text named .gz, and gzip without .gz
    one = fastq("1", [genome.read(*a) for a, _ in PAIRS])
    two = fastq("2", mate=2, reads=[genome.read(*b) for _, b in PAIRS])
    plain, zipped = tmp_path / "plain.fastq.gz", tmp_path / "zipped, 2.fq"
    plain.write_bytes(gzip.decompress(Path(one).read_bytes()))
    zipped.write_bytes(Path(two).read_bytes())
    out = align(str(plain), str(zipped), name="odd", mode=mode)
    assert pair_lines(out["pairs"]) == expected(PAIRS)


@pytest.mark.parametrize("mode", ["trim", "local"])
def test_reads_across_a_junction_keep_their_start(genome, fastq, align, mode):
    """The read's own part is placed, whatever follows the junction."""
    foreign = genome.read("chrB", 33_000)
    one = fastq("1", [genome.read(*a)[:28] + JUNCTION + foreign[:14] for a, _ in PAIRS])
    two = fastq("2", mate=2, reads=[genome.read(*b) for _, b in PAIRS])
    out = align(one, two, mode=mode)
    assert pair_lines(out["pairs"]) == expected(PAIRS)
    (stats,) = pd.read_csv(out["stats"], sep="\t").to_dict("records")
    assert stats["trimmed"] == (len(PAIRS) if mode == "trim" else 0)


def test_end_to_end_needs_the_right_enzyme(genome, fastq, align):
    one = fastq("1", [genome.read(*a)[:28] + JUNCTION + genome.read("chrB", 33_000)[:14]
                      for a, _ in PAIRS])  # fmt: skip
    two = fastq("2", mate=2, reads=[genome.read(*b) for _, b in PAIRS])
    assert {row[7] for row in pair_lines(align(one, two, enzyme="HindIII")["pairs"])} == {"NU"}
    with pytest.raises(UserError, match="'MboIII' is unknown"):
        align(one, two, enzyme="MboIII")


def test_every_pair_is_counted_and_short_reads_are_not_mapped(genome, fastq, align):
    cut = genome.read("chrA", 4000)[:15] + JUNCTION
    reads = [genome.read("chrA", 2000), cut, NOTHING, JUNCTION * 2]
    one = fastq("1", reads)
    two = fastq("2", mate=2, reads=[genome.read("chrB", 9000 + n) for n in range(4)])
    out = align(one, two)
    assert sorted(row[7] for row in pair_lines(out["pairs"])) == ["NU", "NU", "NU", "UU"]
    (stats,) = pd.read_csv(out["stats"], sep="\t").to_dict("records")
    found = {key: stats[key] for key in ("pairs", "reads", "mapped", "trimmed", "short")}
    assert found == {"pairs": 4, "reads": 8, "mapped": 5, "trimmed": 2, "short": 2}
    assert stats["mapping_rate"] == pytest.approx(5 / 8)


def test_bytes_do_not_depend_on_threads_or_place(genome, fastq, align):
    one = fastq("1", [genome.read("chrA", 20 * n) for n in range(2000)])
    two = fastq("2", mate=2, reads=[genome.read("chrB", 15 * n + 100, "-") for n in range(2000)])
    first, second = align(one, two), align(one, two, name="other", threads=3)
    assert Path(first["pairs"]).read_bytes() == Path(second["pairs"]).read_bytes()


def test_joined_mates_are_pairs_of_one_name(tmp_path):
    sam = [b"@HD\tVN:1.6\n"]
    reads = [("a/1", 0, "ACGT"), ("a/2", 16, "ACGT"), ("b", 4, "ACGT"), ("b", 16, "A")]
    for name, flag, bases in reads:
        fields = [name, str(flag), "c", "7", "30", "4M", "*", "0", "0", bases, "I" * len(bases)]
        sam.append(("\t".join([*fields, "XX:i:1"]) + "\n").encode())
    out, counts = io.BytesIO(), tmp_path / "counts.json"
    join_mates.main(sam, out, min_length=2, counts=counts)
    lines = [line.split(b"\t") for line in out.getvalue().splitlines()]
    assert lines[0] == sam[0].strip().split(b"\t")
    assert [line[0] for line in lines[1:]] == [b"a", b"a", b"b", b"b"]
    flags = [int(line[1]) for line in lines[1:]]
    # paired; first or second; mapped or not; the short one no longer on the reverse strand
    assert flags == [0x41, 0x81 | 16, 0x41 | 4, 0x81 | 4]
    assert lines[4][2:6] == [b"*", b"0", b"0", b"*"]
    assert json.loads(counts.read_text()) == {"pairs": 2, "mapped": 2, "short": 1}
