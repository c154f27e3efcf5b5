"""Which cells conformation runs on, and where the map and profiles of each come from."""

from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

MAP_ASSAYS = ("Hi-C", "Micro-C")
PROFILE_ASSAYS = ("ChIP-seq", "segmentation", "PRO-seq")
CONTROL = "input"


@dataclass(frozen=True)
class CellPlan:
    """Sources of one cell's data.

    assembly: its genome; profiles: (factor, samples that are its replicates) in order.
    """

    assembly: str
    profiles: list[tuple[str, list[str]]]

    @property
    def factors(self) -> list[str]:
        """One name per sample, in the order of `samples`."""
        return [factor for factor, names in self.profiles for _ in names]

    @property
    def samples(self) -> list[str]:
        """Samples of all factors."""
        return [name for _, names in self.profiles for name in names]


def plan_cells(
    samples: pd.DataFrame, settings: dict, resolutions: list[int], where: str
) -> dict[str, CellPlan]:
    """Plan the cells of the config, or every cell of the sheet that has a map and profiles.

    Parameters
    ----------
    samples
        The sheet.
    settings, where
        The config's section `conformation`; config file and section, for messages.
    resolutions
        Bin sizes (bp) of the contact maps.

    Raises
    ------
    UserError
        A resolution that the maps lack, no test region, a cell that is not in the sheet, lacks a
        map or a factor, or whose samples lie on different genomes; no cell at all.
    """
    if settings["resolution"] not in resolutions:
        raise UserError(
            f"{where}.resolution: {settings['resolution']} is not in contacts.resolutions;"
            f" allowed: {', '.join(map(str, resolutions))}"
        )
    if not settings["test_regions"]:
        raise UserError(f"{where}.test_regions: empty; allowed: at least one region")
    for section in ("training", "backward"):
        if {"batch_size", "steps"} <= set(settings[section]):
            raise UserError(f"{where}.{section}: batch_size and steps; allowed: one of them")
    known = list(dict.fromkeys(samples.cell))
    for cell in settings["cells"]:
        if cell not in known:
            there = ", ".join(known)
            raise UserError(f"{where}: cell {cell!r} is not in the sample sheet; there: {there}")
    plans, lacking = {}, []
    for cell in settings["cells"] or known:
        own = samples[samples.cell == cell]
        maps, profiles = own[own.assay.isin(MAP_ASSAYS)], _profiles(own, settings)
        there = {target for target, _ in profiles}
        missing = [] if len(maps) else [f"a contact map ({', '.join(MAP_ASSAYS)})"]
        missing += [name for name in settings["profiles"] if name not in there]
        missing += [] if profiles else [f"profiles ({', '.join(settings['profile_assays'])})"]
        if missing and settings["cells"]:
            raise UserError(f"{where}: cell {cell!r} lacks {', '.join(missing)}")
        if missing:
            lacking.append(f"{cell!r} lacks {', '.join(missing)}")
            continue
        used = samples.loc[[*maps.index, *(name for _, names in profiles for name in names)]]
        if len(genomes := sorted(set(used.assembly))) > 1:
            odd = used[used.assembly != maps.assembly.iloc[0]].iloc[0]
            raise UserError(
                f"{where}: cell {cell!r}: sample {odd['sample']!r} is of assembly"
                f" {odd.assembly!r}, the map of {maps.assembly.iloc[0]!r}; allowed: one of"
                f" {', '.join(map(repr, genomes))} for all"
            )
        plans[cell] = CellPlan(assembly=genomes[0], profiles=profiles)
    if not plans:
        raise UserError(
            f"{where}: no cell of the sample sheet has a contact map and the profiles:"
            f" {'; '.join(lacking)}"
        )
    return plans


def _profiles(own: pd.DataFrame, settings: dict) -> list[tuple[str, list[str]]]:
    """Factors of a cell with their samples; several samples of one target are replicates."""
    assays = PROFILE_ASSAYS if settings["profiles"] else settings["profile_assays"]
    able = own[own.assay.isin(assays) & (own.target != CONTROL)]
    # a transcription track needs no target in the sheet
    names = able.target.where(able.target != "", able.assay)
    chosen = settings["profiles"] or list(dict.fromkeys(names))
    return [(name, list(able.index[names == name])) for name in chosen if (names == name).any()]
