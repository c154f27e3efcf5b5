"""Signal of one sample in bins around every gene's transcription start."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.binning import (
    Spans,
    average_track,
    count_reads,
    orient_rows,
    place_windows,
    weigh_intervals,
)
from workflow_scripts.chromaloom.genomics.genes import read_genes
from workflow_scripts.chromaloom.genomics.genome import read_sizes, some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.signal.signal_files import BigWig, read_bam, read_peaks, read_tagalign

log = logging.getLogger("chromaloom")


def main(
    *,
    sample: str,
    kind: str,
    files: list[str],
    genes: str,
    sizes: str,
    bin_size: int,
    n_bins: int,
    orient: bool,
    min_mapq: int,
    keep_duplicates: bool,
    out: str,
) -> None:
    """Write the arrays of `signal/{sample}.tss.npz`.

    values (float32, shape=(kept genes, n_bins)); gene_id, chrom, strand (str), tss (int64) of the
    same rows; kept (bool, shape=(genes,)): which rows of the gene table these are; the windows of
    the others extend beyond the chromosome; bin_size (bp), orient (bool), unit (str).

    Parameters
    ----------
    sample
        Name, for messages.
    kind
        fastq or bam (reads counted in BAM files), tagalign (reads), peaks (signalValue × share of
        the bin, or share covered), bigwig (mean).
    files
        Several files are summed (bigwig: averaged).
    genes, sizes
        Gene table and chromosome lengths of the assembly.
    bin_size, n_bins
        Width of a bin (bp), bins per gene.
    orient
        Whether rows of genes on the minus strand are reversed.
    min_mapq, keep_duplicates
        Filter of the reads of a BAM file, as in alignment.
    out
        Path of the arrays.

    Raises
    ------
    UserError
        A malformed file, one of another assembly, no gene with a whole window, or no signal at all.
    """
    table, lengths = read_genes(genes), read_sizes(sizes)
    starts, inside = place_windows(
        table.tss.to_numpy(), table.chrom.map(lengths).to_numpy(), bin_size=bin_size, n_bins=n_bins
    )
    log.info(
        "%s: %d of %d genes; the windows (%d bp) of %d leave the chromosome",
        sample, inside.sum(), len(table), n_bins * bin_size, (~inside).sum(),
    )  # fmt: skip
    if not inside.any():
        raise UserError(
            f"{genes}: no gene has a whole window of {n_bins} × {bin_size} bp on its chromosome;"
            " expected: smaller tss_bins.n_bins or tss_bins.bin_size"
        )
    kept = table[inside]
    chroms = kept.chrom.to_numpy(dtype=str)
    shape = {"bin_size": bin_size, "n_bins": n_bins}
    layers = [
        measure(kind, file, lengths, chroms, starts[inside], shape, min_mapq, keep_duplicates)
        for file in files
    ]
    values = np.mean(layers, axis=0) if kind == "bigwig" else np.sum(layers, axis=0)
    if not values.any():
        raise UserError(
            f"sample {sample!r}: {some(files)} has no signal in any of {len(kept)} windows;"
            " expected: data that cover transcription starts, on the sample's assembly"
        )
    values = orient_rows(values, kept.strand.to_numpy()) if orient else values
    write_npz(out, values, kept, inside, bin_size=bin_size, orient=orient, kind=kind)
    log.info("%s: mean %.4g per bin, %.1f %% of bins empty", sample, values.mean(),
             100 * (values == 0).mean())  # fmt: skip


def measure(
    kind: str,
    file: str,
    sizes: dict[str, int],
    chroms: np.ndarray,
    starts: np.ndarray,
    shape: dict[str, int],
    min_mapq: int,
    keep_duplicates: bool,
) -> np.ndarray:
    """Signal of one file, float32, shape=(windows, n_bins)."""
    if kind == "peaks":
        return weigh_intervals(chroms, starts, read_peaks(file, sizes), **shape)
    if kind == "bigwig":
        with BigWig(file, sizes) as track:
            values, missing = average_track(chroms, starts, track.fetch, **shape)
        bases = values.size * shape["bin_size"]
        log.info("%s: %d of %d bases without value, counted as 0", file, missing, bases)
        return values
    reads: Spans
    if kind == "tagalign":
        reads = read_tagalign(file, sizes)
    else:
        reads = read_bam(file, sizes, min_mapq=min_mapq, keep_duplicates=keep_duplicates)
    return count_reads(chroms, starts, reads, **shape)


def write_npz(
    out: str,
    values: np.ndarray,
    kept: pd.DataFrame,
    inside: np.ndarray,
    *,
    bin_size: int,
    orient: bool,
    kind: str,
) -> None:
    """Write the arrays, readable without pickle."""
    unit = {"peaks": "peak signal", "bigwig": "track mean"}.get(kind, "reads")
    with atomic_path(out) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(
            handle,
            values=values.astype(np.float32),
            gene_id=kept.gene_id.to_numpy(dtype=str),
            chrom=kept.chrom.to_numpy(dtype=str),
            tss=kept.tss.to_numpy(dtype=np.int64),
            strand=kept.strand.to_numpy(dtype=str),
            kept=inside,
            bin_size=np.int64(bin_size),
            orient=np.bool_(orient),
            unit=np.str_(unit),
        )


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.bins)
