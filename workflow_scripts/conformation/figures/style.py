"""Styles of the models, the same in every figure."""

from collections.abc import Sequence

from workflow_scripts.chromaloom.plot import style
from workflow_scripts.chromaloom.plot.model_styles import ModelStyles

MODELS = ModelStyles(
    {
        "forward_pairwise": ("Pairwise network", style.BLUE, "o"),
        "forward": ("Forward network", style.VERMILION, "s"),
        "linear": ("Linear network", style.ORANGE, "^"),
        "ridge": ("Ridge regression on pairs", style.GREEN, "D"),
        "mean": ("Mean by distance", style.GRAY, "v"),
        "backward": ("Backward network", style.BLACK, "h"),
        "forward_from_smoothed": ("Forward, smoothed σ", style.SKY, "P"),
        "forward_from_backward": ("Forward, backward σ", style.PURPLE, "X"),
    }
)

REFITTED_NOTE = "* final fit on training and validation"
UNTRAINED = ("mean",)  # fitted to nothing


def model_label(model: str, refitted: Sequence[str]) -> str:
    """Label of a model; with a star if its final fit has the validation data too."""
    return MODELS.label(model) + (" *" if MODELS.base(model) in refitted else "")


def trained_on(model: str, refitted: Sequence[str]) -> str:
    """Splits of a model's final fit: train, train and valid, or empty for a model without one."""
    name = MODELS.base(model)
    if name in UNTRAINED:
        return ""
    return "train and valid" if name in refitted else "train"
