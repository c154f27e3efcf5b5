"""Gains of the networks over every other method, with significance tests."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    GRAY,
    Drawing,
    new_figure,
)
from workflow_scripts.deepexpression.evaluation.compare_methods import ALL_CELLS
from workflow_scripts.deepexpression.figures.style import method_color, method_label, sort_methods

TITLES = {"auc": "Classification: gain in AUC", "pcc": "Regression: gain in PCC"}
TESTS = {"signed_rank_p": "signed-\nrank p", "rank_sum_p": "rank-\nsum p",
         "variance_f": "variance\nratio F", "variance_p": "F-test\np",
         "levene_p": "Levene\np", "variances_p": "Wilcoxon,\nvariances,\np"}  # fmt: skip


def shown_pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of methods in display order."""
    pairs = set(zip(table.model, table.other, strict=True))
    models, others = sort_methods([*{m for m, _ in pairs}]), sort_methods([*{o for _, o in pairs}])
    return [(m, o) for m in models for o in others if (m, o) in pairs]


def format_number(value: float) -> str:
    """Short text for a p-value or ratio; a dash if it is not defined."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.1e}" if value < 0.001 else f"{value:.3g}"


def draw_panel(axes, numbers, rows: pd.DataFrame, pairs: list[tuple[str, str]]) -> None:
    """Draw a row per pair: a bar for all folds, a dot per cell, and the tests as text."""
    whole = overall_cell(rows)
    for place, (model, other) in enumerate(pairs):
        own = rows[(rows.model == model) & (rows.other == other)]
        overall, cells = own[own.cell == whole], own[own.cell != ALL_CELLS]
        axes.barh(place, overall.gain, 0.62, color=method_color(model))
        if len(cells) > 1:
            axes.plot(cells.gain, np.full(len(cells), place), "o", color=BLACK, markersize=2.5)
        for found in overall.itertuples():
            for column, name in enumerate(TESTS):
                numbers.text(column, place, format_number(getattr(found, name)), fontsize=6.5,
                             ha="center", va="center")  # fmt: skip
    for column, head in enumerate(TESTS.values()):
        numbers.text(column, -0.7, head, fontsize=6.5, ha="center", va="bottom", color=GRAY)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_ylim(len(pairs) - 0.5, -0.6)
    axes.set_yticks(range(len(pairs)), [f"over {method_label(other)}" for _, other in pairs])
    axes.tick_params(axis="y", length=0)
    numbers.set(xlim=(-0.5, len(TESTS) - 0.5), ylim=axes.get_ylim())
    numbers.set_axis_off()


def overall_cell(rows: pd.DataFrame) -> str:
    """Cell whose tests are shown: `all`, or the only one."""
    return ALL_CELLS if (rows.cell == ALL_CELLS).any() else rows.cell.iloc[0]


def with_variances(tests: pd.DataFrame, variances: pd.DataFrame) -> pd.DataFrame:
    """Tests with `variances_p`, the signed-rank p over all cells and schemes of the grouping."""
    key = ["task", "grouping", "model", "other"]
    found = variances.rename(columns={"signed_rank_p": "variances_p"})[[*key, "variances_p"]]
    grouping = tests.scheme.str.extract(r"^([a-z]+)")[0]
    return tests.assign(grouping=grouping).merge(found, on=key, how="left").drop(columns="grouping")


def main(tests: str, variances: str, *, scheme: str) -> Drawing:
    """Draw a panel per task for one scheme; the table has all schemes."""
    table = with_variances(
        pd.read_csv(tests, sep="\t", dtype={"cell": str}), pd.read_csv(variances, sep="\t")
    )
    shown = table[table.scheme == scheme]
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
        whole = overall_cell(rows)
        over = "all cells" if whole == ALL_CELLS else whole
        folds = f"{rows.n[rows.cell == whole].max()} folds of {over}"
        axes.set_title(f"{TITLES[metric]}, {scheme}, {folds}", loc="left", pad=6)
    models = sort_methods(list(set(shown.model)))
    handles = [panels[0, 0].barh([0], [0], color=method_color(model)) for model in models]
    names = [f"Gain of {method_label(model)}" for model in models]
    figure.legend(handles, names, loc="outside upper center", ncols=2)
    return figure, table
