"""Named settings: how the network is trained, and the grids that the baselines search.

The rules read this module, so it imports nothing heavy.
"""

# As released (train.lua): batch size 1, SGD with learning rate 1e-3 and no momentum, decay 1e-7,
# 100 epochs.
PAPER = {
    "epochs": 100,
    "patience": 0,
    "batch_size": 1,
    "learning_rate": 1e-3,
    "momentum": 0.0,
    "learning_rate_decay": 1e-7,
}

# A batch of 64 at 64 times the learning rate moves the weights as far per gene; training stops
# after 20 epochs without a better validation AUC. Larger rates are faster still on large training
# sets, but some seeds then fail on 200 genes. Time and AUC of both presets:
# tests/benchmarks/bench_deepchrome_training.py.
DEFAULT = {**PAPER, "batch_size": 64, "learning_rate": 6.4e-2, "patience": 20}

PRESETS = {"paper": PAPER, "default": DEFAULT}

# `paper`: the ranges that Singh 2016 gives for SVM and random forest. `small` leaves out narrow
# kernels and extreme C, which gained at most 0.001 of validation AUC in the bins tried of two real
# cells (H1: 45, 52, 60; K562: 20, 52, 80), and fits each SVM on at most svm_max_genes training
# genes. Measured on these bins of K562: 1500 genes and the small grid take 0.9 s per bin and reach
# test AUCs of 0.855, 0.919 and 0.906; 6601 genes take 5 s and reach 0.844, 0.918 and 0.900; with
# the paper's grid they take 104 s and reach 0.918 in bin 52.
GRIDS = {
    "small": {
        "svm_c": [0.1, 1, 10],
        "svm_gamma": [0.01, 0.1],
        "svm_max_genes": 1500,
        "trees": [100],
        "boosting_learning_rates": [0.1],
        "boosting_iterations": 100,
    },
    "paper": {
        "svm_c": [0.01, 0.1, 1, 10, 100, 1000],
        "svm_gamma": [0.01, 0.1, 1, 2],
        "svm_max_genes": 0,
        "trees": list(range(10, 201, 10)),
        "boosting_learning_rates": [0.03, 0.1, 0.3],
        "boosting_iterations": 300,
    },
}

# keys of the config section `baselines` that replace those of the grid
OWN = ("svm_max_genes", "features")

# Baseline in the config -> model name of its predictions and in metrics.tsv
PREDICTION_NAMES = {
    "logistic": "logistic",
    "svm": "svm_best_bin",
    "random_forest": "random_forest",
    "gradient_boosting": "gradient_boosting",
}


def training_settings(preset: str, changes: dict) -> dict:
    """Return the settings of a preset, updated with those of the config."""
    return {**PRESETS[preset], **changes}


def grid_settings(settings: dict, preset: str) -> dict:
    """Return the grid and the features of the config section `baselines`.

    `svm_max_genes` 0 means all genes. Features are by default `paper` with preset `paper`, else
    `log`.
    """
    grid = {**GRIDS[settings["grid"]], "features": "paper" if preset == "paper" else "log"}
    return {**grid, **{key: settings[key] for key in OWN if key in settings}}
