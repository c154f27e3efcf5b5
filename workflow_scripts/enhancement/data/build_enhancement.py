"""Cut windows of maps with their DNA, divide them into parts, and write the datasets."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementWriter
from workflow_scripts.enhancement.data.map_windows import Source, image_windows, sequence_windows
from workflow_scripts.enhancement.data.splits import assign_parts, map_parts
from workflow_scripts.enhancement.data.windows import (
    candidate_windows,
    check_windows,
    fasta_lengths,
    read_codes,
)

log = logging.getLogger("chromaloom")
COLUMNS = [
    "map", "kind", "input", "index", "chrom", "start", "end", "part", "part_random", "kept",
    "reason",
]  # fmt: skip
STEPS = {"sequence": "step_bins", "image": "image_step_bins"}
BORDER = "across the border of a part"
HELD_OUT = "held-out map where checkpoints are chosen"


def main(
    maps: list[str],
    low: list[str],
    fasta: str,
    *,
    samples: list[str],
    downsampled: list[str],
    settings: dict,
    seed: int,
    windows_out: str,
    sequence_out: str,
    image_out: str,
) -> None:
    """Write `sequence.h5` and `image.h5` (`EnhancementData`), and what became of every window.

    Parameters
    ----------
    maps, samples
        Balanced maps (.mcool) and their names.
    low, downsampled
        Balanced maps of a share of the contacts, and the samples they are of.
    fasta
        Genome, with its index.
    settings
        Config section `enhancement`.
    seed
        Of the random parts.
    windows_out
        Table of windows: map, kind, input, index (row in the kind's file, -1 where dropped), chrom,
        start, end, part, part_random, kept, reason.
    sequence_out, image_out
        The datasets.

    Raises
    ------
    UserError
        A map that does not fit the genome, a part or a map without a window.
    """
    lengths = fasta_lengths(fasta)
    for path in (*maps, *low):
        check_genome(path, settings["resolution"], lengths, fasta)
    codes = read_codes(fasta, settings["exclude_chromosomes"])
    tables = []
    for kind, out in (("sequence", sequence_out), ("image", image_out)):
        places = list_places(codes, settings, settings[STEPS[kind]], seed)
        log_places(kind, places)
        used = set(places.chrom[places.reason == ""])
        sources = list_sources(kind, dict(zip(samples, maps, strict=True)),
                               dict(zip(downsampled, low, strict=True)), settings)  # fmt: skip
        with EnhancementWriter(
            out, kind=kind, resolution=settings["resolution"],
            window_bins=settings["window_bins"], codes={c: codes[c] for c in codes if c in used},
        ) as writer:  # fmt: skip
            own = [fill(writer, source, places, list(codes), settings) for source in sources]
            check_parts(pd.concat(own), kind, settings)
        tables += own
    with atomic_path(windows_out) as temporary:
        pd.concat(tables)[COLUMNS].to_csv(temporary, sep="\t", index=False)


def check_genome(path: str, resolution: int, lengths: dict[str, int], fasta: str) -> None:
    """Refuse a map with a chromosome that has no DNA, or DNA of another length."""
    for chrom, size in open_map(path, resolution).chromsizes.items():
        if chrom not in lengths:
            there = ", ".join(list(lengths)[:8])
            raise UserError(f"{path}: chromosome {chrom!r} has no DNA in {fasta}; there: {there}")
        if size != lengths[chrom]:
            raise UserError(
                f"{path}: {chrom!r} has {size} bp, in {fasta} {lengths[chrom]} bp; allowed:"
                " DNA and maps of one assembly"
            )


def list_places(codes: dict, settings: dict, step: int, seed: int) -> pd.DataFrame:
    """Candidate windows of the genome: chrom, start, end, reason, part, part_random."""
    bins, size = settings["window_bins"], settings["resolution"]
    places = candidate_windows(codes, resolution=size, window_bins=bins, step_bins=step)
    check_windows(places, codes, bins, size)
    good = (places.reason == "").to_numpy()
    lengths = {chrom: len(sequence) for chrom, sequence in codes.items()}
    part, chance = assign_parts(places[good], settings["split"], lengths, seed)
    places["part"], places["part_random"] = "", ""
    places.loc[good, "part"], places.loc[good, "part_random"] = part, chance
    places.loc[good, "reason"] = np.where(part == "", BORDER, "")
    return places


def log_places(kind: str, places: pd.DataFrame) -> None:
    """Say how many places each part has, and why others have none."""
    counts, lost = (
        ", ".join(f"{name} {n}" for name, n in column[column != ""].value_counts().items())
        for column in (places.part, places.reason)
    )
    log.info("%s: %d places (%s); left out: %s", kind, len(places), counts, lost or "none")


def list_sources(
    kind: str, maps: dict[str, str], low: dict[str, str], settings: dict
) -> list[Source]:
    """Maps that windows of a kind come from, and those of low resolution beside them."""
    if kind == "sequence":
        return [Source(name, path) for name, path in maps.items()]
    pooled = settings["low_resolution"]["method"] == "pool"
    factor = settings["low_resolution"]["factor"]
    sources = [Source(n, p, p, "pool", factor) for n, p in maps.items()] if pooled else []
    return sources + [Source(name, maps[name], path, "downsample") for name, path in low.items()]


def fill(
    writer: EnhancementWriter, source: Source, places: pd.DataFrame, chroms: list[str],
    settings: dict,
) -> pd.DataFrame:  # fmt: skip
    """Add a map's windows to a dataset; returns all of them with `COLUMNS`.

    Raises
    ------
    UserError
        No window of the map is left.
    """
    held_out = source.name in settings["split"]["maps_test"]
    # a second way of making low resolution is tested apart
    apart = source.way == "downsample" and settings["low_resolution"]["method"] == "pool"
    rows = places.assign(map=source.name, kind=writer.kind, input=source.way, index=-1)
    rows["part"] = map_parts(places.part, held_out, "_downsample" if apart else "")
    if held_out:
        rows["part_random"] = ""
        rows.loc[(rows.part == "") & (rows.reason == ""), "reason"] = HELD_OUT
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
    rows.loc[~rows.kept, ["part", "part_random"]] = ""
    log.info(
        "%s%s: %d of %d %s windows kept",
        source.name, source.way and f" ({source.way})", rows.kept.sum(), len(todo), writer.kind,
    )  # fmt: skip
    if not rows.kept.any():
        why = rows.reason[todo.index].value_counts()
        section = {"sequence": "expected", "image": "observed"}[writer.kind]
        raise UserError(
            f"{source.path}: no {writer.kind} window of {settings['window_bins']} bins is left of"
            f" {source.name!r} (most often: {next(iter(why.index), HELD_OUT)}); allowed: a deeper"
            f" map, smaller windows, or a larger enhancement.{section}.max_masked"
        )
    return rows


def check_parts(rows: pd.DataFrame, kind: str, settings: dict) -> None:
    """Refuse a dataset that lacks training, validation or test windows."""
    kept = rows[rows.kept]
    for part in ("train", "valid", "test"):
        if not (kept.part == part).any():
            raise UserError(
                f"enhancement.split: part {part} holds no {kind} window of"
                f" {settings['window_bins']} bins of {settings['resolution']:,} bp; allowed: larger"
                f" places of {part}, a smaller window_bins or {STEPS[kind]}"
            )


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        windows_out=snakemake.output.windows,
        sequence_out=snakemake.output.sequence,
        image_out=snakemake.output.image,
    )
