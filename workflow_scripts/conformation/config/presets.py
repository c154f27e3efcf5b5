"""Training presets of the networks of Farré 2018."""

# The paper states SGD without momentum, 30 steps per epoch, the squared error of O/E, dropout of
# 0.1 in the backward network as in the forward one ("the same procedure"), and that training stops
# when the cost converges: the validation loss decides on stopping, best epoch and learning rate.
# It states neither the learning rate and λ nor the number of epochs. The learning rate is chosen
# after a few epochs with each candidate. Learning rates are large because the loss is a mean over
# 3,240 pixels, not their sum.
PAPER = {
    "forward": {
        "optimizer": "sgd",
        "momentum": 0.0,
        "learning_rates": [3.0, 10.0, 30.0, 100.0],
        "trial_epochs": 20,
        "epochs": 400,
        "patience": 40,
        "monitor": "valid_loss",
        "refit": False,
        "steps_per_epoch": 30,
        "l2": 1e-5,
        "weight_decay": 0.0,
        "target_transform": "none",
        "kernel_initializer": "glorot_uniform",
    },
    "backward": {
        "optimizer": "sgd",
        "momentum": 0.0,
        "dropout": 0.1,
        "learning_rates": [0.1, 0.3, 1.0, 3.0],
        "trial_epochs": 20,
        "epochs": 400,
        "patience": 40,
        "monitor": "valid_loss",
        "refit": False,
        "steps_per_epoch": 30,
        "l2": 0.0,
        "weight_decay": 0.0,
    },
}

# Adam. The loss is on log(1 + O/E), so that a few strong pixels do not dominate it. Filters are
# initialized with the principal components of the profiles, so that σ is informative before the
# dense layers overfit the training windows.
DEFAULT = {
    "forward": {
        "optimizer": "adam",
        "momentum": 0.0,
        "learning_rates": [1e-3],
        "trial_epochs": 5,
        "epochs": 15,
        "patience": 5,
        "monitor": "valid_r",
        "refit": False,
        "batch_size": 64,
        "l2": 1e-5,
        "weight_decay": 0.0,
        "target_transform": "log1p",
        "kernel_initializer": "principal_components",
    },
    "backward": {
        "optimizer": "adam",
        "momentum": 0.0,
        "dropout": 0.0,
        "learning_rates": [1e-3],
        "trial_epochs": 5,
        "epochs": 20,
        "patience": 5,
        "monitor": "valid_r",
        "refit": False,
        "batch_size": 64,
        "l2": 0.0,
        "weight_decay": 0.0,
    },
}

PRESETS = {"paper": PAPER, "default": DEFAULT}


def training_settings(preset: str, network: str, changes: dict) -> dict:
    """Settings of a preset, updated with those of the config.

    Parameters
    ----------
    preset
        Key of `PRESETS`.
    network
        `forward` or `backward`.
    changes
        Settings of the config. `batch_size` and `steps_per_epoch` exclude each other: one of them
        in the config removes the other of the preset.
    """
    settings = dict(PRESETS[preset][network])
    exclusive = {"batch_size", "steps_per_epoch"}
    if exclusive & set(changes):
        settings = {k: v for k, v in settings.items() if k not in exclusive}
    return {**settings, **changes}


def refitted_models(settings: dict, forward_refit: bool) -> list[str]:
    """Models whose final fit is on training and validation data; the others see training data only.

    Parameters
    ----------
    settings
        The config's section `conformation`.
    forward_refit
        Setting `refit` of the forward and linear networks.
    """
    pairs = {"ridge": settings["ridge"], "forward_pairwise": settings["pairwise"]["training"]}
    names = [name for name, given in pairs.items() if given["refit"]]
    if forward_refit:
        names += ["forward", "linear", "forward_from_smoothed", "forward_from_backward"]
    return names
