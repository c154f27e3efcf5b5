"""What a run consists of: cells and their sources, networks to tune, cells to relabel.

The rules read this module, so it imports nothing heavy. Every function raises a `UserError` that
starts with `where`, the config file and section.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal.plan import UNITS

# Orders in which expression is compared with the median: as numbers, or as text
LABEL_ORDERS = ("numeric", "lexicographic")
# Columns of the tuning table that tell its networks apart
NETWORK_SIZES = ("kernel", "pool", "filters", "convolutions")
TWO_CONVOLUTIONS = "deepchrome_2conv"


@dataclass(frozen=True)
class CellPlan:
    """Sources of one cell's data.

    tables, splits, kind: files of a ready marks table, the split of each, and their kind; or empty.
    signal: (sample, mark) pairs whose reads are counted; or empty. expression: whether labels come
    from RNA-seq samples. split: how genes are split (config keys split, valid_chromosomes,
    test_chromosomes).
    """

    tables: list[str]
    splits: list[str]
    kind: str
    signal: list[tuple[str, str]]
    expression: bool
    split: dict


def plan_cells(
    samples: pd.DataFrame,
    runs: pd.DataFrame,
    settings: dict,
    n_bins: int,
    where: str,
    counted: Collection[str] | None = None,
) -> dict[str, CellPlan]:
    """Plan the cells of the config, or every cell of the sample sheet that has all marks.

    Parameters
    ----------
    samples, runs
        Sample sheet and run sheet.
    settings
        Config section `deepchrome`.
    n_bins
        Number of bins around each TSS.
    where
        Config file and section, for messages.
    counted
        Samples whose signal around transcription starts is counted; None for all.

    Raises
    ------
    UserError
        A cell is not in the sheet, lacks a mark or has no labels; its samples are of two assemblies
        or replicates of two units, or are not counted; no cell is left; the network does not fit
        the number of bins.
    """
    known = list(dict.fromkeys(samples.cell))
    for cell in [*settings["cells"], *settings["cell_splits"], *settings["marks_tables"]]:
        _check_name(cell, known, f"{where}: cell", "not in the sample sheet")
    _check_sizes({**settings["network"], "convolutions": 1}, n_bins, f"{where}.network")
    default = {key: settings[key] for key in ("split", "valid_chromosomes", "test_chromosomes")}
    plans = {}
    for cell in settings["cells"] or known:
        split = settings["cell_splits"].get(cell, default)
        plan = cell_sources(samples[samples.cell == cell], runs, settings["marks"], split)
        available = {mark for _, mark in plan.signal}
        missing = [mark for mark in settings["marks"] if mark not in available]
        if cell in settings["marks_tables"] and not plan.tables:
            raise UserError(
                f"{where}.marks_tables: cell {cell!r} has no ready table of marks in the run sheet;"
                " expected: a cell with samples of assay marks; fix: remove the entry"
            )
        if missing and not plan.tables:
            if settings["cells"]:
                raise UserError(
                    f"{where}: cell {cell!r} lacks marks: {', '.join(missing)};"
                    f" available: {', '.join(sorted(available)) or 'none'};"
                    " fix: add their samples to the sample sheet, or remove the cell or the marks"
                )
            continue
        if not plan.expression and plan.kind != "marks_csv":
            raise UserError(
                f"{where}: cell {cell!r} has no RNA-seq sample to derive labels from;"
                " fix: add one to the sample sheet"
            )
        if not plan.tables:
            check_signal(plan, samples, runs, counted, where, cell)
        plans[cell] = plan
    if not plans:
        raise UserError(
            f"{where}: no cell of the sample sheet has all of {settings['marks']};"
            " fix: add samples, or change deepchrome.marks"
        )
    return plans


def splits_by_assembly(
    plans: Mapping[str, CellPlan], samples: pd.DataFrame
) -> dict[str, dict[str, dict]]:
    """Split of each cell whose signal is counted, by the genome of its samples.

    Parameters
    ----------
    plans
        Plans of the cells. Tables of marks have genes, and no genome.
    samples
        Sample sheet.
    """
    found: dict[str, dict[str, dict]] = {}
    for cell, plan in plans.items():
        if plan.signal and not plan.tables:
            found.setdefault(samples.assembly[plan.signal[0][0]], {})[cell] = plan.split
    return found


def cell_sources(
    samples: pd.DataFrame, runs: pd.DataFrame, marks: Sequence[str], split: dict
) -> CellPlan:
    """Return the sources of the marks of one cell; a ready table takes precedence over reads.

    Parameters
    ----------
    samples, runs
        Rows of the sample sheet of the cell; run sheet.
    marks
        Marks in the order of the input channels.
    split
        As `CellPlan.split`.
    """
    ready = runs[runs["sample"].isin(samples.index[samples.assay == "marks"])]
    chip = samples[samples.assay == "ChIP-seq"]
    return CellPlan(
        tables=list(ready.file),
        splits=list(ready.part),
        kind=ready.kind.iloc[0] if len(ready) else "",
        signal=[(s, m) for m in marks for s in chip.index[chip.target == m]],
        expression=(samples.assay == "RNA-seq").any().item(),
        split=split,
    )


def check_signal(
    plan: CellPlan,
    samples: pd.DataFrame,
    runs: pd.DataFrame,
    counted: Collection[str] | None,
    where: str,
    cell: str,
    needed: str = "deepchrome.marks",
) -> None:
    """Check that the signal of a cell's samples can be stacked, and replicates summed.

    Parameters
    ----------
    plan
        Plan of the cell.
    samples, runs, counted
        As `plan_cells`.
    where, cell, needed
        Config file and section, cell, and what names the marks, for messages.

    Raises
    ------
    UserError
        Samples are not counted, of two assemblies, or replicates of two units.
    """
    kinds = dict(zip(runs["sample"], runs.kind, strict=True))
    first, by_mark = plan.signal[0][0], {}
    for sample, mark in plan.signal:
        if counted is not None and sample not in counted:
            raise UserError(
                f"{where}: cell {cell!r}: tss_bins.targets leaves out mark {mark!r} (sample"
                f" {sample!r}); expected: all of {needed}; fix: add it to tss_bins.targets,"
                " or empty the list"
            )
        other = by_mark.setdefault(mark, sample)
        if (unit := UNITS.get(kinds.get(sample))) != (before := UNITS.get(kinds.get(other))):
            raise UserError(
                f"{where}: cell {cell!r}: replicates of {mark} are summed, but sample {other!r}"
                f" gives {before}, sample {sample!r} {unit}; expected: one unit; fix: remove one of"
                " them, or use files of one kind"
            )
        if (own := samples.assembly[sample]) != samples.assembly[first]:
            raise UserError(
                f"{where}: cell {cell!r}: sample {sample!r} is of assembly {own!r}, sample"
                f" {first!r} of {samples.assembly[first]!r}; expected: one assembly for all marks"
                " of a cell"
            )


def setting_name(setting: dict) -> str:
    """Return a network's model name in tuning.tsv and metrics.tsv, made of its sizes."""
    if setting["convolutions"] == 2:
        return TWO_CONVOLUTIONS
    return "deepchrome_k{kernel}_m{pool}_f{filters}".format(**setting)


def plan_networks(tuning: dict, network: dict, n_bins: int, where: str) -> dict[str, dict]:
    """Return the networks to tune by name, as keywords of `build_network`.

    These are the grid of kernels, pools and filters, the run's own network if the grid lacks it,
    and the run's own network with two convolutions.

    Raises
    ------
    UserError
        A kernel and a pool do not fit the number of bins.
    """
    own = {**network, "convolutions": 1}
    grid = product(tuning["kernels"], tuning["pools"], tuning["filters"])
    settings = [{**own, "kernel": k, "pool": m, "filters": f} for k, m, f in grid]
    if own not in settings:
        settings.append(own)
    if tuning["two_convolutions"]:
        settings.append({**own, "convolutions": 2})
    for setting in settings:
        _check_sizes(setting, n_bins, where)
    return {setting_name(setting): setting for setting in settings}


def plan_tuned_cells(tuning: dict, cells: list[str], where: str) -> list[str]:
    """Return the cells to tune: those of the config, or all; none when tuning is disabled."""
    for cell in tuning["cells"]:
        _check_name(cell, cells, f"{where}.cells:", "not a cell of this run")
    return (tuning["cells"] or list(cells)) if tuning["enabled"] else []


def other_order(order: str) -> str:
    """Return the label order that the config did not choose."""
    return LABEL_ORDERS[order == "numeric"]


def plan_relabeled_cells(study: dict, plans: dict[str, CellPlan], where: str) -> list[str]:
    """Return the cells to train under the other label order as well.

    Parameters
    ----------
    study
        Config section `label_order_study`.
    plans
        Plan of each cell of the run.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        Cells are given without a matrix, are not in the run, or have no expression to relabel.
    """
    if study["cells"] and not study["expression_matrix"]:
        raise UserError(
            f"{where}: cells are given without expression_matrix; fix: set expression_matrix,"
            " or remove cells"
        )
    for cell in study["cells"]:
        _check_name(cell, list(plans), f"{where}.cells:", "not a cell of this run")
        if not plans[cell].expression:
            raise UserError(
                f"{where}.cells: {cell!r} has no expression to derive labels from;"
                " fix: add an RNA-seq sample, or remove the cell"
            )
    return study["cells"]


def _check_name(name: str, known: list[str], where: str, problem: str) -> None:
    if name not in known:
        raise UserError(f"{where} {name!r} is {problem}; available: {', '.join(known)}")


def _check_sizes(setting: dict, n_bins: int, where: str) -> None:
    """Check that the convolutions leave enough bins for the pooling."""
    convolved = n_bins - setting["convolutions"] * (setting["kernel"] - 1)
    if convolved < setting["pool"]:
        raise UserError(
            f"{where}: {setting['convolutions']} convolution(s) with kernel {setting['kernel']}"
            f" leave {max(convolved, 0)} of {n_bins} bins (tss_bins.n_bins); expected: at least"
            f" {setting['pool']} (pool); fix: use a smaller kernel or pool, or more bins"
        )
