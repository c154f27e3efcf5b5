"""Binned signal against naive references and bedtools."""

import numpy as np
import pandas as pd
import pybedtools
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.chromaloom.genomics.binning import (
    average_track,
    count_reads,
    orient_rows,
    place_windows,
    weigh_intervals,
)
from workflow_scripts.signal.signal_files import read_bam

SIZE = 600
SPAN = st.tuples(st.integers(0, SIZE - 1), st.integers(1, 150)).map(
    lambda pair: (pair[0], min(pair[0] + pair[1], SIZE))
)
CHROM = st.sampled_from(["a", "b"])
SHAPE = st.fixed_dictionaries({"bin_size": st.integers(1, 40), "n_bins": st.integers(1, 8)})
WINDOWS = st.lists(st.tuples(CHROM, st.integers(0, 250)), min_size=1, max_size=5)


def split(windows):
    return np.array([chrom for chrom, _ in windows]), np.array([start for _, start in windows])


def naive_depth(chrom, intervals):
    depth = np.zeros(SIZE)
    for name, (start, end), value in intervals:
        if name == chrom:
            depth[start:end] += value
    return depth


@settings(deadline=None)
@given(
    tss=st.integers(0, 999), shape=SHAPE, size=st.integers(1, 1000), strand=st.sampled_from("+-")
)  # fmt: skip
def test_windows_lie_around_the_tss_and_on_the_chromosome(tss, shape, size, strand):
    width = shape["n_bins"] * shape["bin_size"]
    (start,), (inside,) = place_windows(
        np.array([tss]), np.array([strand]), np.array([size]), **shape
    )
    # in the gene's direction the TSS is the first base of the second half
    bases = np.arange(start, start + width)[:: -1 if strand == "-" else 1]
    assert bases[width // 2] == tss
    assert inside == all(0 <= base < size for base in bases)


@settings(deadline=None)
@given(
    tss=st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=5),
    reads=st.lists(SPAN, max_size=20),
    shape=SHAPE,
)
def test_a_mirrored_chromosome_has_the_same_signal_on_the_other_strand(tss, reads, shape):
    # FAULTS B10: the TSS was in bin 51 on the plus strand and in bin 50 on the minus strand
    def oriented(tss, strand, spans):
        signs = np.full(len(tss), strand)
        starts, inside = place_windows(np.array(tss), signs, np.full(len(tss), SIZE), **shape)
        sides = tuple(np.array([span[side] for span in spans], int) for side in (0, 1))
        counts = count_reads(np.full(len(tss), "a"), starts, {"a": sides}, **shape)
        return orient_rows(counts, signs), inside

    plus, inside = oriented(tss, "+", reads)
    turned = [(SIZE - end, SIZE - start) for start, end in reads]
    minus, inside_turned = oriented([SIZE - 1 - place for place in tss], "-", turned)
    np.testing.assert_array_equal(plus, minus)
    np.testing.assert_array_equal(inside, inside_turned)


@settings(deadline=None)
@given(
    reads=st.lists(st.tuples(CHROM, SPAN), max_size=20), windows=WINDOWS, shape=SHAPE
)  # fmt: skip
def test_reads_are_counted_as_one_would_by_hand(reads, windows, shape):
    chroms, starts = split(windows)
    spans = {
        name: tuple(np.array([s[side] for n, s in reads if n == name], int) for side in (0, 1))
        for name in ("a", "b")
    }
    counts = count_reads(chroms, starts, spans, **shape)
    assert counts.dtype == np.float32
    for row, (chrom, start) in enumerate(windows):
        for column in range(shape["n_bins"]):
            left = start + column * shape["bin_size"]
            right = left + shape["bin_size"]
            expected = sum(n == chrom and s < right and e > left for n, (s, e) in reads)
            assert counts[row, column] == expected


@settings(deadline=None)
@given(
    peaks=st.lists(st.tuples(CHROM, SPAN, st.floats(0.1, 100)), max_size=12),
    windows=WINDOWS,
    shape=SHAPE,
)
def test_intervals_weigh_what_their_depth_averages(peaks, windows, shape):
    """Σ value × covered share of a bin = the mean over its bases of the summed values."""
    chroms, starts = split(windows)
    rows = [(chrom, start, end, value) for chrom, (start, end), value in peaks]
    table = pd.DataFrame(rows, columns=["chrom", "start", "end", "value"])
    table = table.astype({"chrom": str, "start": "int64", "end": "int64", "value": float})
    values = weigh_intervals(chroms, starts, table, **shape)
    depth = {chrom: naive_depth(chrom, peaks) for chrom in ("a", "b")}
    tracked, missing = average_track(chroms, starts, lambda c, s, e: depth[c][s:e], **shape)
    np.testing.assert_allclose(values, tracked, rtol=1e-5, atol=1e-5)
    assert missing == 0
    # a bin without interval is exactly empty, not nearly
    assert (values[tracked == 0] == 0).all()


@settings(deadline=None)
@given(holes=st.lists(st.booleans(), min_size=40, max_size=40), n_bins=st.sampled_from([1, 4, 10]))
def test_bases_without_value_are_zero_and_counted(holes, n_bins):
    holes = np.array(holes)
    bases = np.where(holes, np.nan, 2.0)
    shape = {"bin_size": 40 // n_bins, "n_bins": n_bins}
    values, missing = average_track(np.array(["a"]), [0], lambda c, s, e: bases[s:e], **shape)
    assert missing == holes.sum()
    assert values.mean() == pytest.approx(2 * (~holes).mean())


def test_turning_twice_changes_nothing():
    values = np.random.default_rng(0).random((6, 3, 10))  # genes, marks, bins
    strand = np.array(list("+-+--+"))
    turned = orient_rows(values, strand)
    np.testing.assert_array_equal(turned[strand == "+"], values[strand == "+"])
    np.testing.assert_array_equal(turned[strand == "-"], values[strand == "-"][..., ::-1])
    np.testing.assert_array_equal(orient_rows(turned, strand), values)


def random_bam(path, rng, sizes, count=400):
    """Reads with deletions, gaps and clips, single and paired."""
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": name, "LN": size} for name, size in sizes.items()],
    }
    cigars = [
        [(0, 36)],
        [(0, 20), (2, 30), (0, 16)],
        [(0, 10), (3, 100), (0, 26)],
        [(4, 6), (0, 30)],
    ]
    names = list(sizes)
    places = sorted((int(rng.integers(2)), int(rng.integers(800))) for _ in range(count))
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for number, (chrom, start) in enumerate(places):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence = f"r{number}", "A" * 36
            read.flag = int(rng.choice([0, 16, 99, 147]))
            read.reference_id, read.reference_start = chrom, start
            read.mapping_quality = int(rng.choice([0, 9, 10, 42]))
            read.cigartuples = cigars[rng.integers(len(cigars))]
            out.write(read)
    pysam.index(str(path))
    return names


def test_counts_are_those_of_bedtools_multicov(tmp_path):
    rng, sizes = np.random.default_rng(0), {"a": 1000, "b": 1000}
    bam = tmp_path / "reads.bam"
    names = random_bam(bam, rng, sizes)
    shape = {"bin_size": 25, "n_bins": 12}
    chroms = rng.choice(names, 15)
    starts = rng.integers(0, 1000 - 300, 15)
    lines = [
        f"{chrom}\t{start + 25 * column}\t{start + 25 * (column + 1)}"
        for chrom, start in zip(chroms, starts, strict=True)
        for column in range(12)
    ]
    bins = pybedtools.BedTool("\n".join(lines), from_string=True)
    covered = bins.multi_bam_coverage(bams=[str(bam)])
    expected = np.array([int(row[3]) for row in covered]).reshape(15, 12)
    counts = count_reads(chroms, starts, read_bam(bam, sizes), **shape)
    np.testing.assert_array_equal(counts, expected)
    assert expected.any()
    pybedtools.cleanup()
