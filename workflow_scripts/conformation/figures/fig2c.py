"""Figure 2c: histograms of σ over all, inactive and active bins."""

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    DOUBLE,
    GRAY,
    ORANGE,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.figures.sigma_histograms import (
    draw_histogram,
    histogram_table,
    read_sigma,
)

COLORS = {"all": GRAY, "inactive": BLUE, "active": ORANGE}
TITLES = {"all": "All bins", "inactive": "Inactive bins", "active": "Active bins"}


def main(sigma: dict[int, str], annotation: str) -> Drawing:
    """Draw a panel per group of bins; that of a group without bins is empty, with a note."""
    found = read_sigma(sigma, annotation)
    groups = {"all": found, "inactive": found[found.active == "False"],
              "active": found[found.active == "True"]}  # fmt: skip
    table = histogram_table(groups)
    figure, panels = new_figure(DOUBLE, 2.2, ncols=len(groups), sharex=True, sharey=True)
    for axes, name in zip(panels, groups, strict=True):
        if (rows := table[table.group == name]).empty:
            reason = "no such bin" if found.active.notna().any() else "activity not known"
            axes.text(0.5, 0.5, f"{reason}\n(activity.source)", ha="center", va="center",
                      transform=axes.transAxes)  # fmt: skip
            axes.set_title(f"{TITLES[name]}\n0 bins", loc="left")
        else:
            draw_histogram(axes, rows, COLORS[name], TITLES[name])
    panels[0].set_ylabel("Bins (%)")
    return figure, table
