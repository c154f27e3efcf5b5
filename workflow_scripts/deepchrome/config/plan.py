"""Which cells DeepChrome runs on, and where the marks and labels of each come from."""

from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError


@dataclass(frozen=True)
class CellPlan:
    """Sources of one cell's data.

    tables, parts, kind: files of a ready marks table, their splits and their kind, or empty;
    signal: (sample, mark) pairs whose reads are counted, or empty; expression: whether labels come
    from RNA-seq samples; split: how its genes are divided (a section of the config).
    """

    tables: list[str]
    parts: list[str]
    kind: str
    signal: list[tuple[str, str]]
    expression: bool
    split: dict


def plan_cells(
    samples: pd.DataFrame, runs: pd.DataFrame, settings: dict, n_bins: int, where: str
) -> dict[str, CellPlan]:
    """Plan the cells of the config, or every cell of the sheet that has all marks.

    Parameters
    ----------
    samples, runs
        The sheets.
    settings
        The config's section `deepchrome`.
    n_bins
        Bins around each TSS.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        A cell that is not in the sheet, lacks a mark or has no labels; none at all; a network that
        leaves nothing of the bins.
    """
    known = list(dict.fromkeys(samples.cell))
    for cell in [*settings["cells"], *settings["cell_splits"]]:
        if cell not in known:
            there = ", ".join(known)
            raise UserError(f"{where}: cell {cell!r} is not in the sample sheet; there: {there}")
    left = n_bins - settings["network"]["kernel"] + 1
    if left < settings["network"]["pool"]:
        raise UserError(
            f"{where}.network: kernel {settings['network']['kernel']} leaves {max(left, 0)} of"
            f" {n_bins} bins (tss_bins.n_bins); pool {settings['network']['pool']} needs as many"
        )
    plans = {}
    for cell in settings["cells"] or known:
        plan = _plan_cell(samples[samples.cell == cell], runs, settings, cell)
        there = {mark for _, mark in plan.signal}
        if not plan.tables and (missing := [m for m in settings["marks"] if m not in there]):
            if settings["cells"]:
                raise UserError(
                    f"{where}: cell {cell!r} lacks {', '.join(missing)}; it has"
                    f" {', '.join(sorted(there)) or 'no mark'}"
                )
            continue
        if not plan.expression and plan.kind != "marks_csv":
            raise UserError(f"{where}: cell {cell!r} has no RNA-seq sample to take labels from")
        plans[cell] = plan
    if not plans:
        raise UserError(f"{where}: no cell of the sample sheet has all of {settings['marks']}")
    return plans


def _plan_cell(samples: pd.DataFrame, runs: pd.DataFrame, settings: dict, cell: str) -> CellPlan:
    """Sources of one cell; a ready table is taken before reads."""
    ready = runs[runs["sample"].isin(samples.index[samples.assay == "marks"])]
    chip = samples[samples.assay == "ChIP-seq"]
    default = {key: settings[key] for key in ("split", "valid_chromosomes", "test_chromosomes")}
    return CellPlan(
        tables=list(ready.file),
        parts=list(ready.part),
        kind=ready.kind.iloc[0] if len(ready) else "",
        signal=[(s, m) for m in settings["marks"] for s in chip.index[chip.target == m]],
        expression=(samples.assay == "RNA-seq").any().item(),
        split=settings["cell_splits"].get(cell, default),
    )
