"""Which networks' motifs are read, and what tells the enhancers of a cell."""

from collections.abc import Collection, Iterable

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.folds import parse_split

# the model whose first layer each kind of set is read from
MODELS = {"trained": "seq", "untrained": "seq", "shuffled": "seq_shuffled"}


def chosen(wanted: list[str], there: Iterable[str], where: str) -> list[str]:
    """Names of the config, or all that are there where it names none.

    Raises
    ------
    UserError
        A name that is not there.
    """
    there = list(there)
    for name in wanted:
        if name not in there:
            raise UserError(f"{where}: {name!r}; allowed: {', '.join(there) or 'none'}")
    return wanted or there


def check_folds(folds: list[int], split: str, where: str) -> None:
    """Refuse folds that the split has not."""
    number = parse_split(split)[1]
    if beyond := [fold for fold in folds if fold >= number]:
        raise UserError(f"{where}: {beyond[0]}; allowed: 0 to {number - 1}, those of {split}")


def motif_sets(
    cells: list[str], tasks: list[str], controls: list[str], shuffled: Collection[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """(cell, task, kind) of each set; `shuffled` has the (cell, task) with one."""
    sets = []
    for cell in cells:
        for task in tasks:
            kinds = ["trained"]
            kinds += ["untrained"] if "untrained" in controls else []
            kinds += ["shuffled"] if "shuffled" in controls and (cell, task) in shuffled else []
            sets += [(cell, task, kind) for kind in kinds]
    return sets


def enhancer_peaks(
    samples: pd.DataFrame, with_peaks: Collection[str], cell: str, targets: list[str]
) -> list[str]:
    """Samples whose peaks are a cell's enhancers: of the first target that it has peaks of."""
    own = [name for name in samples.index[samples.cell == cell] if name in with_peaks]
    for target in targets:
        if found := [name for name in own if samples.target[name] == target]:
            return found
    return []
