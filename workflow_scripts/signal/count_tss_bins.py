"""Signal of one sample in bins around every gene's transcription start."""

import logging
from collections.abc import Sequence
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
from workflow_scripts.chromaloom.genomics.intervals import (
    blacklisted_bases,
    overlaps_blacklist,
    read_blacklist,
)
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.signal.call_peaks import read_all
from workflow_scripts.signal.signal_files import (
    merge_intervals,
    outside_blacklist,
    read_peaks,
)
from workflow_scripts.signal.track_files import open_track, read_gff3
from workflow_scripts.signal.tracks import mask_fetch

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
    clip: bool = False,
    blacklist: str | Sequence[str] = (),
) -> None:
    """Write the arrays of `signal/{sample}.tss.npz`.

    values (float32, shape=(kept genes, n_bins)); gene_id, chrom, strand (str), tss (int64) of the
    same rows; kept (bool, shape=(genes,)): which rows of the gene table these are; the windows of
    the others extend beyond the chromosome; bin_size (bp), orient (bool), assembly (str), unit
    (str: reads, peak signal, peak coverage or track mean). Rows of genes on chromosomes that the
    files lack, and of genes with half of their window or more in blacklisted regions, are NaN: they
    were not measured.

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
    clip
        Whether data beyond a chromosome's end are clipped (signal.beyond_end).
    blacklist
        BED of regions, or none. Reads, peaks and features that overlap them are left out, and bases
        of tracks there count as 0.

    Raises
    ------
    UserError
        A malformed file, one of another assembly, no gene with a whole window, or no signal at all.
    """
    table, lengths = read_genes(genes), read_sizes(sizes)
    starts, inside = place_windows(
        table.tss.to_numpy(), table.strand.to_numpy(), table.chrom.map(lengths).to_numpy(),
        bin_size=bin_size, n_bins=n_bins,
    )  # fmt: skip
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
    black = read_blacklist(blacklist, lengths)
    layers, units, covered = [], [], []
    for file, name in zip(files, names, strict=True):
        layer, unit, found = measure(
            kind, file, name, lengths, chroms, starts[inside], shape, black, clip
        )
        layers.append(layer)
        units.append(unit)
        covered.append(found)
    if len(set(units)) > 1:
        raise UserError(
            f"sample {sample!r}: {files[0]} has {units[0]}, {files[units.index(units[-1])]}"
            f" {units[-1]}; expected: files of one unit; fix: one sample for each, or one kind of"
            " BED"
        )
    values = np.mean(layers, axis=0) if kind in TRACKS else np.sum(layers, axis=0)
    # a mean needs all tracks; reads and peaks add up
    known = set.intersection(*covered) if kind in TRACKS else set.union(*covered)
    windows = pd.DataFrame({"chrom": chroms, "start": starts[inside]})
    windows["end"] = windows.start + n_bins * bin_size
    absent = ~np.isin(chroms, sorted(known))
    hidden = blacklisted_bases(windows, black) * 2 >= n_bins * bin_size
    if absent.any():
        log.warning(
            "%s: %d genes are on chromosomes without data (%s) and are not measured",
            sample, absent.sum(), some(sorted(set(chroms[absent])), 40),
        )  # fmt: skip
    if hidden.any():
        log.warning("%s: %d genes have half of their window or more in blacklisted regions and are"
                    " not measured", sample, hidden.sum())  # fmt: skip
    measured = ~(absent | hidden)
    if not values[measured].any():
        raise UserError(
            f"sample {sample!r}: {some(files)} has no signal in any of {measured.sum()} windows;"
            " expected: data that cover transcription starts, on the sample's assembly"
        )
    log.info("%s: mean %.4g per bin, %.1f %% of bins empty", sample, values[measured].mean(),
             100 * (values[measured] == 0).mean())  # fmt: skip
    values = np.where(measured[:, None], values, np.nan)
    values = orient_rows(values, kept.strand.to_numpy()) if orient else values
    about = {"bin_size": np.int64(bin_size), "orient": np.bool_(orient)}
    about |= {"unit": np.str_(units[0]), "assembly": np.str_(assembly)}
    write_npz(out, values, kept, inside, about)


def measure(
    kind: str,
    file: str,
    name: str,
    sizes: dict[str, int],
    chroms: np.ndarray,
    starts: np.ndarray,
    shape: dict[str, int],
    blacklist: pd.DataFrame,
    clip: bool,
) -> tuple[np.ndarray, str, set[str]]:
    """Signal of one file, float32, shape=(windows, n_bins), its unit, and its chromosomes."""
    if kind in ("peaks", "gff3"):
        if kind == "peaks":
            table = read_peaks(file, sizes, clip=clip)
            unit = table.attrs["unit"]
        else:
            table = merge_intervals(read_gff3(file, sizes, clip=clip))
            unit = "peak coverage"
        found = set(table.chrom)
        table = table[~overlaps_blacklist(table, blacklist)]
        return weigh_intervals(chroms, starts, table, **shape), unit, found
    if kind in TRACKS:
        with ExitStack() as stack:
            fetch, found = open_track(kind, file, name, sizes, stack, clip=clip)
            masked = mask_fetch(fetch, blacklist)
            values, missing = average_track(chroms, starts, masked, **shape)
        bases = values.size * shape["bin_size"]
        log.info("%s: %d of %d bases without value, counted as 0", file, missing, bases)
        return values, "track mean", found
    reads = read_all([file], sizes, clip=clip)
    inside = outside_blacklist(reads, blacklist)
    return count_reads(chroms, starts, inside, **shape), "reads", set(reads)


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
    run_script(
        main,
        snakemake,
        blacklist=snakemake.input.get("blacklist", []),
        out=snakemake.output.bins,
    )
