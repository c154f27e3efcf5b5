"""Cut windows of maps with their DNA, assign splits, and write the datasets."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementWriter
from workflow_scripts.enhancement.data.map_windows import Source, image_windows, sequence_windows
from workflow_scripts.enhancement.data.splits import assign_splits, first_names, map_splits
from workflow_scripts.enhancement.data.windows import (
    blank_codes,
    candidate_windows,
    check_windows,
    fasta_lengths,
    read_codes,
)

log = logging.getLogger("chromaloom")
COLUMNS = [
    "map", "kind", "input", "index", "chrom", "start", "end", "split", "split_random", "kept",
    "reason",
]  # fmt: skip
STEPS = {"sequence": "step_bins", "image": "image_step_bins"}
BORDER = "across the border of a split"
HELD_OUT = "validation region of a held-out map"


def main(
    maps: list[str],
    low: list[str],
    sizes: str,
    fasta: str | Sequence[str] = (),
    *,
    samples: list[str],
    downsampled: list[str],
    settings: dict,
    seed: int,
    windows_out: str,
    sequence_out: str,
    image_out: str,
) -> None:
    """Write `sequence.h5` and `image.h5` (`EnhancementData`), and the table of all windows.

    Parameters
    ----------
    maps, samples
        Balanced maps (.mcool) and their names.
    low, downsampled
        Balanced maps of a fraction of the contacts, and the names of their samples: for each sample
        the same number of draws, one after another.
    sizes
        Lengths of the chromosomes.
    fasta
        Genome, with its index; or none, if there are no sequence models. Without it no bin is left
        out for an N, and the datasets have no DNA.
    settings
        Config section `enhancement`.
    seed
        Seed of the random split.
    windows_out
        Table of windows: map, kind, input, index (row in the kind's file, -1 where left out),
        chrom, start, end (bp, 0-based half-open), split, split_random, kept, reason.
    sequence_out, image_out
        The datasets; an empty one is not written, and its windows are not needed.

    Raises
    ------
    UserError
        A map that does not match the genome; a split or a map without a window.
    """
    lengths = fasta_lengths(fasta) if fasta else read_sizes(sizes)
    for path in (*maps, *low):
        check_genome(path, settings["resolution"], lengths, fasta or sizes)
    exclude = settings["exclude_chromosomes"]
    codes = read_codes(fasta, exclude) if fasta else blank_codes(lengths, exclude)
    draws = len(low) // max(len(downsampled), 1)
    drawn = {name: low[n * draws : (n + 1) * draws] for n, name in enumerate(downsampled)}
    tables = []
    for kind, out in (("sequence", sequence_out), ("image", image_out)):
        if not out:
            continue
        regions = list_regions(codes, settings, settings[STEPS[kind]], seed)
        log_regions(kind, regions)
        used = set(regions.chrom[regions.reason == ""])
        sources = list_sources(kind, dict(zip(samples, maps, strict=True)), drawn, settings)
        with EnhancementWriter(
            out, kind=kind, resolution=settings["resolution"],
            window_bins=settings["window_bins"],
            codes={c: codes[c] for c in codes if c in used} if fasta else {},
        ) as writer:  # fmt: skip
            own = [add_windows(writer, source, regions, list(codes), settings)
                   for source in sources]  # fmt: skip
            check_splits(pd.concat(own), kind, settings)
        tables += own
    with atomic_path(windows_out) as temporary:
        pd.concat(tables)[COLUMNS].to_csv(temporary, sep="\t", index=False)


def check_genome(path: str, resolution: int, lengths: dict[str, int], fasta: str) -> None:
    """Refuse a map with a chromosome that the FASTA lacks or has with another length."""
    for chrom, size in open_map(path, resolution).chromsizes.items():
        if chrom not in lengths:
            raise UserError(
                f"{path}: chromosome {chrom!r} is not in {fasta}; available: {first_names(lengths)}"
            )
        if size != lengths[chrom]:
            raise UserError(
                f"{path}: {chrom!r} has {size} bp, in {fasta} {lengths[chrom]} bp; expected:"
                " FASTA and maps of one assembly"
            )


def list_regions(codes: dict, settings: dict, step: int, seed: int) -> pd.DataFrame:
    """Candidate windows of the genome: chrom, start, end, reason, split, split_random."""
    bins, size = settings["window_bins"], settings["resolution"]
    regions = candidate_windows(codes, resolution=size, window_bins=bins, step_bins=step)
    check_windows(regions, codes, bins, size)
    good = (regions.reason == "").to_numpy()
    lengths = {chrom: len(sequence) for chrom, sequence in codes.items()}
    split, at_random = assign_splits(regions[good], settings["split"], lengths, seed)
    regions["split"], regions["split_random"] = "", ""
    regions.loc[good, "split"], regions.loc[good, "split_random"] = split, at_random
    regions.loc[good, "reason"] = np.where(split == "", BORDER, "")
    return regions


def log_regions(kind: str, regions: pd.DataFrame) -> None:
    """Log how many regions each split has, and why others are left out."""
    counts, lost = (
        ", ".join(f"{name} {n}" for name, n in column[column != ""].value_counts().items())
        for column in (regions.split, regions.reason)
    )
    log.info("%s: %d regions (%s); left out: %s", kind, len(regions), counts, lost or "none")


def list_sources(
    kind: str, maps: dict[str, str], low: dict[str, list[str]], settings: dict
) -> list[Source]:
    """Maps that the windows of a kind are cut from, with their maps of low resolution."""
    if kind == "sequence":
        return [Source(name, path) for name, path in maps.items()]
    pooled = settings["low_resolution"]["method"] == "pool"
    factor = settings["low_resolution"]["factor"]
    sources = [Source(n, p, p, "pool", factor) for n, p in maps.items()] if pooled else []
    return sources + [
        Source(name, maps[name], path, "downsample", draw=draw)
        for name, paths in low.items()
        for draw, path in enumerate(paths, start=1)
    ]


def add_windows(
    writer: EnhancementWriter, source: Source, regions: pd.DataFrame, chroms: list[str],
    settings: dict,
) -> pd.DataFrame:  # fmt: skip
    """Add the windows of a map to a dataset; return a row of `COLUMNS` per region.

    Raises
    ------
    UserError
        No window of the map is kept.
    """
    held_out = source.name in settings["split"]["test_maps"]
    # a second method of making low resolution has test splits of its own
    second = source.method == "downsample" and settings["low_resolution"]["method"] == "pool"
    rows = regions.assign(map=source.name, kind=writer.kind, input=source.method, index=-1)
    rows["split"] = map_splits(regions.split, held_out, "_downsample" if second else "")
    if held_out:
        rows["split_random"] = ""
        rows.loc[(rows.split == "") & (rows.reason == ""), "reason"] = HELD_OUT
    if source.draw > 1:
        # more inputs to train on; scores are of the first draw
        rows = rows[rows.split == "train"].copy()
    todo = rows[rows.reason == ""]
    if writer.kind == "sequence":
        found = sequence_windows(source, todo, chroms, settings)
    else:
        found = image_windows(source, todo, settings)
    for label, window in found:
        if isinstance(window, str):
            rows.loc[label, "reason"] = window
        else:
            rows.loc[label, "index"] = writer.add(rows.loc[label], *window)
    rows["kept"] = rows["index"] >= 0
    rows.loc[~rows.kept, ["split", "split_random"]] = ""
    log.info(
        "%s%s: %d of %d %s windows kept",
        source.name, source.method and f" ({source.method}, draw {source.draw})", rows.kept.sum(),
        len(todo), writer.kind,
    )  # fmt: skip
    if not rows.kept.any():
        reasons = rows.reason[todo.index].value_counts()
        section = {"sequence": "expected", "image": "observed"}[writer.kind]
        raise UserError(
            f"{source.path}: all {writer.kind} windows of {settings['window_bins']} bins of"
            f" {source.name!r} are left out (most often: {next(iter(reasons.index), HELD_OUT)});"
            " expected: at least one; fix: use a deeper map, smaller windows, or a larger"
            f" enhancement.{section}.max_masked"
        )
    return rows


def check_splits(rows: pd.DataFrame, kind: str, settings: dict) -> None:
    """Refuse a dataset without training, validation or test windows."""
    kept = rows[rows.kept]
    for split in ("train", "valid", "test"):
        if not (kept.split == split).any():
            raise UserError(
                f"enhancement.split: no {kind} window of {settings['window_bins']} bins of"
                f" {settings['resolution']:,} bp in split {split}; expected: at least one; fix:"
                f" larger regions of {split}, or a smaller window_bins or {STEPS[kind]}"
            )


if __name__ == "__main__":
    run_script(main, snakemake)
