"""Presets: network and training settings, and the search grids of the baselines.

The rules import this module before any job runs, so it needs nothing beyond the standard library.
"""

import copy
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

# Zeng 2018 as far as the paper describes it. Values that it does not give (number of first-layer
# kernels, dropout in the dense blocks, the dense layers that dropout follows, pool size, learning
# rate) are from the released code or chosen here: docs/deepexpression.md.
PAPER = {
    "network": {
        "filters": 128,
        "kernel_size": 8,
        "strands": "forward",
        "activation": "relu",
        "first_pool_size": 1,
        "pool_before_batchnorm": False,
        "blocks": 3,
        "layers_per_block": 4,
        "growth_rate": 12,
        "block_kernel_size": 4,
        "block_dropout": 0.5,
        "compression": 1.0,
        "transition_batchnorm": False,
        "transition_dropout": 0.0,
        "transitions": "every",
        "pooling": "max",
        "pool_size": 4,
        "global_pooling": "flatten",
        "segments": 10,
        "global_pooling_dropout": 0.0,
        "kmers": [],
        "kmer_dropout": 0.0,
        "dense_units": [80, 40, 40],
        "dense_batchnorm": False,
        "dense_dropout": 0.5,
        "dense_dropout_after": "last",
        "max_shift": 0,
        "batchnorm_momentum": 0.99,
        "hichip_units": [80, 40],
        "hichip_dropout": 0.5,
        "hichip_per_bin": False,
        "joint_units": [],
        "joint_dropout": 0.0,
        "output_activation": "linear",
    },
    "training": {
        "ensemble_size": 1,
        "optimizer": "rmsprop",
        "learning_rates": [1e-3, 1e-4, 1e-5],
        "learning_rate_search": "first",
        "schedule": "constant",
        "warmup_epochs": 0.0,
        "weight_decay": 0.0,
        "clipnorm": 0.0,
        "epochs": 60,
        "patience": 5,
        "batch_size": 4,
        "monitor": "loss",
        "keep_epoch": "best",
        "train_on": "train",
        "standardize_targets": False,
    },
    "finetune": {"trunk": "frozen"},
}

# Where the released code differs from the paper. The code is two-dimensional: its dense layers act
# on each HiChIP bin separately. Its output cannot be negative, and promoter and HiChIP branches are
# trained together from the start.
RELEASED_CODE = {
    "network": {
        **PAPER["network"],
        "layers_per_block": 12,
        "transition_dropout": 0.5,
        "pooling": "average",
        "pool_size": 2,
        "dense_units": [40],
        "hichip_units": [1],
        "hichip_per_bin": True,
        "joint_units": [80, 40],
        "output_activation": "relu",
    },
    "training": {**PAPER["training"], "learning_rates": [1e-5], "batch_size": 8},
    "finetune": {"trunk": "from_scratch"},
}

# Fast on a CPU. Each part was chosen on one fold of real promoters; docs/deepexpression.md compares
# it with the paper's network.
DEFAULT = {
    "network": {
        **PAPER["network"],
        "first_pool_size": 8,
        "pool_before_batchnorm": True,
        # dense blocks without dropout overfitted in the one setting that was tried
        "blocks": 0,
        "global_pooling": "both",
        "global_pooling_dropout": 0.5,
        # 5-mers of the whole promoter for content, 3-mers of 20 segments for position
        "kmers": [[5, 1], [3, 20]],
        "kmer_dropout": 0.3,
        "dense_units": [80, 40],
        "dense_batchnorm": True,
        "dense_dropout_after": "each",
        "batchnorm_momentum": 0.9,
    },
    "training": {
        **PAPER["training"],
        "optimizer": "adamw",
        "learning_rates": [2e-3],
        "schedule": "cosine",
        "warmup_epochs": 1.0,
        "weight_decay": 0.2,
        "clipnorm": 1.0,
        "epochs": 12,
        "patience": 0,
        "batch_size": 64,
        "monitor": "score",
        "standardize_targets": True,
    },
    "finetune": {"trunk": "frozen", "epochs": 30},
}

PRESETS = {"default": DEFAULT, "paper": PAPER, "released_code": RELEASED_CODE}

# Search grids of the baselines. `paper`: Zeng 2018, Methods; the exponents of the penalties are
# garbled in print. `small`: the part of it that matters. Penalties follow scikit-learn on
# standardized features: `alpha` of the lasso, `C` of the others. Zeng 2018 gives no penalty for
# logistic regression, so `paper` has scikit-learn's default; ridge regression is not in the paper.
PENALTIES = [10 ** (-5 + 10 * step / 249) for step in range(250)]
RIDGE = [100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0]
GRIDS = {
    "small": {
        "inner_folds": 3,
        "lasso": [0.003, 0.01, 0.03, 0.1],
        "svm": [1e-5, 1e-4, 1e-3],
        "logistic": [1e-4, 1e-3, 1e-2],
        "ridge": RIDGE,
        "trees": [100],
        "depth": [10],
    },
    "paper": {
        "inner_folds": 10,
        "lasso": PENALTIES,
        "svm": PENALTIES,
        "logistic": [1.0],
        "ridge": RIDGE,
        "trees": [50, *range(100, 1001, 100)],
        "depth": [2, 4, 6, 8, 10],
    },
}


def preset_settings(
    preset: str,
    *,
    network: dict[str, Any],
    training: dict[str, Any],
    finetune: dict[str, Any],
    where: str = "deepexpression",
) -> dict[str, dict[str, Any]]:
    """Settings of a preset, with the config's values in place of the preset's.

    Parameters
    ----------
    preset
        Name in `PRESETS`.
    network, training, finetune
        Values from the config.
    where
        Config file and section, for error messages.

    Returns
    -------
    dict
        `network`; `training` (of the sequence model); `finetune` (of the HiChIP branch and the
        joint head), which takes from `training` whatever it does not set.

    Raises
    ------
    UserError
        Settings need validation genes, but all genes are trained on; or the two stages have
        different ensemble sizes.
    """
    chosen = copy.deepcopy(PRESETS[preset])
    first = {**chosen["training"], **training}
    second = {**first, **chosen["finetune"], **finetune}
    for section, settings in (("training", first), ("finetune", second)):
        if settings["train_on"] != "train_valid":
            continue
        for key, expected in (("keep_epoch", "last"), ("patience", 0)):
            if settings[key] != expected:
                raise UserError(
                    f"{where}.{section}.{key}: needs validation genes, which train_on 'train_valid'"
                    f" does not leave ({settings[key]!r}); expected: {expected!r}; fix: change"
                    f" {key} or train_on"
                )
        if len(settings["learning_rates"]) > 1:
            raise UserError(
                f"{where}.{section}.learning_rates: a choice among several needs validation genes,"
                f" which train_on 'train_valid' does not leave ({settings['learning_rates']});"
                " expected: one rate; fix: keep one rate or change train_on"
            )
    if second["trunk"] != "from_scratch" and second["ensemble_size"] != first["ensemble_size"]:
        raise UserError(
            f"{where}.finetune.ensemble_size: differs from the number of promoter networks"
            f" ({second['ensemble_size']}); expected: {first['ensemble_size']}, as in training;"
            " fix: set both to the same value"
        )
    return {"network": {**chosen["network"], **network}, "training": first, "finetune": second}


def baseline_grid(settings: dict) -> dict:
    """Search grid of config section `deepexpression.baselines`.

    Keys: inner_folds, lasso, svm, logistic, ridge (penalties), trees, depth, forest_features,
    lasso_max_iter.
    """
    grid = GRIDS[settings["grid"]]
    inner_folds = settings.get("inner_folds", grid["inner_folds"])
    plain = {key: settings[key] for key in ("forest_features", "lasso_max_iter")}
    return {**grid, "inner_folds": inner_folds, **plain}
