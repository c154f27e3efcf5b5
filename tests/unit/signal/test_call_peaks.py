"""Peaks and domains planted in reads are found, and a flat sample has none."""

import numpy as np
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal import call_peaks
from workflow_scripts.signal.background import background_ratio

SIZES = {"a": 400_000, "b": 200_000}
SETTINGS = {"qvalue": 0.05, "extsize": 200, "broad": ["H1"], "broad_extsize": 3000,
            "broad_qvalue": 0.1, "background": "depleted"}  # fmt: skip
PEAKS = [("a", place) for place in range(20_000, 400_000, 40_000)]
DOMAINS = [("a", 0, 200_000), ("b", 100_000, 200_000)]


def draw(rng, number):
    """Reads on either strand, uniform: chrom, start."""
    chrom = rng.choice(list(SIZES), number, p=np.array(list(SIZES.values())) / sum(SIZES.values()))
    return [(c, int(rng.integers(200, SIZES[c] - 250))) for c in chrom]


def bam(path, reads, rng):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"},
              "SQ": [{"SN": c, "LN": n} for c, n in SIZES.items()]}  # fmt: skip
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for chrom, start in sorted(reads):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence, read.cigartuples = "r", "A" * 50, [(0, 50)]
            read.reference_id, read.reference_start = list(SIZES).index(chrom), start
            read.mapping_quality, read.is_reverse = 42, bool(rng.random() < 0.5)
            out.write(read)
    pysam.index(str(path))
    return str(path)


@pytest.fixture
def call(tmp_path):
    (tmp_path / "sizes").write_text("".join(f"{c}\t{n}\n" for c, n in SIZES.items()))

    def run(reads, control, target, blacklist=(), **settings):
        out = tmp_path / "peaks.bed"
        call_peaks.main(
            sample="s", target=target, reads=[reads], control=control,
            sizes=str(tmp_path / "sizes"), settings=SETTINGS | settings, out=str(out),
            blacklist=blacklist,
        )  # fmt: skip
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
        rows = [line.split("\t") for line in out.read_text().splitlines()]
        return [(row[0], int(row[1]), int(row[2])) for row in rows]

    return run


@pytest.fixture
def control(tmp_path):
    rng = np.random.default_rng(1)
    return bam(tmp_path / "input.bam", draw(rng, 6000), rng)


def test_planted_peaks_are_found_and_no_others(call, control, tmp_path):
    rng = np.random.default_rng(2)
    planted = [(c, int(p + rng.normal(0, 60))) for c, p in PEAKS for _ in range(40)]
    found = call(bam(tmp_path / "chip.bam", draw(rng, 5000) + planted, rng), [control], "CTCF")
    assert len(found) == len(PEAKS)
    for chrom, place in PEAKS:
        assert any(c == chrom and s - 100 < place < e + 100 for c, s, e in found)


def test_a_domain_of_half_the_genome_is_found(call, control, tmp_path):
    """Twice the reads in half of the genome; without its own background ratio it fades."""
    rng = np.random.default_rng(3)
    inside = lambda c, s: any(c == d and left <= s < right for d, left, right in DOMAINS)  # noqa: E731
    reads = [(c, s) for c, s in draw(rng, 12_000) if inside(c, s) or rng.random() < 0.4]
    chip = bam(tmp_path / "chip.bam", reads, rng)
    covered = {}
    for background in ("depleted", "all"):
        masks = {c: np.zeros(n, bool) for c, n in SIZES.items()}
        for chrom, start, end in call(chip, [control], "H1", background=background):
            masks[chrom][start:end] = True
        within = sum(masks[c][left:right].sum() for c, left, right in DOMAINS)
        covered[background] = within, sum(m.sum() for m in masks.values()) - within
    inner = sum(right - left for _, left, right in DOMAINS)
    assert covered["depleted"][0] > 0.7 * inner
    assert covered["depleted"][1] < 0.1 * inner
    assert covered["depleted"][0] > covered["all"][0]


def test_a_flat_sample_gives_an_empty_file_and_a_warning(call, control, tmp_path, caplog):
    rng = np.random.default_rng(4)
    flat = bam(tmp_path / "flat.bam", draw(rng, 6000), rng)
    assert call(flat, [control], "CTCF") == []
    assert "no region of CTCF is enriched" in caplog.text


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_background_ratio_is_that_of_the_unbound_part(share):
    rng = np.random.default_rng(5)
    size = 4_000_000
    flat = rng.integers(0, size, 50_000)
    chip = rng.integers(0, size, 50_000)
    chip = np.r_[chip, rng.integers(0, int(size * share), int(50_000 * share * 2))]  # threefold
    spans = ({"a": (starts, starts + 50)} for starts in (chip, flat))
    ratio = background_ratio(*spans, {"a": size})
    assert ratio == pytest.approx(1, abs=0.08)
    assert len(chip) / len(flat) > 1.3


def test_no_reads_and_mixed_kinds_are_refused(call, control, tmp_path):
    empty = bam(tmp_path / "empty.bam", [], np.random.default_rng(0))
    with pytest.raises(UserError, match="no reads"):
        call(empty, [control], "CTCF")
    tags = tmp_path / "x.tagAlign"
    tags.write_text("a\t1\t51\tN\t0\t+\n")
    with pytest.raises(UserError, match="different kinds"):
        call(str(tags), [control], "CTCF")


def test_a_control_of_few_reads_is_refused_by_name(call, tmp_path):
    """Odd case 54: peaks at 20,622 reads per read of the control."""
    rng = np.random.default_rng(1)
    few = bam(tmp_path / "few.bam", draw(rng, 19), rng)
    chip = bam(tmp_path / "chip.bam", draw(rng, 2000), rng)
    with pytest.raises(
        UserError, match=r"sample 's': its control .*few\.bam has 19 reads for 2000"
    ):
        call(chip, [few], "CTCF")
    enough = bam(tmp_path / "enough.bam", draw(rng, 20), rng)
    call(chip, [enough], "CTCF")


def test_pairs_that_macs_does_not_count_are_refused(call, tmp_path):
    rng = np.random.default_rng(1)
    path = bam(tmp_path / "chip.bam", draw(rng, 50), rng)
    with pysam.AlignmentFile(path) as given:
        reads = list(given)
        with pysam.AlignmentFile(str(tmp_path / "p.bam"), "wb", header=given.header) as out:
            for read in reads:
                read.flag |= 0x41
                out.write(read)
    pysam.index(str(tmp_path / "p.bam"))
    with pytest.raises(UserError, match=r"none of its 50 paired reads is of a proper pair"):
        call(str(tmp_path / "p.bam"), [], "CTCF")


def test_peaks_that_overlap_the_blacklist_are_left_out_and_no_others(call, tmp_path, control):
    rng = np.random.default_rng(2)
    planted = [(c, int(p + rng.normal(0, 60))) for c, p in PEAKS for _ in range(40)]
    chip = bam(tmp_path / "chip.bam", draw(rng, 5000) + planted, rng)
    every = call(chip, [], "CTCF")
    black = tmp_path / "black.bed"
    black.write_text("".join(f"{c}\t{p}\t{p + 10}\n" for c, p in PEAKS[:3]))
    kept = call(chip, [], "CTCF", blacklist=[str(black)])
    hit = [any(c == d and s < p + 10 and e > p for d, p in PEAKS[:3]) for c, s, e in every]
    assert sum(hit) == 3
    assert kept == [peak for peak, out in zip(every, hit, strict=True) if not out]
