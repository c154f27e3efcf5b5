"""Which maps enhancement runs on, and what its config must keep, checked before any job."""

import re
from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

MAP_ASSAYS = ("Hi-C", "Micro-C")
ARC = re.compile(r"(.+):([\d.,]+)([kKmM]?)b?-([\d.,]+)([kKmM]?)b?")
UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True)
class EnhancementPlan:
    """What a run is made of.

    assembly: genome of all maps; maps: samples, in order; downsampled: those of which a random
    share of the contacts is an input, too.
    """

    assembly: str
    maps: list[str]
    downsampled: list[str]


def plan_maps(
    samples: pd.DataFrame, settings: dict, resolutions: list[int], assemblies: dict, where: str
) -> EnhancementPlan:
    """Plan the maps of the config, or all Hi-C and Micro-C samples of the sheet.

    Parameters
    ----------
    samples
        The sheet, indexed by sample.
    settings, where
        The config's section `enhancement`; config file and section, for messages.
    resolutions
        Bin sizes (bp) of the contact maps.
    assemblies
        The config's section of that name.

    Raises
    ------
    UserError
        No map, maps of several genomes or of one without DNA, a bin size that the contact maps
        lack, parts that are empty, not places, or overlap by name; a window without a middle.
    """
    able = list(samples.index[samples.assay.isin(MAP_ASSAYS)])
    maps = settings["maps"] or able
    if not maps:
        raise UserError(f"{where}: no sample of {' or '.join(MAP_ASSAYS)} in the sample sheet")
    there = ", ".join(able) or "none"
    for name in maps:
        if name not in able:
            raise UserError(f"{where}.maps: {name!r} is no sample of a contact map; there: {there}")
    genomes = list(dict.fromkeys(samples.assembly[maps]))
    if len(genomes) > 1:
        raise UserError(
            f"{where}.maps: maps of assemblies {' and '.join(map(repr, genomes))}; allowed: one"
        )
    if not assemblies[genomes[0]].get("fasta"):
        raise UserError(
            f"{where}: maps of assembly {genomes[0]!r}, which has no DNA; allowed: assemblies."
            f"{genomes[0]}.fasta in the config"
        )
    check_sizes(settings, resolutions, where)
    check_split(settings["split"], maps, where)
    low = settings["low_resolution"]
    for name in low["also_downsample"]:
        if name not in maps:
            raise UserError(
                f"{where}.low_resolution.also_downsample: {name!r} is none of the maps;"
                f" allowed: {', '.join(maps)}"
            )
    every = low["method"] == "downsample"
    if every and low["also_downsample"]:
        raise UserError(
            f"{where}.low_resolution.also_downsample: method downsample takes all maps; allowed: []"
        )
    return EnhancementPlan(genomes[0], maps, maps if every else low["also_downsample"])


def check_sizes(settings: dict, resolutions: list[int], where: str) -> None:
    """Refuse bin sizes that the contact maps lack, and windows that the crop leaves nothing of."""
    size, low = settings["resolution"], settings["low_resolution"]
    wanted = {"resolution": size}
    if low["method"] == "pool":
        wanted["resolution x low_resolution.factor"] = size * low["factor"]
    for key, value in wanted.items():
        if value not in resolutions:
            raise UserError(
                f"{where}.{key}: {value} is not in contacts.resolutions;"
                f" allowed: {', '.join(map(str, resolutions))}"
            )
    if 2 * settings["crop"] >= settings["window_bins"] - 2:
        raise UserError(
            f"{where}.crop: {settings['crop']} bins off either side of {settings['window_bins']}"
            f" leave no map; allowed: at most {(settings['window_bins'] - 3) // 2}"
        )


def check_split(split: dict, maps: list[str], where: str) -> None:
    """Refuse parts that are empty or not of the scheme's form, and held-out maps that are none."""
    if split["scheme"] == "random":
        if sum(split["fractions"]) >= 1:
            raise UserError(
                f"{where}.split.fractions: {split['fractions']} leave nothing to train on;"
                " allowed: a sum below 1"
            )
    else:
        for key in ("valid", "test"):
            if not split[key]:
                raise UserError(f"{where}.split.{key}: empty; allowed: at least one place")
        if both := sorted(set(split["valid"]) & set(split["test"])):
            raise UserError(
                f"{where}.split: {both[0]!r} is in valid and test; allowed: one of them"
            )
    if split["scheme"] == "arc":
        for key in ("valid", "test"):
            for text in split[key]:
                parse_arc(text, f"{where}.split.{key}")
    for name in split["maps_test"]:
        if name not in maps:
            raise UserError(
                f"{where}.split.maps_test: {name!r} is none of the maps; allowed: {', '.join(maps)}"
            )
    if set(maps) == set(split["maps_test"]):
        raise UserError(f"{where}.split.maps_test: all maps; allowed: at least one to train on")


def parse_arc(text: str, where: str) -> tuple[str, int, int]:
    """Chromosome, start and end (bp) of `chrom:start-end`; numbers may end with k or M.

    Raises
    ------
    UserError
        Not of this form, or empty.
    """
    match = ARC.fullmatch(text.strip())
    if not match:
        raise UserError(f"{where}: {text!r} is not an arc; allowed: chrom:start-end")
    try:
        start, end = (
            round(float(number.replace(",", "")) * UNITS[unit.lower()])
            for number, unit in ((match[2], match[3]), (match[4], match[5]))
        )
    except ValueError:
        raise UserError(f"{where}: {text!r}: not numbers; allowed: chrom:start-end") from None
    if start == end:
        raise UserError(f"{where}: {text!r} is empty; allowed: an end other than the start")
    return match[1], start, end
