"""Ways to train DeepChrome's network."""

# As released (train.lua): batch 1, SGD 1e-3 without momentum, rate decay 1e-7, 100 epochs.
PAPER = {
    "epochs": 100,
    "patience": 0,
    "batch_size": 1,
    "learning_rate": 1e-3,
    "momentum": 0.0,
    "rate_decay": 1e-7,
}

# Sixty-four genes a step at sixty-four times the rate move the weights as far per gene; training
# ends once 20 epochs brought no better validation AUC. Larger rates learn large sets sooner still,
# but some seeds of 200 genes badly. Time and AUC beside the paper's way:
# tests/benchmarks/bench_deepchrome_training.py.
DEFAULT = {**PAPER, "batch_size": 64, "learning_rate": 6.4e-2, "patience": 20}

PRESETS = {"paper": PAPER, "default": DEFAULT}


def training_settings(preset: str, changes: dict) -> dict:
    """Settings of a preset, with the config's own values in their place."""
    return {**PRESETS[preset], **changes}
