"""Figure 5b: mean gradient of σ with respect to contacts, for inactive and active bins."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, Drawing, new_figure
from workflow_scripts.conformation.figures.map_drawing import (
    DIVERGING_CMAP,
    abs_quantile,
    add_top_colorbar,
    draw_square_map,
    square_map,
)

TITLES = {"inactive": "Inactive bin", "active": "Active bin", "all": "All"}


def group_titles(settings: dict) -> dict[str, str]:
    """Title of each group; `settings` is the config's section `conformation.gradients`."""
    if settings["group_by"] != "sigma":
        return TITLES
    return {
        "inactive": f"σ < {settings['inactive_below']:g}",
        "active": f"σ > {settings['active_above']:g}",
        "all": TITLES["all"],
    }


def main(means: str, *, resolution: int, settings: dict) -> Drawing:
    """Draw the mean gradient by state of the middle bin, and the mean squared gradient of all.

    The panel of a group without windows is empty, with a note. `settings` is the config's section
    `conformation.gradients`.
    """
    titles = group_titles(settings)
    table = pd.read_csv(means, sep="\t")
    groups = dict(list(table.groupby("group")))
    figure, panels = new_figure(DOUBLE, 3.25, ncols=3, sharey=True)
    limit = abs_quantile(table["mean"][table.group != "all"], quantile=0.998)
    for axes, name in zip(panels, TITLES, strict=True):
        rows, is_mean = groups[name], name != "all"
        image, extent = square_map(rows, "mean" if is_mean else "mean_square", resolution)
        scale = dict(cmap=DIVERGING_CMAP, low=-limit, high=limit)
        if not is_mean:
            scale = dict(cmap="viridis", low=0, high=abs_quantile(image, quantile=0.998))
        drawn = draw_square_map(axes, image, [edge / 1e3 for edge in extent], **scale)
        label = "Mean ∂σ / ∂(O/E)" if is_mean else "Mean of (∂σ / ∂(O/E))²"
        end = "both" if is_mean else "max"
        add_top_colorbar(figure, drawn, axes, label, aspect=20, extend=end)
        number = rows.windows.iloc[0]
        if not number:
            axes.text(0.5, 0.5, f"no window with\n{titles[name]}", ha="center", va="center",
                      transform=axes.transAxes)  # fmt: skip
        axes.set_title(f"{titles[name]}, {number:,} windows", pad=3)
        for draw in (axes.axvline, axes.axhline):
            draw(resolution / 2e3, color=BLACK if is_mean else "white", linewidth=0.5,
                 linestyle=":")  # fmt: skip
        axes.set_xlabel("Relative to the bin (kb)")
    panels[0].set_ylabel("Relative to the bin (kb)")
    return figure, table
