"""Test windows of the sequence models as one map."""

import cooler
import numpy as np
import pytest

from workflow_scripts.enhancement.apply.stitch import BandBlend
from workflow_scripts.enhancement.data.dataset import EnhancementWriter
from workflow_scripts.enhancement.evaluation import write_sequence_maps
from workflow_scripts.enhancement.evaluation.predictions import write_predictions

BINS, SIZE, INNER = 8, 10, 6
# map, first bin, split: overlapping test windows, one of two maps, one that was trained on, a gap
WINDOWS = [
    ("a", 4, "test"), ("a", 0, "train"), ("b", 4, "test_both"), ("a", 7, "test"),
    ("a", 20, "test"), ("b", 30, "test_map"),
]  # fmt: skip


@pytest.fixture
def written(tmp_path):
    """Maps of two seeds, by window, and the .mcool."""
    draw = np.random.default_rng(0)
    with EnhancementWriter(
        tmp_path / "s.h5", kind="sequence", resolution=SIZE, window_bins=BINS,
        codes={"chr1": np.zeros(400, "uint8")},
    ) as writer:  # fmt: skip
        for name, first, split in WINDOWS:
            row = {"map": name, "chrom": "chr1", "start": first * SIZE,
                   "end": (first + BINS) * SIZE, "split": split}  # fmt: skip
            writer.add(row, {"target": np.zeros((BINS, BINS), "float32")})
    maps = draw.normal(size=(2, len(WINDOWS), INNER, INNER)).astype("float32")
    maps = maps + maps.transpose(0, 1, 3, 2)
    maps[:, 2] = maps[:, 0]  # the same DNA
    order = np.array([3, 0, 2, 1, 5, 4])
    files = []
    for seed, values in enumerate(maps, start=1):
        files.append(str(tmp_path / f"m.seed{seed}.h5"))
        split = np.array([window[2] for window in WINDOWS])[order]
        write_predictions(
            files[-1], kind="sequence", index=order, split=split, prediction=values[order]
        )
    (tmp_path / "sizes").write_text("chr0\t95\nchr1\t400\n")
    write_sequence_maps.main(
        str(tmp_path / "s.h5"), files, str(tmp_path / "sizes"), runs=[("m", 1), ("m", 2)],
        models=["m"], ignore_diags=2, maps=[str(tmp_path / "m.mcool")],
    )  # fmt: skip
    return maps, cooler.Cooler(f"{tmp_path / 'm.mcool'}::/resolutions/{SIZE}")


def test_held_out_windows_are_blended_and_others_are_left_out(written):
    maps, clr = written
    blends = [BandBlend(40, INNER) for _ in maps]
    for row in (0, 3, 4):
        for blend, values in zip(blends, maps, strict=True):
            blend.add(WINDOWS[row][1] + 1, values[row])
    each = np.exp(np.stack([blend.mean() for blend in blends]).astype("float32").astype(float))
    each[:, :, :2] = np.nan
    pixels = clr.pixels()[:]
    for column, wanted in (("count", each.mean(0)), ("sd", each.std(0))):
        found = np.full((40, INNER), np.nan)
        first = pixels.bin1_id - clr.offset("chr1")
        found[first, pixels.bin2_id - pixels.bin1_id] = pixels[column]
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    # a window alone has its own values, to the last bit
    alone = clr.matrix(balance=False, as_pixels=False).fetch("chr1:210-270")
    upper = np.triu_indices(INNER, 2)
    own = np.exp(maps[:, 4].astype("float64")).mean(0)
    np.testing.assert_array_equal(alone[upper], own[upper])
    known = np.flatnonzero(np.isfinite(clr.bins()["weight"][:])) - clr.offset("chr1")
    assert known.tolist() == [*range(5, 14), *range(21, 27)]
