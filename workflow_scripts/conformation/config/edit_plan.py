"""The config's in-silico edits, checked before any job."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.splits import parse_region

ALL = "all"


@dataclass(frozen=True)
class Edit:
    """One edit of one cell.

    Attributes
    ----------
    name, cell : str
        Of the config, and of the sample sheet.
    region : str
        `chrom:start-end` (bp, 0-based half-open); every bin that it touches is edited.
    steps : tuple of (action, factors, value)
        Carried out in turn. Actions: `set` (to the value), `flip` (1 - value of the bin), `delete`
        (to 0); the value of the last two is None.
    said : str
        The edit in words, for figures.
    """

    name: str
    cell: str
    region: str
    steps: tuple[tuple[str, tuple[str, ...], float | None], ...]
    said: str


def plan_edits(
    edits: Sequence[Mapping],
    factors: Mapping[str, Sequence[str]],
    states: Mapping[str, Sequence[Sequence[str]]],
    sizes: Mapping[str, Mapping[str, int]],
    where: str,
) -> list[Edit]:
    """Check the edits of the config and fill in what they leave out.

    Parameters
    ----------
    edits
        The config's list `conformation.edits`.
    factors
        Names of the profiles of each cell of the run.
    states
        For each cell, the segmentations among its profiles: the names of each one's states, of
        which a place has one.
    sizes
        For each cell, length (bp) of each chromosome where the config tells; else nothing, and the
        job that reads the data checks the regions.
    where
        Config file and key, for messages.

    Raises
    ------
    UserError
        A name that comes twice; an unknown cell, factor or state; a value that goes with another
        action; a region that cannot be read, or is off the genome.
    """
    plans: list[Edit] = []
    for number, edit in enumerate(edits):
        at = f"{where}.{number} ({edit['name']})"
        if edit["name"] in [plan.name for plan in plans]:
            raise UserError(
                f"{at}: the name {edit['name']!r} comes twice; allowed: one edit a name"
            )
        cell = edit["cell"] or next(iter(factors), "")
        if cell not in factors:
            there = ", ".join(factors) or "none"
            raise UserError(f"{at}.cell: {cell!r} is not a cell of the run; there: {there}")
        if bool(edit["factor"]) == bool(edit["state"]):
            raise UserError(f"{at}: needs either 'factor' or 'state'")
        action, value = edit["action"], edit.get("value")
        if edit["state"]:
            steps = _state_steps(edit["state"], action, value, states.get(cell, ()), at)
            said = f"{edit['state']} everywhere"
        else:
            names = [edit["factor"]] if isinstance(edit["factor"], str) else list(edit["factor"])
            if unknown := [n for n in names if n not in (*factors[cell], ALL)]:
                there = ", ".join([*dict.fromkeys(factors[cell]), ALL])
                raise UserError(f"{at}.factor: {unknown[0]!r} is unknown; allowed: {there}")
            if (action == "set") != (value is not None):
                raise UserError(f"{at}: action {action!r} {_VALUE[action == 'set']}")
            said = f"{action} {', '.join(names)}" + (f" to {value:g}" if action == "set" else "")
            names = list(dict.fromkeys(factors[cell])) if ALL in names else names
            steps = ((action, tuple(names), value),)
        _check_region(edit["region"], sizes.get(cell, {}), f"{at}.region")
        plans.append(Edit(edit["name"], cell, edit["region"], steps, said))
    return plans


def cell_segmentations(
    samples: pd.DataFrame, runs: pd.DataFrame, cells: Mapping[str, Sequence[str]]
) -> dict[str, list[list[str]]]:
    """Names of the states of each segmentation among each cell's profiles.

    Parameters
    ----------
    samples, runs
        The sheets; samples of one file are the states of one segmentation.
    cells
        Names of the profiles of each cell.
    """
    found = {}
    for cell, factors in cells.items():
        own = samples[(samples.cell == cell) & (samples.assay == "segmentation")]
        own = runs[runs["sample"].isin(own.index[own.target.isin(factors)])]
        by_file = own.groupby("file", sort=False)["sample"]
        found[cell] = [list(samples.target[names]) for _, names in by_file]
    return found


def _check_region(text: str, sizes: Mapping[str, int], at: str) -> None:
    """Refuse a text that is no region, and one off the genome where that is known."""
    if sizes:
        parse_region(text, dict(sizes), at)
        return
    try:
        parse_region(text, {text.strip().split(":")[0]: sys.maxsize}, at)
    except UserError:
        raise UserError(
            f"{at}: {text!r} is not a region; allowed: chrom or chrom:start-end, start < end"
        ) from None


_VALUE = {True: "needs a value, 0 to 1", False: "takes no value; allowed with action 'set'"}


def _state_steps(state: str, action: str, value, segmentations, at: str) -> tuple:
    """Steps that make a region all of one state: 1 for it, 0 for the others of its segmentation."""
    if action != "set" or value is not None:
        raise UserError(f"{at}: with 'state', allowed: action 'set' without a value")
    for names in segmentations:
        if state in names:
            others = tuple(name for name in names if name != state)
            return (("delete", others, None), ("set", (state,), 1.0))
    there = ", ".join(name for names in segmentations for name in names) or "none"
    raise UserError(f"{at}.state: {state!r} is unknown; allowed: {there}")
