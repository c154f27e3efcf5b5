"""Gains of the networks over every other method, with the tests of significance beside them."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    GREY,
    Drawing,
    new_figure,
)
from workflow_scripts.deepexpression.evaluation.significance import ALL_CELLS
from workflow_scripts.deepexpression.figures.style import colour, in_order, label

TITLES = {"auc": "Classification: gain in AUC", "pcc": "Regression: gain in PCC"}
TESTS = {"signed_rank_p": "signed-\nrank p", "rank_sum_p": "rank-\nsum p",
         "variance_f": "variance\nratio F", "variance_p": "F-test p",
         "levene_p": "Levene p"}  # fmt: skip


def shown_pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of methods in the order of the figures."""
    pairs = set(zip(table.model, table.other, strict=True))
    models, others = in_order([*{m for m, _ in pairs}]), in_order([*{o for _, o in pairs}])
    return [(m, o) for m in models for o in others if (m, o) in pairs]


def number(value: float) -> str:
    """A p or ratio in few letters; a dash where it is not defined."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.1e}" if value < 0.001 else f"{value:.3g}"


def draw_panel(axes, numbers, rows: pd.DataFrame, pairs: list[tuple[str, str]]) -> None:
    """Draw a row per pair: a bar for all folds, a dot per cell; the tests on axes beside it."""
    whole = whole_of(rows)
    for place, (model, other) in enumerate(pairs):
        own = rows[(rows.model == model) & (rows.other == other)]
        overall, cells = own[own.cell == whole], own[own.cell != ALL_CELLS]
        axes.barh(place, overall.gain, 0.62, color=colour(model))
        if len(cells) > 1:
            axes.plot(cells.gain, np.full(len(cells), place), "o", color=BLACK, markersize=2.5)
        for found in overall.itertuples():
            for column, name in enumerate(TESTS):
                numbers.text(column, place, number(getattr(found, name)), fontsize=6.5, ha="center",
                             va="center")  # fmt: skip
    for column, head in enumerate(TESTS.values()):
        numbers.text(column, -0.7, head, fontsize=6.5, ha="center", va="bottom", color=GREY)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_ylim(len(pairs) - 0.5, -0.6)
    axes.set_yticks(range(len(pairs)), [f"over {label(other)}" for _, other in pairs])
    axes.tick_params(axis="y", length=0)
    numbers.set(xlim=(-0.5, len(TESTS) - 0.5), ylim=axes.get_ylim())
    numbers.set_axis_off()


def whole_of(rows: pd.DataFrame) -> str:
    """Cell whose tests are told: all cells together, or the one that there is."""
    return ALL_CELLS if (rows.cell == ALL_CELLS).any() else rows.cell.iloc[0]


def main(tests: str, *, split: str) -> Drawing:
    """Draw a panel per task, of one split; the table has all splits."""
    table = pd.read_csv(tests, sep="\t", dtype={"cell": str})
    shown = table[table.split == split]
    metrics = [name for name in TITLES if (shown.metric == name).any()]
    pairs = {name: shown_pairs(shown[shown.metric == name]) for name in metrics}
    heights = [len(p) + 3 for p in pairs.values()]
    figure, panels = new_figure(
        DOUBLE, 0.4 + 0.19 * sum(heights), nrows=max(1, len(metrics)), ncols=2, squeeze=False,
        height_ratios=heights or None, width_ratios=[1.25, 1],
    )  # fmt: skip
    for (axes, numbers), metric in zip(panels, metrics, strict=False):
        rows = shown[shown.metric == metric]
        draw_panel(axes, numbers, rows, pairs[metric])
        whole = whole_of(rows)
        over = "all cells" if whole == ALL_CELLS else whole
        folds = f"{rows.n[rows.cell == whole].max()} folds of {over}"
        axes.set_title(f"{TITLES[metric]}, {split}, {folds}", loc="left", pad=6)
    models = in_order(list(set(shown.model)))
    handles = [panels[0, 0].barh([0], [0], color=colour(model)) for model in models]
    figure.legend(handles, [f"Gain of {label(m)}" for m in models], loc="outside upper center",
                  ncols=2)  # fmt: skip
    return figure, table
