"""Figure 5b: mean sensitivity of σ to contacts, for inactive and for active bins."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, Drawing, new_figure
from workflow_scripts.conformation.figures.gradient_drawing import (
    add_bar,
    draw_square,
    largest,
    square,
)
from workflow_scripts.conformation.figures.map_drawing import DIVERGING

TITLES = {"inactive": "Inactive middle", "active": "Active middle", "all": "All"}


def main(means: str, *, resolution: int) -> Drawing:
    """Draw the mean gradient by activity of the windows' middle, and the mean square of all.

    A group without a window stays empty and says so.
    """
    table = pd.read_csv(means, sep="\t")
    groups = dict(list(table.groupby("group")))
    figure, panels = new_figure(DOUBLE, 3.25, ncols=3, sharey=True)
    limit = largest(table["mean"][table.group != "all"], quantile=0.998)
    for axes, name in zip(panels, TITLES, strict=True):
        rows, means_only = groups[name], name != "all"
        image, extent = square(rows, "mean" if means_only else "mean_square", resolution)
        look = dict(cmap=DIVERGING, low=-limit, high=limit)
        if not means_only:
            look = dict(cmap="viridis", low=0, high=largest(image, quantile=0.998))
        drawn = draw_square(axes, image, [edge / 1e3 for edge in extent], **look)
        label = "Mean of ∂σ / ∂P, per O/E" if means_only else "Mean of (∂σ / ∂P)², per (O/E)²"
        add_bar(figure, drawn, axes, label, aspect=20, extend="both" if means_only else "max")
        number = rows.windows.iloc[0]
        if not number:
            axes.text(0.5, 0.5, f"no window with\n{name} middle", ha="center", va="center",
                      transform=axes.transAxes)  # fmt: skip
        axes.set_title(f"{TITLES[name]}, {number:,} windows", pad=3)
        for draw in (axes.axvline, axes.axhline):
            draw(resolution / 2e3, color=BLACK if means_only else "white", linewidth=0.5,
                 linestyle=":")  # fmt: skip
        axes.set_xlabel("From the middle bin, kb")
    panels[0].set_ylabel("From the middle bin, kb")
    return figure, table
