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
    """Draw a panel per group of bins; only all bins if their activity is unknown."""
    found = read_sigma(sigma, annotation)
    groups = {"all": found, "inactive": found[found.active == "False"],
              "active": found[found.active == "True"]}  # fmt: skip
    table = histogram_table(groups)
    names = list(table.group.unique())
    figure, panels = new_figure(
        DOUBLE * max(0.4, len(names) / 3), 2.2, ncols=len(names), sharey=True, squeeze=False
    )
    for axes, name in zip(panels[0], names, strict=True):
        draw_histogram(axes, table[table.group == name], COLORS[name], TITLES[name])
    panels[0, 0].set_ylabel("Bins (%)")
    return figure, table
