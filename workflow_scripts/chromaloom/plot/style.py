"""Common style of all figures: column widths, font sizes, a palette safe for color blindness."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from workflow_scripts.chromaloom.io.files import atomic_path

# Okabe and Ito's palette, distinguishable with all common kinds of color blindness
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442",
)  # fmt: skip
BLACK, GRAY = "#000000", "#777777"
SINGLE, DOUBLE = 3.5, 7.2  # widths of one and two journal columns, inches

# What the `main` of a figure's script returns: the figure, and the table that it was drawn from
Drawing = tuple[Figure, pd.DataFrame]

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # included in matplotlib: the same on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 300,
    # deterministic output: the same figure gives the same bytes
    "svg.hashsalt": "chromaloom",
}


def new_figure(width: float, height: float, **kwargs: Any) -> tuple[Figure, Any]:
    """Make a figure in the common style; sizes in inches, keywords as `plt.subplots`."""
    plt.rcParams.update(STYLE)  # type: ignore[arg-type]
    return plt.subplots(figsize=(width, height), **kwargs)


def draw_figure(
    main: Callable[..., Drawing], *args: Any, svg: str, png: str, tsv: str, **options: Any
) -> None:
    """Write the figure and the table that the `main` of a figure's script returns."""
    figure, table = main(*args, **options)
    save_figure(figure, table, svg=svg, png=png, tsv=tsv)


def save_figure(figure: Figure, data: pd.DataFrame, *, svg: str, png: str, tsv: str) -> None:
    """Write a figure as SVG and PNG and the table that it was drawn from."""
    for path, metadata in ((svg, {"Date": None}), (png, {"Software": None})):
        with atomic_path(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
    with atomic_path(Path(tsv)) as temporary:
        data.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    plt.close(figure)
