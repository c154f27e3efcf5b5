"""Sizes and training of the image models of Kriukov et al. and of the methods beside them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

IMAGE = "image"  # the paper's own model
BASELINES = ("hicplus", "deephic", "hicsr", "vehicle")
MODELS = (IMAGE, *BASELINES)
# what each method's loss takes from autoencoders trained beforehand
ENCODERS = {"image": "vae", "vehicle": "vae", "hicsr": "dae", "deephic": "dae"}

_PAPER_VAE = {
    "channels": [32, 64, 128, 256, 256, 512],
    "latent": 200,
    "kl_weight": 1e-6,
    "epochs": 200,
    "patience": 0,
    "batch_size": 64,
    "rate": 1e-5,
    "start": "normal",
}
_PAPER_NETWORK = {
    "filters": 64,
    "blocks": 15,
    "tail": [128, 128, 256, 256],
    "normalise": True,
    "residual": False,
    "symmetric": False,
    "keep_mean": False,
    "start": "normal",
}
_PAPER_TRAINING = {
    "epochs": 15,
    "warm_epochs": 0,
    "batch_size": 1,
    "rate": 5e-5,
    "discriminator_rate": 1e-6,
    "schedule": "constant",
    "flip": False,
    "least_share": 0.0,
    "watch": "mae",
    "pixel": "l1",
    "adversarial_loss": "entropy",
    "weights": {"adversarial": 0.0025, "pixel": 1.0, "vae": 0.01, "insulation": 1.0},
}

# The paper's image model as published, VEHiCLE with the squared error that its authors name, and
# the losses of HiCPlus, DeepHiC and HiCSR as theirs. Where the page says nothing of the others'
# rates and epochs, they are those of the image model.
PAPER = {
    "vae": _PAPER_VAE,
    # HiCSR's autoencoder
    "dae": {
        "channels": [64, 64, 64, 64, 64],
        "noise": 0.1,
        "epochs": 200,
        "patience": 0,
        "batch_size": 64,
        "rate": 1e-4,
        "start": "he",
    },
    "image": {
        "network": _PAPER_NETWORK,
        "discriminator": {"filters": [64, 128, 256, 512], "start": "normal"},
        "training": _PAPER_TRAINING,
    },
    "vehicle": {
        "network": _PAPER_NETWORK,
        "discriminator": {"filters": [64, 128, 256, 512], "start": "normal"},
        "training": {**_PAPER_TRAINING, "pixel": "l2"},
    },
    "hicsr": {
        "network": _PAPER_NETWORK,
        "discriminator": {"filters": [64, 128, 256, 512], "start": "normal"},
        "training": {
            **_PAPER_TRAINING,
            "weights": {"adversarial": 0.0025, "pixel": 1.0, "feature": 1.0},
        },
    },
    "deephic": {
        "network": {"filters": 64, "blocks": 5, "start": "he"},
        "discriminator": {"filters": [64, 128, 256], "start": "he"},
        "training": {
            **_PAPER_TRAINING,
            "pixel": "l2",
            "adversarial_loss": "linear",
            "rate": 1e-4,
            "discriminator_rate": 1e-4,
            "weights": {
                "adversarial": 0.001,
                "pixel": 1.0,
                "perceptual": 0.006,
                "variation": 2e-8,
            },
        },
    },
    "hicplus": {
        "network": {"filters": [8, 8], "start": "he"},
        "training": {**_PAPER_TRAINING, "pixel": "l2", "rate": 1e-4, "weights": {"pixel": 1.0}},
    },
}

# The public code weighs the VAE's part by a tenth of the paper's.
RELEASED_CODE = deepcopy(PAPER)
RELEASED_CODE["image"]["training"]["weights"]["vae"] = 0.001

# Narrow networks that train in minutes on a CPU. The image model starts from its input, to whose
# logit it adds a correction; no batch normalisation (with one map a step its statistics are those
# of one map, and it takes a third of the time); a mean with the transpose, since maps are
# symmetric; the input's mean, for what it learned of the mean on one arc of a chromosome was wrong
# on the next. All methods take a falling rate, maps read from both ends, and epochs by pixel alone
# before the other parts of the loss; the methods beside the image model keep their architecture.
_WARM = {
    "epochs": 8,
    "warm_epochs": 5,
    "rate": 2e-3,
    "discriminator_rate": 1e-4,
    "schedule": "cosine",
    "flip": True,
    "least_share": 0.25,
    "watch": "scc",
}
_NARROW = {"filters": 16, "blocks": 3, "tail": [16, 16, 16, 16]}
_JUDGE = {"filters": [8, 16, 32, 64], "start": "he"}


def _narrow(method: str, network: dict, judge: dict | None, **training: Any) -> dict:
    """A method of the paper's preset with smaller sizes and its training changed."""
    base = deepcopy(PAPER[method])
    base["network"] |= network
    if judge:
        base["discriminator"] |= judge
    base["training"] |= training
    return base


DEFAULT = {
    "vae": {
        **_PAPER_VAE,
        "channels": [8, 16, 32, 32, 64, 64],
        "latent": 0,
        "epochs": 20,
        "batch_size": 8,
        "rate": 2e-3,
        "start": "he",
    },
    "dae": {
        **PAPER["dae"],
        "channels": [8, 8, 8, 8, 8],
        "epochs": 10,
        "batch_size": 8,
        "rate": 2e-3,
    },
    "image": _narrow(
        "image",
        {
            **_NARROW,
            "normalise": False,
            "residual": True,
            "symmetric": True,
            "keep_mean": True,
            "start": "he",
        },
        _JUDGE,
        **_WARM | {"rate": 1e-3},  # at twice the rate some seeds end where the sigmoid is flat
    ),
    "vehicle": _narrow("vehicle", {**_NARROW, "start": "he"}, _JUDGE, **_WARM),
    # weights that start by a layer's inputs saturate its tanh, and nothing is learnt
    "hicsr": _narrow("hicsr", {**_NARROW, "start": "normal"}, _JUDGE, **_WARM),
    "deephic": _narrow("deephic", {"filters": 16, "blocks": 3}, {"filters": [8, 16, 32]}, **_WARM),
    "hicplus": _narrow("hicplus", {}, None, **_WARM),
}

PRESETS: Mapping[str, Mapping] = {
    "paper": PAPER,
    "released_code": RELEASED_CODE,
    "default": DEFAULT,
}


# of the config's general sections, what other methods than the image model take, too
_SIZES = ("filters", "blocks", "tail")
_COURSE = ("epochs", "warm_epochs", "batch_size", "schedule", "flip", "least_share", "watch")
_ALIKE = ("vehicle", "hicsr")  # methods of the image model's form


def image_settings(section: Mapping, model: str) -> dict[str, Any]:
    """Settings of a model, or of an autoencoder: the preset's, with the config's in their place.

    Parameters
    ----------
    section
        The config's section `image`. What it has under `network`, `discriminator` and `training`
        is the image model's; the other methods take the length of training from it, and those of
        the same form the sizes. What it has under `baselines` is theirs.
    model
        One of `MODELS`, or `vae` or `dae`.

    Raises
    ------
    UserError
        A setting that the model has not.
    """
    found = deepcopy(PRESETS[section["preset"]][model])
    if model not in MODELS:
        return {**found, **section[model]}
    if model == IMAGE:
        changes = {part: dict(section[part]) for part in found}
    else:
        shared = {"training": _COURSE}
        if model in _ALIKE:
            shared |= {"network": _SIZES, "discriminator": _SIZES}
        changes = {
            part: {key: value for key, value in section[part].items() if key in keys}
            for part, keys in shared.items()
        }
        for part, values in section["baselines"].get(model, {}).items():
            changes[part] = {**changes.get(part, {}), **values}
    for part, values in changes.items():
        if unknown := [key for key in values if key not in found.get(part, {})]:
            raise UserError(
                f"enhancement.image: {part}.{unknown[0]} is no setting of {model}; allowed:"
                f" {', '.join(f'{p}.{k}' for p in found for k in found[p])}"
            )
        if part not in found:
            continue
        weights, known = values.pop("weights", {}), found[part].get("weights", {})
        if unknown := sorted(set(weights) - set(known)):
            raise UserError(
                f"enhancement.image: {part}.weights.{unknown[0]} is no part of the loss of {model};"
                f" allowed: {', '.join(known)}"
            )
        weights = {**known, **weights}
        found[part] |= values | ({"weights": weights} if weights else {})
    return found


def image_crop(section: Mapping) -> int:
    """Bins that all image models' maps lack on each side: one per unpadded convolution."""
    return len(image_settings(section, IMAGE)["network"]["tail"]) + 2
