"""Networks of DeepExpression and ways to train them, by name."""

import copy
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

# Zeng 2018 as far as it tells; what it does not (number of first kernels, dropout in the blocks
# and which dense layers it follows, pooling size, learning rate) is from the released code or
# chosen here: see docs.
PAPER = {
    "network": {
        "filters": 128,
        "kernel": 8,
        "strands": "forward",
        "activation": "relu",
        "first_pool": 1,
        "pool_first": False,
        "blocks": 3,
        "layers": 4,
        "growth": 12,
        "block_kernel": 4,
        "block_dropout": 0.5,
        "compression": 1.0,
        "transition_norm": False,
        "transition_dropout": 0.0,
        "transitions": "every",
        "pooling": "max",
        "pool": 4,
        "summary": "flatten",
        "stretches": 10,
        "kmers": [],
        "kmer_dropout": 0.0,
        "summary_dropout": 0.0,
        "dense": [80, 40, 40],
        "dense_norm": False,
        "dropout": 0.5,
        "dropout_after": "last",
        "shift": 0,
        "norm_momentum": 0.99,
        "hichip": [80, 40],
        "hichip_dropout": 0.5,
        "per_position": False,
        "joint": [],
        "joint_dropout": 0.0,
        "output": "linear",
    },
    "training": {
        "members": 1,
        "optimiser": "rmsprop",
        "rates": [1e-3, 1e-4, 1e-5],
        "rate_folds": "first",
        "schedule": "constant",
        "warmup_epochs": 0.0,
        "weight_decay": 0.0,
        "clip": 0.0,
        "epochs": 60,
        "patience": 5,
        "batch_size": 4,
        "watch": "loss",
        "keep": "best",
        "train_on": "train",
        "standardise": False,
    },
    "finetune": {"trunk": "frozen"},
}

# What the public code does differently. It is two-dimensional, and dense layers act on each HiChIP
# bin by itself; its output cannot be below 0. Promoter and HiChIP are fitted in one go.
RELEASED_CODE = {
    "network": {
        **PAPER["network"],
        "layers": 12,
        "transition_dropout": 0.5,
        "pooling": "average",
        "pool": 2,
        "dense": [40],
        "hichip": [1],
        "per_position": True,
        "joint": [80, 40],
        "output": "relu",
    },
    "training": {**PAPER["training"], "rates": [1e-5], "batch_size": 8},
    "finetune": {"trunk": "joint"},
}

# Ours: quick on a CPU. Its parts were chosen one by one on one fold of real promoters; beside the
# paper's network: docs/deepexpression.md.
DEFAULT = {
    "network": {
        **PAPER["network"],
        "first_pool": 8,
        "pool_first": True,
        # dense blocks without dropout overfitted in the one setting that was tried
        "blocks": 0,
        "summary": "both",
        "summary_dropout": 0.5,
        # content of the whole promoter, and what lies where
        "kmers": [[5, 1], [3, 20]],
        "kmer_dropout": 0.3,
        "dense": [80, 40],
        "dense_norm": True,
        "dropout_after": "each",
        "norm_momentum": 0.9,
    },
    "training": {
        **PAPER["training"],
        "optimiser": "adamw",
        "rates": [2e-3],
        "schedule": "cosine",
        "warmup_epochs": 1.0,
        "weight_decay": 0.2,
        "clip": 1.0,
        "epochs": 12,
        "patience": 0,
        "batch_size": 64,
        "watch": "score",
        "standardise": True,
    },
    "finetune": {"trunk": "frozen", "epochs": 30},
}

PRESETS = {"default": DEFAULT, "paper": PAPER, "released_code": RELEASED_CODE}


def preset_settings(
    preset: str,
    *,
    network: dict[str, Any],
    training: dict[str, Any],
    finetune: dict[str, Any],
    where: str = "deepexpression",
) -> dict[str, dict[str, Any]]:
    """Settings of a preset with the config's own values in their place.

    Parameters
    ----------
    preset
        Name in `PRESETS`.
    network, training, finetune
        The config's values.
    where
        Config file and section, for messages.

    Returns
    -------
    dict
        `network`, `training` (of the sequence model) and `finetune` (of the HiChIP branch and the
        joint head, which takes over from `training` what it does not name).

    Raises
    ------
    UserError
        Settings that need validation genes where all genes are trained on.
    """
    chosen = copy.deepcopy(PRESETS[preset])
    first = {**chosen["training"], **training}
    second = {**first, **chosen["finetune"], **finetune}
    for section, settings in (("training", first), ("finetune", second)):
        if settings["train_on"] != "all":
            continue
        for key, allowed in (("keep", "last"), ("patience", 0)):
            if settings[key] != allowed:
                raise UserError(
                    f"{where}.{section}.{key}: {settings[key]!r} is not allowed with train_on"
                    f" 'all', which leaves no validation genes; allowed: {allowed!r}"
                )
        if len(settings["rates"]) > 1:
            raise UserError(
                f"{where}.{section}.rates: {settings['rates']} is not allowed with train_on 'all',"
                " which leaves no validation genes to choose by; allowed: one rate"
            )
    if second["trunk"] != "joint" and second["members"] != first["members"]:
        raise UserError(
            f"{where}.finetune.members: {second['members']} is not allowed; allowed:"
            f" {first['members']}, as many as trained promoter networks"
        )
    return {"network": {**chosen["network"], **network}, "training": first, "finetune": second}
