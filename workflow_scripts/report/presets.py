"""Which preset of a paper's config a model was trained with."""

import re
from functools import reduce
from typing import Any, NamedTuple


class Source(NamedTuple):
    """Where the config says how some models are trained.

    `models` is a regular expression that the start of "model metric" matches; `key` the dotted key
    of their preset; `replaced` the keys of the sections that replace values of the preset.
    """

    models: str
    key: str
    replaced: tuple[str, ...] = ()


# the first source that matches counts
SOURCES = {
    "deepchrome": (
        Source("deepchrome_", "preset", ("training", "tuning.training")),
        Source("deepchrome", "preset", ("training",)),
        Source("svm_|random_forest|logistic|gradient_boosting", "baselines.grid"),
    ),
    "conformation": (
        Source("forward(?!_pairwise)|linear", "preset", ("training",)),
        Source("backward", "preset", ("backward",)),
    ),
    "deepexpression": (
        Source("data size_|seq|full|hichip_only", "preset", ("network", "training", "finetune")),
        Source("random_forest|svm|logistic|lasso|linear|ridge", "baselines.grid"),
    ),
    "enhancement": (
        Source("sequence_", "sequence.preset", ("sequence.network", "sequence.training")),
        Source(
            # a network with its authors' weights has no preset
            "(image|hicplus|deephic|hicsr|vehicle)(?!_published)",
            "image.preset",
            tuple(f"image.{key}" for key in ("network", "discriminator", "training", "vae", "dae")),
        ),
        Source("hybrid", "hybrid.preset", ("hybrid.training",)),
    ),
}
Presets = list[tuple[str, str]]


def _value(settings: dict[str, Any], key: str) -> Any:
    """The value of a dotted key; None where there is none."""
    return reduce(lambda section, name: (section or {}).get(name), key.split("."), settings)


def paper_presets(paper: str, settings: dict[str, Any]) -> Presets:
    """Presets of a paper's models.

    Parameters
    ----------
    paper, settings
        Name of the paper and its section of the config, with all defaults filled in.

    Returns
    -------
    list of (str, str)
        Regular expression over "model metric", and the preset of the models that match: its name,
        with ", modified" where the config replaces values of it.
    """
    found = []
    for source in SOURCES.get(paper, ()):
        name = _value(settings, source.key)
        if name is None:
            continue
        if source.key.endswith("grid"):
            name = f"grid {name}"
        elif any(_value(settings, key) for key in source.replaced):
            name = f"{name}, modified"
        found.append((source.models, name))
    return found


def preset_of(model: str, metric: str, presets: Presets) -> str:
    """Preset of a row of metrics.tsv, '' for what no preset decides."""
    matching = (name for pattern, name in presets if re.match(pattern, f"{model} {metric}"))
    return next(matching, "")
