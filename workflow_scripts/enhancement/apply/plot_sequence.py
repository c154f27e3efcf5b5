"""Figure of the first regions of a predicted map."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.plot.style import DOUBLE, new_figure
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.figures.style import DIVERGING, draw_square

PANELS = 6
COLUMNS = 3
LARGEST = 400  # bins of a panel; of a longer region the first ones are drawn
CHUNK = 1_000_000  # rows read at once


def drawn_places(places: pd.DataFrame, resolution: int) -> pd.DataFrame:
    """The first regions, each with the part of it that is drawn (start, end in bp).

    Of a region longer than the reach of its windows the part is at most three such lengths.
    """
    first = places.head(PANELS).copy()
    shown = np.minimum(3 * first.reach, LARGEST * resolution)
    first["end"] = np.minimum(first.end, first.start + np.maximum(shown, resolution))
    return first


def read_squares(pixels: str, places: pd.DataFrame, resolution: int) -> list[np.ndarray]:
    """Symmetric map of ln(mean O/E) of each place, NaN where there is no pixel.

    `pixels` is read up to the last place only.
    """
    squares = []
    for place in places.itertuples():
        bins = (place.end - place.start) // resolution
        squares.append(np.full((bins, bins), np.nan))
    left = set(range(len(squares)))
    columns = ["chrom", "start1", "start2", "mean"]
    for table in pd.read_csv(
        pixels, sep="\t", usecols=columns, dtype={"chrom": str}, chunksize=CHUNK
    ):
        for number, (place, square) in enumerate(zip(places.itertuples(), squares, strict=True)):
            own = table[(table.chrom == place.chrom) & (table.start1 >= place.start)]
            own = own[own.start2 < place.end]
            i, j = ((own[side] - place.start) // resolution for side in ("start1", "start2"))
            square[i, j] = square[j, i] = np.log(own["mean"])
            last = table.iloc[-1]
            if last.chrom == place.chrom and last.start1 >= place.end:
                left.discard(number)
        if not left:
            break
    return squares


def draw(pixels: str, places: str, resolution: int) -> Figure:
    """Draw a panel per region, up to `PANELS`, all with one color scale."""
    table = drawn_places(pd.read_csv(places, sep="\t", dtype={"chrom": str}), resolution)
    squares = read_squares(pixels, table, resolution)
    columns = min(COLUMNS, len(squares))
    lines = math.ceil(len(squares) / columns)
    size = (DOUBLE - 0.7) / COLUMNS
    figure, grid = new_figure(
        size * columns + 0.9, (size + 0.35) * lines + 0.1, nrows=lines, ncols=columns, squeeze=False
    )
    known = np.abs(np.concatenate([s[np.isfinite(s)] for s in squares]))
    # a scale of tenths that most pixels lie within
    limit = max(0.1, float(np.ceil(10 * np.quantile(known, 0.98)) / 10)) if len(known) else 1.0
    for axes in grid.ravel()[len(squares) :]:
        axes.set_axis_off()
    for axes, square, place in zip(grid.ravel(), squares, table.itertuples(), strict=False):
        image = draw_square(
            axes, square, start=place.start, resolution=resolution, limits=(-limit, limit),
            cmap=DIVERGING,
        )  # fmt: skip
        axes.set_title(f"{place.chrom}:{place.start / 1e6:g}–{place.end / 1e6:g} Mb")
        axes.set_xlabel("Mb")
    for line in grid:
        line[0].set_ylabel("Mb")
    figure.colorbar(
        image, ax=grid[:, -1].tolist(), label="ln O/E, predicted", extend="both", shrink=0.8,
        aspect=25,
    )  # fmt: skip
    return figure


def main(pixels: str, places: str, *, resolution: int, png: str, pdf: str) -> None:
    """Write the figure.

    Parameters
    ----------
    pixels, places
        Outputs of `apply_sequence`.
    resolution
        Bin size (bp).
    png, pdf
        Outputs.
    """
    figure = draw(pixels, places, resolution)
    for path, metadata in ((png, {"Software": None}), (pdf, {"CreationDate": None})):
        with atomic_path(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
    plt.close(figure)


if __name__ == "__main__":
    run_script(main, snakemake)
