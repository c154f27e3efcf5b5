"""Windows as the sequence models read them: mean targets, augmentation, permuted DNA."""

import numpy as np
import pytest
from sequence_windows import (
    BINS,
    CROP,
    RESOLUTION,
    planted_map,
    write_embeddings,
    write_windows,
)

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.sequence_data import (
    AugmentedWindows,
    Inputs,
    SequenceWindows,
    WindowEmbeddings,
    derangement,
    flip_pixels,
    reverse_complement,
    shift_codes,
    upper_pixels,
)

PIXELS = upper_pixels(BINS, CROP, 2)
FLIPS = flip_pixels(BINS, CROP, 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = write_windows(tmp_path_factory.mktemp("windows") / "sequence.h5")
    with EnhancementData(path) as opened:
        yield opened


def windows_of(data, split="train", column="split", shuffle=None):
    return SequenceWindows.of(Inputs(data), split, column=column, pixels=PIXELS, shuffle=shuffle)


def test_a_region_is_read_once_and_its_target_is_the_mean_of_its_maps(data):
    windows = windows_of(data)
    assert len(windows) == 12  # of 20 places, each in two maps
    codes, targets = windows.take(np.arange(12))
    for dna, target in zip(codes, targets, strict=True):
        np.testing.assert_allclose(target, planted_map(dna).ravel()[PIXELS], atol=1e-6)


def test_the_random_split_differs(data):
    own, other = windows_of(data), windows_of(data, column="split_random")
    assert set(own.rows) != set(other.rows)


def test_permuted_dna_is_that_of_another_region(data):
    plain, shuffled = windows_of(data), windows_of(data, shuffle=0)
    np.testing.assert_array_equal(plain.targets, shuffled.targets)
    assert sorted(plain.rows) == sorted(shuffled.rows)
    assert (plain.rows != shuffled.rows).all()


@pytest.mark.parametrize("number", [2, 3, 50])
def test_a_derangement_has_no_fixed_point(number):
    taken = derangement(number, 0)
    assert sorted(taken) == list(range(number)) and (taken != np.arange(number)).all()


def test_a_split_without_windows_is_refused(data):
    with pytest.raises(UserError, match="nowhere"):
        windows_of(data, "nowhere")


def test_flipped_pixels_are_the_map_read_backwards():
    full = np.random.default_rng(0).normal(size=(BINS, BINS))
    full = full + full.T
    np.testing.assert_array_equal(full[::-1, ::-1].ravel()[PIXELS], full.ravel()[PIXELS][FLIPS])
    np.testing.assert_array_equal(FLIPS[FLIPS], np.arange(len(PIXELS)))


def test_the_reverse_complement_is_its_own_inverse():
    codes = np.array([[0, 1, 4, 2, 2, 3]], "uint8")
    np.testing.assert_array_equal(reverse_complement(codes), [[0, 1, 1, 4, 2, 3]])
    np.testing.assert_array_equal(reverse_complement(reverse_complement(codes)), codes)


@pytest.mark.parametrize("by", [-3, 0, 2])
def test_shifted_dna_is_filled_with_n(by):
    codes = np.array([0, 1, 2, 3, 0, 1], "uint8")
    moved = shift_codes(codes, by)
    wanted = [codes[i - by] if 0 <= i - by < 6 else 4 for i in range(6)]
    np.testing.assert_array_equal(moved, wanted)


class Steps:
    """A network that has taken some steps."""

    def __init__(self, iterations):
        self.optimizer, self.iterations = self, iterations


def test_augmentation_reverses_dna_and_map(data):
    windows = windows_of(data)
    turned = shifted = 0
    for step in range(20):
        augmented = AugmentedWindows(windows, Steps(step), FLIPS, 2, True, seed=1)
        codes, targets = augmented.take(np.arange(12))
        plain, wanted = windows.take(np.arange(12))
        for dna, target, before, map_before in zip(codes, targets, plain, wanted, strict=True):
            back = not np.array_equal(target, map_before)
            if back:
                np.testing.assert_array_equal(target, map_before[FLIPS])
            dna = reverse_complement(dna) if back else dna
            by = next(b for b in range(-2, 3) if np.array_equal(shift_codes(before, b), dna))
            turned, shifted = turned + back, shifted + (by != 0)
    assert 80 < turned < 160 and 160 < shifted < 225  # of 240: a half, and four fifths


def test_augmentation_follows_from_the_steps_taken(data):
    one, again, other = (
        AugmentedWindows(windows_of(data), Steps(step), FLIPS, 2, True, seed=1).take(np.arange(12))
        for step in (7, 7, 8)
    )
    np.testing.assert_array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])


def test_augmentation_does_not_change_the_windows(data):
    windows = windows_of(data)
    before = windows.targets.copy()
    for step in range(3):
        AugmentedWindows(windows, Steps(step), FLIPS, 2, True, seed=1).take(np.arange(12))
    np.testing.assert_array_equal(windows.targets, before)


def test_embeddings_are_found_by_region(tmp_path, data):
    embeddings = WindowEmbeddings(write_embeddings(tmp_path / "e.h5"))
    embeddings.check(data.chrom, data.start)
    assert (embeddings.positions, embeddings.dimension) == (BINS, 6)
    rows = np.array([5, 0])
    found = Inputs(data, embeddings).of(rows)
    assert found.dtype == np.float32
    first = data.start[rows] // (BINS * RESOLUTION)
    np.testing.assert_array_equal(found, embeddings._file["embeddings"][:][first])
    embeddings.close()


def test_a_window_without_embedding_is_named(tmp_path, data):
    embeddings = WindowEmbeddings(write_embeddings(tmp_path / "e.h5", lost=3))
    with pytest.raises(UserError, match=r"no embedding of 6 of 40 windows, first chr1:3264"):
        embeddings.check(data.chrom, data.start)
    embeddings.close()


def test_a_file_that_is_not_hdf5_is_refused(tmp_path):
    (tmp_path / "e.h5").write_text("no")
    with pytest.raises(UserError, match="not an HDF5 file"):
        WindowEmbeddings(tmp_path / "e.h5")
