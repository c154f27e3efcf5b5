"""Build a cell's dataset: profiles and contact map in the same bins, and their split."""

import logging
from collections.abc import Iterable

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import (
    balanced_band,
    diagonal_means,
    observed_expected,
    open_map,
)
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.genomics.scaling import scale_track
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import assign_split, contiguous_runs, used_bins
from workflow_scripts.conformation.data.windows import check_windows

log = logging.getLogger("chromaloom")
MIN_WINDOW = 4  # of the schema
MAX_EMPTY = 0.5  # share of pixels without a contact at which a distance counts as beyond the map


def check_profile(values: np.ndarray, bins: pd.DataFrame, name: str, min_bins: int) -> None:
    """Check that a profile has a value in every bin used, and that it varies.

    Raises
    ------
    UserError
        A bin is NaN, all values are equal, or all are 0 on a chromosome of `min_bins` bins or more.
    """
    if (unknown := np.isnan(values)).any():
        missing = bins[unknown]
        empty = [c for c, rows in bins.groupby("chrom").indices.items() if unknown[rows].all()]
        if empty:
            raise UserError(
                f"{name}: chromosome {empty[0]!r} has no values;"
                " expected: a value in every bin used"
            )
        first = missing.iloc[0]
        raise UserError(
            f"{name}: {len(missing)} of {len(bins)} bins have no value (NaN), the first is"
            f" {first.chrom}:{first.start}-{first.end}; expected: a value in every bin used"
        )
    if values.min() == values.max():
        raise UserError(
            f"{name}: {values.min():.4g} in all {len(values)} bins; expected: a profile that varies"
        )
    for chrom, rows in bins.groupby("chrom").indices.items():
        if len(rows) >= min_bins and not values[rows].any():
            raise UserError(
                f"{name}: 0 in all bins of chromosome {chrom!r}; expected: signal on every"
                " chromosome used; fix: set conformation.regions to chromosomes with signal"
            )


def read_profiles(
    tracks: list[str], factors: list[str], bins: pd.DataFrame, used: np.ndarray, min_bins: int,
    scale: dict,
) -> tuple[np.ndarray, list[str]]:  # fmt: skip
    """Profiles of the bins used, float32 (M, N), and their factors; replicates are averaged.

    Tracks are scaled before they are averaged, so that all replicates have the same weight.
    """
    found: dict[str, list[np.ndarray]] = {}
    for path, factor in zip(tracks, factors, strict=True):
        table = pd.read_csv(path, sep="\t", dtype={"chrom": str})
        if not table[["chrom", "start", "end"]].equals(bins):
            raise UserError(f"{path}: its bins are not those of {tracks[0]}; expected: equal bins")
        values, name = table.value.to_numpy(float)[used], f"profile {factor!r} ({path})"
        check_profile(values, bins[used].reset_index(drop=True), name, min_bins)
        found.setdefault(factor, []).append(scale_track(values, scale, name))
    profiles = np.stack([np.mean(values, axis=0) for values in found.values()])
    return profiles.astype("float32"), list(found)


def read_bands(
    path: str,
    chroms: Iterable[str],
    *,
    resolution: int,
    w: int,
    sizes: dict[str, int] | None = None,
) -> dict[str, np.ndarray]:
    """Balanced contacts of each chromosome (`balanced_band`), float64 (bins of it, w)."""
    contacts = open_map(path, resolution, sizes)
    return {chrom: balanced_band(contacts, chrom, w) for chrom in dict.fromkeys(chroms)}


def empty_shares(bands: Iterable[np.ndarray]) -> np.ndarray:
    """Share of the unmasked pixels of each distance that have no contact, float64 (w,).

    NaN at distances without an unmasked pixel.
    """
    bands = list(bands)
    unmasked = sum(np.isfinite(band).sum(axis=0) for band in bands)
    empty = sum((band == 0).sum(axis=0) for band in bands)
    return np.divide(empty, unmasked, out=np.full(unmasked.shape, np.nan), where=unmasked > 0)


def check_reach(shares: np.ndarray, resolution: int, name: str) -> None:
    """Log the share of empty pixels by distance; warn where windows reach beyond the map.

    Parameters
    ----------
    shares : float array, shape=(w,)
        `empty_shares`.
    resolution, name
        Bin size (bp); the map, for messages.
    """
    shown = np.unique(np.linspace(0, len(shares) - 1, 6).round().astype(int))
    log.info(
        "%s: pixels without a contact by distance: %s", name,
        ", ".join(f"{d * resolution / 1000:g} kb {shares[d]:.0%}" for d in shown),
    )  # fmt: skip
    # some maps come without their main diagonal, which says nothing about their reach
    beyond = np.flatnonzero(shares[1:] > MAX_EMPTY) + 1
    if beyond.size:
        first = int(beyond[0])
        smaller = f"conformation.window of at most {first}, " if first >= MIN_WINDOW else ""
        log.warning(
            "%s: from %d bp on more than %.0f %% of the pixels have no contact (%.0f %% at %d bp,"
            " where a window ends): windows reach beyond the map, and networks of windows get worse"
            " at all distances; fix: %scoarser bins, or more contacts", name, first * resolution,
            100 * MAX_EMPTY, 100 * shares[-1], (len(shares) - 1) * resolution, smaller,
        )  # fmt: skip


def observed_over_expected(
    bands: dict[str, np.ndarray], bins: pd.DataFrame, used: np.ndarray, *, resolution: int,
    expected: str,
) -> np.ndarray:  # fmt: skip
    """O/E of the bins used, float32 (N, w): each pixel over the mean of its diagonal.

    The mean is over the whole chromosome (`expected` chromosome), or over all chromosomes with a
    bin used (`genome`), regardless of the regions. Pixels whose bins are not in one run of adjacent
    bins are NaN.
    """
    means = None
    if expected == "genome":
        means = diagonal_means(*bands.values())
    w = next(iter(bands.values())).shape[1]
    oe = np.full((len(bins), w), np.nan)
    for chrom, band in bands.items():
        oe[(bins.chrom == chrom).to_numpy()] = observed_expected(band, means)
    oe, number = oe[used], (bins.start[used] // resolution).to_numpy()
    for _, stop in contiguous_runs(bins.chrom[used].to_numpy(), number):
        for distance in range(1, w):
            oe[max(0, stop - distance) : stop, distance] = np.nan
    return oe.astype("float32")


def check_measured(data: ConformationData, name: str) -> None:
    """Reject a map (`name`) without a balanced pixel in a split that has windows."""
    if np.isnan(data.oe).all():
        raise UserError(
            f"{name}: no balanced pixel in the regions used; expected: a map with contacts there"
        )
    keys = {"train": "regions", "valid": "valid_regions", "test": "test_regions"}
    for split, key in keys.items():
        inside = np.flatnonzero(data.split == split)
        if inside.size and np.isnan(data.oe[inside]).all():
            chroms = ", ".join(dict.fromkeys(data.chrom[inside].tolist()))
            raise UserError(
                f"{name}: no balanced pixel in the {split} split ({chroms}); expected: a map with"
                f" contacts there; fix: change conformation.{key}"
            )


def main(
    contacts: str,
    tracks: list[str],
    chrom_sizes: str,
    *,
    factors: list[str],
    settings: dict,
    dataset: str,
) -> None:
    """Write a cell's `ConformationData`.

    Parameters
    ----------
    contacts
        Balanced contact map (.mcool).
    tracks, factors
        Binned tracks, and the factor of each.
    chrom_sizes
        Table of chromosome lengths.
    settings
        The config's section `conformation`.
    dataset
        The .npz file to write.

    Raises
    ------
    UserError
        A profile, region or map cannot be used; training or test has no window.
    """
    where, w, size = "conformation", settings["window"], settings["resolution"]
    sizes = read_sizes(chrom_sizes)
    bins = pd.read_csv(tracks[0], sep="\t", dtype={"chrom": str})[["chrom", "start", "end"]]
    used = used_bins(bins, sizes, settings["regions"], 3 * w, where)
    profiles, names = read_profiles(tracks, factors, bins, used, 3 * w, settings["scale"])
    chosen = bins[used].reset_index(drop=True)
    bands = read_bands(contacts, chosen.chrom, resolution=size, w=w, sizes=sizes)
    data = ConformationData(
        profiles=profiles,
        factors=np.array(names),
        chrom=chosen.chrom.to_numpy(str),
        start=chosen.start.to_numpy("int64"),
        end=chosen.end.to_numpy("int64"),
        oe=observed_over_expected(
            bands, bins, used, resolution=size, expected=settings["expected"]
        ),
        split=assign_split(chosen, sizes, settings, where),
        resolution=size,
        window=w,
    )
    counts = check_windows(data, where)
    log.info(
        "%d factors, %d bins; windows %s; %.1f %% of the pixels have no O/E",
        len(names), len(chosen), counts, 100 * np.isnan(data.oe).mean(),
    )  # fmt: skip
    check_measured(data, contacts)
    check_reach(empty_shares(bands.values()), size, contacts)
    data.save(dataset)


if __name__ == "__main__":
    run_script(main, snakemake)
