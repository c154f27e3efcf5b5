"""Correlation of predicted with true maps by distance, for image and sequence models."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, Drawing, new_figure
from workflow_scripts.enhancement.figures.style import color, in_order, label, split_label

TITLES = {"image": "Image models and hybrid, Observed map", "sequence": "Sequence models, ln O/E"}
MIN_PIXELS = 30  # of a distance that is drawn


def figure_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean and sd over seeds: kind, split, model, distance_kb, pearson, sd, mae, seeds, n."""
    test = scores[scores.split.str.startswith("test") & ~scores.model.str.contains("_without_")]
    grouped = test.groupby(["kind", "split", "model", "distance"])
    table = grouped.agg(pearson=("pearson", "mean"), sd=("pearson", "std"), mae=("mae", "mean"),
                        seeds=("seed", "nunique"), n=("n", "min")).reset_index()  # fmt: skip
    table.insert(3, "distance_kb", table.pop("distance") / 1000)
    return table


def line_style(model: str) -> str:
    """Solid; dotted for controls, dashed for published weights, which share a method's color."""
    if model.endswith("_shuffled"):
        return ":"
    return "--" if model.endswith("_published") else "-"


def main(scores: str) -> Drawing:
    """Draw a panel per kind of maps for the test split, a line per model with a band of one sd."""
    table = figure_table(pd.read_csv(scores, sep="\t", dtype={"sample": str}))
    kinds = [kind for kind in TITLES if (table.kind == kind).any()]
    figure, panels = new_figure(DOUBLE, 3.6, ncols=max(1, len(kinds)), squeeze=False)
    for kind, axes in zip(kinds, panels[0], strict=False):
        own = table[(table.kind == kind) & (table.n >= MIN_PIXELS)]
        # the random split has other test windows
        own = own[~own.model.str.endswith("_random")]
        split = "test" if (own.split == "test").any() else own.split.iloc[0]
        for model in in_order(dict.fromkeys(own.model)):
            line = own[(own.split == split) & (own.model == model)].dropna(subset="pearson")
            axes.plot(line.distance_kb, line.pearson, line_style(model), color=color(model),
                      linewidth=1.0, label=label(model))  # fmt: skip
            sd = line.sd.fillna(0)
            axes.fill_between(line.distance_kb, line.pearson - sd, line.pearson + sd, alpha=0.2,
                              color=color(model), linewidth=0)  # fmt: skip
        axes.axhline(0, color=BLACK, linewidth=0.6, zorder=0)
        axes.set_title(f"{TITLES[kind]}\n({split_label(split)} windows)", loc="left")
        axes.set(xlabel="Distance between bins (kb)", xlim=(0, None))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=6.5)
    panels[0, 0].set_ylabel("Pearson correlation of pixels")
    return figure, table
