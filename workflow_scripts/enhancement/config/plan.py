"""What an enhancement run consists of: its maps, splits, predictions, and maps to enhance.

All of it is read from the config and checked before any job starts.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.genomics.regions import span
from workflow_scripts.chromaloom.ml.network_input import input_facts_of
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.published import (
    PUBLISHED,
    REACH,
    RESOLUTION,
    published_models,
    weights_place,
)

MAP_ASSAYS = ("Hi-C", "Micro-C")
MAP_SUFFIXES = (".cool", ".mcool")
ENHANCED_SUFFIXES = ("cool", "mcool", "tsv")
# what a network was trained on, by config key (`input_facts`)
INPUT_KEYS = ("resolution", "window_bins", "low_resolution.method", "low_resolution.factor",
              "coarsegrain", "observed.lower_quantile")  # fmt: skip
ARC = re.compile(r"(.+):([\d.,]+)([kKmM]?)b?-([\d.,]+)([kKmM]?)b?")


@dataclass(frozen=True)
class EnhancementPlan:
    """Maps of a run.

    Attributes
    ----------
    assembly : str
        Assembly of all maps.
    maps : list of str
        Samples, in order.
    downsampled : list of str
        Samples of which a random fraction of the contacts is an input of the image models.
    has_fasta : bool
        Whether the sequence of the assembly is known.
    """

    assembly: str
    maps: list[str]
    downsampled: list[str]
    has_fasta: bool = True


def plan_maps(
    samples: pd.DataFrame, settings: dict, resolutions: list[int], assemblies: dict, where: str
) -> EnhancementPlan:
    """Plan the maps of the config, or all Hi-C and Micro-C samples of the sample sheet.

    Parameters
    ----------
    samples
        Sample sheet, indexed by sample.
    settings, where
        Config section `enhancement`; config file and section, for messages.
    resolutions
        Bin sizes (bp) of the contact maps.
    assemblies
        Config section `assemblies`.

    Raises
    ------
    UserError
        No map; maps of several assemblies, or of one without a FASTA that sequence models need; a
        bin size that the contact maps lack; splits that are empty, not regions or shared by name; a
        crop without a remainder.
    """
    available = list(samples.index[samples.assay.isin(MAP_ASSAYS)])
    maps = settings["maps"] or available
    if not maps:
        raise UserError(
            f"{where}: no sample with a contact map; expected: a sample of assay"
            f" {' or '.join(MAP_ASSAYS)} in the sample sheet"
        )
    for name in maps:
        if name not in available:
            raise UserError(
                f"{where}.maps: {name!r} is not a sample with a contact map;"
                f" available: {', '.join(available) or 'none'}"
            )
    found = list(dict.fromkeys(samples.assembly[maps]))
    if len(found) > 1:
        raise UserError(
            f"{where}.maps: maps of assemblies {' and '.join(map(repr, found))};"
            " expected: one assembly"
        )
    has_fasta = bool(assemblies[found[0]].get("fasta"))
    if not has_fasta and (settings["sequence"]["head"] or settings["embeddings"]):
        raise UserError(
            f"{where}: assembly {found[0]!r} of the maps has no FASTA, which sequence models read;"
            f" fix: set assemblies.{found[0]}.fasta in the config, or leave them out"
            " (sequence.head: [], hybrid.variants: [])"
        )
    check_sizes(settings, resolutions, where)
    check_split(settings["split"], maps, where)
    return EnhancementPlan(found[0], maps, downsampled_maps(settings, maps, where), has_fasta)


def downsampled_maps(settings: dict, maps: list[str], where: str) -> list[str]:
    """Samples whose contacts are down-sampled: all with method downsample, or those listed."""
    low, key = settings["low_resolution"], f"{where}.low_resolution.also_downsample"
    for name in low["also_downsample"]:
        if name not in maps:
            raise UserError(f"{key}: {name!r} is not one of the maps; expected: {', '.join(maps)}")
    if low["method"] != "downsample":
        return low["also_downsample"]
    if low["also_downsample"]:
        raise UserError(
            f"{key}: {low['also_downsample']} with method downsample, which takes all maps;"
            " expected: []"
        )
    return maps


def check_sizes(settings: dict, resolutions: list[int], where: str) -> None:
    """Refuse bin sizes that the contact maps lack, and a crop of the whole window."""
    size, low = settings["resolution"], settings["low_resolution"]
    needed = {"resolution": size}
    if low["method"] == "pool":
        needed["resolution x low_resolution.factor"] = size * low["factor"]
    for key, value in needed.items():
        if value not in resolutions:
            raise UserError(
                f"{where}.{key}: {value} is not in contacts.resolutions;"
                f" expected: {', '.join(map(str, resolutions))}"
            )
    if 2 * settings["crop"] >= settings["window_bins"] - 2:
        raise UserError(
            f"{where}.crop: {settings['crop']} bins cropped on each side of"
            f" {settings['window_bins']} leave no map;"
            f" expected: at most {(settings['window_bins'] - 3) // 2}"
        )
    published = settings.get("image", {}).get("published", {})
    if published.get("input") == "counts" and published_models(published):
        facts = {
            "low_resolution.method": (low["method"], "downsample", low["method"] == "downsample"),
            "resolution": (size, RESOLUTION, size == RESOLUTION),
            "window_bins": (settings["window_bins"], f"at most {REACH}",
                            settings["window_bins"] <= REACH),
        }  # fmt: skip
        for key, (value, wanted, fits) in facts.items():
            if not fits:
                raise UserError(
                    f"{where}.{key}: {value}, of which published networks read no counts;"
                    f" expected: {wanted}; fix: set it, or image.published.input to observed"
                )
    if published.get("hicsr_dae") and settings["window_bins"] % 2:
        raise UserError(
            f"{where}.window_bins: {settings['window_bins']}, of which the published autoencoder of"
            " HiCSR cannot halve and double maps; expected: an even number; fix: set one, or"
            " image.published.hicsr_dae to false"
        )


def check_split(split: dict, maps: list[str], where: str) -> None:
    """Refuse splits that are empty or not of the scheme's form, and unknown held-out maps."""
    where = f"{where}.split"
    if split["scheme"] == "random":
        if sum(split["fractions"]) >= 1:
            raise UserError(
                f"{where}.fractions: {split['fractions']} leave no training windows;"
                " expected: a sum below 1"
            )
    else:
        for key in ("valid", "test"):
            if not split[key]:
                raise UserError(f"{where}.{key}: empty; expected: at least one region")
        if both := sorted(set(split["valid"]) & set(split["test"])):
            raise UserError(f"{where}: {both[0]!r} is in valid and test; expected: one of them")
    if split["scheme"] == "arc":
        for key in ("valid", "test"):
            for text in split[key]:
                parse_arc(text, f"{where}.{key}")
    for name in split["test_maps"]:
        if name not in maps:
            raise UserError(
                f"{where}.test_maps: {name!r} is not one of the maps; expected: {', '.join(maps)}"
            )
    if set(maps) == set(split["test_maps"]):
        raise UserError(f"{where}.test_maps: all maps; expected: at least one map to train on")


def parse_arc(text: str, where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp) of `chrom:start-end`; numbers may end with k or M.

    Raises
    ------
    UserError
        Another form, or an empty arc.
    """
    match = ARC.fullmatch(text.strip())
    if not match:
        raise UserError(f"{where}: {text!r} is not an arc; expected: chrom:start-end")
    try:
        start, end = span(match)
    except ValueError:
        raise UserError(
            f"{where}: {text!r} has a position that is not a number; expected: chrom:start-end"
        ) from None
    if start == end:
        raise UserError(f"{where}: {text!r} is empty; expected: an end that differs from the start")
    return match[1], start, end


def prediction_runs(predictions: Mapping[str, Sequence[str]]) -> dict[tuple[str, int], str]:
    """Prediction files by (model, seed), from files MODEL.seedSEED.h5 by model."""
    return {
        (model, int(re.search(r"\.seed(\d+)\.h5$", path)[1])): path
        for model, paths in predictions.items()
        for path in paths
    }


def first_files(predictions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Prediction file of each model's first seed; models without predictions are left out."""
    return {model: files[0] for model, files in predictions.items() if files}


def trained_runs(trained: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """(model, seed) of every trained network."""
    return [(model, seed) for model, seeds in trained.items() for seed in seeds]


def low_resolution_text(settings: Mapping) -> str:
    """How the low resolution is made, for figures; from config section `enhancement`."""
    low, size = settings["low_resolution"], settings["resolution"]
    if low["method"] == "pool":
        return f"{size * low['factor'] / 1000:g} kb bins"
    return f"{low['fraction']:g} of contacts"


def input_facts(settings: Mapping) -> dict[str, Any]:
    """What the image models of a run read, by the config key that says so.

    A network that was trained on maps of other bins, or made in another way, gives a map that
    looks like one and is not.

    Parameters
    ----------
    settings
        Config section `enhancement`.
    """
    low = settings["low_resolution"]
    more = ["downsample"] if low["also_downsample"] else []
    return {
        "resolution": settings["resolution"],
        "window_bins": settings["window_bins"],
        "low_resolution.method": sorted({low["method"], *more}),
        "low_resolution.factor": low["factor"] if low["method"] == "pool" else 1,
        "coarsegrain": dict(settings["coarsegrain"]),
        "observed.lower_quantile": settings["observed"]["lower_quantile"],
    }


def unknown_input(path: str) -> list[str]:
    """Config keys that say what a .keras file was trained on and that the file does not know.

    Its window is known by the shape of its input.
    """
    known = {"window_bins", *(input_facts_of(path) or {})}
    return [key for key in INPUT_KEYS if key not in known]


def check_trained_input(path: str, settings: Mapping, where: str) -> None:
    """Refuse a .keras file of another run that was trained on other input than the config's.

    A file without these facts, of another program, is accepted.

    Raises
    ------
    UserError
        A key of `input_facts` differs.
    """
    trained, method = input_facts_of(path) or {}, settings["low_resolution"]["method"]
    for key, wanted in input_facts(settings).items():
        if key not in trained:
            continue
        theirs = trained[key]
        fits = theirs == wanted
        if key == "low_resolution.method":
            # of a model trained on both kinds either may be enhanced
            fits, theirs, wanted = method in theirs, " and ".join(theirs), method
        elif key == "low_resolution.factor":
            fits = fits or method == "downsample"
        if not fits:
            raise UserError(
                f"{where}: {path} was trained with enhancement.{key} {theirs}; expected: {wanted},"
                f" as in this config; fix: set enhancement.{key} to {theirs}, or take another model"
            )


@dataclass(frozen=True)
class EnhancePlan:
    """Maps to enhance, and the model.

    Attributes
    ----------
    maps : dict of str
        File by name of the map.
    network : str
        .keras file; of a published network the PyTorch file of its weights.
    model : str
        Name of the model.
    """

    maps: dict[str, str]
    network: str
    model: str


def plan_enhance(
    settings: dict,
    section: Mapping,
    *,
    samples: dict[str, str],
    models: dict[str, dict[int, str]],
    locate: Callable[[str, str], str],
    where: str,
) -> EnhancePlan:
    """Find the maps and the model of config section `enhancement.enhance`.

    Parameters
    ----------
    settings
        The section.
    section
        Config section `enhancement`.
    samples
        Map of each sample of the run.
    models
        .keras file by seed, of each model of the run whose only input is a map.
    locate
        Resolves a path in the config; takes the value and its key.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        A map that is neither a sample nor a .cool or .mcool file; two maps with one name; an
        unknown model or seed; a .keras file trained on other input.
    """
    maps: dict[str, str] = {}
    for text in settings["maps"]:
        is_sample, (file, _, group) = text in samples, text.partition("::")
        if not is_sample and not file.endswith(MAP_SUFFIXES):
            raise UserError(
                f"{where}.maps: {text!r} is neither a {' or '.join(MAP_SUFFIXES)} file nor a sample"
                f" with a contact map; available samples: {', '.join(samples) or 'none'}"
            )
        stem = Path(file).name.rsplit(".", 1)[0]
        stem = f"{stem}_{group.strip('/')}" if group else stem
        name = text if is_sample else re.sub(r"[^\w.-]", "_", stem)
        if name in maps:
            raise UserError(
                f"{where}.maps: two maps are named {name!r}; expected: different file names"
            )
        place = samples[text] if is_sample else locate(file, f"{where}.maps")
        maps[name] = f"{place}::{group}" if group else place
    model = settings["model"]
    if model.endswith(".keras"):
        path = locate(model, f"{where}.model") if maps else model
        if maps:
            check_trained_input(path, section, f"{where}.model")
        return EnhancePlan(maps, path, Path(model).stem)
    name, _, seed = model.partition(".seed")
    if not maps:
        return EnhancePlan({}, "", model)
    if model in PUBLISHED:
        return EnhancePlan(maps, locate(weights_place(model), f"{where}.model"), model)
    if name not in models:
        raise UserError(
            f"{where}.model: {model!r} is not an image model of this run;"
            f" expected: {', '.join(models) or 'none'}, a published network"
            f" ({', '.join(PUBLISHED)}), or a .keras file"
        )
    seeds = models[name]
    number = int(seed) if seed.isdigit() else next(iter(seeds))
    if (seed or "." in model) and (not seed.isdigit() or number not in seeds):
        raise UserError(
            f"{where}.model: {model!r}: unknown seed; expected:"
            f" {', '.join(f'{name}.seed{one}' for one in seeds)}"
        )
    return EnhancePlan(maps, seeds[number], f"{name}.seed{number}")


def enhanced_files(maps: Iterable[str], folder: str) -> list[str]:
    """Files that are written for maps to enhance."""
    return [f"{folder}/{name}.{suffix}" for name in maps for suffix in ENHANCED_SUFFIXES]
