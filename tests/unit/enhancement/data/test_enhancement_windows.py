import numpy as np
import pandas as pd
import pytest
from small_maps import BINS, N_AT, SIZE, SIZES, write_genome

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.windows import (
    blank_codes,
    candidate_windows,
    check_windows,
    fasta_lengths,
    good_bins,
    read_codes,
)


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def test_codes_are_those_of_the_letters_in_either_case(genome):
    fasta, sequences = genome
    codes = read_codes(fasta, ["chrM"])
    assert list(codes) == ["chr1", "chr2", "chr3"]
    for name, found in codes.items():
        assert found.dtype == np.uint8
        assert "".join("ACGTN"[c] for c in found) == sequences[name].upper()
    assert fasta_lengths(fasta) == SIZES


def test_a_bin_with_one_n_is_not_good(genome):
    good = good_bins(read_codes(genome[0], [])["chr1"], SIZE)
    assert np.flatnonzero(~good).tolist() == [N_AT[1] // SIZE]
    # a shorter last bin is judged by its own bases
    codes = np.zeros(2500, np.uint8)
    assert good_bins(codes, SIZE).tolist() == [True, True, True]
    codes[2499] = 4
    assert good_bins(codes, SIZE).tolist() == [True, True, False]


@pytest.mark.parametrize("step", [1, 4, BINS])
def test_windows_are_those_of_a_walk_through_the_good_bins(step):
    rng = np.random.default_rng(step)
    codes = {}
    for name, size in (("a", 200_000), ("b", 90_400), ("c", 5_000)):
        codes[name] = rng.integers(0, 4, size, dtype=np.uint8)
        codes[name][rng.integers(0, size, 6 if size > 5000 else 0)] = 4
    found = candidate_windows(codes, resolution=SIZE, window_bins=BINS, step_bins=step)
    expected = []
    for name, sequence in codes.items():
        starts = [s for s in range(0, len(sequence), SIZE) if (sequence[s : s + SIZE] < 4).all()]
        for k in range(0, len(starts) - BINS + 1, step):
            expected.append((name, starts[k], min(starts[k + BINS - 1] + SIZE, len(sequence))))
    assert list(found[["chrom", "start", "end"]].itertuples(index=False, name=None)) == expected
    kept = found[found.reason == ""]
    assert 0 < len(kept) < len(found)
    assert (kept.end - kept.start == BINS * SIZE).all()
    for row in kept.itertuples():
        assert (codes[row.chrom][row.start : row.end] < 4).all()
    lost = found[found.reason != ""]
    for row in lost.itertuples():
        short = row.end == len(codes[row.chrom])
        assert short or (codes[row.chrom][row.start : row.end] == 4).any()


def test_windows_longer_than_every_chromosome_are_refused():
    codes = {"a": np.zeros(9 * SIZE, np.uint8), "b": np.zeros(4 * SIZE, np.uint8)}
    none = candidate_windows(codes, resolution=SIZE, window_bins=10, step_bins=1)
    assert none.empty
    with pytest.raises(UserError, match=r"window_bins: 10 bins .* at most 9 \(a\)"):
        check_windows(none, codes, 10, SIZE)
    fits = candidate_windows(codes, resolution=SIZE, window_bins=9, step_bins=1)
    check_windows(fits, codes, 9, SIZE)
    assert fits.chrom.tolist() == ["a"]


def test_n_in_every_window_is_refused():
    codes = {"a": np.zeros(20 * SIZE, np.uint8)}
    codes["a"][:: 4 * SIZE] = 4
    found = candidate_windows(codes, resolution=SIZE, window_bins=5, step_bins=1)
    with pytest.raises(UserError, match="holds an N"):
        check_windows(found, codes, 5, SIZE)
    assert isinstance(found, pd.DataFrame) and (found.reason != "").all()


def test_excluding_all_chromosomes_is_refused(genome):
    with pytest.raises(UserError, match="all chromosomes are excluded"):
        read_codes(genome[0], list(SIZES))
    with pytest.raises(UserError, match=r"exclude_chromosomes: all chromosomes .* excluded"):
        blank_codes(SIZES, list(SIZES))
