"""What a run consists of: cells with their samples, annotations and in-silico edits.

Imported by the rules: needs NumPy and pandas only.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.genomics.regions import parse_region
from workflow_scripts.chromaloom.workflow.assays import expression_units
from workflow_scripts.chromaloom.workflow.errors import UserError

MAP_ASSAYS = ("Hi-C", "Micro-C")
PROFILE_ASSAYS = ("ChIP-seq", "segmentation", "PRO-seq")
CONTROL = "input"
ALL_FACTORS = "all"


@dataclass(frozen=True)
class CellPlan:
    """Samples of one cell.

    Attributes
    ----------
    assembly : str
        Genome of the map and of the profiles.
    profiles : list of (factor, samples)
        Factors in order, each with the samples that are its replicates.
    """

    assembly: str
    profiles: list[tuple[str, list[str]]]

    @property
    def factors(self) -> list[str]:
        """One factor per sample, in the order of `samples`."""
        return [factor for factor, names in self.profiles for _ in names]

    @property
    def samples(self) -> list[str]:
        """Samples of all factors."""
        return [name for _, names in self.profiles for name in names]


@dataclass(frozen=True)
class AnnotationPlan:
    """Samples that give the activity and the chromatin state of one cell's bins.

    Attributes
    ----------
    source : str
        Source of the activity: RNA-seq, PRO-seq, states or none.
    tracks : list of str
        PRO-seq samples.
    states : dict
        Segmentation samples of each chromatin state.
    """

    source: str
    tracks: list[str]
    states: dict[str, list[str]]

    @property
    def state_names(self) -> list[str]:
        """One state per sample, in the order of `state_samples`."""
        return [state for state, names in self.states.items() for _ in names]

    @property
    def state_samples(self) -> list[str]:
        """Segmentation samples of all states."""
        return [name for names in self.states.values() for name in names]


@dataclass(frozen=True)
class Edit:
    """One in-silico edit of one cell.

    Attributes
    ----------
    name, cell : str
        Name of the edit, and the cell whose profiles are edited.
    region : str
        `chrom:start-end` (bp, 0-based half-open); every bin that overlaps it is edited.
    steps : tuple of (action, factors, value)
        Applied in order. Actions: `set` (to the value), `flip` (to 1 - value of the bin), `delete`
        (to 0). The value is None for `flip` and `delete`.
    description : str
        The edit in words, for figures.
    """

    name: str
    cell: str
    region: str
    steps: tuple[tuple[str, tuple[str, ...], float | None], ...]
    description: str


def plan_run(
    settings: dict,
    samples: pd.DataFrame,
    runs: pd.DataFrame,
    config: Mapping,
    sizes_of: Callable[[str], dict[str, int]],
    where: str,
) -> tuple[dict[str, CellPlan], dict[str, AnnotationPlan], list[Edit]]:
    """Plan the cells of a run, the annotation of their bins, and the edits.

    Parameters
    ----------
    settings, config
        The config's section of the paper, and the whole config.
    samples, runs
        The sheets.
    sizes_of
        Chromosome lengths (bp) of an assembly, empty where they are not known before any job.
    where
        Config file and section, for error messages.
    """
    cells = plan_cells(samples, settings, config["contacts"]["resolutions"], where)
    activity = settings["activity"]
    annotations = {
        cell: plan_annotation(
            cell, samples, bool(config["assemblies"][plan.assembly]["gtf"]), activity,
            f"{where}.activity",
        )
        for cell, plan in cells.items()
    }  # fmt: skip
    check_activity_unit(annotations, samples, runs, activity, f"{where}.activity")
    check_grouping(annotations, settings["gradients"]["group_by"], where)
    factors = {cell: list(dict.fromkeys(plan.factors)) for cell, plan in cells.items()}
    edits = plan_edits(
        settings["edits"],
        factors,
        cell_segmentations(samples, runs, factors),
        {cell: sizes_of(plan.assembly) for cell, plan in cells.items()},
        f"{where}.edits",
    )
    return cells, annotations, edits


def plan_cells(
    samples: pd.DataFrame, settings: dict, resolutions: list[int], where: str
) -> dict[str, CellPlan]:
    """Plan the cells that the config names, or every cell with a contact map and profiles.

    Parameters
    ----------
    samples
        The sample sheet, indexed by sample.
    settings, where
        The config's section `conformation`; config file and section, for error messages.
    resolutions
        Bin sizes (bp) of the contact maps.

    Raises
    ------
    UserError
        The resolution is not among those of the maps; there is no test region; a cell is not in the
        sheet, lacks a map or a factor, or has samples of several assemblies; no cell is complete.
    """
    _check_settings(settings, resolutions, where)
    sheet_cells = list(dict.fromkeys(samples.cell))
    for cell in settings["cells"]:
        if cell not in sheet_cells:
            raise UserError(
                f"{where}.cells: cell {cell!r} is not in the sample sheet;"
                f" available: {', '.join(sheet_cells)}"
            )
    plans, incomplete = {}, []
    for cell in settings["cells"] or sheet_cells:
        of_cell = samples[samples.cell == cell]
        maps, profiles = of_cell[of_cell.assay.isin(MAP_ASSAYS)], profile_samples(of_cell, settings)
        targets = {target for target, _ in profiles}
        missing = [] if len(maps) else [f"a contact map ({', '.join(MAP_ASSAYS)})"]
        missing += [name for name in settings["profiles"] if name not in targets]
        missing += [] if profiles else [f"profiles ({', '.join(settings['profile_assays'])})"]
        if missing and settings["cells"]:
            raise UserError(
                f"{where}.cells: cell {cell!r} lacks {', '.join(missing)};"
                " fix: add the samples to the sheet, or change cells or profiles"
            )
        if missing:
            incomplete.append(f"{cell!r} lacks {', '.join(missing)}")
            continue
        used = samples.loc[[*maps.index, *(name for _, names in profiles for name in names)]]
        plans[cell] = CellPlan(_common_assembly(used, maps, f"{where}: cell {cell!r}"), profiles)
    if not plans:
        raise UserError(
            f"{where}: no cell of the sample sheet has a contact map and the profiles:"
            f" {'; '.join(incomplete)}; fix: add the samples to the sheet, or change profiles"
        )
    return plans


def _check_settings(settings: dict, resolutions: list[int], where: str) -> None:
    """Reject settings that no schema can check, with a `UserError`."""
    if settings["resolution"] not in resolutions:
        raise UserError(
            f"{where}.resolution: {settings['resolution']} is not in contacts.resolutions;"
            f" expected: one of {', '.join(map(str, resolutions))}"
        )
    gradients = settings["gradients"]
    if gradients["inactive_below"] > gradients["active_above"]:
        raise UserError(
            f"{where}.gradients.inactive_below: {gradients['inactive_below']:g} is above"
            f" active_above, {gradients['active_above']:g}; expected: at most that"
        )
    if not settings["test_regions"]:
        raise UserError(f"{where}.test_regions: the list is empty; expected: at least one region")
    for section in ("training", "backward"):
        if {"batch_size", "steps_per_epoch"} <= set(settings[section]):
            raise UserError(
                f"{where}.{section}: both batch_size and steps_per_epoch are set;"
                " expected: one of them"
            )


def _common_assembly(used: pd.DataFrame, maps: pd.DataFrame, where: str) -> str:
    """Assembly of a cell's samples; a `UserError` where they have several."""
    expected = maps.assembly.iloc[0]
    if (other := used[used.assembly != expected]).empty:
        return expected
    sample = other.iloc[0]
    raise UserError(
        f"{where}: sample {sample['sample']!r} has assembly {sample.assembly!r}, the contact map"
        f" {expected!r}; expected: one assembly for all samples of a cell"
    )


def profile_samples(of_cell: pd.DataFrame, settings: dict) -> list[tuple[str, list[str]]]:
    """Factors of a cell with their samples; several samples of one target are replicates."""
    assays = PROFILE_ASSAYS if settings["profiles"] else settings["profile_assays"]
    candidates = of_cell[of_cell.assay.isin(assays) & (of_cell.target != CONTROL)]
    # a transcription track needs no target in the sheet
    names = candidates.target.where(candidates.target != "", candidates.assay)
    chosen = settings["profiles"] or list(dict.fromkeys(names))
    return [
        (name, list(candidates.index[names == name])) for name in chosen if (names == name).any()
    ]


def plan_annotation(
    cell: str, samples: pd.DataFrame, has_genes: bool, settings: dict, where: str
) -> AnnotationPlan:
    """Choose the samples that annotate a cell's bins.

    Parameters
    ----------
    cell
        Name of the cell.
    samples
        The sample sheet, indexed by sample.
    has_genes
        Whether the cell's assembly has a gene annotation, which RNA-seq needs.
    settings, where
        The config's section `conformation.activity`; config file and section, for error messages.

    Raises
    ------
    UserError
        The cell lacks the source or a state that the config names, or all of its states are active,
        or none.
    """
    of_cell = samples[samples.cell == cell]
    segments = of_cell[of_cell.assay == "segmentation"]
    rna, pro = (list(of_cell.index[of_cell.assay == assay]) for assay in ("RNA-seq", "PRO-seq"))
    usable = {
        "RNA-seq": bool(rna) and has_genes,
        "PRO-seq": bool(pro),
        "states": bool(len(segments)),
        "none": True,
    }
    source = settings["source"]
    if source == "auto":
        source = next(name for name in ("RNA-seq", "PRO-seq", "none") if usable[name])
    if not usable[source]:
        reason = (
            "its assembly has no gtf" if rna and source == "RNA-seq" else "it has no such sample"
        )
        raise UserError(
            f"{where}.source: {source} cannot be used for cell {cell!r}: {reason};"
            f" expected: auto, {', '.join(name for name in usable if usable[name])}"
        )
    available = list(dict.fromkeys(segments.target))
    if unknown := [name for name in settings["states"] if name not in available]:
        raise UserError(
            f"{where}.states: cell {cell!r} has no segmentation sample of target {unknown[0]!r};"
            f" available: {', '.join(available) or 'none'}"
        )
    chosen = settings["states"] or available
    active = [name for name in settings["active_states"] if name in chosen]
    if source == "states" and len(active) in (0, len(set(chosen))):
        raise UserError(
            f"{where}.active_states: {', '.join(settings['active_states'])} are"
            f" {'all' if active else 'none'} of the states of cell {cell!r};"
            f" expected: some of {', '.join(chosen)}"
        )
    states = {name: list(segments.index[segments.target == name]) for name in chosen}
    return AnnotationPlan(source, pro if source == "PRO-seq" else [], states)


def check_activity_unit(
    annotations: Mapping[str, AnnotationPlan],
    samples: pd.DataFrame,
    runs: pd.DataFrame,
    settings: dict,
    where: str,
) -> None:
    """Reject RNA-seq whose unit is not that of the activity threshold, with a `UserError`.

    Parameters
    ----------
    annotations
        Plan of each cell.
    samples, runs
        The sheets, indexed by sample and run.
    settings, where
        The config's section `conformation.activity`; config file and section, for error messages.
    """
    unit = settings["threshold_unit"]
    for cell, plan in annotations.items():
        if plan.source != "RNA-seq":
            continue
        own = samples.index[(samples.cell == cell) & (samples.assay == "RNA-seq")]
        for run in runs[runs["sample"].isin(own)].itertuples():
            found = expression_units(run.kind, run.file)
            if unit not in found:
                raise UserError(
                    f"{where}.threshold: {settings['threshold']:g} is in {unit}, but the RNA-seq of"
                    f" cell {cell!r} is in {' and '.join(found)} (run {run.run!r}, {run.file});"
                    f" expected: {unit}; fix: set threshold to a level of {found[0]} and"
                    f" threshold_unit to {found[0]}, or use another source"
                )


def check_grouping(annotations: Mapping[str, AnnotationPlan], group_by: str, where: str) -> None:
    """Reject groups of Figure 5b by an activity that the first cell lacks, with a `UserError`.

    Parameters
    ----------
    annotations
        Annotations of the cells of the run; Figure 5b is of the first.
    group_by, where
        The config's key `conformation.gradients.group_by`; config file and section, for messages.
    """
    for cell, annotation in list(annotations.items())[:1]:
        if group_by == "activity" and annotation.source == "none":
            raise UserError(
                f"{where}.gradients.group_by: 'activity', but the activity of cell {cell!r} is not"
                " known (activity.source: none); expected: sigma, or a source of the activity"
            )


def plan_edits(
    edits: Sequence[Mapping],
    factors: Mapping[str, Sequence[str]],
    segmentations: Mapping[str, Sequence[Sequence[str]]],
    sizes: Mapping[str, Mapping[str, int]],
    where: str,
) -> list[Edit]:
    """Check the edits of the config and complete them.

    Parameters
    ----------
    edits
        The config's list `conformation.edits`.
    factors
        Factors of each cell of the run.
    segmentations
        Segmentations among the profiles of each cell (`cell_segmentations`).
    sizes
        Length (bp) of each chromosome of a cell, where it is known before any job. Else the job
        that reads the data checks the regions.
    where
        Config file and key, for error messages.

    Raises
    ------
    UserError
        A name is used twice; a cell, factor or state is unknown; a value does not go with the
        action; a region cannot be parsed or lies outside the genome.
    """
    plans: list[Edit] = []
    for number, edit in enumerate(edits):
        key = f"{where}.{number} ({edit['name']})"
        if edit["name"] in [plan.name for plan in plans]:
            raise UserError(
                f"{key}: the name {edit['name']!r} is used twice; expected: unique names"
            )
        cell = edit["cell"] or next(iter(factors), "")
        if cell not in factors:
            available = ", ".join(factors) or "none"
            raise UserError(
                f"{key}.cell: {cell!r} is not a cell of the run; available: {available}"
            )
        if bool(edit["factor"]) == bool(edit["state"]):
            raise UserError(
                f"{key}: neither or both of 'factor' and 'state'; expected: one of them"
            )
        action, value = edit["action"], edit.get("value")
        if edit["state"]:
            steps = _state_steps(edit["state"], action, value, segmentations.get(cell, ()), key)
            description = f"{edit['state']} in all bins"
        else:
            steps, description = _factor_steps(edit["factor"], action, value, factors[cell], key)
        _check_region(edit["region"], sizes.get(cell, {}), f"{key}.region")
        plans.append(Edit(edit["name"], cell, edit["region"], steps, description))
    return plans


def _factor_steps(
    factor: str | Sequence[str], action: str, value: float | None, factors: Sequence[str], key: str
) -> tuple[tuple, str]:
    """Steps of an edit of one or more factors, and its description."""
    names = [factor] if isinstance(factor, str) else list(factor)
    known = list(dict.fromkeys(factors))
    if unknown := [name for name in names if name not in (*known, ALL_FACTORS)]:
        available = ", ".join([*known, ALL_FACTORS])
        raise UserError(f"{key}.factor: {unknown[0]!r} is unknown; available: {available}")
    if action == "set" and value is None:
        raise UserError(f"{key}.value: missing with action 'set'; expected: a value from 0 to 1")
    if action != "set" and value is not None:
        raise UserError(
            f"{key}.value: {value:g} with action {action!r};"
            " expected: no value, except with action 'set'"
        )
    description = f"{action} {', '.join(names)}" + (f" to {value:g}" if action == "set" else "")
    return ((action, tuple(known if ALL_FACTORS in names else names), value),), description


def _state_steps(state: str, action: str, value: float | None, segmentations, key: str) -> tuple:
    """Steps that give a region one state: 1 for it, 0 for the others of its segmentation."""
    if action != "set" or value is not None:
        raise UserError(
            f"{key}: 'state' needs action 'set' without a value; expected: no other action"
        )
    for names in segmentations:
        if state in names:
            others = tuple(name for name in names if name != state)
            return (("delete", others, None), ("set", (state,), 1.0))
    available = ", ".join(name for names in segmentations for name in names) or "none"
    raise UserError(f"{key}.state: {state!r} is unknown; available: {available}")


def cell_segmentations(
    samples: pd.DataFrame, runs: pd.DataFrame, factors: Mapping[str, Sequence[str]]
) -> dict[str, list[list[str]]]:
    """States of each segmentation among each cell's profiles; a bin has one state of each.

    Parameters
    ----------
    samples, runs
        The sheets. Samples of one file are the states of one segmentation.
    factors
        Factors of each cell.
    """
    found = {}
    for cell, names in factors.items():
        of_cell = samples[(samples.cell == cell) & (samples.assay == "segmentation")]
        of_cell = runs[runs["sample"].isin(of_cell.index[of_cell.target.isin(names)])]
        by_file = of_cell.groupby("file", sort=False)["sample"]
        found[cell] = [list(samples.target[names]) for _, names in by_file]
    return found


def _check_region(text: str, sizes: Mapping[str, int], key: str) -> None:
    """Reject text that is not a region, or a region outside the genome where that is known."""
    if sizes:
        parse_region(text, dict(sizes), key)
        return
    try:
        parse_region(text, {text.strip().split(":")[0]: sys.maxsize}, key)
    except UserError:
        raise UserError(
            f"{key}: {text!r} is not a region; expected: chrom or chrom:start-end with start < end"
        ) from None
