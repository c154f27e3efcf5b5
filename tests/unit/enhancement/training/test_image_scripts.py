"""Scripts of the image models: outputs, resuming, and errors."""

import keras
import numpy as np
import pandas as pd
import pytest
from image_windows import BINS, CROP, SMALL, Killed, write_windows

from workflow_scripts.chromaloom.ml.network_input import input_facts_of
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.presets import image_settings
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation import predict_image
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.autoencoders import build_dae
from workflow_scripts.enhancement.training import train_autoencoders, train_image


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    return write_windows(tmp_path_factory.mktemp("windows") / "image.h5")


@pytest.fixture(autouse=True)
def seeded(monkeypatch):
    """Threads cannot be set after TensorFlow has been used by another test."""
    for module in (train_autoencoders, train_image, predict_image):
        monkeypatch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")


FACTS = {"resolution": 10}


def outputs(folder, names):
    kinds = {"weights": "keras", "history": "tsv", "record": "json"}
    return {kind: [str(folder / f"{n}.{s}") for n in names] for kind, s in kinds.items()}


@pytest.fixture(scope="module")
def common():
    return {"crop": CROP, "gpu": 0, "threads": 1, "checkpoint_seconds": 10.0}


def train(path, folder, model, common, seeds=(1, 2), **more):
    encoders = more.pop("encoders", [])
    compute = {"gradient_accumulation_steps": 1, "mixed_precision": False, "jit_compile": False}
    compute |= more.pop("compute", {})
    files = outputs(folder, [f"{model}.{seed}" for seed in seeds])
    train_image.main(
        str(path),
        encoders,
        model=model,
        compute=compute,
        input_facts=FACTS,
        settings=image_settings({**SMALL, **more}, model),
        seeds=list(seeds),
        **common,
        checkpoints=str(folder / "checks"),
        **files,
    )
    return files


def test_scripts_train_predict_and_write(windows, tmp_path, common):
    runs = [("vae", 1), ("dae", 1)]
    encoders = outputs(tmp_path, ["vae", "dae"])
    train_autoencoders.main(
        str(windows),
        runs=runs,
        **common,
        **encoders,
        checkpoints=str(tmp_path / "v"),
        settings={kind: image_settings(SMALL, kind) for kind, _ in runs},
    )
    weights = []
    full = {"training": {"epochs": 1, "pretrain_epochs": 0}}
    for model, encoder in (("image", 0), ("deephic", 1)):
        files = train(windows, tmp_path, model, common, seeds=[1],
                      encoders=[encoders["weights"][encoder]], **full)  # fmt: skip
        weights += files["weights"]
        stored = input_facts_of(files["weights"][0])
        assert stored == {**FACTS, "scale_shift": stored["scale_shift"]}
        assert stored["scale_shift"] == {"pool": [0, 0, 1]}
        history = pd.read_csv(files["history"][0], sep="\t")
        assert {"pixel", "adversarial", "discriminator", "valid_scc"} <= set(history)
        assert history.best.sum() == 1
    assert not list(tmp_path.glob("checks*"))
    out = [str(tmp_path / f"{n}.h5") for n in range(len(weights))]
    predict_image.main(str(windows), weights, crop=CROP, max_train=3, gpu=0, threads=1,
                       downsampled=str(tmp_path / "d.h5"), predictions=out)  # fmt: skip
    down, image = read_predictions(tmp_path / "d.h5"), read_predictions(out[0])
    with EnhancementData(windows) as data:
        inside = slice(CROP, BINS - CROP)
        assert np.array_equal(down.prediction, data.maps_of("low", down.index)[:, inside, inside])
    assert (down.split == "train").sum() == 3
    assert set(down.split) == {"train", "valid", "test"}
    assert np.array_equal(down.index, image.index)
    assert image.prediction.shape == down.prediction.shape
    network = keras.models.load_model(weights[0], compile=False)
    with EnhancementData(windows) as data:
        low = data.maps_of("low", image.index[:2])[..., None]
    assert np.allclose(network(low)[..., 0], image.prediction[:2], atol=1e-6)


def test_finished_seeds_are_kept_when_a_job_is_killed(windows, tmp_path, common, monkeypatch):
    short = {"training": {"epochs": 1, "pretrain_epochs": 1}}
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


def test_mixed_precision_gives_float32(windows, tmp_path, common):
    files = train(windows, tmp_path, "hicsr", common, seeds=[1],
                  compute={"mixed_precision": True},
                  training={"epochs": 1, "pretrain_epochs": 1},
                  encoders=[make_dae(tmp_path)])  # fmt: skip
    assert keras.config.dtype_policy().name == "float32"
    network = keras.models.load_model(files["weights"][0], compile=False)
    assert network(np.zeros((1, BINS, BINS, 1), "float32")).dtype == "float32"
    assert "mixed_bfloat16" in {layer.dtype_policy.name for layer in network.layers}


def make_dae(folder):
    build_dae(size=BINS - 2 * CROP, filters=[4, 4]).save(folder / "dae0.keras")
    return str(folder / "dae0.keras")


def test_a_window_too_small_is_refused(windows, tmp_path, common):
    with pytest.raises(
        UserError, match=r"enhancement.window_bins: 40 leaves maps of 14 bins; expected: at least"
    ):
        train(windows, tmp_path, "hicplus", {**common, "crop": 13})


@pytest.mark.real
def test_hicsr_trains_with_the_features_of_its_authors_autoencoder(
    windows, tmp_path, common, real_data
):
    file = real_data / "weights" / "hicsr_DAE.pth"
    if not file.is_file():
        pytest.skip("no published weights")
    full = {"training": {"epochs": 1, "pretrain_epochs": 0}}
    files = train(windows, tmp_path, "hicsr", common, seeds=[1], encoders=[str(file)], **full)
    history = pd.read_csv(files["history"][0], sep="\t")
    assert np.isfinite(history.feature).all()
    assert (history.feature > 0).all()
