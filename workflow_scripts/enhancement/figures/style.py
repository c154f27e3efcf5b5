"""Names, colors and order of models and splits, and square maps, for all figures."""

import matplotlib
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

# name, color and marker of each model, in the order of the figures
STYLES = {
    "downsampled": ("Downsampled", GRAY, "s"),
    "smoothed": ("Downsampled, smoothed", BLACK, "x"),
    "hicplus": ("HiCPlus", ORANGE, "v"),
    "hicplus_published": ("HiCPlus, published", ORANGE, "1"),
    "deephic": ("DeepHiC", GREEN, "^"),
    "deephic_published": ("DeepHiC, published", GREEN, "2"),
    "hicsr": ("HiCSR", PURPLE, "D"),
    "vehicle": ("VEHiCLE", SKY, "P"),
    "image": ("img-to-img", BLUE, "o"),
    "hybrid": ("Hybrid", VERMILION, "X"),
    "hybrid_preheated": ("Hybrid, head pre-heated", ORANGE, "v"),
    "hybrid_frozen": ("Hybrid, models frozen", GREEN, "^"),
    "hybrid_shuffled": ("Hybrid, sequences shuffled", GRAY, "x"),
    "sequence_akita": ("Akita-like", ORANGE, "o"),
    "sequence_graph": ("Graph head", BLUE, "s"),
    "sequence_akita_shuffled": ("Akita-like, sequences shuffled", GRAY, "x"),
    "sequence_graph_shuffled": ("Graph head, sequences shuffled", GRAY, "+"),
    "sequence_akita_random": ("Akita-like, random split", GREEN, "^"),
    "sequence_embeddings": ("Embeddings", PURPLE, "D"),
    "vae": ("VAE", BLACK, "D"),
    "dae": ("Denoising autoencoder", BLACK, "s"),
}
# maps that are drawn next to those of the models
SOURCES = {"low": "Input (low resolution)", "high": "Target", "target": "Target"}
SPLITS = {
    "train": "training",
    "valid": "validation",
    "test": "test",
    "test_map": "test, maps held out",
    "test_both": "test, maps and regions held out",
    "test_downsample": "test, contacts down-sampled",
    "test_map_downsample": "test, maps held out, contacts down-sampled",
    "test_both_downsample": "test, both held out, contacts down-sampled",
}
MISSING = "#DDDDDD"  # not in the color maps
DIVERGING, SEQUENTIAL = "RdBu_r", "magma_r"


def label(model: str) -> str:
    """Displayed name of a model or map; unknown names are shown as they are."""
    known = STYLES.get(model, (SOURCES.get(model),))[0]
    return known or model.replace("_", " ")


def color(model: str) -> str:
    """Color of a model."""
    return STYLES[model][1] if model in STYLES else BLACK


def marker(model: str) -> str:
    """Marker of a model."""
    return STYLES[model][2] if model in STYLES else "."


def split_label(split: str) -> str:
    """Displayed name of a split."""
    return SPLITS.get(split, split.replace("_", " "))


def in_order(models) -> list[str]:
    """Models in the order of `STYLES`; unknown ones last, by name."""
    rank = {name: number for number, name in enumerate(STYLES)}
    return sorted(models, key=lambda model: (rank.get(model, len(rank)), model))


def splits_in_order(splits) -> list[str]:
    """Splits in the order of `SPLITS`; unknown ones last, by name."""
    rank = {name: number for number, name in enumerate(SPLITS)}
    return sorted(splits, key=lambda split: (rank.get(split, len(rank)), split))


def read_maps(path: str) -> pd.DataFrame:
    """Read a table of example maps (`tabulate_maps`)."""
    return pd.read_csv(path, sep="\t", dtype={"map": str, "chrom": str, "input": str})


def square(rows: pd.DataFrame, column: str) -> np.ndarray:
    """Symmetric map from the rows of one window (i <= j, bins); NaN where the column is empty.

    Returns
    -------
    float64 array, shape=(n, n)
        n bins of the window.
    """
    n = int(rows.j.max()) + 1
    matrix = np.full((n, n), np.nan)
    i, j = rows.i.to_numpy(), rows.j.to_numpy()
    matrix[i, j] = matrix[j, i] = rows[column]
    return matrix


def draw_square(
    axes, matrix: np.ndarray, *, start: int, resolution: int, limits: tuple[float, float], cmap: str
):
    """Draw a map as a square with both axes in Mb, and return the image.

    Parameters
    ----------
    axes
        Where to draw.
    matrix : float array, shape=(n, n)
        NaN is drawn gray.
    start, resolution
        Start of the first bin and size of a bin, bp.
    limits, cmap
        Values of the first and last color, and the color map.
    """
    low, high = start / 1e6, (start + len(matrix) * resolution) / 1e6
    colors = matplotlib.colormaps[cmap].with_extremes(bad=MISSING)
    image = axes.imshow(
        matrix, extent=(low, high, high, low), cmap=colors, vmin=limits[0], vmax=limits[1],
        interpolation="nearest",
    )  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.5)
    axes.locator_params(nbins=3)
    axes.tick_params(width=0.5, length=2)
    return image


def region_text(rows: pd.DataFrame) -> str:
    """Region of a window as text: map, chromosome and Mb."""
    first = rows.iloc[0]
    end = first.start + (int(rows.j.max()) + 1) * first.resolution
    return f"{first['map']}, {first.chrom}:{first.start / 1e6:g}–{end / 1e6:g} Mb"
