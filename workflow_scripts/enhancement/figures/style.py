"""Names and colours of the models, and square maps, the same in every figure."""

import matplotlib
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

# Name, colour and marker of a model, in the order of the figures
STYLES = {
    "downsampled": ("Downsampled", GREY, "s"),
    "hicplus": ("HiCPlus", ORANGE, "v"),
    "deephic": ("DeepHiC", GREEN, "^"),
    "hicsr": ("HiCSR", PURPLE, "D"),
    "vehicle": ("VEHiCLE", SKY, "P"),
    "image": ("img-to-img", BLUE, "o"),
    "hybrid": ("Hybrid", VERMILION, "X"),
    "hybrid_preheated": ("Hybrid, head pre-heated", ORANGE, "v"),
    "hybrid_frozen": ("Hybrid, backbones frozen", GREEN, "^"),
    "hybrid_shuffled": ("Hybrid, sequences shuffled", GREY, "x"),
    "sequence_akita": ("Akita-like", ORANGE, "o"),
    "sequence_graph": ("Graph head", BLUE, "s"),
    "sequence_akita_shuffled": ("Akita-like, sequences shuffled", GREY, "x"),
    "sequence_graph_shuffled": ("Graph head, sequences shuffled", GREY, "+"),
    "sequence_akita_random": ("Akita-like, random split", GREEN, "^"),
    "sequence_embeddings": ("Embeddings", PURPLE, "D"),
    "vae": ("VAE", BLACK, "D"),
    "dae": ("Denoising autoencoder", BLACK, "s"),
}
# What is drawn beside the models' maps
SOURCES = {"low": "Input (low resolution)", "high": "Target", "target": "Target"}
PARTS = {
    "train": "training",
    "valid": "validation",
    "test": "test",
    "test_map": "test, maps held out",
    "test_both": "test, maps and places held out",
    "test_downsample": "test, contacts down-sampled",
    "test_map_downsample": "test, maps held out, contacts down-sampled",
    "test_both_downsample": "test, both held out, contacts down-sampled",
}
ABSENT = "#DDDDDD"  # no colour of the maps' scales
DIVERGING, SEQUENTIAL = "RdBu_r", "magma_r"


def label(model: str) -> str:
    """Name of a model or source for a reader; an unknown one is called what it is."""
    known = STYLES.get(model, (SOURCES.get(model),))[0]
    return known or model.replace("_", " ")


def colour(model: str) -> str:
    """Colour of a model."""
    return STYLES[model][1] if model in STYLES else BLACK


def marker(model: str) -> str:
    """Marker of a model."""
    return STYLES[model][2] if model in STYLES else "."


def part_label(part: str) -> str:
    """Name of a part for a reader."""
    return PARTS.get(part, part.replace("_", " "))


def in_order(models) -> list[str]:
    """Models in the order of `STYLES`, unknown ones last by name."""
    rank = {name: number for number, name in enumerate(STYLES)}
    return sorted(models, key=lambda model: (rank.get(model, len(rank)), model))


def parts_in_order(parts) -> list[str]:
    """Parts in the order of `PARTS`, unknown ones last by name."""
    rank = {name: number for number, name in enumerate(PARTS)}
    return sorted(parts, key=lambda part: (rank.get(part, len(rank)), part))


def read_maps(path: str) -> pd.DataFrame:
    """Table of example maps as `tabulate_enhancement_maps` writes it."""
    return pd.read_csv(path, sep="\t", dtype={"map": str, "chrom": str, "input": str})


def square(rows: pd.DataFrame, column: str) -> np.ndarray:
    """Symmetric map of one window's rows (i <= j, bins); NaN where the column is empty.

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
    """Draw a map as a square, both axes the place in Mb, and return the image.

    Parameters
    ----------
    axes
        Where to draw.
    matrix : float array, shape=(n, n)
        NaN is drawn grey.
    start, resolution
        Start of the first bin and size of a bin, bp.
    limits, cmap
        Values of the first and last colour, and the colours.
    """
    low, high = start / 1e6, (start + len(matrix) * resolution) / 1e6
    colours = matplotlib.colormaps[cmap].with_extremes(bad=ABSENT)
    image = axes.imshow(
        matrix, extent=(low, high, high, low), cmap=colours, vmin=limits[0], vmax=limits[1],
        interpolation="nearest",
    )  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.5)
    axes.locator_params(nbins=3)
    axes.tick_params(width=0.5, length=2)
    return image


def place_of(rows: pd.DataFrame) -> str:
    """Where a window lies, as text: map, chromosome and Mb."""
    first = rows.iloc[0]
    end = first.start + (int(rows.j.max()) + 1) * first.resolution
    return f"{first['map']}, {first.chrom}:{first.start / 1e6:g}–{end / 1e6:g} Mb"
