"""Presets of the sequence, image and hybrid models, and how the config changes them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

# --- sequence models: DNA to O/E maps

SEQUENCE_HEADS = ("akita", "graph")

# Akita's trunk (Fudenberg 2020) with 96 filters, and both heads. The kernel of the trunk's last
# convolution is 5 wide, as in Akita's settings and in the parameter count of Kriukov et al.; their
# text says 1.
SEQUENCE_NETWORK = {
    "filters": 96,
    "stem_filters": 0,
    "stem_kernel_size": 11,
    "kernel_size": 5,
    "residual_filters": 48,
    "dilations": [1, 2, 3, 5, 9, 16, 29, 50],
    "dropout": 0.4,
    "output_filters": 64,
    "last_kernel_size": 5,
    "map_filters": 48,
    "map_residual_filters": 24,
    "map_dilations": [1, 2, 3, 5, 9, 16],
    "map_dropout": 0.1,
    "graph_layers": 4,
    "graph_heads": 2,
    "edge_width": 8,
    "attention_dropout": 0.3,
    "graph_dropout": 0.1,
    "causal": False,
    "momentum": 0.9265,
    "epsilon": 1e-5,
}
_SEQUENCE_TRAINING = {
    "learning_rate": 1e-3,
    "batch_size": 2,
    "epochs": 100,
    "patience": 0,
    "clipnorm": 10.0,
    "max_shift": 11,
    "reverse_complement": True,
    "ignore_diags": 2,
    "monitor": "mae",
}
SEQUENCE_PRESETS: Mapping[str, Mapping[str, Any]] = {
    # the paper's training with early stopping
    "default": {
        "network": SEQUENCE_NETWORK,
        "training": {**_SEQUENCE_TRAINING, "patience": 15},
    },
    "paper": {"network": SEQUENCE_NETWORK, "training": _SEQUENCE_TRAINING},
    # The public code attends to earlier positions only and never clips gradients. It also scrambles
    # the edge features by a reshape; that is not reproduced.
    "released_code": {
        "network": {**SEQUENCE_NETWORK, "causal": True},
        "training": {**_SEQUENCE_TRAINING, "clipnorm": 0.0},
    },
}


def sequence_settings(section: Mapping) -> dict[str, dict]:
    """Settings `network` and `training` of the sequence models.

    Parameters
    ----------
    section
        Config section `enhancement.sequence`; its values replace those of its preset.
    """
    settings = deepcopy(dict(SEQUENCE_PRESETS[section["preset"]]))
    for name in settings:
        settings[name] |= section[name]
    return settings


def sequence_variants(section: Mapping, seeds: list[int], embeddings: str) -> dict[str, dict]:
    """Sequence models of a run, with their controls.

    Parameters
    ----------
    section
        Config section `enhancement.sequence`.
    seeds
        Seeds of the models; controls have the first `control_seeds` of them.
    embeddings
        Config key `enhancement.embeddings`; a file adds a model that reads it in place of DNA.

    Returns
    -------
    dict
        By model: `head`; `seeds`; `column`, the dataset's column with the split; `shuffled`,
        whether DNA is permuted between the windows of a split; `embedded`, whether the input is
        the embeddings. Empty without a head and embeddings.
    """
    plain = {"column": "split", "shuffled": False, "embedded": False, "seeds": seeds}
    control = {**plain, "seeds": seeds[: section["control_seeds"]]}
    first = section["head"][0] if section["head"] else SEQUENCE_HEADS[0]
    variants = {f"sequence_{head}": {**plain, "head": head} for head in section["head"]}
    if control["seeds"] and section["head"]:
        variants[f"sequence_{first}_shuffled"] = {**control, "head": first, "shuffled": True}
        if section["random_split"]:
            variants[f"sequence_{first}_random"] = {
                **control, "head": first, "column": "split_random",
            }  # fmt: skip
    if embeddings:
        variants["sequence_embeddings"] = {**plain, "head": first, "embedded": True}
    return variants


# --- image models: low resolution to high resolution

IMAGE_MODEL = "image"  # the model of Kriukov et al.
IMAGE_BASELINES = ("hicplus", "deephic", "hicsr", "vehicle")
IMAGE_MODELS = (IMAGE_MODEL, *IMAGE_BASELINES)
# the autoencoder whose features the loss of a model compares
AUTOENCODERS = {"image": "vae", "vehicle": "vae", "hicsr": "dae", "deephic": "dae"}

_PAPER_VAE = {
    "filters": [32, 64, 128, 256, 256, 512],
    "latent_dim": 200,
    "kl_weight": 1e-6,
    "epochs": 200,
    "patience": 0,
    "batch_size": 64,
    "learning_rate": 1e-5,
    "kernel_initializer": "normal",
}
_PAPER_NETWORK = {
    "filters": 64,
    "blocks": 15,
    "tail": [128, 128, 256, 256],
    "batch_norm": True,
    "residual": False,
    "symmetric": False,
    "keep_mean": False,
    "kernel_initializer": "normal",
}
_PAPER_DISCRIMINATOR = {"filters": [64, 128, 256, 512], "kernel_initializer": "normal"}
_PAPER_TRAINING = {
    "epochs": 15,
    "pretrain_epochs": 0,
    "batch_size": 1,
    "learning_rate": 5e-5,
    "discriminator_learning_rate": 1e-6,
    "schedule": "constant",
    "flip": False,
    "min_fraction": 0.0,
    "monitor": "mae",
    "pixel_loss": "l1",
    "adversarial_loss": "entropy",
    "loss_weights": {"adversarial": 0.0025, "pixel": 1.0, "vae": 0.01, "insulation": 1.0},
}

# The image model as published: Eq. 5 and 6 print absolute differences. VEHiCLE as its public code
# trains it (Models/VEHiCLE_Module.py): absolute pixel errors in a variable `mse`, squares in the
# VAE and insulation terms, one learning rate. HiCPlus, DeepHiC and HiCSR with their own losses.
# Learning rates and epochs that the paper does not state for the other methods are those of the
# image model.
PAPER = {
    "vae": _PAPER_VAE,
    # HiCSR's denoising autoencoder
    "dae": {
        "filters": [64, 64, 64, 64, 64],
        "noise_stddev": 0.1,
        "epochs": 200,
        "patience": 0,
        "batch_size": 64,
        "learning_rate": 1e-4,
        "kernel_initializer": "he_normal",
    },
    "image": {
        "network": _PAPER_NETWORK,
        "discriminator": _PAPER_DISCRIMINATOR,
        "training": {**_PAPER_TRAINING, "vae_loss": "l1", "insulation_loss": "l1"},
    },
    "vehicle": {
        "network": _PAPER_NETWORK,
        "discriminator": _PAPER_DISCRIMINATOR,
        "training": {
            **_PAPER_TRAINING,
            "learning_rate": 1e-5,
            "discriminator_learning_rate": 1e-5,
            "vae_loss": "l2",
            "insulation_loss": "l2",
            "loss_weights": {"adversarial": 0.0025, "pixel": 1.0, "vae": 0.001, "insulation": 1.0},
        },
    },
    "hicsr": {
        "network": _PAPER_NETWORK,
        "discriminator": _PAPER_DISCRIMINATOR,
        "training": {
            **_PAPER_TRAINING,
            "loss_weights": {"adversarial": 0.0025, "pixel": 1.0, "feature": 1.0},
        },
    },
    "deephic": {
        "network": {"filters": 64, "blocks": 5, "kernel_initializer": "he_normal"},
        "discriminator": {"filters": [64, 128, 256], "kernel_initializer": "he_normal"},
        "training": {
            **_PAPER_TRAINING,
            "pixel_loss": "l2",
            "adversarial_loss": "linear",
            "learning_rate": 1e-4,
            "discriminator_learning_rate": 1e-4,
            "loss_weights": {
                "adversarial": 0.001,
                "pixel": 1.0,
                "perceptual": 0.006,
                "total_variation": 2e-8,
            },
        },
    },
    "hicplus": {
        "network": {"filters": [8, 8], "kernel_initializer": "he_normal"},
        "training": {
            **_PAPER_TRAINING,
            "pixel_loss": "l2",
            "learning_rate": 1e-4,
            "loss_weights": {"pixel": 1.0},
        },
    },
}

# The public code weights the VAE term with a tenth of the paper's value, and squares differences.
RELEASED_CODE = deepcopy(PAPER)
RELEASED_CODE["image"]["training"] |= {"vae_loss": "l2", "insulation_loss": "l2"}
RELEASED_CODE["image"]["training"]["loss_weights"]["vae"] = 0.001

# Narrow networks that train in minutes on a CPU. The image model predicts a correction to the logit
# of its input. It has no batch normalization (with a batch of one map the statistics are those of
# one map, and it takes a third of the time), averages its output with the transpose, since maps are
# symmetric, and keeps the mean of its input, because a mean learned on one arc of a chromosome was
# wrong on the next. All methods train with a falling learning rate, flipped maps, and first some
# epochs with the pixel loss only; the baselines keep their architecture.
_DEFAULT_TRAINING = {
    "epochs": 8,
    "pretrain_epochs": 5,
    "learning_rate": 2e-3,
    "discriminator_learning_rate": 1e-4,
    "schedule": "cosine",
    "flip": True,
    "min_fraction": 0.25,
    "monitor": "scc",
}
_NARROW = {"filters": 16, "blocks": 3, "tail": [16, 16, 16, 16]}
_NARROW_DISCRIMINATOR = {"filters": [8, 16, 32, 64], "kernel_initializer": "he_normal"}


def _narrow(method: str, network: dict, discriminator: dict | None, **training: Any) -> dict:
    """The paper's preset of a method, with smaller networks and `_DEFAULT_TRAINING`."""
    settings = deepcopy(PAPER[method])
    settings["network"] |= network
    if discriminator:
        settings["discriminator"] |= discriminator
    settings["training"] |= _DEFAULT_TRAINING | training
    return settings


DEFAULT = {
    "vae": {
        **_PAPER_VAE,
        "filters": [8, 16, 32, 32, 64, 64],
        "latent_dim": 0,
        "epochs": 20,
        "batch_size": 8,
        "learning_rate": 2e-3,
        "kernel_initializer": "he_normal",
    },
    "dae": {
        **PAPER["dae"],
        "filters": [8, 8, 8, 8, 8],
        "epochs": 10,
        "batch_size": 8,
        "learning_rate": 2e-3,
    },
    "image": _narrow(
        "image",
        {
            **_NARROW,
            "batch_norm": False,
            "residual": True,
            "symmetric": True,
            "keep_mean": True,
            "kernel_initializer": "he_normal",
        },
        _NARROW_DISCRIMINATOR,
        learning_rate=1e-3,  # with 2e-3 the sigmoid of some seeds saturates
        vae_loss="l2",
        insulation_loss="l2",
    ),
    # the squared pixel errors that its authors name
    "vehicle": _narrow(
        "vehicle",
        {**_NARROW, "kernel_initializer": "he_normal"},
        _NARROW_DISCRIMINATOR,
        pixel_loss="l2",
        loss_weights=PAPER["image"]["training"]["loss_weights"],
    ),
    # He initialization saturates the tanh of this generator, and nothing is learned
    "hicsr": _narrow("hicsr", {**_NARROW, "kernel_initializer": "normal"}, _NARROW_DISCRIMINATOR),
    "deephic": _narrow("deephic", {"filters": 16, "blocks": 3}, {"filters": [8, 16, 32]}),
    "hicplus": _narrow("hicplus", {}, None),
}

IMAGE_PRESETS: Mapping[str, Mapping] = {
    "paper": PAPER,
    "released_code": RELEASED_CODE,
    "default": DEFAULT,
}

# keys of the image model's sections that the baselines share
_SHARED_SIZES = ("filters", "blocks", "tail")
_SHARED_TRAINING = (
    "epochs", "pretrain_epochs", "batch_size", "schedule", "flip", "min_fraction", "monitor",
)  # fmt: skip
_SAME_ARCHITECTURE = ("vehicle", "hicsr")  # baselines with the image model's architecture


def image_models(section: Mapping) -> list[str]:
    """Image models of a run; `section` is config section `enhancement.image`."""
    return [*([IMAGE_MODEL] if section["own_model"] else []), *section["methods"]]


def image_settings(section: Mapping, model: str) -> dict[str, Any]:
    """Settings of an image model or an autoencoder.

    Parameters
    ----------
    section
        Config section `enhancement.image`; its values replace those of its preset. `network`,
        `discriminator` and `training` are the image model's. The baselines take `_SHARED_TRAINING`
        from them, those with the same architecture `_SHARED_SIZES` as well. `baselines` has the
        values of single baselines.
    model
        One of `IMAGE_MODELS`, `vae` or `dae`.

    Returns
    -------
    dict
        Of a model: sections `network`, `discriminator` (not of hicplus) and `training`. Of an
        autoencoder: its settings.

    Raises
    ------
    UserError
        The model does not have a setting or a loss term.
    """
    settings = deepcopy(IMAGE_PRESETS[section["preset"]][model])
    if model not in IMAGE_MODELS:
        return {**settings, **section[model]}
    for name, values in _changes(section, model, settings).items():
        known = settings.get(name, {})
        if unknown := [key for key in values if key not in known]:
            allowed = ", ".join(f"{part}.{key}" for part in settings for key in settings[part])
            raise UserError(
                f"enhancement.image: {name}.{unknown[0]} is not a setting of {model};"
                f" expected: {allowed}"
            )
        if name not in settings:
            continue
        weights, terms = values.pop("loss_weights", {}), known.get("loss_weights", {})
        if unknown := sorted(set(weights) - set(terms)):
            raise UserError(
                f"enhancement.image: {name}.loss_weights.{unknown[0]} is not a loss term of"
                f" {model}; expected: {', '.join(terms)}"
            )
        weights = {**terms, **weights}
        settings[name] |= values | ({"loss_weights": weights} if weights else {})
    return settings


def _changes(section: Mapping, model: str, settings: Mapping) -> dict[str, dict]:
    """Values of the config that replace those of a model's preset, by section."""
    if model == IMAGE_MODEL:
        return {name: dict(section[name]) for name in settings}
    shared = {"training": _SHARED_TRAINING}
    if model in _SAME_ARCHITECTURE:
        shared |= {"network": _SHARED_SIZES, "discriminator": _SHARED_SIZES}
    changes = {
        name: {key: value for key, value in section[name].items() if key in keys}
        for name, keys in shared.items()
    }
    for name, values in section["baselines"].get(model, {}).items():
        changes[name] = {**changes.get(name, {}), **values}
    return changes


def image_crop(section: Mapping) -> int:
    """Bins that the maps of all image models lack on each side: one per unpadded convolution."""
    return len(image_settings(section, IMAGE_MODEL)["network"]["tail"]) + 2


# --- hybrids of a sequence and an image model

# model of each variant in the config
HYBRID_MODELS = {"joint": "hybrid", "preheated": "hybrid_preheated", "frozen": "hybrid_frozen"}
# suffix of the first variant with one input map set to 0 (Figure 7), and the zeroed channel
ZEROED = {"without_sequence": "sequence", "without_image": "image"}

# Kriukov et al.; length and learning rate of the head's own training are not stated there
HYBRID_PAPER = {
    "head_initializer": "random",
    "learning_rate": 1e-5,
    "head_learning_rate": 1e-5,
    "weight_decay": 1e-5,
    "effective_batch_size": 32,
    "maps_per_step": 1,
    "epochs": 30,
    "head_epochs": 30,
    "patience": 0,
    "max_windows": 0,
    "max_valid_windows": 0,
    "freeze_batchnorm_dropout": False,
}
# Fast on a CPU: the hybrid starts as the image model and learns what the DNA adds
HYBRID_DEFAULT = {
    **HYBRID_PAPER,
    "head_initializer": "image",
    "learning_rate": 3e-4,
    "head_learning_rate": 1e-3,
    "effective_batch_size": 4,
    "maps_per_step": 4,
    "epochs": 3,
    "head_epochs": 30,
    "max_windows": 48,
    "max_valid_windows": 32,
    "freeze_batchnorm_dropout": True,
}
HYBRID_PRESETS = {"default": HYBRID_DEFAULT, "paper": HYBRID_PAPER}


def hybrid_settings(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Training settings of the hybrids.

    Parameters
    ----------
    settings, where
        Config section `enhancement`; config file and section, for messages.

    Raises
    ------
    UserError
        A model that the hybrids need is not trained in this run.
    """
    section = settings["hybrid"]
    own = section["image"] == IMAGE_MODEL
    trained = {
        "sequence": ("add it to sequence.head", settings["sequence"]["head"]),
        "image": (
            "set image.own_model to true" if own else "add it to image.methods",
            image_models(settings["image"]),
        ),
    }
    for key, (remedy, models) in trained.items():
        if section["variants"] and section[key] not in models:
            raise UserError(
                f"{where}.hybrid.{key}: {section[key]!r} is not trained in this run; expected:"
                f" {', '.join(models) or 'no hybrids'}; fix: {remedy}, or set hybrid.variants to []"
            )
    return {**HYBRID_PRESETS[section["preset"]], **section["training"]}


def zeroed_models(variants: list[str]) -> dict[str, str]:
    """Zeroed channel by model, for the first variant with one of its input maps set to 0."""
    if not variants:
        return {}
    return {f"{HYBRID_MODELS[variants[0]]}_{name}": channel for name, channel in ZEROED.items()}
