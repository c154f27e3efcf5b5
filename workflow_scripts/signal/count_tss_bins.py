"""Signal of one sample in bins around every gene's transcription start."""

import logging
from contextlib import ExitStack

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.binning import (
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
from workflow_scripts.signal.signal_files import (
    BigWig,
    merge_intervals,
    read_bam,
    read_peaks,
    read_tagalign,
)
from workflow_scripts.signal.track_files import read_bedgraph, read_binned, read_gff3
from workflow_scripts.signal.tracks import interval_fetch, sum_strands

log = logging.getLogger("chromaloom")
# kinds whose values are averaged over bases
TRACKS = ("bigwig", "bedgraph", "binned")


def main(
    *,
    sample: str,
    kind: str,
    files: list[str],
    names: list[str],
    assembly: str,
    genes: str,
    sizes: str,
    bin_size: int,
    n_bins: int,
    orient: bool,
    out: str,
) -> None:
    """Write the arrays of `signal/{sample}.tss.npz`.

    values (float32, shape=(kept genes, n_bins)); gene_id, chrom, strand (str), tss (int64) of the
    same rows; kept (bool, shape=(genes,)): which rows of the gene table these are; the windows of
    the others extend beyond the chromosome; bin_size (bp), orient (bool), assembly (str), unit
    (str: reads, peak signal, peak coverage or track mean).

    Parameters
    ----------
    sample
        Name, for messages.
    kind
        fastq or bam (reads counted in BAM files), tagalign (reads), peaks (signalValue × share of
        the bin, summed over peaks, or share covered), gff3 (share covered by features), bigwig,
        bedgraph or binned (mean; bases without value count as 0).
    files
        Several files are summed (tracks: averaged).
    names
        The run sheet's file2, one per file: column of a binned table, or the minus strand of a
        bigwig or bedgraph (absolute values of both strands are added).
    assembly
        Name of the genome, kept with the arrays.
    genes, sizes
        Gene table and chromosome lengths of the assembly.
    bin_size, n_bins
        Width of a bin (bp), bins per gene.
    orient
        Whether rows of genes on the minus strand are reversed.
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
    layers, units = [], []
    for file, name in zip(files, names, strict=True):
        layer, unit = measure(kind, file, name, lengths, chroms, starts[inside], shape)
        layers.append(layer)
        units.append(unit)
    if len(set(units)) > 1:
        raise UserError(
            f"sample {sample!r}: {files[0]} has {units[0]}, {files[units.index(units[-1])]}"
            f" {units[-1]}; expected: files of one unit; fix: one sample for each, or one kind of"
            " BED"
        )
    values = np.mean(layers, axis=0) if kind in TRACKS else np.sum(layers, axis=0)
    if not values.any():
        raise UserError(
            f"sample {sample!r}: {some(files)} has no signal in any of {len(kept)} windows;"
            " expected: data that cover transcription starts, on the sample's assembly"
        )
    values = orient_rows(values, kept.strand.to_numpy()) if orient else values
    about = {"bin_size": np.int64(bin_size), "orient": np.bool_(orient)}
    about |= {"unit": np.str_(units[0]), "assembly": np.str_(assembly)}
    write_npz(out, values, kept, inside, about)
    log.info("%s: mean %.4g per bin, %.1f %% of bins empty", sample, values.mean(),
             100 * (values == 0).mean())  # fmt: skip


def measure(
    kind: str,
    file: str,
    name: str,
    sizes: dict[str, int],
    chroms: np.ndarray,
    starts: np.ndarray,
    shape: dict[str, int],
) -> tuple[np.ndarray, str]:
    """Signal of one file, float32, shape=(windows, n_bins), and its unit."""
    if kind == "peaks":
        peaks = read_peaks(file, sizes)
        return weigh_intervals(chroms, starts, peaks, **shape), peaks.attrs["unit"]
    if kind == "gff3":
        features = merge_intervals(read_gff3(file, sizes))
        return weigh_intervals(chroms, starts, features, **shape), "peak coverage"
    if kind in TRACKS:
        return average_file(kind, file, name, sizes, chroms, starts, shape), "track mean"
    reads = read_tagalign(file, sizes) if kind == "tagalign" else read_bam(file, sizes)
    return count_reads(chroms, starts, reads, **shape), "reads"


def average_file(
    kind: str,
    file: str,
    name: str,
    sizes: dict[str, int],
    chroms: np.ndarray,
    starts: np.ndarray,
    shape: dict[str, int],
) -> np.ndarray:
    """Mean of a track in each bin, float32, shape=(windows, n_bins)."""
    with ExitStack() as stack:
        fetches = []
        for path in [file, name] if name and kind != "binned" else [file]:
            if kind == "bigwig":
                fetches.append(stack.enter_context(BigWig(path, sizes)).fetch)
            elif kind == "bedgraph":
                fetches.append(interval_fetch(read_bedgraph(path, sizes)))
            else:
                fetches.append(interval_fetch(read_binned(path, name, sizes)))
        fetch = sum_strands(*fetches) if len(fetches) == 2 else fetches[0]
        values, missing = average_track(chroms, starts, fetch, **shape)
    bases = values.size * shape["bin_size"]
    log.info("%s: %d of %d bases without value, counted as 0", file, missing, bases)
    return values


def write_npz(
    out: str, values: np.ndarray, kept: pd.DataFrame, inside: np.ndarray, about: dict
) -> None:
    """Write the arrays, readable without pickle."""
    with atomic_path(out) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(
            handle,
            values=values.astype(np.float32),
            gene_id=kept.gene_id.to_numpy(dtype=str),
            chrom=kept.chrom.to_numpy(dtype=str),
            tss=kept.tss.to_numpy(dtype=np.int64),
            strand=kept.strand.to_numpy(dtype=str),
            kept=inside,
            **about,
        )


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.bins)
