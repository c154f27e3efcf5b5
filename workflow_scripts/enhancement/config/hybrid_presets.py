"""Ways to train the hybrid, by name, and its variants as models."""

from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError

# Model of each variant of the config
MODELS = {"joint": "hybrid", "preheated": "hybrid_preheated", "frozen": "hybrid_frozen"}
# The first variant with one model's map taken away (Figure 7), and the channel that then is blank
ZEROED = {"without_sequence": "sequence", "without_image": "image"}

# Kriukov et al.; how long the head is heated alone, and at which rate, is chosen here
PAPER = {
    "start": "random",
    "rate": 1e-5,
    "head_rate": 1e-5,
    "weight_decay": 1e-5,
    "effective_batch": 32,
    "maps_per_step": 1,
    "epochs": 30,
    "head_epochs": 30,
    "patience": 0,
    "windows": 0,
    "valid_windows": 0,
    "at_rest": False,
}
# Ours, quick on a CPU: the hybrid starts as the image model, and learns what the DNA adds
DEFAULT = {
    **PAPER,
    "start": "image",
    "rate": 3e-4,
    "head_rate": 1e-3,
    "effective_batch": 4,
    "maps_per_step": 4,
    "epochs": 3,
    "head_epochs": 30,
    "windows": 48,
    "valid_windows": 32,
    "at_rest": True,
}
PRESETS = {"default": DEFAULT, "paper": PAPER}


def hybrid_settings(settings: dict[str, Any], where: str) -> dict[str, Any]:
    """Settings of the hybrid's training, after a look at what it is made of.

    Parameters
    ----------
    settings, where
        The config's section `enhancement`; config file and section, for messages.

    Raises
    ------
    UserError
        A model of the hybrid is not trained.
    """
    section = settings["hybrid"]
    trained = {
        "sequence": ("sequence.head", settings["sequence"]["head"]),
        "image": ("image.methods", ["image", *settings["image"]["methods"]]),
    }
    for key, (named, models) in trained.items():
        if section["variants"] and section[key] not in models:
            raise UserError(
                f"{where}.hybrid.{key}: {section[key]!r} is not trained (see {named});"
                f" allowed: {', '.join(models)}"
            )
    return {**PRESETS[section["preset"]], **section["training"]}


def zeroed_models(variants: list[str]) -> dict[str, str]:
    """Blank channel by model, for the first variant's model with one map taken away."""
    if not variants:
        return {}
    return {f"{MODELS[variants[0]]}_{name}": channel for name, channel in ZEROED.items()}
