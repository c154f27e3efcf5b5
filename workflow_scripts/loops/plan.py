"""What can be said about the HiChIP samples before any job."""

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError


def check_loops(samples: pd.DataFrame, runs: pd.DataFrame, settings: dict, where: dict) -> None:
    """Refuse sheets and settings that cannot give loops.

    Parameters
    ----------
    samples, runs
        Rows of the sheets, of HiChIP samples alone.
    settings
        Config section `loops`.
    where
        Names of the files, for messages: `config`, `samples` and `runs`.

    Raises
    ------
    UserError
        Replicates of two genomes, fewer of them than `min_replicates`, reads without mates, a
        sample of several loop tables, or a burn-in as long as the chain.
    """
    for run in runs.to_dict("records"):
        if run["kind"] == "fastq" and not run["file2"]:
            raise UserError(
                f"{where['runs']}: run {run['run']!r}: file2 is empty; allowed: the second mates"
            )
    for name, rows in runs[runs.kind == "loops"].groupby("sample", sort=False):
        if len(rows) > 1:
            raise UserError(
                f"{where['runs']}: sample {name!r}: {len(rows)} loop tables; allowed: one per"
                " sample (make each a sample of its own, a replicate)"
            )
    for cell, rows in samples.groupby("cell", sort=False):
        if len(genomes := sorted(set(rows.assembly))) > 1:
            raise UserError(
                f"{where['samples']}: cell {cell!r}: HiChIP samples of {' and '.join(genomes)};"
                " allowed: one assembly per cell"
            )
        if len(rows) < settings["min_replicates"]:
            raise UserError(
                f"{where['config']}: loops.min_replicates: {settings['min_replicates']}, cell"
                f" {cell!r} has {len(rows)} HiChIP samples; allowed: {len(rows)} or less"
            )
    sampler = settings["origami"]
    turns = sampler["iterations"] - sampler["burn_in"]
    if turns < 20:
        raise UserError(
            f"{where['config']}: loops.origami.burn_in: {sampler['burn_in']} of"
            f" {sampler['iterations']} iterations; allowed: 20 or more iterations after burn-in"
        )


def replicated(samples: pd.DataFrame) -> dict[str, list[str]]:
    """HiChIP samples of each cell, in the sheet's order."""
    return {cell: list(rows["sample"]) for cell, rows in samples.groupby("cell", sort=False)}
