"""Contacts by distance, P(s), per strand orientation for samples with pairs."""

import warnings
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import open_map

ORIENTATIONS = ["+-", "-+", "++", "--"]
COLUMNS = ["distance_from", "distance_to", "contacts", "area", "p", *ORIENTATIONS]
# maximum relative deviation of an orientation from the mean of the four, beyond chance
AGREEMENT, CHANCE_SD = 0.05, 4.0


def scaling_of_pairs(stats: Mapping[str, str], sizes: Mapping[str, int]) -> pd.DataFrame:
    """P(s) from the distance counts of `pairtools stats`.

    Parameters
    ----------
    stats
        Table of `pairtools stats`, key → value.
    sizes
        Chromosome lengths in bp.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: distances from and to (bp), contacts, area (pairs of bases that far apart), p
        (share of all contacts within chromosomes, per pair of bases), and the contacts of each
        orientation.
    """
    counts = {}
    for key, value in stats.items():
        if key.startswith("dist_freq/") and not key.split("/")[1].endswith("+"):
            _, span, orientation = key.split("/")
            low, high = map(int, span.split("-"))
            counts.setdefault((low, high), {})[orientation] = int(value)
    table = pd.DataFrame(
        [
            {"distance_from": low, "distance_to": high, **found}
            for (low, high), found in counts.items()
        ]
    )
    table["contacts"] = table[ORIENTATIONS].sum(axis=1)
    table["area"] = [
        sum(contact_area(low, high, size) for size in sizes.values())
        for low, high in zip(table.distance_from, table.distance_to, strict=True)
    ]
    table = table[table.area > 0].copy()
    table["p"] = table.contacts / table.area / max(table.contacts.sum(), 1)
    return table[COLUMNS]


def contact_area(low: int, high: int, size: int) -> float:
    """Pairs of bases of a chromosome of `size` bp that are `low` to `high` - 1 bp apart."""
    low, high = min(low, size), min(high, size)
    return (high - low) * (size - (low + high - 1) / 2)


def scaling_of_map(path: str, resolution: int) -> pd.DataFrame:
    """P(s) from the balanced contacts of a map's diagonals, in pairtools' distance bins.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, without values for orientations; contacts are balanced, over the mean of the
        diagonals' unmasked pairs, from the first diagonal that balancing used.
    """
    # imported here: it takes seconds, and only imported maps need it
    from cooltools import expected_cis

    clr = open_map(path, resolution)
    with clr.open("r") as group:
        ignore = int(group["bins/weight"].attrs["ignore_diags"])
    with warnings.catch_warnings():
        # cooltools triggers deprecation warnings of pandas
        warnings.simplefilter("ignore", FutureWarning)
        table = expected_cis(
            clr, smooth=False, aggregate_smoothed=False, ignore_diags=ignore, nproc=1
        )
    by_distance = table.groupby("dist")[["n_valid", "balanced.sum"]].sum().reset_index()
    by_distance = by_distance[by_distance.dist >= max(ignore, 1)]
    edges = np.unique(np.round(10 ** np.arange(0, 9.001, 1 / 8)).astype(int))
    span = np.searchsorted(edges, by_distance.dist * resolution, "right") - 1
    parts = by_distance.groupby(edges[span])[["n_valid", "balanced.sum"]].sum()
    after = dict(pairwise(edges))
    area = parts.n_valid.to_numpy() * float(resolution) ** 2
    contacts = parts["balanced.sum"].to_numpy()
    density = np.divide(contacts, area, out=np.full(len(area), np.nan), where=area > 0)
    result = pd.DataFrame(
        {
            "distance_from": parts.index,
            "distance_to": [after[edge] for edge in parts.index],
            "contacts": contacts,
            "area": area,
            "p": density / contacts.sum(),
        }
    )
    return result.reindex(columns=COLUMNS)


def convergence(scaling: pd.DataFrame) -> float:
    """Distance (bp) beyond which the four strand orientations are equally frequent.

    The end of the farthest distance bin in which an orientation differs from the mean of the four
    by more than 5 % (as in pairtools) and by more than four standard deviations of its count: the
    few pairs at long distances differ by chance. 0 if they never differ, NaN if they differ up to
    the longest distance or orientations are unknown.
    """
    counts = scaling[ORIENTATIONS].to_numpy(dtype=float)
    if np.isnan(counts).any():
        return np.nan
    mean = counts.mean(axis=1, keepdims=True)
    off = np.abs(counts - mean) > np.maximum(AGREEMENT * mean, CHANCE_SD * np.sqrt(mean))
    differs = np.flatnonzero(off.any(axis=1))
    if not len(differs):
        return 0.0
    seen = np.flatnonzero(counts.sum(axis=1) > 0)
    if differs[-1] == seen[-1]:
        return np.nan
    return float(scaling.distance_to.iloc[differs[-1]])
