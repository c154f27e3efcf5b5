"""The scripts of the image models' rules: what they write, keep and refuse."""

import keras
import numpy as np
import pandas as pd
import pytest
from image_windows import BINS, CROP, SMALL, Killed, write_windows

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.image_presets import image_settings
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation import predict_image
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.vae import build_dae
from workflow_scripts.enhancement.training import train_image, train_vae


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    return write_windows(tmp_path_factory.mktemp("windows") / "image.h5")


@pytest.fixture(autouse=True)
def seeded(monkeypatch):
    """Threads cannot be set once a test before has used TensorFlow."""
    for module in (train_vae, train_image, predict_image):
        monkeypatch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")


def outputs(folder, names):
    kinds = {"weights": "keras", "history": "tsv", "record": "json"}
    return {kind: [str(folder / f"{n}.{s}") for n in names] for kind, s in kinds.items()}


@pytest.fixture(scope="module")
def common():
    return {"crop": CROP, "gpu": 0, "threads": 1, "checkpoint_seconds": 10.0}


def train(path, folder, model, common, seeds=(1, 2), **more):
    encoders = more.pop("encoders", [])
    files = outputs(folder, [f"{model}.{seed}" for seed in seeds])
    train_image.main(
        str(path), encoders, model=model, settings=image_settings({**SMALL, **more}, model),
        seeds=list(seeds), accumulate=1, jit=False,
        **{"mixed_precision": False, **common}, checkpoints=str(folder / "checks"), **files,
    )  # fmt: skip
    return files


def test_scripts_train_predict_and_write(windows, tmp_path, common):
    jobs = [("vae", 1), ("dae", 1)]
    encoders = outputs(tmp_path, ["vae", "dae"])
    train_vae.main(str(windows), jobs=jobs, **common, **encoders, checkpoints=str(tmp_path / "v"),
                   settings={kind: image_settings(SMALL, kind) for kind, _ in jobs})  # fmt: skip
    weights = []
    full = {"training": {"epochs": 1, "warm_epochs": 0}}
    for model, encoder in (("image", 0), ("deephic", 1)):
        files = train(windows, tmp_path, model, common, seeds=[1],
                      encoders=[encoders["weights"][encoder]], **full)  # fmt: skip
        weights += files["weights"]
        history = pd.read_csv(files["history"][0], sep="\t")
        assert {"pixel", "adversarial", "discriminator", "valid_scc"} <= set(history)
        assert history.best.sum() == 1
    assert not list(tmp_path.glob("checks*"))
    out = [str(tmp_path / f"{n}.h5") for n in range(len(weights))]
    predict_image.main(str(windows), weights, crop=CROP, most_train=3, gpu=0, threads=1,
                       downsampled=str(tmp_path / "d.h5"), out=out)  # fmt: skip
    down, image = read_predictions(tmp_path / "d.h5"), read_predictions(out[0])
    with EnhancementData(windows) as data:
        inside = slice(CROP, BINS - CROP)
        assert np.array_equal(down.prediction, data.maps_of("low", down.index)[:, inside, inside])
    assert (down.part == "train").sum() == 3
    assert set(down.part) == {"train", "valid", "test"}
    assert np.array_equal(down.index, image.index)
    assert image.prediction.shape == down.prediction.shape
    network = keras.models.load_model(weights[0], compile=False)
    with EnhancementData(windows) as data:
        low = data.maps_of("low", image.index[:2])[..., None]
    assert np.allclose(network(low)[..., 0], image.prediction[:2], atol=1e-6)


def test_finished_seeds_stay_when_a_job_is_killed(windows, tmp_path, common, monkeypatch):
    short = {"training": {"epochs": 1, "warm_epochs": 1}}
    expected = train(windows, tmp_path / "whole", "hicplus", common, **short)
    fitted, real = [], train_image.fit_gan

    def killed(*args, seed, **more):
        fitted.append(seed)
        if fitted == [1, 2]:
            raise Killed
        return real(*args, seed=seed, **more)

    monkeypatch.setattr(train_image, "fit_gan", killed)
    with pytest.raises(Killed):
        train(windows, tmp_path / "c", "hicplus", common, **short)
    found = train(windows, tmp_path / "c", "hicplus", common, **short)
    assert fitted == [1, 2, 2]
    for a, b in zip(expected["weights"], found["weights"], strict=True):
        a, b = (keras.models.load_model(path, compile=False).get_weights() for path in (a, b))
        assert all(np.allclose(x, y, rtol=1e-4, atol=1e-6) for x, y in zip(a, b, strict=True))


def test_sixteen_bits_train_and_give_float32(windows, tmp_path, common):
    mixed = {**common, "mixed_precision": True}
    files = train(windows, tmp_path, "hicsr", mixed, seeds=[1],
                  training={"epochs": 1, "warm_epochs": 1},
                  encoders=[make_dae(tmp_path)])  # fmt: skip
    assert keras.config.dtype_policy().name == "float32"
    network = keras.models.load_model(files["weights"][0], compile=False)
    assert network(np.zeros((1, BINS, BINS, 1), "float32")).dtype == "float32"
    assert "mixed_bfloat16" in {layer.dtype_policy.name for layer in network.layers}


def make_dae(folder):
    build_dae(size=BINS - 2 * CROP, channels=[4, 4]).save(folder / "dae0.keras")
    return str(folder / "dae0.keras")


def test_a_window_too_small_is_told(windows, tmp_path, common):
    with pytest.raises(UserError, match=r"enhancement.window_bins: 40 leaves maps of 14 bins"):
        train(windows, tmp_path, "hicplus", {**common, "crop": 13})
