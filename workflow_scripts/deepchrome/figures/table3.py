"""Table 3: validation AUC of networks of different sizes, over cell types."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.deepchrome.config.tuning import SIZES

STATISTICS = {"max": "max", "min": "min", "mean": "mean"}
TESTS = {
    "p_settings": "between the settings of one convolution (Kruskal-Wallis)",
    "p_settings_paired": "the same, paired by cell type (Friedman)",
    "p_layers": "two convolutions against one (Wilcoxon signed-rank)",
}


def figure_table(tuning: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Max, min and mean over cells by network, beside the published ones.

    `published` has model, statistic and published; columns published_max and so on are empty where
    the paper has no such row.
    """
    grouped = tuning.groupby(["model", *SIZES], sort=False)
    table = grouped.roc_auc_valid.agg(**STATISTICS).join(grouped.size().rename("cells"))
    table = table.reset_index()
    theirs = published.pivot_table(index="model", columns="statistic", values="published")
    for name in STATISTICS:
        column = theirs[name] if name in theirs else pd.Series(dtype=float)
        table[f"published_{name}"] = table["model"].map(column)
    order = table.convolutions * 1e6 + table.kernel * 1e4 + table.pool * 1e2 + table.filters / 1e3
    return table.loc[order.sort_values(kind="stable").index]


def test_lines(tests: pd.DataFrame) -> str:
    """The tests in words, one a line; those that too few cell types allow are left out."""
    known = tests[tests.p.notna()]
    return "\n".join(f"P = {row.p:.3g}: {TESTS[row.metric]}, {row.n} cell types"
                     for row in known.itertuples())  # fmt: skip


def main(tuning: str, tests: str, published: str) -> Drawing:
    """Draw the table, with the tests below it."""
    theirs = pd.read_csv(published, sep="\t", dtype={"statistic": str})
    theirs = theirs[theirs["item"] == "Table 3"]
    table = figure_table(pd.read_csv(tuning, sep="\t"), theirs)
    said = test_lines(pd.read_csv(tests, sep="\t"))
    head = ["kernel", "pool", "filters", "convolutions", "max", "min", "mean",
            "published\nmax", "published\nmin", "published\nmean"]  # fmt: skip
    columns = [*SIZES, *STATISTICS, *(f"published_{name}" for name in STATISTICS)]
    cells = [
        [f"{v:d}" if isinstance(v, int) else "" if pd.isna(v) else f"{v:.{2 if 'pub' in c else 3}f}"
         for c, v in zip(columns, row, strict=True)]
        for row in table[columns].astype(object).itertuples(index=False)
    ]  # fmt: skip
    height = 0.2 * (len(cells) + 2) + 0.14 * (said.count("\n") + 1) + 0.2
    figure, axes = new_figure(DOUBLE, height)
    axes.set_axis_off()
    drawn = axes.table(cells, colLabels=head, loc="center", cellLoc="center", edges="horizontal",
                       bbox=[0, 0, 1, 1])  # fmt: skip
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(7.5)
    for (row, _), cell in drawn.get_celld().items():
        cell.set_linewidth(0.8 if row == 0 else 0.3)
        if row == 0:
            cell.set_height(2 * cell.get_height())  # two lines
    figure.supxlabel(said, fontsize=7, ha="left", x=0.01)
    return figure, table
