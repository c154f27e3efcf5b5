"""Checks of the contact samples before any job starts."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.genomics.map_formats import check_map_format
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.pairs_files import read_hicpro, read_pairs


def check_resolutions(settings: dict, source: str) -> None:
    """Reject resolutions that are not ascending multiples of the first.

    Parameters
    ----------
    settings
        Config section `contacts`.
    source
        The config file, for messages.
    """
    finest, *coarser = settings["resolutions"]
    before = finest
    for resolution in coarser:
        if resolution % finest or resolution < before:
            raise UserError(
                f"{source}: contacts.resolutions: {resolution}; expected: ascending multiples of"
                f" the"
                f" first, {finest}"
            )
        before = resolution
    if (given := settings["matrix_resolution"]) and finest % given:
        raise UserError(
            f"{source}: contacts.matrix_resolution: {given}; expected: 0, or a divisor of"
            f" contacts.resolutions' first, {finest}"
        )


def check_count_scales(settings: dict, samples: list[str], source: str) -> None:
    """Reject factors of samples that do not enter as maps.

    Parameters
    ----------
    settings
        Config section `contacts`.
    samples
        Samples that enter as maps.
    source
        The config file, for messages.
    """
    for name in settings["count_scale"]:
        if name not in samples:
            raise UserError(
                f"{source}: contacts.count_scale: {name!r} is no sample that enters as a map;"
                f" expected: {', '.join(samples) or 'none, this run has no such sample'}; fix:"
                " correct or remove the name"
            )


def check_beginnings(runs: pd.DataFrame, source: str) -> None:
    """Reject files of pairs and maps whose beginning is not that of their kind.

    Parameters
    ----------
    runs
        Rows of the run sheet, with columns run, kind and file. Files that do not exist yet are not
        checked.
    source
        The sheet, for messages.
    """
    readers = {"pairs": read_pairs, "hicpro": read_hicpro}
    for run in runs.to_dict("records"):
        if not Path(run["file"]).is_file():
            continue
        try:
            if run["kind"] in readers:
                next(readers[run["kind"]](run["file"], chunk=1))
            elif run["kind"] in ("cool", "mcool", "hic"):
                check_map_format(run["file"], run["kind"])
        except UserError as error:
            raise UserError(f"{source}: run {run['run']!r}: {error}") from None


def check_runs(runs: pd.DataFrame, source: str) -> None:
    """Reject runs of contact samples that lack their second file.

    Parameters
    ----------
    runs
        Rows of the run sheet, with columns run, kind and file2.
    source
        The sheet, for messages.
    """
    needed = {"fastq": "the second mates", "geo_contacts": "the table of bins"}
    for run in runs.to_dict("records"):
        if run["kind"] in needed and not run["file2"]:
            raise UserError(
                f"{source}: run {run['run']!r}: file2 is empty; expected: {needed[run['kind']]}"
            )


def check_matrices(runs: pd.DataFrame, sizes: Mapping[str, Mapping[str, int]], source: str) -> None:
    """Reject matrices of a chromosome that the genome lacks.

    Parameters
    ----------
    runs
        Rows of the run sheet, with columns run, sample, kind, file and file2 (the chromosome).
    sizes
        Chromosome lengths (bp) of each sample's genome; empty where they are not known yet, which
        leaves the check to the import.
    source
        The sheet, for messages.
    """
    for run in runs[runs.kind == "matrix"].to_dict("records"):
        chrom, genome = run["file2"], sizes[run["sample"]]
        # as when it is imported, with or without chr
        if chrom and genome and not {chrom, f"chr{chrom}", chrom.removeprefix("chr")} & set(genome):
            raise UserError(
                f"{source}: run {run['run']!r}: file2: {chrom!r} is not a chromosome of the genome;"
                f" expected: the chromosome of the matrix; available: {some(genome, 8)}"
            )


def replicates(samples: pd.DataFrame, source: str) -> dict[str, list[str]]:
    """Samples that are pooled into each cell's map: cell → names, in the sheet's order.

    Parameters
    ----------
    samples
        Rows of the contact samples, with columns sample, cell, assay and assembly.
    source
        The sheet, for messages.

    Raises
    ------
    UserError
        Samples of a cell that cannot be pooled: of two assays or two genomes.
    """
    cells = {}
    for cell, rows in samples.groupby("cell", sort=False):
        for column in ("assay", "assembly"):
            if len(values := sorted(set(rows[column]))) > 1:
                raise UserError(
                    f"{source}: cell {cell!r}: contact samples of {' and '.join(values)}; expected:"
                    f" one {column} per cell"
                )
        cells[cell] = list(rows["sample"])
    return cells
