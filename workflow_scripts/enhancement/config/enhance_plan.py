"""Which maps are enhanced, and by which model, read from the config before any job."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError

SUFFIXES = (".cool", ".mcool")


@dataclass(frozen=True)
class EnhancePlan:
    """What enhance does.

    maps: file by name of each map; network: the .keras file; model: its name; own: whether this
    run trains it.
    """

    maps: dict[str, str]
    network: str
    model: str
    own: bool


def plan_enhance(
    settings: dict,
    *,
    samples: dict[str, str],
    models: dict[str, dict[int, str]],
    locate: Callable[[str, str], str],
    where: str,
) -> EnhancePlan:
    """Look up the maps and the model of the config's section `enhancement.enhance`.

    Parameters
    ----------
    settings
        The section.
    samples
        Map of each sample of the run.
    models
        .keras file by seed, of each model of the run whose only input is a map.
    locate
        Gives a path for a config value and the key it stands at.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        A map that is no sample and no such file, two of one name; no such model or seed.
    """
    maps: dict[str, str] = {}
    for text in settings["maps"]:
        sample = text in samples
        if not sample and not text.endswith(SUFFIXES):
            there = ", ".join(samples) or "none"
            raise UserError(
                f"{where}.maps: {text!r} is no .cool or .mcool file, and no sample with a map;"
                f" samples: {there}"
            )
        name = text if sample else re.sub(r"[^\w.-]", "_", Path(text).name.rsplit(".", 1)[0])
        if name in maps:
            raise UserError(
                f"{where}.maps: two maps are called {name!r}; allowed: one of each name"
            )
        path = samples[text] if sample else locate(text, f"{where}.maps")
        maps[name] = path
    model = settings["model"]
    if model.endswith(".keras"):
        path = locate(model, f"{where}.model") if maps else model
        return EnhancePlan(maps, path, Path(model).stem, own=False)
    name, _, seed = model.partition(".seed")
    if not maps:
        return EnhancePlan({}, "", model, own=True)
    if name not in models:
        raise UserError(
            f"{where}.model: {model!r} is no model of maps in this run;"
            f" allowed: {', '.join(models) or 'none'}, or a .keras file"
        )
    seeds = models[name]
    number = int(seed) if seed.isdigit() else next(iter(seeds))
    if (seed or "." in model) and (not seed.isdigit() or number not in seeds):
        raise UserError(
            f"{where}.model: {model!r}: no such seed; allowed:"
            f" {', '.join(f'{name}.seed{one}' for one in seeds)}"
        )
    return EnhancePlan(maps, seeds[number], f"{name}.seed{number}", own=True)
