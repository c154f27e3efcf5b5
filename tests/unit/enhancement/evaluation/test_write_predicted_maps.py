"""Predicted windows of a run as maps that browsers open."""

import cooler
import numpy as np
import pytest
from bundle_example import CROP, INNER, SEEDS, write_run
from small_maps import SIZE, SIZES

from workflow_scripts.enhancement.apply.predict_map import shifted_scale
from workflow_scripts.enhancement.apply.stitch import taper
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import scale_shifts
from workflow_scripts.enhancement.data.map_transforms import to_balanced
from workflow_scripts.enhancement.evaluation import write_maps
from workflow_scripts.enhancement.evaluation.predictions import (
    read_predictions,
    write_predictions,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Dataset, predictions of two networks, and the map that is written of them."""
    run = write_run(tmp_path_factory.mktemp("run"), also_downsample=True)
    folder, rng, predictions = run["folder"], np.random.default_rng(0), []
    with EnhancementData(run["dataset"]) as data:
        rows = np.arange(len(data))
        for seed in SEEDS:
            values = rng.random((len(rows), INNER, INNER))
            predictions.append(str(folder / f"p{seed}.h5"))
            write_predictions(
                predictions[-1], kind="image", index=rows, split=data.split[rows],
                prediction=(values + values.transpose(0, 2, 1)) / 2,
            )  # fmt: skip
    out = [str(folder / f"{name}.mcool") for name in ("x", "none")]
    write_maps.main(
        run["dataset"], str(folder / "chrom.sizes"), predictions, models=["image"], seeds=SEEDS,
        maps=["x", "none"], mcools=out,
    )  # fmt: skip
    return run["dataset"], predictions, out


def test_each_pixel_is_the_weighted_mean_of_the_test_windows_that_hold_it(written):
    dataset, predictions, (path, _) = written
    first = np.cumsum([0, *[-(-size // SIZE) for size in SIZES.values()]])
    total, weight = {}, {}
    with EnhancementData(dataset) as data:
        shift = scale_shifts(data)["pool"]
        assert (data.split == "test_downsample").any()
        for number, file in enumerate(predictions):
            for row, map_ in zip(range(len(data)), read_predictions(file).prediction, strict=True):
                if data.split[row] != "test":
                    continue
                scale = shifted_scale(data.scale_low[row], shift)
                contacts = np.maximum(to_balanced(map_.astype(float), scale), 0)
                chrom = list(SIZES).index(data.chrom[row])
                start = first[chrom] + data.start[row] // SIZE + CROP
                for i in range(INNER):
                    for j in range(i, INNER):
                        key, w = (start + i, start + j), taper(INNER)[i] * taper(INNER)[j]
                        pair = total.setdefault(key, np.zeros(len(SEEDS)))
                        pair[number] += w * contacts[i, j]
                        weight.setdefault(key, np.zeros(len(SEEDS)))[number] += w
    each = {key: total[key] / weight[key] for key in total if total[key].any()}
    pixels = cooler.Cooler(f"{path}::/resolutions/{SIZE}").pixels()[:]
    assert len(pixels) == len(each) > 200
    for one, two, count, sd in pixels.itertuples(index=False):
        assert count == pytest.approx(each[one, two].mean())
        assert sd == pytest.approx(each[one, two].std(), abs=1e-12)


def test_bins_without_a_test_window_are_masked_and_a_map_without_any_is_empty(written):
    _, _, (path, none) = written
    clr = cooler.Cooler(f"{path}::/resolutions/{SIZE}")
    bins, pixels = clr.bins()[:], clr.pixels()[:]
    known = bins.index[np.isfinite(bins.weight)]
    assert set(known) == set(pixels.bin1_id) | set(pixels.bin2_id)
    # chr1 has no region of test
    assert set(bins.chrom[known]) == {"chr2"}
    assert clr.info["metadata"]["unit"] == "balanced contacts, predicted"
    assert len(cooler.Cooler(f"{none}::/resolutions/{SIZE}").pixels()[:]) == 0
