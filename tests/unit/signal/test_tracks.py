"""Values of bins against one base at a time."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal import tracks
from workflow_scripts.signal.track_files import read_binned, read_gff3
from workflow_scripts.signal.tracks import (
    average_bins,
    cover_bins,
    depth_of_reads,
    interval_fetch,
    make_bins,
    read_track,
    sum_strands,
    write_track,
)

SIZES = {"a": 517, "b": 260}
SPAN = st.sampled_from(list(SIZES)).flatmap(
    lambda chrom: st.tuples(
        st.just(chrom), st.integers(0, SIZES[chrom] - 1), st.integers(1, 150)
    ).map(lambda s: (s[0], s[1], min(s[1] + s[2], SIZES[s[0]])))
)
RESOLUTION = st.integers(7, 130)


def frame(rows, values=None):
    table = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    table = table.astype({"chrom": object, "start": "int64", "end": "int64"})
    return table if values is None else table.assign(value=np.array(values, dtype=float))


def per_base(rows):
    depth = {chrom: np.zeros(size) for chrom, size in SIZES.items()}
    for chrom, start, end in rows:
        for base in range(start, end):
            depth[chrom][base] += 1
    return depth


@given(resolution=RESOLUTION)
def test_bins_tile_the_genome(resolution):
    bins = make_bins(SIZES, resolution)
    for chrom, size in SIZES.items():
        own = bins[bins.chrom == chrom]
        assert own.start.iloc[0] == 0 and own.end.iloc[-1] == size
        assert (own.start.to_numpy()[1:] == own.end.to_numpy()[:-1]).all()
        assert ((own.end - own.start).to_numpy()[:-1] == resolution).all()


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(SPAN, max_size=12), resolution=RESOLUTION)
def test_share_covered_is_that_of_a_loop_over_bases(rows, resolution):
    bins = make_bins(SIZES, resolution)
    covered = cover_bins(bins, frame(rows))
    depth = per_base(rows)
    for (chrom, start, end), value in zip(bins.itertuples(index=False), covered, strict=True):
        assert value == np.mean(depth[chrom][start:end] > 0)
    # nothing is lost between bins
    bases = sum((track > 0).sum() for track in depth.values())
    assert (covered * (bins.end - bins.start)).sum() == pytest.approx(bases)


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(SPAN, max_size=20), resolution=RESOLUTION)
def test_depth_counts_every_base_of_every_read(rows, resolution):
    reads = {
        chrom: tuple(
            np.array([r[side] for r in rows if r[0] == chrom], np.int64) for side in (1, 2)
        )
        for chrom in SIZES
    }
    bins, depth = make_bins(SIZES, resolution), per_base(rows)
    expected = [depth[c][s:e].mean() for c, s, e in bins.itertuples(index=False)]
    np.testing.assert_allclose(depth_of_reads(bins, reads), expected, atol=1e-12)


@st.composite
def tilings(draw, chrom="a"):
    """Intervals that do not overlap, with values, in any order."""
    cuts = sorted(set(draw(st.lists(st.integers(0, SIZES[chrom]), min_size=2, max_size=14))))
    pairs = [p for p in pairwise(cuts) if draw(st.booleans())]
    rows = [(chrom, start, end, draw(st.integers(-5, 9))) for start, end in pairs]
    return draw(st.permutations(rows))


def bases_of(rows, chrom="a"):
    bases = np.full(SIZES[chrom], np.nan)
    for _, start, end, value in rows:
        bases[start:end] = value
    return bases


@settings(deadline=None)
@given(
    rows=tilings(), resolution=RESOLUTION, place=st.tuples(st.integers(0, 516), st.integers(1, 300))
)
def test_intervals_give_their_value_at_each_base(rows, resolution, place):
    fetch = interval_fetch(frame([r[:3] for r in rows], [r[3] for r in rows]))
    start, end = place[0], min(place[0] + place[1], SIZES["a"])
    np.testing.assert_array_equal(fetch("a", start, end), bases_of(rows)[start:end])
    assert np.isnan(fetch("b", 0, 9)).all()


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@settings(deadline=None)
@given(rows=tilings(), resolution=RESOLUTION, chunk=st.sampled_from([50, 200, 10_000]))
def test_means_are_over_all_bases_or_the_measured_ones(rows, resolution, chunk):
    bins = make_bins({"a": SIZES["a"]}, resolution)
    fetch = interval_fetch(frame([r[:3] for r in rows], [r[3] for r in rows]))
    bases = [bases_of(rows)[s:e] for _, s, e in bins.itertuples(index=False)]
    before, tracks.CHUNK = tracks.CHUNK, chunk
    try:
        zero = average_bins(bins, fetch, measured_only=False)
        known = average_bins(bins, fetch, measured_only=True)
    finally:
        tracks.CHUNK = before
    np.testing.assert_allclose(zero, [np.nansum(b) / len(b) for b in bases])
    np.testing.assert_allclose(known, [np.nanmean(b) for b in bases])


@settings(deadline=None)
@given(plus=tilings(), minus=tilings())
def test_strands_add_up_whatever_their_signs(plus, minus):
    fetches = [
        interval_fetch(frame([r[:3] for r in rows], [r[3] for r in rows])) for rows in (plus, minus)
    ]
    both = sum_strands(*fetches)("a", 0, SIZES["a"])
    first, second = bases_of(plus), bases_of(minus)
    np.testing.assert_array_equal(np.isnan(both), np.isnan(first) & np.isnan(second))
    assert np.nansum(both) == np.nansum(np.abs(first)) + np.nansum(np.abs(second))


def test_a_track_comes_back_with_its_holes_and_the_same_bytes(tmp_path):
    bins = make_bins(SIZES, 100)
    values = np.arange(len(bins)) / 3
    values[2] = np.nan
    paths = [str(tmp_path / name) for name in ("x.tsv.gz", "y.tsv.gz")]
    for path in paths:
        write_track(path, bins, values)
    table = read_track(paths[0])
    pd.testing.assert_frame_equal(table[["chrom", "start", "end"]], bins)
    np.testing.assert_allclose(table.value, values, rtol=1e-6)
    first, second = ((tmp_path / name).read_bytes() for name in ("x.tsv.gz", "y.tsv.gz"))
    assert first == second


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("a\tx\tpeak\t9\t5\t.\t.\t.\tID=1", "line 2"),
        ("a\tx\tpeak\t5.5\t9\t.\t.\t.\tID=1", "line 2.*whole numbers"),  # odd case 34
        ("a\t5\t9", "line 2"),
        ("", "feature"),
        (b"\x1f\x8bcut", "gzip file is truncated"),
    ],
)
def test_malformed_gff3_is_rejected(tmp_path, row, named):
    path = tmp_path / "peaks.gff3"
    path.write_bytes(row if isinstance(row, bytes) else f"##gff-version 3\n{row}\n".encode())
    with pytest.raises(UserError, match=rf"peaks\.gff3.*{named}"):
        read_gff3(path, SIZES)


def test_places_of_tables_are_exact_however_they_are_written(tmp_path):
    # odd case 34, FAULTS C6: `#` in a cell of a table of bins
    path = tmp_path / "bins.tsv"
    path.write_text("# by hand\nchrom\tstart\tend\tv\tnote\na\t1e+02\t2.5e2\t7\tlot #3\n")
    assert read_binned(path, "v", SIZES).iloc[0].tolist() == ["a", 100, 250, 7]
    path.write_text("a\tx\tpeak\t1e2\t2.5e2\t.\t.\t.\tID=peak#1\n")
    assert read_gff3(path, SIZES).iloc[0].tolist() == ["a", 99, 250]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("chrom\tstart\tend\tv\na\t20\t10\t1\n", "line 2.*20.*10"),
        ("chrom\tstart\tend\tv\n#x\na\t1\t10\t1\na\t10.5\t20\t1\n", r"line 4.*10\.5.*whole"),
        ("", "bins.tsv"),
    ],
)
def test_malformed_bin_tables_are_rejected(tmp_path, text, named):
    path = tmp_path / "bins.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match=named):
        read_binned(path, "v", SIZES)
