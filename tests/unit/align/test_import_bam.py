"""Alignments of the user: the same reads count as of FASTQ files, from BAM and from CRAM."""

from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pytest
from alignment_files import SETTINGS, places, write_bam

from workflow_scripts.align import import_bam
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal import bin_signal, call_peaks, count_tss_bins


@pytest.fixture
def take_in(genome_files, tmp_path):
    def run(*files, **settings):
        paths = {key: str(tmp_path / f"in.{key}") for key in ("bam", "stats")}
        paths["bai"] = paths["bam"] + ".bai"
        rules = {key: SETTINGS[key] for key in ("sample", "assembly", "min_mapq")}
        rules |= {"keep_duplicates": False, "min_mapping_rate": 0.5, **settings}
        fixed = {"sizes": str(genome_files / "chrom.sizes"), "threads": 1}
        fixed |= {"fasta": str(genome_files / "genome.fa")}
        import_bam.main(files=list(map(str, files)), **paths, **(fixed | rules))
        (stats,) = pd.read_csv(paths["stats"], sep="\t").to_dict("records")
        return paths["bam"], stats

    return run


def test_aligned_bam_taken_in_is_the_same_with_the_same_counts(genome, fastq, align, take_in):
    reads = [genome.read("big", 1500 + 70 * n) for n in range(9)]
    bam, stats = align([fastq("reads.fq", reads)])
    taken, counted = take_in(bam)
    assert places(taken) == places(bam)
    assert counted == stats
    with pysam.AlignmentFile(taken) as handle:
        assert handle.count("big", 1500, 1600) == 2  # the index is there


def test_several_bams_are_merged(genome, take_in, tmp_path):
    files = [write_bam(tmp_path / f"{n}.bam", [n, 900 + n], genome.sizes) for n in range(3)]
    taken, stats = take_in(*files)
    assert [start for _, _, start, _ in places(taken)] == [0, 1, 2, 900, 901, 902]
    assert stats["kept"] == 6


def test_bam_of_other_genomes_or_without_reads_is_refused(genome, take_in, tmp_path):
    sizes = genome.sizes
    cases = {
        "other lengths": (
            write_bam(tmp_path / "a.bam", [1], {**sizes, "big": 999_999}),
            "999999 bp",
        ),
        "other names": (
            write_bam(tmp_path / "b.bam", [1], {"contig1": 500}),
            r"none of its chromosomes \(contig1\)",
        ),
        "false order": (write_bam(tmp_path / "d.bam", [9, 1], sizes), "its reads are not"),
        "no reads": (write_bam(tmp_path / "f.bam", [], sizes), "no reads"),
        "no chromosomes": (write_bam(tmp_path / "g.bam", [], {}), r"no chromosomes .*@SQ"),
        "unmapped": (write_bam(tmp_path / "e.bam", [1], sizes, flag=4), "0.0% of 1 reads map"),
    }
    whole = write_bam(tmp_path / "whole.bam", range(0, 9000, 3), sizes).read_bytes()
    (tmp_path / "cut.bam").write_bytes(whole[:-100])
    (tmp_path / "text.bam").write_text("@SQ\tSN:big\n")
    cases["cut"] = (tmp_path / "cut.bam", "truncated")
    cases["text"] = (tmp_path / "text.bam", "not a BAM or CRAM file")
    for path, expected in cases.values():
        with pytest.raises(UserError, match=expected) as caught:
            take_in(path)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "in.bam").exists()


@pytest.mark.parametrize(("floor", "kept"), [(40, 2), (41, 0)])
def test_least_mapping_quality_is_still_kept(genome, take_in, tmp_path, floor, kept):
    bam = write_bam(tmp_path / "a.bam", [1, 5], genome.sizes)  # of quality 40
    stats = take_in(bam, min_mapq=floor)[1]
    assert (stats["kept"], stats["multi"]) == (kept, 2 - kept)


def test_lines_that_are_no_reads_do_not_count(genome, take_in, tmp_path):
    for flag in (256, 2048, 512):
        bam = write_bam(tmp_path / f"{flag}.bam", [1, 5], genome.sizes, flag=flag)
        with pytest.raises(UserError, match=rf"{flag}\.bam: no reads"):
            take_in(bam, min_mapping_rate=0)


def rewrite(source, out, change, header=None, mode="wb", **options):
    """Copy an alignment file; `change` gives the lines (pysam segments) for each line."""
    with pysam.AlignmentFile(str(source)) as given:
        header = header or given.header.to_dict()
        with pysam.AlignmentFile(str(out), mode, header=header, **options) as new:
            for read in given:
                for line in change(read):
                    new.write(line)
    return out


def copy_with(read, **changes):
    copy = pysam.AlignedSegment.from_dict(read.to_dict(), read.header)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


@pytest.fixture
def library(genome, fastq):
    """FASTQ of single and paired reads with duplicates and repeats, by layout."""
    rng = np.random.default_rng(7)
    starts, widths = rng.integers(0, 13_000, 300), rng.integers(120, 300, 300)
    fragments = [(int(s), int(s + w)) for s, w in zip(starts, widths, strict=True)]
    fragments += fragments[:120]
    one = fastq("1.fq", [genome.read("big", s) for s, _ in fragments])
    two = fastq("2.fq", [genome.read("big", e - 50, strand="-") for _, e in fragments])
    return {"single": [[one]], "paired": [[one], [two]]}


@pytest.mark.parametrize("layout", ["single", "paired"])
@pytest.mark.parametrize("order", ["coordinate", "name"])
def test_a_bam_keeps_the_reads_that_its_fastq_keeps(
    align, take_in, library, tmp_path, layout, order
):
    """FAULTS C5, odd case 53: duplicates that nobody marked, and reads of repeats."""
    _, expected = align(*library[layout], name="filtered")
    raw, _ = align(*library[layout], name="raw", min_mapq=0, keep_duplicates=True)
    unmarked = rewrite(raw, tmp_path / "user.bam", lambda r: [copy_with(r, is_duplicate=False)])
    if order == "name":
        pysam.sort("-n", "-o", str(tmp_path / "byname.bam"), str(unmarked))
        unmarked = tmp_path / "byname.bam"
    taken, stats = take_in(unmarked)
    assert stats["duplicates"] > 50 and stats["multi"] > 10
    assert stats == expected
    positions = [(c, s, r) for _, c, s, r in places(taken)]
    assert positions == [(c, s, r) for _, c, s, r in places(tmp_path / "filtered.bam")]
    assert take_in(unmarked, keep_duplicates=True)[1]["kept"] > stats["kept"]


def use_everywhere(bam, folder, sizes):
    """Peaks, both kinds of tracks, and windows around a start, of one BAM."""
    settings = {"qvalue": 0.05, "extsize": 200, "broad": [], "broad_extsize": 3000,
                "broad_qvalue": 0.1, "background": "all"}  # fmt: skip
    out = {name: str(folder / name) for name in ("peaks.bed", "track.gz", "tss.npz")}
    call_peaks.main(sample="s", target="x", reads=[bam], control=[], sizes=sizes,
                    settings=settings, out=out["peaks.bed"])  # fmt: skip
    track = {"value": "signal", "bases_without_value": "zero", "beyond_end": "refuse"}
    bin_signal.main(sample="s", kind="bam", files=[bam], names=[""], control=[], sizes=sizes,
                    resolution=100, settings=track, out=out["track.gz"])  # fmt: skip
    genes = folder / "genes.tsv"
    genes.write_text("gene_id\tchrom\tstrand\ttss\ng\tbig\t+\t5000\nh\tbig\t-\t9000\n")
    count_tss_bins.main(sample="s", kind="bam", files=[bam], names=[""], assembly="sim",
                        genes=str(genes), sizes=sizes,
                        bin_size=100, n_bins=40, orient=False, out=out["tss.npz"])  # fmt: skip
    return {name: Path(path).read_bytes() for name, path in out.items()}


def test_all_uses_of_a_bam_count_the_same_reads(
    genome, align, take_in, library, genome_files, tmp_path
):
    """Odd case 53: copies of MAPQ 0, marked duplicates, secondary lines: no use counts them."""
    raw, _ = align(*library["single"], name="raw")

    def extra(read):
        # written beside each read, at its place
        lines = [{"is_duplicate": True}, {"mapping_quality": 0}, {"is_secondary": True},
                 {"is_supplementary": True}, {"is_qcfail": True}]  # fmt: skip
        return [read, *(copy_with(read, **line) for line in lines)]

    dirty = rewrite(raw, tmp_path / "dirty.bam", extra)
    sizes = str(genome_files / "chrom.sizes")
    results = []
    for name, source in (("clean", raw), ("dirty", dirty)):
        taken, stats = take_in(source)
        (tmp_path / name).mkdir()
        results.append(use_everywhere(taken, tmp_path / name, sizes))
    assert stats["total"] == 3 * stats["kept"] and stats["multi"] == stats["kept"]
    assert results[0] == results[1]


@pytest.mark.parametrize("layout", ["single", "paired"])
def test_cram_and_bam_of_the_same_reads_give_the_same_bytes(
    align, take_in, library, genome_files, tmp_path, layout
):
    # FAULTS C12
    raw, _ = align(*library[layout], name="raw", min_mapq=0, keep_duplicates=True)
    fasta = str(genome_files / "genome.fa")
    cram = str(tmp_path / "user.bam")  # by content, not by name
    pysam.view("-C", "-T", fasta, "-o", cram, raw, catch_stdout=False)
    with Path(cram).open("rb") as handle:
        assert handle.read(4) == b"CRAM"
    results = []
    for path in (raw, cram):
        taken, stats = take_in(path)
        results.append((Path(taken).read_bytes(), Path(f"{taken}.bai").read_bytes(), stats))
    assert results[0] == results[1]
    assert results[0][2]["kept"] > 100


def test_a_cram_of_another_sequence_is_refused(genome, align, take_in, library, tmp_path):
    other = tmp_path / "other.fa"
    changed = {n: s[:6000] + "A" * 2000 + s[8000:] for n, s in genome.sequences.items()}
    other.write_text("".join(f">{n}\n{s}\n" for n, s in changed.items()))
    pysam.faidx(str(other))
    raw, _ = align(*library["single"], name="raw")
    cram = str(tmp_path / "user.cram")
    pysam.view("-C", "-T", str(other), "-o", cram, raw, catch_stdout=False)
    with pytest.raises(UserError, match=r"user\.cram: cannot be decoded with the assembly's FASTA"):
        take_in(cram)


def test_names_without_chr_and_other_contigs_do_not_change_the_result(
    genome, align, take_in, library, genome_files, tmp_path, caplog
):
    """Odd cases 11 and 52: the genome has chr, the file has not, and a contig of its own."""
    raw, _ = align(*library["single"], name="raw")
    (tmp_path / "chr").mkdir()
    sizes = tmp_path / "chr" / "sizes"
    sizes.write_text("".join(f"chr{n}\t{size}\n" for n, size in genome.sizes.items()))
    header = pysam.AlignmentFile(raw).header.to_dict()
    header["SQ"].insert(0, {"SN": "EBV", "LN": 5000})

    def shift(read):
        line = read.to_dict()
        return [pysam.AlignedSegment.from_dict(line, target)]

    target = pysam.AlignmentHeader.from_dict(header)
    decoy = rewrite(raw, tmp_path / "decoy.bam", shift, header)
    with pysam.AlignmentFile(str(tmp_path / "e.bam"), "wb", header=header) as out:
        with pysam.AlignmentFile(raw) as given:
            first = next(iter(given)).to_dict() | {"ref_name": "EBV", "ref_pos": "7"}
        for number in range(30):
            line = first | {"name": f"e{number}"}
            out.write(pysam.AlignedSegment.from_dict(line, out.header))
    expected, counted = take_in(raw)
    expected = places(expected)
    taken, stats = take_in(decoy, tmp_path / "e.bam", sizes=str(sizes))
    assert [(c, s) for _, c, s, _ in places(taken)] == [(f"chr{c}", s) for _, c, s, _ in expected]
    assert stats["total"] == counted["total"] + 30 and stats["kept"] == counted["kept"]
    assert stats["mapped"] == counted["mapped"]
    assert "30 reads are on chromosomes that sim lacks" in caplog.text
    with pysam.AlignmentFile(taken) as handle:
        assert list(handle.references) == ["chrbig", "chrsmall"]


def test_reads_on_chromosomes_that_the_assembly_lacks_do_not_pass_as_mapped(
    genome, take_in, tmp_path
):
    bam = write_bam(tmp_path / "a.bam", range(0, 900, 9), {"EBV": 5000, **genome.sizes})
    with pytest.raises(UserError, match="100 reads are on chromosomes that the assembly lacks"):
        take_in(bam)


def test_single_reads_flagged_as_mates_are_single_reads(align, take_in, library, tmp_path, caplog):
    """Odd case 52: MACS2 found no tag in them and ended with a TypeError."""
    raw, _ = align(*library["single"], name="raw")
    flagged = rewrite(
        raw, tmp_path / "mates.bam", lambda r: [copy_with(r, flag=r.flag | 0x1 | 0x40)]
    )
    expected, counted = take_in(raw)
    expected = Path(expected).read_bytes()
    taken, stats = take_in(flagged)
    assert Path(taken).read_bytes() == expected and stats == counted
    assert stats["layout"] == "single"
    assert "flagged as mates, and none has its mate" in caplog.text


def test_an_unsorted_bam_is_sorted(genome, take_in, tmp_path):
    for order in (None, "unsorted", "queryname"):
        bam = write_bam(tmp_path / "u.bam", [900, 5, 70], genome.sizes, order=order)
        taken, _ = take_in(bam)
        assert [start for _, _, start, _ in places(taken)] == [5, 70, 900]


def test_a_damaged_bam_is_named(genome, take_in, tmp_path):
    path = write_bam(tmp_path / "a.bam", range(9000), genome.sizes)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = b"x" * 40
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.bam.*(damaged|truncated)") as caught:
        take_in(path)
    assert "\n" not in str(caught.value)
