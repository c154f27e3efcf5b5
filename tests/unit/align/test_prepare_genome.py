import gzip

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.align import prepare_genome
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, read_sizes
from workflow_scripts.chromaloom.workflow.errors import UserError


def prepare(folder, content):
    source = folder / "source"
    source.write_bytes(content)
    names = {"out": "genome.fa", "index": "genome.fa.fai", "sizes": "chrom.sizes"}
    paths = {key: str(folder / name) for key, name in names.items()}
    prepare_genome.main(fasta=str(source), **paths)
    return paths


@settings(deadline=None)
@given(
    sequences=st.lists(st.text("ACGTNacgtn", min_size=1, max_size=200), min_size=1, max_size=4),
    width=st.integers(1, 90),
    newline=st.sampled_from(["\n", "\r\n"]),
    zipped=st.booleans(),
)
def test_bases_stay_whatever_the_lines(tmp_path_factory, sequences, width, newline, zipped):
    folder = tmp_path_factory.mktemp("genome")
    lines = []
    for number, sequence in enumerate(sequences):
        lines.append(f">chr{number} described")
        lines += [sequence[at : at + width] for at in range(0, len(sequence), width)]
        lines.append("")  # blank lines are met between chromosomes
    content = newline.join(lines).encode()
    paths = prepare(folder, gzip.compress(content) if zipped else content)
    with pysam.FastaFile(paths["out"]) as fasta:
        assert [fasta.fetch(name) for name in fasta.references] == sequences
        assert dict(zip(fasta.references, fasta.lengths, strict=True)) == read_sizes(paths["sizes"])


BAD = {
    "empty": (b"", "no sequence"),
    "no header": (b"ACGT\n", "starts with '>'"),
    "twice": (b">a\nAC\n>a\nAC\n", "occurs twice"),
    "no name": (b">\nAC\n", "empty or occurs twice"),
    "no bases": (b">a\n>b\nAC\n", "'a' has no bases"),
    "no bases at the end": (b">b\nAC\n>a\n", "'a' has no bases"),
    "no sequence": (b">a\n<html>404</html>\n", "line 2"),
    "cut gzip": (gzip.compress(b">a\n" + b"ACGT" * 1000)[:-9], "the gzip file is truncated"),
    "binary": (b">a\n\xff\xfe\x00", "has NUL bytes"),
    "latin-1": (b">a\n\xff\xfe", "not a readable FASTA"),
}


@pytest.mark.parametrize("case", BAD)
def test_malformed_genome_is_rejected_in_one_line(tmp_path, case):
    content, expected = BAD[case]
    with pytest.raises(UserError) as caught:
        prepare(tmp_path, content)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "genome.fa").exists()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["chr1", "chrX"], {"chr1": "chr1"}),
        (["1", "2", "MT"], {"1": "chr1", "2": "chr2"}),
        (["chr1", "2"], {"chr1": "chr1", "2": "chr2"}),
    ],
)
def test_chromosomes_match_with_or_without_chr(found, expected):
    assert match_chromosomes(found, ["chr1", "chr2"], "file") == expected


def test_chr_is_taken_off_where_the_genome_has_none():
    assert match_chromosomes(["chrI", "chrM"], ["I", "II"], "file") == {"chrI": "I"}


def test_no_common_chromosome_names_both_sides():
    with pytest.raises(UserError, match=r"file: none .*\(scaffold1\).*\(chr1, chr2\)"):
        match_chromosomes(["scaffold1"], ["chr1", "chr2"], "file")


@pytest.mark.parametrize(
    ("found", "genome", "expected"),
    [
        # a shared contig does not decide: 1, 2, 3 are chr1, chr2, chr3
        ({"1": 900, "2": 800, "3": 700, "lambda": 3}, ["chr1", "chr2", "chr3", "lambda"],
         {"1": "chr1", "2": "chr2", "3": "chr3", "lambda": "lambda"}),
        ({"1": 5, "2": 5, "X": 5, "chrM": 900}, ["chr1", "chr2", "chrX", "chrM"],
         {"1": "chr1", "2": "chr2", "X": "chrX", "chrM": "chrM"}),
        # both names of one chromosome, as of a spike-in: no two become one
        ({"X": 900, "2": 5, "chrX": 5, "chr2": 5}, ["chr2", "chrX"],
         {"chrX": "chrX", "chr2": "chr2"}),
        ({"chrI": 9, "chrII": 9, "chrM": 1}, ["I", "II", "chrM"],
         {"chrI": "I", "chrII": "II", "chrM": "chrM"}),
    ],
)  # fmt: skip
def test_the_rule_that_keeps_most_of_the_file_is_used(found, genome, expected):
    # FAULTS C7
    assert match_chromosomes(found, genome, "file") == expected


def test_a_file_of_other_names_with_one_contig_in_common_is_refused():
    # FAULTS C7: 3 of 3,003 pairs were kept
    found = {"NC_000001.11": 2000, "NC_000002.12": 1000, "lambda": 3}
    genome = {"chr1": 2_000_000, "chr2": 1_800_000, "lambda": 48_000}
    with pytest.raises(
        UserError, match=r"x.pairs: 3,000 of 3,003 pairs \(99.9%\).*NC_000001.11.*lambda"
    ) as caught:
        match_chromosomes(found, genome, "x.pairs", unit="pairs")
    assert "\n" not in str(caught.value)


def test_data_of_more_chromosomes_than_a_small_genome_has_are_taken_with_a_count(caplog):
    """An arm as the genome, and tracks of all chromosomes: the arm is whole."""
    found = {"2L": 100, "2R": 300, "3L": 400}
    assert match_chromosomes(found, {"chr2L": 23_000_000}, "x.bed", unit="intervals") == {
        "2L": "chr2L"
    }
    assert "700 of 800 intervals (87.5%) are on 2 chromosomes that the genome lacks" in caplog.text


def test_names_are_judged_over_the_file_not_by_its_first_rows():
    """Counts of the whole file: a first million of rows on an absent contig decides nothing."""
    found = {"chrUn": 1_000_000, "1": 3_000_000}
    assert match_chromosomes(found, {"chr1": 9_000}, "x", unit="pairs") == {"1": "chr1"}
