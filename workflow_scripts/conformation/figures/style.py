"""Names and colours of the models, the same in every figure."""

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

SHUFFLED = "_shuffled"
# Name, colour and marker of a model, in the order of the figures
STYLES = {
    "forward_pairwise": ("Pairwise network (ours)", BLUE, "o"),
    "forward": ("Forward network", VERMILION, "s"),
    "linear": ("Linear network", ORANGE, "^"),
    "ridge": ("Ridge on pair features", GREEN, "D"),
    "mean": ("Mean O/E", GREY, "v"),
    "backward": ("Backward network", BLACK, "h"),
    "forward_from_smoothed": ("Forward, smoothed σ", SKY, "P"),
    "forward_from_backward": ("Forward, backward σ", PURPLE, "X"),
}
NO_STYLE = (None, GREY, ".")


def base_model(model: str) -> str:
    """A model without what calls it a control."""
    return model.removesuffix(SHUFFLED)


def label(model: str) -> str:
    """Name of a model for a reader; an unknown one is called what it is."""
    return STYLES.get(model, NO_STYLE)[0] or model.replace("_", " ")


def colour(model: str) -> str:
    """Colour of a model; its control has the same."""
    return STYLES.get(base_model(model), NO_STYLE)[1]


def marker(model: str) -> str:
    """Marker of a model; its control has the same."""
    return STYLES.get(base_model(model), NO_STYLE)[2]


def in_order(models: list[str]) -> list[str]:
    """Models in the order of `STYLES`, unknown ones last by name."""
    known = list(STYLES)
    return sorted(models, key=lambda m: (known.index(m) if m in known else len(known), m))
