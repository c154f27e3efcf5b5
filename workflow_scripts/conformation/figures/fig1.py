"""Figure 1: the two networks with the sizes of the run's own trainings."""

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon, Rectangle

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    Drawing,
    new_figure,
)

SHOWN = ("InputLayer", "Conv1D", "Dense")
TITLES = {"forward": "Forward: profiles to map", "backward": "Backward: map to σ"}
NAMES = {"profiles": "profiles", "sigma": "σ", "pixels": "map of O/E"}
HIGH = 1.5  # height of the longest layer


def shown_layers(layers: pd.DataFrame, network: str) -> pd.DataFrame:
    """Layers of a network that are drawn: input, filter and dense layers, in order."""
    found = layers[(layers.network == network) & layers.kind.isin(SHOWN)]
    return found.reset_index(drop=True)


def window_of(pixels: int) -> int:
    """Bins w of a map of w(w + 1)/2 pixels."""
    return int(np.sqrt(2 * pixels + 0.25) - 0.5 + 1e-9)


def describe(row, before) -> tuple[str, str]:
    """What stands over and under a layer: its name and size, and how it is made."""
    name = NAMES.get(row.layer, row.layer.replace("_", " "))
    if row.layer == "pixels":
        w = window_of(row.length)
        size = f"{w} × {w} bins:\n{row.length:,} pixels"
    elif row.layer == "profiles":
        size = f"{row.channels} factors ×\n{row.length} bins"
    elif row.layer == "sigma":
        size = f"{row.length} bins" + (f" × {row.channels}" if row.channels > 1 else "")
        size += "\n(3 windows)" if before is not None and before.kind == "InputLayer" else ""
    else:
        size = f"{row.length:,} units"
    made = {"InputLayer": "input", "Conv1D": "filter over the\nfactors, sigmoid"}.get(row.kind)
    if made is None:
        made = "dense, sigmoid" if row.layer == "sigma" else "dense, ReLU"
    return f"{name}\n{size}", made


def draw_layer(axes, x: float, y: float, row, longest: float) -> None:
    """Draw a layer around (x, y): a grid of profiles, a bar, or a triangle for a map."""
    high = HIGH * np.sqrt(row.length / longest)
    if row.layer == "pixels":
        axes.add_patch(Polygon([(x - 0.3, y - HIGH / 2), (x + 0.3, y), (x - 0.3, y + HIGH / 2)],
                               facecolor=GREEN, edgecolor=BLACK, linewidth=0.8))  # fmt: skip
        return
    if row.layer == "profiles":
        for number in range(6):
            axes.add_patch(Rectangle((x - 0.3 + 0.1 * number, y - high / 2), 0.09, high,
                                     facecolor=GREY, alpha=0.35 + 0.1 * number))  # fmt: skip
        return
    tone = BLUE if row.layer == "sigma" else ORANGE
    axes.add_patch(Rectangle((x - 0.07, y - high / 2), 0.14, high, facecolor=tone,
                             edgecolor=BLACK, linewidth=0.6))  # fmt: skip


def draw_network(axes, rows: pd.DataFrame, y: float, title: str, longest: float) -> None:
    """Draw the layers of a network from left to right around the height y."""
    total = int(rows.parameters.sum())
    axes.text(-0.55, y + 1.62, f"{title} ({total:,} parameters)", fontsize=8, fontweight="bold")
    before = None
    for x, row in enumerate(rows.itertuples()):
        draw_layer(axes, x, y, row, longest)
        over, under = describe(row, before)
        axes.text(x, y + 0.83, over, ha="center", va="bottom", fontsize=6.5)
        axes.text(x, y - 0.83, under, ha="center", va="top", fontsize=6.5, color=GREY)
        if before is not None:
            axes.annotate("", (x - 0.36, y), (x - 0.64, y),
                          arrowprops={"arrowstyle": "-|>", "color": SKY})  # fmt: skip
        before = row


def main(layers: str) -> Drawing:
    """Draw both networks; heights are on a scale of roots, so that all layers are seen."""
    table = pd.read_csv(layers, sep="\t")
    networks = [name for name in TITLES if (table.network == name).any()]
    figure, axes = new_figure(DOUBLE, 0.2 + 2.0 * len(networks))
    for number, name in enumerate(networks):
        rows = shown_layers(table, name)
        # dropout and flattening have no parameters: nothing of the sum is lost
        draw_network(axes, rows, -3.4 * number, TITLES[name], rows.length.max())
    most = max(len(shown_layers(table, name)) for name in networks)
    axes.set(xlim=(-0.6, most - 0.4), ylim=(-3.4 * (len(networks) - 1) - 1.4, 1.9))
    axes.set_axis_off()
    return figure, table
