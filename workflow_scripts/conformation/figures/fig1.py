"""Figure 1: the two networks, with the sizes of those of this run."""

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon, Rectangle

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    SKY,
    Drawing,
    new_figure,
)

SHOWN_KINDS = ("InputLayer", "Conv1D", "Dense")
TITLES = {"forward": "Forward: profiles to map", "backward": "Backward: map to σ"}
NAMES = {"profiles": "profiles", "sigma": "σ", "pixels": "map of O/E"}
MAX_HEIGHT = 1.5  # of the longest layer, in data units


def shown_layers(layers: pd.DataFrame, network: str) -> pd.DataFrame:
    """Layers of a network that are shown: input, filter and dense layers, in order."""
    found = layers[(layers.network == network) & layers.kind.isin(SHOWN_KINDS)]
    return found.reset_index(drop=True)


def window_size(pixels: int) -> int:
    """Bins w of a map of w(w + 1)/2 pixels."""
    return int(np.sqrt(2 * pixels + 0.25) - 0.5 + 1e-9)


def layer_labels(row, previous) -> tuple[str, str]:
    """Labels above and below a layer: name and size, and operation."""
    name = NAMES.get(row.layer, row.layer.replace("_", " "))
    if row.layer == "pixels":
        w = window_size(row.length)
        size = f"{w} × {w} bins:\n{row.length:,} pixels"
    elif row.layer == "profiles":
        size = f"{row.channels} factors ×\n{row.length} bins"
    elif row.layer == "sigma":
        size = f"{row.length} bins" + (f" × {row.channels}" if row.channels > 1 else "")
        size += "\n(3 windows)" if previous is not None and previous.kind == "InputLayer" else ""
    else:
        size = f"{row.length:,} units"
    operation = {"InputLayer": "input", "Conv1D": "filter over the\nfactors, sigmoid"}.get(row.kind)
    if operation is None:
        operation = "dense, sigmoid" if row.layer == "sigma" else "dense, ReLU"
    return f"{name}\n{size}", operation


def draw_layer(axes, x: float, y: float, row, longest: float) -> None:
    """Draw a layer at (x, y): a grid of profiles, a bar, or a triangle for a map."""
    height = MAX_HEIGHT * np.sqrt(row.length / longest)
    if row.layer == "pixels":
        corners = [(x - 0.3, y - MAX_HEIGHT / 2), (x + 0.3, y), (x - 0.3, y + MAX_HEIGHT / 2)]
        axes.add_patch(Polygon(corners, facecolor=GREEN, edgecolor=BLACK, linewidth=0.8))
        return
    if row.layer == "profiles":
        for number in range(6):
            axes.add_patch(Rectangle((x - 0.3 + 0.1 * number, y - height / 2), 0.09, height,
                                     facecolor=GRAY, alpha=0.35 + 0.1 * number))  # fmt: skip
        return
    color = BLUE if row.layer == "sigma" else ORANGE
    axes.add_patch(Rectangle((x - 0.07, y - height / 2), 0.14, height, facecolor=color,
                             edgecolor=BLACK, linewidth=0.6))  # fmt: skip


def draw_network(axes, rows: pd.DataFrame, y: float, title: str, longest: float) -> None:
    """Draw the layers of a network from left to right at the height y."""
    total = int(rows.parameters.sum())
    axes.text(-0.55, y + 1.62, f"{title} ({total:,} parameters)", fontsize=8, fontweight="bold")
    previous = None
    for x, row in enumerate(rows.itertuples()):
        draw_layer(axes, x, y, row, longest)
        above, below = layer_labels(row, previous)
        axes.text(x, y + 0.83, above, ha="center", va="bottom", fontsize=6.5)
        axes.text(x, y - 0.83, below, ha="center", va="top", fontsize=6.5, color=GRAY)
        if previous is not None:
            axes.annotate("", (x - 0.36, y), (x - 0.64, y),
                          arrowprops={"arrowstyle": "-|>", "color": SKY})  # fmt: skip
        previous = row


def main(layers: str) -> Drawing:
    """Draw both networks; heights are on a square-root scale, so that all layers are visible."""
    table = pd.read_csv(layers, sep="\t")
    networks = [name for name in TITLES if (table.network == name).any()]
    figure, axes = new_figure(DOUBLE, 0.2 + 2.0 * len(networks))
    for number, name in enumerate(networks):
        rows = shown_layers(table, name)
        # layers that are not shown (dropout, flatten) have no parameters: the sum is complete
        draw_network(axes, rows, -3.4 * number, TITLES[name], rows.length.max())
    n_layers = max(len(shown_layers(table, name)) for name in networks)
    axes.set(xlim=(-0.6, n_layers - 0.4), ylim=(-3.4 * (len(networks) - 1) - 1.4, 1.9))
    axes.set_axis_off()
    return figure, table
