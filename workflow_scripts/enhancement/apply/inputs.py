"""What a bundle of an image model or a hybrid reads: planning its use on a contact map.

The rules read this module, so it imports nothing heavy at once; maps that exist are opened where
cooler is installed.
"""

import importlib
import importlib.util
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, some
from workflow_scripts.chromaloom.genomics.map_formats import check_map_format
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError

KINDS = ("image", "hybrid")  # of bundles; `kind` in model.yaml
SUFFIXES = (".cool", ".mcool", ".hic")
LOW = {"pool": "pooled counts", "downsample": "down-sampled counts"}
ASSEMBLY = {
    "assembly": "assembly; use a map of {0}, name the assembly {0} in the config if it is the same,"
    " or set any_assembly: true (`make apply`: ANY_ASSEMBLY=1)"
}


@dataclass(frozen=True)
class MapPlan:
    """The map of one entry of `apply`.

    bundle: the model. name: of the map. contacts, group: its file, and group in it. kind: `pool` or
    `downsample`; empty where the job chooses, by the bins of a file that was not opened. assembly:
    genome whose DNA a hybrid reads, else empty. notes: what may matter and is no reason to refuse
    the map.
    """

    bundle: Bundle
    name: str
    contacts: str
    group: str
    kind: str
    assembly: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MapFacts:
    """Bin sizes (bp), chromosome lengths (bp) and assembly of a map; empty where unknown."""

    bins: Sequence[int]
    lengths: Mapping[str, int]
    assembly: str


def plan_application(
    application: Application,
    *,
    samples: pd.DataFrame,
    maps: Mapping[str, str],
    resolutions: Sequence[int],
    assemblies: Mapping[str, Mapping[str, str]],
    known_sizes: Callable[[str], Mapping[str, int]],
    find: Callable[[str, str], str],
    where: str,
) -> MapPlan:
    """Plan the use of a bundle on a map.

    Parameters
    ----------
    application
        Entry of the config section `apply`.
    samples, maps
        Sample sheet, indexed by sample; map of each sample with contacts.
    resolutions, assemblies
        Config key `contacts.resolutions`, which the maps of samples have; section `assemblies`.
    known_sizes
        Chromosome lengths (bp) of an assembly; empty before they are known.
    find
        Path of a file in the config that is there, from the value and the place for messages.
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        No map, or one that the bundle was not trained for: its bins, the length of its chromosomes,
        or its genome.
    """
    bundle, settings = application.bundle, application.settings
    text = settings["map"]
    path, _, group = text.partition("::")
    if text in maps:
        assembly = samples.assembly[text]
        sizes = known_sizes(assembly) if assembly in assemblies else {}
        facts = MapFacts(resolutions, sizes, assembly)
        plan = MapPlan(bundle, text, maps[text], "", "", "")
    elif path.endswith(SUFFIXES):
        place = find(path, f"{where}.map")
        try:
            check_format(place)
            facts = map_facts(f"{place}::{group}" if group else place)
        except UserError as error:
            raise UserError(f"{where}.map: {error}") from None
        plan = MapPlan(bundle, text, place, group, "", "")
    else:
        given = f"{text!r} is no such file or sample" if text else "there is none"
        raise UserError(
            f"{where}.map: the bundle reads a contact map, {given} ({bundle.folder}); expected: a"
            f" {', '.join(SUFFIXES)} file, or a sample with a contact map; available samples:"
            f" {', '.join(maps) or 'none'}"
        )
    kind = ""
    if facts.bins:
        kind = low_resolution(bundle, facts.bins, f"{where}.map: {text}", sheet=text in maps)
    check_length(bundle, facts.lengths, f"{where}.map: {text}")
    notes = [*name_notes(bundle, facts)]
    if "dna" not in bundle.inputs:
        if settings["assembly"]:
            raise UserError(
                f"{where}.assembly: {settings['assembly']!r}, and the model"
                f" {bundle.facts['model']!r} reads no DNA; expected: no assembly; fix: remove it,"
                " or take the bundle of a hybrid"
            )
        if notes and not settings["any_assembly"]:
            raise UserError(
                f"{where}.map: {text}: {notes[0]} ({bundle.folder}); expected: a map of the genome"
                " that the model was trained on; fix: take another bundle, or set any_assembly:"
                " true (`make apply`: ANY_ASSEMBLY=1) if the genome is the same, or to try the"
                " model on another one"
            )
        return replace(plan, kind=kind, notes=tuple(notes))
    genome = settings["assembly"] or (facts.assembly if facts.assembly in assemblies else "")
    if not assemblies.get(genome, {}).get("fasta"):
        problem = f"assembly {genome!r} has no fasta" if genome else "there is no assembly"
        raise UserError(
            f"{where}.assembly: a hybrid reads the DNA of the map's genome, and {problem}"
            f" ({bundle.folder}); expected: a key of assemblies with fasta; available:"
            f" {', '.join(name for name, a in assemblies.items() if a.get('fasta')) or 'none'}"
        )
    if not settings["any_assembly"]:
        check_same(bundle, {"assembly": genome}, ASSEMBLY, where)
    check_genome(facts.lengths, known_sizes(genome), f"{where}.map: {text}", genome)
    return replace(plan, kind=kind, assembly=genome, notes=tuple(notes))


def check_format(path: str) -> None:
    """Refuse a file that exists and is no contact map."""
    # else a rule makes it
    if Path(path).exists():
        check_map_format(path, "hic" if path.endswith(".hic") else "cool")


def map_facts(path: str) -> MapFacts:
    """Facts of a .cool or .mcool, or a group of it; empty where it cannot be opened yet.

    Raises
    ------
    UserError
        A damaged file, or one without the group.
    """
    unknown = MapFacts((), {}, "")
    file = path.partition("::")[0]
    if file.endswith(".hic") or not Path(file).exists() or not importlib.util.find_spec("cooler"):
        return unknown
    cooler = importlib.import_module("cooler")
    contacts = importlib.import_module("workflow_scripts.chromaloom.genomics.contacts")
    found = contacts.map_resolutions(path)
    if not found:
        return unknown
    first = cooler.Cooler(next(iter(found.values())))
    assembly = str(first.info.get("genome-assembly") or "")
    lengths = {str(name): int(size) for name, size in first.chromsizes.items()}
    return MapFacts(sorted(found), lengths, "" if assembly == "unknown" else assembly)


def low_resolution(
    bundle: Bundle, available: Collection[int], place: str, *, sheet: bool = False
) -> str:
    """Kind of low resolution, of those that a bundle was trained on, whose bins a map has.

    Parameters
    ----------
    bundle
        The model.
    available
        Bin sizes (bp) of the map.
    place
        Map, for messages.
    sheet
        Whether it is of a sample, whose bins are `contacts.resolutions`.

    Raises
    ------
    UserError
        The map has other bins.
    """
    low, fine = bundle.inputs["low_resolution"], bundle.inputs["resolution"]
    # the first kind is the one that the run was configured for
    wanted: Mapping[str, int] = {kind: low["bins"][kind] for kind in low["kinds"]}
    for kind, bins in wanted.items():
        if bins in available:
            return kind
    needed = " or ".join(
        f"{bins} ({LOW[kind]}" + (f", {low['factor']} bins of {fine} in one)" if bins != fine
                                  else f" in the bins of the output, {fine})")
        for kind, bins in wanted.items()
    )  # fmt: skip
    bins = next(iter(wanted.values()))
    if fine in available and "downsample" not in wanted:
        fix = f"the model makes bins of {fine} from those of {bins}: coarsen the map first"
    elif any(bins % size == 0 for size in available):
        fix = "coarsen the map (cooler zoomify), which sums its counts"
    else:
        fix = "take a map of these bins, or a bundle for the bins of the map"
    if sheet:
        fix = f"add {bins} to contacts.resolutions"
    raise UserError(
        f"{place}: has bins of {', '.join(map(str, sorted(available)))} bp; expected: {needed}, as"
        f" the bundle was trained on ({bundle.folder}); fix: {fix}"
    )


def check_length(bundle: Bundle, lengths: Mapping[str, int], place: str) -> None:
    """Refuse a map all of whose chromosomes are shorter than a window."""
    window = bundle.inputs["window_bins"] * bundle.inputs["resolution"]
    if lengths and max(lengths.values()) < window:
        raise UserError(
            f"{place}: its longest chromosome has {max(lengths.values()):,} bp; expected: at least"
            f" a window of the bundle, {window:,} bp ({bundle.inputs['window_bins']} bins of"
            f" {bundle.inputs['resolution']} bp; {bundle.folder}); fix: use a map of longer"
            " chromosomes, or a bundle of smaller windows"
        )


def name_notes(bundle: Bundle, facts: MapFacts) -> list[str]:
    """What is to be said of a map of another genome, or with other names of chromosomes."""
    notes, trained = [], bundle.inputs["assembly"]
    if facts.assembly and trained and facts.assembly != trained:
        notes.append(
            f"the map is of assembly {facts.assembly}, the bundle of {trained}: it was not tested"
            " on this genome"
        )
    names = bundle.inputs["chromosomes"]
    known, found = ({name.removeprefix("chr") for name in one} for one in (names, facts.lengths))
    # a map of the same assembly may have other chromosomes than those of the training
    same = bool(trained) and facts.assembly == trained
    if found and not same and not known & found:
        notes.append(
            f"no chromosome of the map ({some(list(facts.lengths), 4)}) has a name that the bundle"
            f" was trained on ({some(list(names), 4)}): is it of the same genome?"
        )
    return notes


def check_genome(
    lengths: Mapping[str, int], sizes: Mapping[str, int], place: str, genome: str
) -> dict[str, str]:
    """Name in the genome of each chromosome of a map whose DNA is read.

    Parameters
    ----------
    lengths, sizes
        Length (bp) of the chromosomes of the map and of the genome; empty where unknown.
    place, genome
        Map and genome, for messages.

    Raises
    ------
    UserError
        No chromosome has a name of the genome, or one has another length.
    """
    if not lengths or not sizes:
        return {}
    names = match_chromosomes(lengths, sizes, place)
    for name, target in names.items():
        if lengths[name] != sizes[target]:
            raise UserError(
                f"{place}: {name} has {lengths[name]} bp, in {genome} {sizes[target]} bp; the map"
                " is of another assembly; expected: the genome of the map"
            )
    return names


def applied_settings(bundle: Bundle, kind: str) -> dict[str, Any]:
    """Windows of a bundle for a kind of low resolution: `TilingConfig`'s keys."""
    inputs = bundle.inputs
    shift = tuple(inputs["scale_shift"][kind])
    return {
        "window": inputs["window_bins"],
        "inner": inputs["inner_bins"],
        "factor": inputs["low_resolution"]["factor"] if kind == "pool" else 1,
        "coarsegrain": dict(inputs["coarsegrain"]),
        "lower_quantile": inputs["lower_quantile"],
        "shift": shift,
    }
