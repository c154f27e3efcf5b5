"""Figure S1: histograms of σ over the bins of each chromatin state."""

from workflow_scripts.chromaloom.plot.style import (
    DOUBLE,
    GRAY,
    SKY,
    Drawing,
    new_figure,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.figures.sigma_histograms import (
    draw_histogram,
    histogram_table,
    read_sigma,
)

# Chromatin colors of Filion 2010, adjusted for print; other states have one color
COLORS = {"BLACK": "#222222", "BLUE": "#3366CC", "GREEN": "#2E8B57", "RED": "#CC3311",
           "YELLOW": "#E6B800"}  # fmt: skip
MAX_COLUMNS = 6
NO_STATE = "without a state"


def main(sigma: dict[int, str], annotation: str) -> Drawing:
    """Draw a panel per state, and one of the bins without a state."""
    found = read_sigma(sigma, annotation)
    states = sorted(found.state.dropna().unique())
    if not states:
        raise UserError(
            f"{annotation}: no bin has a state;"
            " expected: a segmentation sample that covers the data"
        )
    groups = {state: found[found.state == state] for state in states}
    table = histogram_table(groups | {NO_STATE: found[found.state.isna()]})
    names = list(table.group.unique())
    columns = min(MAX_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure, panels = new_figure(
        DOUBLE, 0.4 + 1.6 * rows, nrows=rows, ncols=columns, sharex=True, sharey=True, squeeze=False
    )
    for axes, name in zip(panels.flat, names, strict=False):
        color = GRAY if name == NO_STATE else COLORS.get(name.upper(), SKY)
        draw_histogram(axes, table[table.group == name], color, name)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        axes.tick_params(labelbottom=True)
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("Bins (%)")
    return figure, table
