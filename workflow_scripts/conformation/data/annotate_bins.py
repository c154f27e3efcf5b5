"""Transcriptional activity and chromatin state of a cell's bins."""

import logging

import bioframe
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genes import read_genes
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.io.tables import read_expression_table
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData

log = logging.getLogger("chromaloom")
COORDINATES = ["chrom", "start", "end"]
MAJORITY = 0.5  # a bin has the state that covers more than this fraction of it


def main(
    *,
    dataset: str,
    cell: str,
    genes: list[str],
    expression: list[str],
    tracks: list[str],
    states: list[str],
    state_names: list[str],
    by_state: bool,
    settings: dict,
    table: str,
) -> None:
    """Write chrom, start, end, score, active and state of the cell's bins.

    score is the transcription of a bin, empty where unknown. From RNA-seq: the sum over genes of
    RNA count × fraction of the bin that the gene covers; active above `threshold` (Farré 2018,
    Methods), which is in `threshold_unit`. From PRO-seq: the mean signal of the bin over the mean
    of all measured bins of the genome, which is independent of the sequencing depth; active above
    `track_threshold`. From states: 1 in bins of `active_states`, 0 in bins of other states. state
    is the state of more than half of the bin, else empty.

    Parameters
    ----------
    dataset
        The cell's `ConformationData`, whose bins are annotated.
    cell
        Name of the cell, for messages.
    genes, expression
        Gene table and expression table; empty if the source is not RNA-seq.
    tracks
        Binned PRO-seq tracks of the cell's replicates; empty if the source is not PRO-seq.
    states, state_names
        Binned segmentations, and the state of each; tracks of one state are averaged.
    by_state
        Whether the source of the activity is the chromatin state.
    settings
        threshold, threshold_unit, track_threshold and active_states of the config's section
        conformation.activity.
    table
        Gzipped TSV to write.

    Raises
    ------
    UserError
        No gene of the expression table is annotated, its values are of another unit, a track has
        other bins, or two states both cover more than half of a bin.
    """
    data = ConformationData.load(dataset)
    bins = pd.DataFrame({name: getattr(data, name) for name in COORDINATES})
    score, threshold = np.full(len(bins), np.nan), settings["threshold"]
    labels = majority_states(bins, states, state_names)
    if by_state:
        is_active = np.isin(labels.astype(str), settings["active_states"])
        score, threshold = np.where(labels != "", is_active.astype(float), np.nan), 0.5
    elif expression:
        score = transcription_score(
            bins,
            read_genes(genes[0]),
            read_expression_table(expression[0]),
            (genes[0], expression[0]),
            unit=settings["threshold_unit"],
        )
    elif tracks:
        score, threshold = relative_signal(bins, tracks), settings["track_threshold"]
    active = pd.Series(score > threshold, dtype=object).where(~np.isnan(score), "")
    found = bins.assign(score=score, active=active, state=labels)
    with atomic_path(table) as temporary, gzip_writer(temporary) as handle:
        found.to_csv(handle, sep="\t", index=False, float_format="%.7g", lineterminator="\n")
    counts = found.state[found.state != ""].value_counts().to_dict()
    log.info(
        "%s: of %d bins %d are active and %d inactive; states: %s", cell, len(found),
        (active == True).sum(), (active == False).sum(), counts or "none",  # noqa: E712
    )  # fmt: skip


def transcription_score(
    bins: pd.DataFrame,
    genes: pd.DataFrame,
    expression: pd.DataFrame,
    names: tuple[str, str],
    *,
    unit: str,
) -> np.ndarray:
    """Sum over genes of RNA level × fraction of the bin covered, float64 (bins,).

    Genes without a row in the expression table count as 0; their number is logged. `names` are the
    two files, for messages; `unit` is that of the levels, see `values_in_unit`.
    """
    counts = values_in_unit(expression, unit, names[1])
    known = genes[genes.gene_id.isin(counts.index)]
    if known.empty:
        raise UserError(
            f"{names[1]}: none of its {len(counts)} genes is in {names[0]};"
            " expected: the gene names of the annotation"
        )
    log.info(
        "transcription by %s of %d genes; %d annotated genes have no value",
        unit, len(known), len(genes) - len(known),
    )  # fmt: skip
    known = known[COORDINATES].assign(count=known.gene_id.map(counts))
    pairs = bioframe.overlap(bins.assign(row=range(len(bins))), known, how="inner")
    shared = np.minimum(pairs.end, pairs.end_) - np.maximum(pairs.start, pairs.start_)
    fraction = shared.to_numpy(float) / (pairs.end - pairs.start).to_numpy(float)
    return np.bincount(
        pairs.row.to_numpy(int),
        weights=fraction * pairs.count_.to_numpy(float),
        minlength=len(bins),
    )


def values_in_unit(expression: pd.DataFrame, unit: str, path: str) -> pd.Series:
    """Expression by gene in a unit: counts, tpm, fpkm, rpkm or unstated; `path` for the message.

    Raises
    ------
    UserError
        The table has no values in this unit.
    """
    estimate = {"counts": "est_counts", "tpm": "tpm"}.get(unit)
    by_gene = expression.set_index("gene_id")
    if estimate and len(by_gene) and by_gene[estimate].notna().all():
        return by_gene[estimate]
    if (by_gene.unit == unit).all():
        return by_gene.value
    found = by_gene.unit.iloc[0]
    raise UserError(
        f"{path}: column unit: values are {found}, but conformation.activity.threshold is in"
        f" {unit}; expected: {unit}; fix: set threshold to a level of {found} and threshold_unit to"
        f" {found}, or use RNA-seq as {unit}"
    )


def relative_signal(bins: pd.DataFrame, tracks: list[str]) -> np.ndarray:
    """Mean over replicates of the signal over its genome-wide mean, float64 (bins,)."""
    replicates = []
    for path in tracks:
        values = pd.read_csv(path, sep="\t", dtype={"chrom": str}).value
        mean = values.mean()
        if not mean > 0:
            raise UserError(
                f"{path}: the mean signal is {mean:.4g}; expected: a transcription track, mean > 0"
            )
        replicates.append(track_values(bins, path) / mean)
    return np.mean(replicates, axis=0)


def majority_states(bins: pd.DataFrame, states: list[str], names: list[str]) -> np.ndarray:
    """State of more than half of each bin, else '', str (bins,)."""
    labels = np.full(len(bins), "", dtype=object)
    for name in dict.fromkeys(names):
        fractions = [track_values(bins, p) for p, n in zip(states, names, strict=True) if n == name]
        has_state = np.mean(fractions, axis=0) > MAJORITY
        if (both := has_state & (labels != "")).any():
            row = bins[both].iloc[0]
            raise UserError(
                f"conformation.activity.states: states {labels[both][0]!r} and {name!r} both cover"
                f" more than half of {row.chrom}:{row.start}-{row.end};"
                " expected: states of one segmentation"
            )
        labels[has_state] = name
    return labels


def track_values(bins: pd.DataFrame, path: str) -> np.ndarray:
    """Values of a track in the bins, NaN where not measured, float64 (bins,)."""
    track = pd.read_csv(path, sep="\t", dtype={"chrom": str, "value": float})
    merged = bins.merge(track, on=COORDINATES, how="left", indicator=True)
    if (merged["_merge"] == "left_only").any():
        row = merged[merged["_merge"] == "left_only"].iloc[0]
        raise UserError(
            f"{path}: bin {row.chrom}:{row.start}-{row.end} is missing;"
            " expected: the bins of the cell's data"
        )
    return merged.value.to_numpy(float)


if __name__ == "__main__":
    run_script(main, snakemake)
