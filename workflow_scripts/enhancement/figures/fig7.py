"""Figure 7: maps of the hybrid with one of its two inputs set to 0."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    ORANGE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.style import (
    SEQUENTIAL,
    draw_square,
    read_maps,
    region_text,
    split_label,
    square,
)

# zeroed input: displayed name and color
ZEROED = {
    "none": ("Hybrid", BLACK),
    "sequence": ("Sequence zeroed", BLUE),
    "image": ("Image zeroed", ORANGE),
}
METRICS = {
    "mae_per_map": "MAE",
    "pearson_per_map": "Pearson",
    "scc_hicrep_per_map": "SCC (HiCRep)",
    "scc_hicreppy_per_map": "SCC (hicreppy)",
}


def map_column(zeroed: str, columns) -> str | None:
    """Column with the maps of the hybrid with one input zeroed, or none."""
    ends = {"sequence": "_without_sequence", "image": "_without_image"}
    if zeroed == "none":
        complete = [
            name.removesuffix(ends["image"]) for name in columns if name.endswith(ends["image"])
        ]
        return complete[0] if complete and complete[0] in columns else None
    return next((name for name in columns if name.endswith(ends[zeroed])), None)


def metrics_shown(zeroed: pd.DataFrame) -> list[str]:
    """Metrics of the figure that are in the table."""
    known = set(zeroed.metric)
    plain = {name: name.removesuffix("_per_map") for name in METRICS}
    return [name if name in known else plain[name] for name in METRICS
            if name in known or plain[name] in known]  # fmt: skip


def main(maps: str, zeroed: str, *, window: int) -> Drawing:
    """Draw the maps of one window, and below them the scores on the test split by seed."""
    table, scores = read_maps(maps), pd.read_csv(zeroed, sep="\t", dtype={"sample": str})
    rows = table[table.window == window]
    columns = {name: map_column(name, rows.columns) for name in ZEROED}
    shown = {ZEROED[name][0]: column for name, column in columns.items() if column}
    shown["Target"] = "high"
    split = "test" if (scores.split == "test").any() else scores.split.iloc[0]
    metrics = metrics_shown(scores)
    figure, grid = new_figure(
        DOUBLE, 4.0, nrows=2, ncols=max(len(shown), len(metrics)), squeeze=False,
        height_ratios=[1.25, 1],
    )  # fmt: skip
    matrices = {name: square(rows, column) for name, column in shown.items()}
    inner = np.logical_and.reduce([np.isfinite(matrix) for matrix in matrices.values()])
    first = rows.iloc[0]
    limits = tuple(np.quantile(matrices["Target"][inner], [0.02, 0.995]))
    image = None
    for axes, (name, matrix) in zip(grid[0], matrices.items(), strict=False):
        image = draw_square(
            axes, np.where(inner, matrix, np.nan), start=int(first.start),
            resolution=int(first.resolution), limits=limits, cmap=SEQUENTIAL,
        )  # fmt: skip
        axes.set_title(name)
        axes.set_xlabel("Mb")
    for axes in grid[0, len(matrices) :]:
        axes.set_axis_off()
    grid[0, 0].set_ylabel(region_text(rows).replace(", ", "\n", 1))
    figure.colorbar(image, ax=grid[0].tolist(), label="Observed map", extend="both", aspect=18)
    for axes, metric in zip(grid[1], metrics, strict=False):
        draw_scores(axes, scores[(scores.split == split) & (scores.metric == metric)])
        axes.set_title(METRICS.get(metric) or METRICS[f"{metric}_per_map"], loc="left")
    for axes in grid[1, len(metrics) :]:
        axes.set_axis_off()
    grid[1, 0].set_ylabel(f"{split_label(split)} windows,\nmean per map")
    return figure, scores


def draw_scores(axes, rows: pd.DataFrame) -> None:
    """Draw a bar with the mean and a point per seed, for each zeroed input."""
    for x, (zeroed, (_, color)) in enumerate(ZEROED.items()):
        values = rows.value[rows.zeroed == zeroed].to_numpy()
        values = values[np.isfinite(values)]
        if not len(values):
            axes.text(x, 0, "none", ha="center", va="bottom", fontsize=6, color=GRAY)
            continue
        axes.bar(x, values.mean(), width=0.65, color=color, alpha=0.5)
        axes.plot(x + np.linspace(-0.15, 0.15, len(values)), values, ".", color=color,
                  markersize=4)  # fmt: skip
        high = max(0.0, values.max())
        axes.annotate(f"{values.mean():.3f}", (x, high), (0, 4), textcoords="offset points",
                      ha="center", fontsize=6)  # fmt: skip
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.margins(y=0.15)
    axes.set_xticks(range(len(ZEROED)), [name.replace(", ", ",\n").replace(" z", "\nz")
                                       for name, _ in ZEROED.values()], fontsize=6)  # fmt: skip
