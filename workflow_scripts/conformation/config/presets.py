"""Ways to train the networks of Farré 2018."""

# SGD without momentum, 30 steps an epoch and squared error of O/E are the paper's. Rate, λ, epochs
# and patience are not stated: the rate is chosen on validation, after a short training with each.
# The loss is the mean over pixels, so that rates are large: a gradient is 1 / 3240 of a sum's.
PAPER = {
    "forward": {
        "optimiser": "sgd",
        "momentum": 0.0,
        "rates": [3.0, 10.0, 30.0, 100.0],
        "trial_epochs": 20,
        "epochs": 400,
        "patience": 40,
        "steps": 30,
        "l2": 1e-5,
        "weight_decay": 0.0,
        "target": "oe",
        "start": "random",
    },
    "backward": {
        "optimiser": "sgd",
        "momentum": 0.0,
        "rates": [0.1, 0.3, 1.0, 3.0],
        "trial_epochs": 20,
        "epochs": 400,
        "patience": 40,
        "steps": 30,
        "l2": 0.0,
        "weight_decay": 0.0,
    },
}

# Adam; errors of a compressed O/E, in which a few bright pixels do not outweigh the rest; filters
# that start at the profiles' principal components, so that the dense layers meet a σ that means
# something before they have learned the training windows by heart.
DEFAULT = {
    "forward": {
        "optimiser": "adam",
        "momentum": 0.0,
        "rates": [1e-3],
        "trial_epochs": 5,
        "epochs": 15,
        "patience": 5,
        "batch_size": 64,
        "l2": 1e-5,
        "weight_decay": 0.0,
        "target": "log1p",
        "start": "components",
    },
    "backward": {
        "optimiser": "adam",
        "momentum": 0.0,
        "rates": [1e-3],
        "trial_epochs": 5,
        "epochs": 20,
        "patience": 5,
        "batch_size": 64,
        "l2": 0.0,
        "weight_decay": 0.0,
    },
}

PRESETS = {"paper": PAPER, "default": DEFAULT}


def training_settings(preset: str, network: str, changes: dict) -> dict:
    """Settings of a preset for `forward` or `backward`, with the config's values in their place.

    `batch_size` and `steps` say the same in two ways: one from the config takes the other out.
    """
    settings = dict(PRESETS[preset][network])
    if {"batch_size", "steps"} & set(changes):
        settings = {k: v for k, v in settings.items() if k not in ("batch_size", "steps")}
    return {**settings, **changes}
