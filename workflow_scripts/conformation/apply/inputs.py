"""What a bundle of Conformation reads: planning its use on the profiles of a cell.

The rules read this module, so it imports nothing heavy.
"""

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.genomics.map_formats import check_map_format
from workflow_scripts.chromaloom.genomics.regions import parse_region
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import profile_samples

# Networks that predict the map of a window from a receptive field of 3w bins, and models of pairs
WINDOW_MODELS = ("forward", "linear")
PAIR_MODELS = ("pairwise", "ridge")
MODELS = (*WINDOW_MODELS, *PAIR_MODELS)
BACKWARD = "backward."  # names of backward networks in a bundle begin with this
MAP_SUFFIXES = (".cool", ".mcool")
COMPARED = {
    "signal_value": "value of the tracks; set signal.value: {}",
    "over_control": "ratio over the control; set signal.over_control: {}",
}
ASSEMBLY = {
    "assembly": "assembly; use data on {0}, name the assembly {0} in the sheet and in assemblies if"
    " it is the same, or set any_assembly: true (`make apply`: ANY_ASSEMBLY=1)"
}


@dataclass(frozen=True)
class RunMaps:
    """What a run knows of contact maps.

    samples: .mcool of each sample with a contact map. resolutions: bin sizes (bp) of these.
    locate: path of a config value, from the value and the place for messages. sizes_of: chromosome
    lengths (bp) of an assembly, empty where they are not known yet. made: whether a file is made by
    the run, so that it may be missing.
    """

    samples: Mapping[str, str] = field(default_factory=dict)
    resolutions: Sequence[int] = ()
    locate: Callable[[str, str], str] = lambda text, where: text
    sizes_of: Callable[[str], dict[str, int]] = lambda assembly: {}
    made: Callable[[str], bool] = lambda path: False


@dataclass(frozen=True)
class ProfilePlan:
    """Sources of one entry of `apply`.

    bundle: the model. assembly: genome of the cell. samples, factors: samples, and the factor of
    each, in the order of the bundle. regions: where the map is predicted; empty for everywhere.
    map: contact map of the cell, .cool or .mcool with `::group` where one is named; empty for none.
    """

    bundle: Bundle
    assembly: str
    samples: list[str]
    factors: list[str]
    regions: list[str]
    map: str = ""

    @property
    def has_sigma(self) -> bool:
        """Whether the model has σ."""
        return self.bundle.facts["model"] == "forward"

    @property
    def tracks(self) -> list[str]:
        """Names of the bigWig files that are written."""
        if not self.has_sigma:
            return []
        with_map = ["backward.bw", "discrepancy.map.bw", "discrepancy.sigma.bw"]
        return ["sigma.bw", *(with_map if self.map else [])]

    @property
    def has_expected(self) -> bool:
        """Whether the expected contacts are known, of the map or of the bundle."""
        return bool(self.map or bundle_expected(self.bundle))


def min_region_bins(bundle: Bundle) -> int:
    """Bins that a region must have for the model to predict a pixel of it."""
    return 3 * bundle.inputs["window"] if bundle.facts["model"] in WINDOW_MODELS else 2


def bundle_expected(bundle: Bundle) -> list[float | None]:
    """Expected contacts of the cell that a model was trained on, by distance; empty if unknown."""
    return (bundle.facts.get("outputs") or {}).get("expected") or []


def network_files(bundle: Bundle, *, backward: bool = False) -> dict[str, str]:
    """Files of the networks that predict maps, or of the backward networks, by seed1, seed2, …"""
    found = zip(bundle.names, bundle.weights, strict=True)
    return {
        name.removeprefix(BACKWARD): path
        for name, path in found
        if name.startswith(BACKWARD) is backward
    }


def plan_application(
    application: Application,
    samples: pd.DataFrame,
    signal: dict[str, Any],
    where: str,
    maps: RunMaps | None = None,
) -> ProfilePlan:
    """Plan the use of a bundle on the profiles of a cell.

    Parameters
    ----------
    application
        Entry of the config section `apply`.
    samples
        Sample sheet, indexed by sample.
    signal
        Config section of that name.
    where
        Config file and key of the entry, for messages.
    maps
        Contact maps of the run.

    Raises
    ------
    UserError
        The model is unknown; the cell is not in the sheet, lacks a factor or has samples of two
        assemblies; its tracks or assembly are not those of the bundle; or the regions or the map
        cannot be used.
    """
    bundle, settings = application.bundle, application.settings
    if bundle.facts["model"] not in MODELS:
        raise UserError(
            f"{where}.bundle: model {bundle.facts['model']!r} ({bundle.folder}/model.yaml);"
            f" expected: {', '.join(MODELS)}"
        )
    factors, cell = bundle.inputs["factors"], settings["cell"]
    own = samples[samples.cell == cell]
    found = profile_samples(own, {"profiles": factors})
    if missing := [factor for factor in factors if factor not in dict(found)]:
        raise UserError(
            f"{where}: cell {cell!r} lacks {', '.join(missing)}, which the bundle reads"
            f" ({bundle.folder}); expected: samples of {', '.join(factors)}; available:"
            f" {', '.join(sorted(set(own.target) - {''})) or 'none'};"
            " fix: add them to the sheets, or use a bundle of other factors"
        )
    names = [name for _, group in found for name in group]
    assemblies = list(dict.fromkeys(samples.assembly[names]))
    if len(assemblies) > 1:
        raise UserError(
            f"{where}: the profiles of cell {cell!r} are of assemblies {', '.join(assemblies)};"
            " expected: one"
        )
    given = {"signal_value": signal["value"], "over_control": signal["over_control"]}
    check_same(bundle, given, COMPARED, where)
    if not settings["any_assembly"]:
        check_same(bundle, {"assembly": assemblies[0]}, ASSEMBLY, where)
    each = [factor for factor, group in found for _ in group]
    plan = ProfilePlan(bundle, assemblies[0], names, each, list(settings["regions"]))
    maps = maps or RunMaps()
    check_regions(plan, maps.sizes_of(plan.assembly), where)
    if not settings.get("map"):
        return plan
    contacts = find_map(settings["map"], plan, samples, maps, f"{where}.map")
    return replace(plan, map=contacts)


def names_of(plans: Mapping[str, ProfilePlan], *, sigma: bool, contacts: bool) -> list[str]:
    """Names of the entries whose models have σ or not, and which have a contact map or not."""
    return [
        name
        for name, plan in plans.items()
        if plan.has_sigma is sigma and bool(plan.map) is contacts
    ]


def check_regions(plan: ProfilePlan, sizes: dict[str, int], where: str) -> None:
    """Check the regions of an entry where the lengths of the chromosomes are known before any job.

    Raises
    ------
    UserError
        A region is outside the genome, or all are too short for the model.
    """
    if not sizes or not plan.regions:
        return
    size, least = plan.bundle.inputs["resolution"], min_region_bins(plan.bundle)
    bins: dict[str, int] = {}
    for text in plan.regions:
        chrom, start, end = parse_region(text, sizes, f"{where}.regions")
        whole = -(-end // size) if end == sizes[chrom] else end // size
        # regions side by side are one, hence their sum
        bins[chrom] = bins.get(chrom, 0) + max(0, whole - -(-start // size))
    if max(bins.values()) < least:
        raise UserError(
            f"{where}.regions: {max(bins.values())} bins of {size} bp at most; expected: {least},"
            " the least that the model reads; fix: longer regions"
        )


def find_map(text: str, plan: ProfilePlan, samples: pd.DataFrame, maps: RunMaps, where: str) -> str:
    """Path of the contact map of an entry, checked as far as its file exists.

    Parameters
    ----------
    text
        Name of a sample, or a .cool or .mcool file, with `::/resolutions/N` where a group is meant.
    plan
        The entry without its map.
    samples, maps
        Sample sheet, indexed by sample; the maps of the run.
    where
        Config file and key, for messages.

    Raises
    ------
    UserError
        Neither a sample nor a file; a map of another assembly, without the bin size of the bundle
        or without the chromosomes of the regions; or a bundle without backward networks.
    """
    bundle, size = plan.bundle, plan.bundle.inputs["resolution"]
    if plan.has_sigma and not network_files(bundle, backward=True):
        raise UserError(
            f"{where}: the bundle has no backward networks, which predict σ from a map"
            f" ({bundle.folder}); expected: a bundle with weights/backward.seed1.keras; fix: write"
            " it again by the target `bundles` of its run"
        )
    if text in maps.samples:
        if samples.assembly[text] != plan.assembly:
            raise UserError(
                f"{where}: sample {text!r} is of assembly {samples.assembly[text]!r}, the profiles"
                f" of {plan.assembly!r}; expected: the same"
            )
        if size not in maps.resolutions:
            raise UserError(
                f"{where}: the maps of samples have bins of {', '.join(map(str, maps.resolutions))}"
                f" bp, the bundle reads {size} bp ({bundle.folder}); expected: that bin size; fix:"
                f" add {size} to contacts.resolutions"
            )
        return maps.samples[text]
    file, _, group = text.partition("::")
    if not file.endswith(MAP_SUFFIXES):
        raise UserError(
            f"{where}: {text!r} is neither a {' or '.join(MAP_SUFFIXES)} file nor a sample with a"
            f" contact map; available samples: {', '.join(maps.samples) or 'none'}"
        )
    path = maps.locate(file, where)
    uri = f"{path}::{group}" if group else path
    if maps.made(path):
        return uri
    if not Path(path).is_file():
        raise UserError(f"{where}: file {path!r} does not exist; expected: a contact map")
    try:
        check_map_format(path)
        check_map(uri, plan, maps.sizes_of(plan.assembly))
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return uri


def check_map(uri: str, plan: ProfilePlan, sizes: dict[str, int]) -> None:
    """Check bin size, balancing and chromosomes of a map, where cooler is installed.

    In the environment of the rules with conda it is not; the job then makes the same checks.

    Parameters
    ----------
    uri
        File, or one group of it.
    plan
        The entry of `apply`.
    sizes
        Chromosome lengths (bp) of the genome; empty if not known.

    Raises
    ------
    UserError
        The map cannot be read, or differs.
    """
    if not importlib.util.find_spec("cooler"):
        return
    contacts = importlib.import_module("workflow_scripts.chromaloom.genomics.contacts")
    clr = contacts.open_map(uri, plan.bundle.inputs["resolution"], sizes or None)
    names = [text.strip().split(":")[0] for text in plan.regions] or clr.chromnames[:1]
    for chrom in names:
        contacts.chromosome_weights(clr, chrom)
