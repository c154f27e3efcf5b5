"""Figure 2a: measured and predicted map of a region of the test split."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.conformation.figures.map_drawing import color_limit, draw_map, table_band
from workflow_scripts.conformation.figures.style import MODELS

COORDINATES = ["chrom", "start_i", "start_j", "i", "j"]


def log2_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with log2 of O/E; 0 and unknown values are empty."""
    maps = table.columns.difference(COORDINATES, sort=False)
    with np.errstate(divide="ignore"):
        logs = np.log2(table[maps].clip(lower=0)).replace(-np.inf, np.nan).round(3)
    return pd.concat([table[COORDINATES], logs.add_prefix("log2_")], axis=1)


def main(table: str, *, resolution: int) -> Drawing:
    """Draw the measured map and one map per model: log2 O/E, all on one scale."""
    drawn = log2_table(pd.read_csv(table, sep="\t", dtype={"chrom": str}))
    models = [name.removeprefix("log2_") for name in drawn.columns if name.startswith("log2_")]
    models = ["observed", *[m for m in models if m != "observed"]]
    n, w = drawn.j.max() + 1, (drawn.j - drawn.i).max() + 1
    bands = {model: table_band(drawn, f"log2_{model}", n, w) for model in models}
    limit = color_limit(bands["observed"])
    start = int(drawn.start_i.iloc[0])
    # with the aspect ratio of the band, within limits
    height = np.clip((DOUBLE - 1.6) * w / n, 0.8, 1.6)
    figure, panels = new_figure(
        DOUBLE, 0.5 + (height + 0.25) * len(models), nrows=len(models), sharex=True, squeeze=False
    )
    for axes, (model, band) in zip(panels[:, 0], bands.items(), strict=True):
        image = draw_map(axes, band, start=start, resolution=resolution, limit=limit)
        title = "Measured" if model == "observed" else f"{MODELS.label(model)}, predicted"
        axes.set_title(title, loc="left")
        axes.set_ylabel("Distance (kb)")
    panels[-1, 0].set_xlabel(f"{drawn.chrom.iloc[0]} (Mb)")
    figure.colorbar(image, ax=panels[:, 0].tolist(), label="log2 O/E", extend="both",
                    shrink=min(1.0, 1.6 / len(models) / height), aspect=14)  # fmt: skip
    return figure, drawn
