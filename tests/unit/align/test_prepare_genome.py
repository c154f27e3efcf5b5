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
    "cut gzip": (gzip.compress(b">a\n" + b"ACGT" * 1000)[:-9], "fetch the file again"),
    "binary": (b">a\n\xff\xfe\x00", "not a readable FASTA"),
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
        # one name that fits as it is decides: nothing is guessed beside it
        (["chr1", "2"], {"chr1": "chr1"}),
    ],
)
def test_chromosomes_match_by_one_rule(found, expected):
    assert match_chromosomes(found, ["chr1", "chr2"], "file") == expected


def test_chr_is_taken_off_where_the_genome_has_none():
    assert match_chromosomes(["chrI", "chrM"], ["I", "II"], "file") == {"chrI": "I"}


def test_no_common_chromosome_names_both_sides():
    with pytest.raises(UserError, match=r"file: none .*\(scaffold1\).*\(chr1, chr2\)"):
        match_chromosomes(["scaffold1"], ["chr1", "chr2"], "file")
