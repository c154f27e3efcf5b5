"""Checks of HiChIP samples and settings before any job."""

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError


def check_loops(samples: pd.DataFrame, runs: pd.DataFrame, settings: dict, where: dict) -> None:
    """Check sheets and settings of HiChIP samples.

    Parameters
    ----------
    samples, runs
        Sheet rows of the HiChIP samples.
    settings
        Config section `loops`.
    where
        Files for messages, by `config`, `samples` and `runs`.

    Raises
    ------
    UserError
        Reads have no mates, a sample has several loop tables, library sizes are not comparable,
        replicates are of two genomes or fewer than `min_replicates`, or burn-in leaves fewer than
        20 iterations.
    """
    for run in runs.to_dict("records"):
        if run["kind"] == "fastq" and not run["file2"]:
            raise UserError(
                f"{where['runs']}: run {run['run']!r}: file2 is empty; expected: the file of second"
                " mates; fix: add it"
            )
    for name, rows in runs[runs.kind == "loops"].groupby("sample", sort=False):
        if len(rows) > 1:
            raise UserError(
                f"{where['runs']}: sample {name!r}: {len(rows)} loop tables; expected: one per"
                " sample; fix: make each table a sample of its own (a replicate)"
            )
    _check_library_sizes(list(samples["sample"]), runs, settings["library_sizes"], where)
    for cell, rows in samples.groupby("cell", sort=False):
        if len(genomes := sorted(set(rows.assembly))) > 1:
            raise UserError(
                f"{where['samples']}: cell {cell!r}: HiChIP samples of {' and '.join(genomes)};"
                " expected: one assembly per cell; fix: use separate runs or realign"
            )
        if len(rows) < settings["min_replicates"]:
            raise UserError(
                f"{where['config']}: loops.min_replicates: cell {cell!r} has {len(rows)} HiChIP"
                f" samples (min_replicates is {settings['min_replicates']}); expected: at most"
                f" {len(rows)}; fix: lower min_replicates or add samples"
            )
    sampler = settings["origami"]
    sampled = sampler["iterations"] - sampler["burn_in"]
    if sampled < 20:
        raise UserError(
            f"{where['config']}: loops.origami.burn_in: leaves {sampled} of"
            f" {sampler['iterations']} iterations ({sampler['burn_in']}); expected: at least 20;"
            " fix: lower burn_in or raise iterations"
        )


def _check_library_sizes(samples: list[str], runs: pd.DataFrame, given: dict, where: dict) -> None:
    """Check that either all samples have a library size, or all have loop tables without one."""
    key = f"{where['config']}: loops.library_sizes"
    for name in given:
        if name not in samples:
            raise UserError(
                f"{key}: {name!r} is no HiChIP sample; expected: {', '.join(samples)}; fix: correct"
                " or remove the name"
            )
    tables = list(runs["sample"][runs.kind == "loops"])
    unknown = [name for name in samples if name in tables and name not in given]
    if unknown and len(unknown) < len(samples):
        known = next(name for name in samples if name not in unknown)
        raise UserError(
            f"{key}: no entry for sample {unknown[0]!r}, whose loop table does not say how many"
            f" reads the sample has, beside sample {known!r} whose library size is known; expected:"
            f" its number of valid read pairs; fix: add '{unknown[0]}: NUMBER', or use separate"
            " runs"
        )


def replicates_by_cell(samples: pd.DataFrame) -> dict[str, list[str]]:
    """HiChIP samples of each cell, in the order of the sheet."""
    return {cell: list(rows["sample"]) for cell, rows in samples.groupby("cell", sort=False)}
