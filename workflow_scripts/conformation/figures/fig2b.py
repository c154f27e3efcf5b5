"""Figure 2b: weights of the filter over the factors, sorted."""

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    ORANGE,
    SINGLE,
    Drawing,
    new_figure,
)
from workflow_scripts.conformation.evaluation.weight_signs import plain_name, published_signs

SIGN_MARKERS = {1: "^", -1: "v"}


def figure_table(weights: dict[int, pd.DataFrame], published: pd.DataFrame) -> pd.DataFrame:
    """Weights by factor and seed, factors in ascending order of the mean over seeds.

    Columns factor, seed, weight, mean, published_sign (empty if not published), place (order in the
    data).
    """
    table = pd.concat(weights, names=["seed"]).reset_index("seed")
    # a factor listed twice has two bars, identified by their place
    table["place"] = table.groupby("seed").cumcount()
    table["mean"] = table.groupby("place").weight.transform("mean")
    signs = published_signs(published)
    table["published_sign"] = table.factor.map(plain_name).map(signs).astype("Int64")
    table = table.sort_values(["mean", "place", "seed"], kind="stable")
    return table[["factor", "seed", "weight", "mean", "published_sign", "place"]]


def main(weights: dict[int, str], published: str) -> Drawing:
    """Draw a bar per factor (mean over seeds), a point per seed, and the published sign."""
    table = figure_table(
        {seed: pd.read_csv(path, sep="\t") for seed, path in weights.items()},
        pd.read_csv(published, sep="\t", keep_default_na=False),
    )
    bars = table.drop_duplicates("place").reset_index(drop=True)
    position = dict(zip(bars.place, bars.index, strict=True))
    figure, axes = new_figure(SINGLE * 1.3 if len(bars) <= 24 else DOUBLE, 2.6)
    colors = [ORANGE if value > 0 else BLUE for value in bars["mean"]]
    axes.bar(bars.index, bars["mean"], 0.75, color=colors)
    axes.plot(table.place.map(position), table.weight, ".", color=BLACK, markersize=2.5, alpha=0.7)
    low, high = axes.get_ylim()
    edge = low - 0.08 * (high - low)
    for row in bars[bars.published_sign.notna()].itertuples():
        axes.plot(row.Index, edge, SIGN_MARKERS[row.published_sign], color=GRAY, markersize=3.5)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_xticks(bars.index, bars.factor, rotation=90)
    axes.set(ylabel="Filter weight", xlim=(-0.7, len(bars) - 0.3))
    handles = [Patch(color=ORANGE, label="increases σ"), Patch(color=BLUE, label="decreases σ")]
    handles.append(Line2D([], [], color=BLACK, marker=".", linestyle="", label="seed"))
    if bars.published_sign.notna().any():
        handles += [Line2D([], [], color=GRAY, marker=mark, linestyle="", markersize=3.5,
                        label=f"published: {'positive' if sign > 0 else 'negative'}")
                 for sign, mark in SIGN_MARKERS.items()]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=3 if len(bars) <= 24 else 5)
    return figure, table.drop(columns="place")
