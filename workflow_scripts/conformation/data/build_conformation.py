"""Put a cell's profiles and contact map into the same bins, and divide the bins into parts."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    diagonal_means,
    observed_expected,
    open_map,
)
from workflow_scripts.chromaloom.genomics.scaling import scale_track
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import (
    blocked_parts,
    paper_parts,
    parse_region,
    region_mask,
    runs,
)
from workflow_scripts.conformation.data.windows import check_disjoint, segments

log = logging.getLogger("chromaloom")


def read_sizes(path: str) -> dict[str, int]:
    """Length (bp) of each chromosome from a table of name and length."""
    table = pd.read_csv(path, sep="\t", header=None, names=["chrom", "length"], dtype={0: str})
    return dict(zip(table.chrom, table.length.astype(int), strict=True))


def used_bins(
    bins: pd.DataFrame, sizes: dict[str, int], regions: list[str], least: int, where: str
) -> np.ndarray:
    """Which bins are used, (all bins,) bool: those of the regions, else of large chromosomes."""
    if regions:
        found = [parse_region(text, sizes, f"{where}.regions") for text in regions]
        return region_mask(bins, found)
    number = bins.groupby("chrom").start.transform("size").to_numpy()
    if small := list(dict.fromkeys(bins.chrom[number < least])):
        log.info(
            "%d chromosomes hold no receptive window of %d bins and are left out: %s",
            len(small), least, ", ".join(small[:8]),
        )  # fmt: skip
    return number >= least


def check_profile(values: np.ndarray, bins: pd.DataFrame, name: str, least: int) -> None:
    """Refuse a profile without values, or that says nothing, in the bins used.

    Raises
    ------
    UserError
        NaN in a bin, one value everywhere, or 0 all along a chromosome of `least` bins or more.
    """
    if (unknown := np.isnan(values)).any():
        lost = bins[unknown]
        absent = [c for c, rows in bins.groupby("chrom").indices.items() if unknown[rows].all()]
        if absent:
            raise UserError(f"{name}: chromosome {absent[0]!r} has no values; allowed: all bins")
        first = lost.iloc[0]
        raise UserError(
            f"{name}: {len(lost)} of {len(bins)} bins have no value (NaN), first"
            f" {first.chrom}:{first.start}-{first.end}; allowed: a value in each bin of the regions"
        )
    if values.min() == values.max():
        raise UserError(
            f"{name}: {values.min():.4g} in all {len(values)} bins; allowed: a profile that varies"
        )
    for chrom, rows in bins.groupby("chrom").indices.items():
        if len(rows) >= least and not values[rows].any():
            raise UserError(
                f"{name}: 0 all along chromosome {chrom!r}; allowed: some signal on each chromosome"
                " used (or name other `regions`)"
            )


def read_profiles(
    tracks: list[str], factors: list[str], bins: pd.DataFrame, used: np.ndarray, least: int,
    scale: dict,
) -> tuple[np.ndarray, list[str]]:  # fmt: skip
    """Profiles of the bins used, (M, N) float32, and their names; replicates are averaged.

    Scaled track by track before the mean, so that a deep replicate does not drown another.
    """
    found: dict[str, list[np.ndarray]] = {}
    for path, factor in zip(tracks, factors, strict=True):
        table = pd.read_csv(path, sep="\t", dtype={"chrom": str})
        if not table[["chrom", "start", "end"]].equals(bins):
            raise UserError(f"{path}: its bins are not those of {tracks[0]}")
        values, name = table.value.to_numpy(float)[used], f"profile {factor!r} ({path})"
        check_profile(values, bins[used].reset_index(drop=True), name, least)
        found.setdefault(factor, []).append(scale_track(values, scale, name))
    profiles = np.stack([np.mean(values, axis=0) for values in found.values()])
    return profiles.astype("float32"), list(found)


def observed_over_expected(
    path: str, bins: pd.DataFrame, used: np.ndarray, *, resolution: int, w: int,
    sizes: dict[str, int], expected: str,
) -> np.ndarray:  # fmt: skip
    """O/E of the bins used, float32 (N, w): each pixel over its diagonal's mean.

    The mean is over the whole chromosome (`expected` chromosome), or over all chromosomes with a
    bin used (genome), whatever the regions. Pixels whose bins are not in one run of used bins are
    NaN.
    """
    contacts = open_map(path, resolution, sizes)
    bands = {c: balanced_band(contacts, c, w) for c in dict.fromkeys(bins.chrom[used])}
    means = None
    if expected == "genome":
        means = diagonal_means(*bands.values())
    oe = np.full((len(bins), w), np.nan)
    for chrom, band in bands.items():
        oe[(bins.chrom == chrom).to_numpy()] = observed_expected(band, means)
    oe, number = oe[used], (bins.start[used] // resolution).to_numpy()
    for _, stop in runs(bins.chrom[used].to_numpy(), number):
        for distance in range(1, w):
            oe[max(0, stop - distance) : stop, distance] = np.nan
    return oe.astype("float32")


def assign_parts(
    bins: pd.DataFrame, sizes: dict[str, int], settings: dict, where: str
) -> np.ndarray:
    """Part of each bin used, (N,) str; `settings` is the config's section.

    Raises
    ------
    UserError
        A region off the genome or outside `regions`, or shorter than a receptive window.
    """
    w, size = settings["window"], settings["resolution"]
    masks = {}
    for key in ("test_regions", "valid_regions"):
        masks[key] = np.zeros(len(bins), bool)
        for text in settings[key]:
            region = parse_region(text, sizes, f"{where}.{key}")
            inside = region_mask(bins, [region])
            if inside.sum() < 3 * w:
                raise UserError(
                    f"{where}.{key}: {text!r} has {inside.sum()} bins of {size} bp in the regions"
                    f" used; allowed: at least {3 * w}, a receptive window (3 x window)"
                )
            masks[key] |= inside
    place = bins.chrom.to_numpy(str), (bins.start // size).to_numpy()
    if settings["split"] == "paper":
        return paper_parts(*place, masks["test_regions"], trim=settings["trim"] // size)
    return blocked_parts(
        *place,
        masks["test_regions"],
        masks["valid_regions"],
        valid_fraction=settings["valid_fraction"],
        gap=-(-settings["gap"] // size),
        least=3 * w,
        where=where,
    )


def main(
    contacts: str,
    tracks: list[str],
    sizes_file: str,
    *,
    factors: list[str],
    settings: dict,
    out: str,
) -> None:
    """Write a cell's `ConformationData`.

    Parameters
    ----------
    contacts
        Balanced map (.mcool).
    tracks, factors
        Binned tracks, and the factor of each.
    sizes_file
        Lengths of the chromosomes.
    settings
        The config's section `conformation`.
    out
        Path of the .npz.
    """
    where, w, size = "conformation", settings["window"], settings["resolution"]
    sizes = read_sizes(sizes_file)
    bins = pd.read_csv(tracks[0], sep="\t", dtype={"chrom": str})[["chrom", "start", "end"]]
    used = used_bins(bins, sizes, settings["regions"], 3 * w, where)
    profiles, names = read_profiles(tracks, factors, bins, used, 3 * w, settings["scale"])
    chosen = bins[used].reset_index(drop=True)
    data = ConformationData(
        profiles=profiles,
        factors=np.array(names),
        chrom=chosen.chrom.to_numpy(str),
        start=chosen.start.to_numpy("int64"),
        end=chosen.end.to_numpy("int64"),
        oe=observed_over_expected(
            contacts, bins, used, resolution=size, w=w, sizes=sizes, expected=settings["expected"]
        ),
        part=assign_parts(chosen, sizes, settings, where),
        resolution=size,
        window=w,
    )
    counts = check_disjoint(data)
    for part in ("train", "test"):
        if not counts[part]:
            raise UserError(
                f"{where}: part {part} holds no receptive window of {3 * w} bins; its longest"
                f" segment has {longest(data, part)}"
            )
    masked = np.isnan(data.oe).mean()
    log.info(
        "%d factors, %d bins; windows %s; %.1f %% of the pixels without O/E",
        len(names), len(chosen), counts, 100 * masked,
    )  # fmt: skip
    if np.isnan(data.oe).all():
        raise UserError(f"{contacts}: no balanced pixel in the regions used")
    data.save(out)


def longest(data: ConformationData, part: str) -> int:
    """Bins of a part's longest segment."""
    return max((s.stop - s.start for s in segments(data) if s.part == part), default=0)


if __name__ == "__main__":
    run_script(main, snakemake, sizes_file=snakemake.input.sizes, out=snakemake.output.data)
