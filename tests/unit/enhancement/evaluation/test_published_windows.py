import dataclasses

import numpy as np
import pandas as pd
import pytest
from enhanced_example import BALANCE, counts, write_cool
from image_windows import CROP, write_windows
from scipy.ndimage import gaussian_filter

from workflow_scripts.chromaloom.genomics.contact_maps import finish_map
from workflow_scripts.chromaloom.genomics.contacts import balanced_band, open_map
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import apply_published
from workflow_scripts.enhancement.config.published import PUBLISHED, published_models
from workflow_scripts.enhancement.data.dataset import EnhancementData, EnhancementWriter
from workflow_scripts.enhancement.data.map_transforms import dense_map, observed_map
from workflow_scripts.enhancement.evaluation import (
    predict_counts,
    predict_image,
    published_windows,
)
from workflow_scripts.enhancement.evaluation.predict_counts import equal_sums
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.evaluation.published_windows import predict_published
from workflow_scripts.enhancement.figures.distance import line_style
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


def test_the_smoothed_input_is_the_best_of_the_gaussians_on_validation(tmp_path, monkeypatch):
    monkeypatch.setattr(predict_image, "prepare_device", lambda **_: "tensorflow cpu")
    dataset = write_windows(tmp_path / "image.h5")
    files = {name: str(tmp_path / f"{name}.h5") for name in ("downsampled", "smoothed")}
    sigmas = [0.3, 1.0, 8.0]
    predict_image.main(
        str(dataset), [], crop=CROP, max_train=3, gpu=0, threads=1, predictions=[],
        smoothing=sigmas, downsampled=files["downsampled"], smoothed=[files["smoothed"]],
    )  # fmt: skip
    found = read_predictions(files["smoothed"])
    with EnhancementData(dataset) as data:
        low, high = (data.maps_of(name, range(len(data))) for name in ("low", "high"))
        valid = data.rows("valid")
    inside = slice(CROP, low.shape[1] - CROP)
    maps = [np.stack([gaussian_filter(m, s) for m in low])[:, inside, inside] for s in sigmas]
    errors = [((m - high[:, inside, inside])[valid] ** 2).mean() for m in maps]
    np.testing.assert_allclose(found.prediction, maps[np.argmin(errors)][found.index], atol=1e-6)


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """Map of 260 bins of 10 kb, a dataset of two of its windows, and a network that keeps counts.

    The network multiplies counts by 16 and changes nothing else.
    """
    cool, low = tmp_path / "low.cool", tmp_path / "low.mcool"
    write_cool(cool, {"chr1": counts(260)}, resolution=10_000)
    finish_map(str(cool), low, folder=str(tmp_path), name="m", resolutions=[10_000],
               balance=BALANCE, threads=1)  # fmt: skip
    rng = np.random.default_rng(0)
    path = tmp_path / "image.h5"
    with EnhancementWriter(path, kind="image", resolution=10_000, window_bins=60,
                           codes={}) as writer:  # fmt: skip
        for split, first in (("train", 0), ("valid", 80), ("test", 173)):
            maps = {name: rng.random((60, 60)) for name in ("low", "high")}
            scale = {f"scale_{name}": np.zeros(3) for name in maps}
            row = {"map": "m", "chrom": "chr1", "split": split, "input": "downsample",
                   "start": first * 10_000, "end": (first + 60) * 10_000}  # fmt: skip
            writer.add(row, maps, scale)
    monkeypatch.setattr(predict_counts, "prepare_device", lambda **_: "tensorflow cpu")
    kept = dataclasses.replace(PUBLISHED["deephic_raw_16"], clip_value=1e9, output=16e2)
    monkeypatch.setitem(apply_published.PUBLISHED, "deephic_raw_16", kept)
    monkeypatch.setattr(apply_published, "published_predictor", lambda *_: lambda low: low)
    (tmp_path / "w.pth").write_bytes(b"")
    return path, low


def predicted(path, low, tmp_path):
    out = str(tmp_path / "p.h5")
    predict_counts.main(
        str(path), [str(low)], str(tmp_path / "w.pth"), samples=["m"], name="deephic_raw_16",
        crop=CROP, lower_quantile=0.01, balance=BALANCE, gpu=0, threads=1,
        checkpoints=str(tmp_path / "c"), predictions=out,
    )  # fmt: skip
    return read_predictions(out)


@pytest.mark.parametrize("ignore", [0, 2])
def test_sums_of_the_bins_of_a_band_become_equal(ignore):
    rng = np.random.default_rng(1)
    bins, width = 300, 20
    visible = rng.uniform(0.5, 2, bins)
    partner = np.arange(bins)[:, None] + np.arange(width)
    inside = partner < bins
    true = np.broadcast_to(1 / (1 + np.arange(width)), (bins, width))
    seen = true * visible[:, None] * np.where(inside, visible[np.where(inside, partner, 0)], 0)
    known = np.ones(bins, bool)
    known[[5, 100, 101]] = False
    found = equal_sums(np.where(inside, seen, 0), known, ignore_diags=ignore)
    lost = ~inside | ~known[:, None] | ~known[np.where(inside, partner, 0)]
    np.testing.assert_array_equal(np.isnan(found), lost)
    full = np.zeros((bins, bins))
    for d in range(ignore, width):
        i = np.flatnonzero(~lost[:, d])
        full[i, i + d] = full[i + d, i] = found[i, d]
    np.testing.assert_allclose(full.sum(1)[known], 1, rtol=1e-6)
    # far from the ends and the lost bins, only the decay with distance is left
    middle = found[200:250] / found[200:250].mean(0)
    np.testing.assert_allclose(middle, 1, atol=0.05)


def test_windows_of_counts_are_those_of_the_balanced_map(counted, tmp_path):
    path, low = counted
    found = predicted(path, low, tmp_path)
    assert found.split.tolist() == ["valid", "test"]
    # a network that multiplies counts gives the balanced map of the input itself
    band = balanced_band(open_map(low, 10_000), "chr1", 60)
    inside = slice(CROP, 60 - CROP)
    for row, first in enumerate((80, 173)):
        wanted = observed_map(dense_map(band, first, 60), 0.01)[0][inside, inside]
        np.testing.assert_allclose(found.prediction[row], wanted, atol=0.03)
        assert np.corrcoef(found.prediction[row].ravel(), wanted.ravel())[0, 1] > 0.99


def test_a_window_of_an_enhanced_map_without_contacts_is_refused(counted, tmp_path, monkeypatch):
    path, low = counted
    monkeypatch.setattr(predict_counts, "equal_sums", lambda *_, **__: np.zeros((260, 60)))
    with pytest.raises(UserError, match=r"gives no contact in the window from chr1:800000 on"):
        predicted(path, low, tmp_path)


def test_models_are_named_apart_from_the_trained_ones(root):
    section = {"deephic": "deephic_raw_16", "hicplus": "", "tiles": "whole"}
    assert published_models(section) == {"deephic_published": "deephic_raw_16"}
    assert published_models({**section, "deephic": ""}) == {}
    assert label("deephic_published") == "DeepHiC, published"
    styles = [line_style(f"deephic{suffix}") for suffix in ("", "_published", "_shuffled")]
    assert len(set(styles)) == 3
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
