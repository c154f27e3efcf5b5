"""Regions and windows of a run, checked as soon as the lengths of the chromosomes are known.

Imported by the rules: needs NumPy and pandas only.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import (
    assign_split,
    figure_bins,
    genome_bins,
    used_bins,
)
from workflow_scripts.conformation.data.windows import check_windows
from workflow_scripts.conformation.interpretation.gradient_windows import (
    choose_pairs,
    choose_positions,
    find_window,
)

# Keys of the config's section that `check_places` needs
PLACE_KEYS = (
    "resolution",
    "window",
    "regions",
    "test_regions",
    "valid_regions",
    "valid_fraction",
    "split",
    "gap",
    "trim",
    "figures",
    "gradients",
    "evaluate",
)


def planned_bins(settings: dict, sizes: Mapping[str, int], where: str) -> ConformationData:
    """Bins of the run and their split; the data has neither profiles nor a map yet.

    Parameters
    ----------
    settings
        The config's section `conformation`.
    sizes
        Length (bp) of each chromosome, in the genome's order.
    where
        Config file and section, for error messages.

    Raises
    ------
    UserError
        A region cannot be parsed or is outside the genome; a test or validation region is shorter
        than a receptive field; the splits overlap.
    """
    w, size = settings["window"], settings["resolution"]
    bins = genome_bins(sizes, size)
    chosen = bins[used_bins(bins, dict(sizes), settings["regions"], 3 * w, where)]
    chosen = chosen.reset_index(drop=True)
    if chosen.empty:
        raise UserError(
            f"{where}.window: {w}: no chromosome has the {3 * w} bins of {size} bp of a window with"
            f" its flanks, the longest has {max(sizes.values(), default=0):,} bp;"
            " expected: a smaller window or resolution"
        )
    return ConformationData(
        profiles=np.empty((0, len(chosen)), "float32"),
        factors=np.empty(0, str),
        chrom=chosen.chrom.to_numpy(str),
        start=chosen.start.to_numpy("int64"),
        end=chosen.end.to_numpy("int64"),
        oe=np.empty((len(chosen), 0), "float32"),
        split=assign_split(chosen, dict(sizes), settings, where),
        resolution=size,
        window=w,
    )


def held_out(settings: Mapping) -> dict[str, str]:
    """Chromosomes of the validation and test regions, and the config key of each."""
    keys = ("valid_regions", "test_regions")
    return {text.strip().split(":")[0]: key for key in keys for text in settings[key]}


def check_places(settings: dict, sizes: Mapping[str, int], where: str) -> ConformationData:
    """Check all regions, positions and windows that a config names; return the bins of the run.

    Parameters and errors as for `planned_bins`; further errors: training or test has no window; the
    region of the figures has no test bin; that of the gradients is too short, or its positions are
    outside its window; a distance of the scores is none of the maps.
    """
    data = planned_bins(settings, sizes, where)
    check_windows(data, where)
    figures, gradients = settings["figures"], settings["gradients"]
    figure_bins(
        pd.DataFrame({k: getattr(data, k) for k in ("chrom", "start", "end", "split")}),
        figures["region"],
        max_region_length=figures["max_region_length"],
        flank=data.window,
        where=f"{where}.figures.region",
    )
    window = find_window(data, gradients["region"], f"{where}.gradients.region")
    choose_pairs(window, gradients["pairs"], f"{where}.gradients.pairs")
    choose_positions(window, gradients["positions"], f"{where}.gradients.positions")
    check_distances(
        settings["evaluate"]["distances"],
        data.resolution,
        data.window,
        f"{where}.evaluate.distances",
    )
    return data


def check_distances(distances: list[int], resolution: int, window: int, where: str) -> None:
    """Reject distances (bp) that no pixel of the maps has, with a `UserError`.

    `resolution` is the bin size (bp), `window` the bins of a window, `where` the config key.
    """
    maximum = (window - 1) * resolution
    for distance in distances:
        if distance % resolution or distance > maximum:
            raise UserError(
                f"{where}: {distance} bp is not a distance of the maps;"
                f" expected: multiples of {resolution} up to {maximum} bp"
            )
