"""Styles of the models, the same in every figure."""

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
