"""Transcription and chromatin state of a cell's bins."""

import logging

import bioframe
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData

log = logging.getLogger("chromaloom")
PLACE = ["chrom", "start", "end"]
MAJORITY = 0.5  # share of a bin above which the bin has a state


def main(
    *,
    data: str,
    cell: str,
    genes: str,
    expression: str,
    tracks: list[str],
    states: list[str],
    state_names: list[str],
    settings: dict,
    out: str,
) -> None:
    """Write chrom, start, end, score, active, state of the cell's bins.

    score is the transcription of a bin, empty where unknown. From RNA-seq: Σ over genes of RNA
    count × share of the bin that the gene covers, active above `threshold` (Farré 2018, Methods).
    From PRO-seq: the bin's mean signal over the mean of all measured bins of the genome, so that
    depth plays no part, active above `track_threshold`. state is the one that more than half of the
    bin is in, else empty.

    Parameters
    ----------
    data
        The cell's `ConformationData`, whose bins are annotated.
    cell
        Name, for messages.
    genes, expression
        Gene table and expression table, or "" where transcription is not from RNA-seq.
    tracks
        Binned PRO-seq tracks of the cell's replicates, or none.
    states, state_names
        Binned segmentations, and the state of each; those of one state are averaged.
    settings
        threshold, track_threshold of the config's section conformation.activity.
    out
        Gzipped TSV.

    Raises
    ------
    UserError
        No gene of the expression table in the annotation, tracks in other bins, or two states of
        which each has more than half of a bin.
    """
    arrays = ConformationData.load(data)
    bins = pd.DataFrame({name: getattr(arrays, name) for name in PLACE})
    score, threshold = np.full(len(bins), np.nan), settings["threshold"]
    if expression:
        score = transcription(bins, pd.read_csv(genes, sep="\t", dtype={"chrom": str}),
                              pd.read_csv(expression, sep="\t"), (genes, expression))  # fmt: skip
    elif tracks:
        score, threshold = relative_signal(bins, tracks), settings["track_threshold"]
    active = pd.Series(score > threshold, dtype=object).where(~np.isnan(score), "")
    table = bins.assign(score=score, active=active, state=majority_state(bins, states, state_names))
    with atomic_path(out) as temporary, gzip_writer(temporary) as handle:
        table.to_csv(handle, sep="\t", index=False, float_format="%.7g", lineterminator="\n")
    found = table.state[table.state != ""].value_counts().to_dict()
    log.info(
        "%s: of %d bins %d are active, %d inactive; states: %s", cell, len(table),
        (active == True).sum(), (active == False).sum(), found or "none",  # noqa: E712
    )  # fmt: skip


def transcription(
    bins: pd.DataFrame, genes: pd.DataFrame, expression: pd.DataFrame, names: tuple[str, str]
) -> np.ndarray:
    """Σ over genes of count × share of the bin covered, float64, shape=(bins,).

    The count is `est_counts` where the table has it, else `value`. Genes without a row in the
    table count nothing; how many stands in the log.
    """
    column = "est_counts" if expression.est_counts.notna().all() else "value"
    counts = expression.set_index("gene_id")[column]
    known = genes[genes.gene_id.isin(counts.index)]
    if known.empty:
        raise UserError(
            f"{names[1]}: none of its {len(counts)} genes is in {names[0]}; allowed: one source of"
            " gene names"
        )
    unit = "estimated counts" if column == "est_counts" else expression.unit.iloc[0]
    log.info(
        "transcription by %s of %d genes; %d more of the annotation have no value",
        unit, len(known), len(genes) - len(known),
    )  # fmt: skip
    known = known[PLACE].assign(count=known.gene_id.map(counts))
    pairs = bioframe.overlap(bins.assign(row=range(len(bins))), known, how="inner")
    shared = np.minimum(pairs.end, pairs.end_) - np.maximum(pairs.start, pairs.start_)
    share = shared.to_numpy(float) / (pairs.end - pairs.start).to_numpy(float)
    return np.bincount(
        pairs.row.to_numpy(int), weights=share * pairs.count_.to_numpy(float), minlength=len(bins)
    )


def relative_signal(bins: pd.DataFrame, tracks: list[str]) -> np.ndarray:
    """Mean of the replicates' signal over their genome-wide mean, float64, shape=(bins,)."""
    layers = []
    for path in tracks:
        values = pd.read_csv(path, sep="\t", dtype={"chrom": str}).value
        mean = values.mean()
        if not mean > 0:
            raise UserError(f"{path}: its mean is {mean:.4g}; allowed: a transcription track")
        layers.append(values_at(bins, path) / mean)
    return np.mean(layers, axis=0)


def majority_state(bins: pd.DataFrame, states: list[str], names: list[str]) -> np.ndarray:
    """The state that more than half of each bin is in, else '', str, shape=(bins,)."""
    labels = np.full(len(bins), "", dtype=object)
    for name in dict.fromkeys(names):
        shares = [values_at(bins, p) for p, n in zip(states, names, strict=True) if n == name]
        here = np.mean(shares, axis=0) > MAJORITY
        if (both := here & (labels != "")).any():
            row = bins[both].iloc[0]
            raise UserError(
                f"{row.chrom}:{row.start}-{row.end}: more than half of it is in states"
                f" {labels[both][0]!r} and {name!r}; allowed: states of one segmentation in"
                " conformation.activity.states"
            )
        labels[here] = name
    return labels


def values_at(bins: pd.DataFrame, path: str) -> np.ndarray:
    """A track's values in some bins, NaN where unmeasured, float64, shape=(bins,)."""
    track = pd.read_csv(path, sep="\t", dtype={"chrom": str, "value": float})
    merged = bins.merge(track, on=PLACE, how="left", indicator=True)
    if (merged["_merge"] == "left_only").any():
        row = merged[merged["_merge"] == "left_only"].iloc[0]
        raise UserError(f"{path}: has no bin {row.chrom}:{row.start}-{row.end}")
    return merged.value.to_numpy(float)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        genes=next(iter(snakemake.input.genes), ""),
        expression=next(iter(snakemake.input.expression), ""),
        out=snakemake.output.table,
    )
