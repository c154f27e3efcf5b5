"""Predicted maps of a run as .mcool."""

import cooler
import numpy as np
from conformation_data import random_data

from workflow_scripts.conformation.evaluation import write_maps
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def test_a_map_is_the_mean_over_the_networks_of_a_model_with_its_spread(tmp_path):
    data = random_data({"a": 30, "b": 40}, np.repeat(["train", "test"], [30, 40]), w=4)
    data.save(tmp_path / "data.npz")
    (tmp_path / "sizes").write_text("a\t30000\nshort\t2000\nb\t40000\n")
    rng, networks = np.random.default_rng(0), [("forward", 1), ("ridge", 0), ("forward", 2)]
    maps = [MapPrediction.from_band(data, rng.random(data.oe.shape)) for _ in networks]
    files = [str(tmp_path / f"{m}.{s}.npz") for m, s in networks]
    for found, file in zip(maps, files, strict=True):
        found.save(file)
    write_maps.main(
        str(tmp_path / "data.npz"), files, str(tmp_path / "sizes"), networks=networks,
        models=["forward", "ridge"], maps=[str(tmp_path / f"{m}.mcool") for m in ("f", "r")],
    )  # fmt: skip
    for name, chosen in (("f", [maps[0], maps[2]]), ("r", [maps[1]])):
        clr = cooler.Cooler(f"{tmp_path / name}.mcool::/resolutions/1000")
        bands = np.stack([one.band for one in chosen]).astype("float64")
        for column, expected in (("count", bands.mean(0)), ("sd", bands.std(0))):
            found = clr.matrix(balance=False, field=column, as_pixels=True).fetch("b")
            start = found.bin1_id.to_numpy() - 32, (found.bin2_id - found.bin1_id).to_numpy()
            np.testing.assert_array_equal(found[column], expected[start])
        assert len(clr.pixels()[:]) == np.isfinite(bands[0]).sum()
        assert clr.info["metadata"]["unit"] == "observed over expected, predicted"
