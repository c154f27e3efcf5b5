import numpy as np
import pandas as pd
import pytest
from image_windows import CROP, write_windows

from workflow_scripts.enhancement.config.published import PUBLISHED, published_models
from workflow_scripts.enhancement.evaluation import predict_image, published_windows
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.evaluation.published_windows import predict_published
from workflow_scripts.enhancement.figures.fig6 import shown_sources
from workflow_scripts.enhancement.figures.style import in_order, label
from workflow_scripts.enhancement.models.image_models import (
    build_deephic_generator,
    build_hicplus,
)
from workflow_scripts.report.presets import paper_presets, preset_of


@pytest.fixture(autouse=True)
def small_networks(monkeypatch):
    """Small networks with the same layers in place of the published weights."""

    def load(method, path, size):
        if method == "hicplus":
            return build_hicplus(size=size, crop=6, seed=3)
        return build_deephic_generator(size=size, crop=0, filters=4, blocks=1, seed=3)

    monkeypatch.setattr(published_windows, "load_published", load)


def windows(n=2, bins=200):
    low = np.random.default_rng(0).random((n, bins, bins)).astype("float32")
    return (low + low.transpose(0, 2, 1)) / 2


def test_whole_windows_are_read_in_the_range_of_each_network():
    low = windows(bins=60)
    deephic = build_deephic_generator(size=60, crop=0, filters=4, blocks=1, seed=3)
    wanted = deephic.predict_on_batch(low[..., None])[:, 7:-7, 7:-7, 0]
    found = predict_published("deephic_raw_16", "w", low, crop=7)
    np.testing.assert_allclose(found, (wanted + wanted.transpose(0, 2, 1)) / 2, atol=1e-6)
    # HiCPlus: [0, 1] times its cutoff of 100, and back
    hicplus = build_hicplus(size=60, crop=7, seed=3)
    wanted = hicplus.predict_on_batch(100 * low[..., None])[..., 0] / 100
    found = predict_published("hicplus_hindiii", "w", low, crop=7)
    np.testing.assert_allclose(found, (wanted + wanted.transpose(0, 2, 1)) / 2, rtol=1e-4)


def test_tiles_of_the_paper_leave_a_fifth_of_the_map_at_0():
    low = windows()
    found = predict_published("deephic_raw_16", "w", low, crop=6, tiles="paper")
    assert found.shape == (2, 188, 188)
    # (tanh + 1) / 2 is never 0; six tiles of 28 bins
    empty = found == 0
    assert empty.mean() == pytest.approx(1 - (168 / 188) ** 2)
    assert empty.mean() == pytest.approx(0.2, abs=0.005)
    assert not empty[:, :168, :168].any()
    # unpadded convolutions give the same in tiles and in whole windows
    tiled = predict_published("hicplus_hindiii", "w", low, crop=6, tiles="paper")
    whole = predict_published("hicplus_hindiii", "w", low, crop=6)
    np.testing.assert_allclose(tiled[:, :168, :168], whole[:, :168, :168], rtol=1e-4, atol=1e-6)
    assert (tiled[:, 168:] == 0).all()
    # DeepHiC pads its tiles: they depend on what is in them alone
    other = low.copy()
    other[:, 100:, 100:] = 0
    same = predict_published("deephic_raw_16", "w", other, crop=6, tiles="paper")
    np.testing.assert_array_equal(same[:, :56, :56], found[:, :56, :56])


def test_published_networks_predict_the_windows_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(predict_image, "prepare_device", lambda **_: "tensorflow cpu")
    dataset = write_windows(tmp_path / "image.h5")
    out = [str(tmp_path / f"{name}.h5") for name in ("deephic", "hicplus")]
    predict_image.main(
        str(dataset), [], ["a.pth", "b.model"], crop=CROP, max_train=3, gpu=0, threads=1,
        downsampled=str(tmp_path / "d.h5"), predictions=[], published_predictions=out,
        published=["deephic_raw_16", "hicplus_hindiii"], tiles="whole",
    )  # fmt: skip
    down, deephic, hicplus = (read_predictions(path) for path in (tmp_path / "d.h5", *out))
    for found in (deephic, hicplus):
        np.testing.assert_array_equal(found.index, down.index)
        np.testing.assert_array_equal(found.split, down.split)
        assert found.prediction.shape == down.prediction.shape
        np.testing.assert_array_equal(found.prediction, found.prediction.transpose(0, 2, 1))
    assert np.abs(deephic.prediction - hicplus.prediction).max() > 0.01


def test_models_are_named_apart_from_the_trained_ones(root):
    section = {"deephic": "deephic_raw_16", "hicplus": "", "tiles": "whole"}
    assert published_models(section) == {"deephic_published": "deephic_raw_16"}
    assert published_models({**section, "deephic": ""}) == {}
    assert label("deephic_published") == "DeepHiC, published"
    models = ["hicplus_published", "deephic", "hicplus", "image", "deephic_published"]
    assert in_order(models) == [
        "hicplus", "hicplus_published", "deephic", "deephic_published", "image",
    ]  # fmt: skip
    maps = pd.DataFrame({name: [0.5] for name in models} | {"low": [0.1], "high": [0.2]})
    assert shown_sources(maps) == ["low", *in_order(models), "high"]
    presets = paper_presets("enhancement", {"image": {"preset": "default"}})
    assert preset_of("deephic", "mae", presets) == "default"
    assert preset_of("deephic_published", "mae", presets) == ""
    # Table II was computed with such weights
    table = pd.read_csv(root / "resources/published/enhancement.tsv", sep="\t", dtype=str)
    for method in {model.method for model in PUBLISHED.values()}:
        both = [table[table.model == name] for name in (method, f"{method}_published")]
        assert len(both[0]) == 5
        assert list(both[0].published) == list(both[1].published)
