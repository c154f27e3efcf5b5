"""Table 3: validation AUC of networks of different sizes, over cell types."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing, new_figure
from workflow_scripts.deepchrome.config.plan import NETWORK_SIZES

STATISTICS = {"max": "max", "min": "min", "mean": "mean"}
TESTS = {
    "p_settings": "between networks with one convolution (Kruskal-Wallis)",
    "p_settings_paired": "between the same networks, paired by cell type (Friedman)",
    "p_layers": "between two convolutions and one (Wilcoxon signed-rank)",
}


def figure_table(tuning: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return maximum, minimum and mean over cells by network, with the published values.

    `published` has model, statistic and published; published_max, published_min and published_mean
    are NaN for networks that the paper does not have.
    """
    grouped = tuning.groupby(["model", *NETWORK_SIZES], sort=False)
    table = grouped.roc_auc_valid.agg(**STATISTICS).join(grouped.size().rename("cells"))
    table = table.reset_index()
    known = published.pivot_table(index="model", columns="statistic", values="published")
    for name in STATISTICS:
        column = known[name] if name in known else pd.Series(dtype=float)
        table[f"published_{name}"] = table["model"].map(column)
    order = table.convolutions * 1e6 + table.kernel * 1e4 + table.pool * 1e2 + table.filters / 1e3
    return table.loc[order.sort_values(kind="stable").index]


def p_value_lines(tests: pd.DataFrame) -> str:
    """Return one line of text per test, without tests that had too few cell types."""
    known = tests[tests.p.notna()]
    return "\n".join(f"P = {row.p:.3g}: {TESTS[row.metric]}, {row.n} cell types"
                     for row in known.itertuples())  # fmt: skip


def main(tuning: str, tests: str, published: str) -> Drawing:
    """Draw the table with the P values of the tests below it."""
    known = pd.read_csv(published, sep="\t", dtype={"statistic": str})
    known = known[known["item"] == "Table 3"]
    table = figure_table(pd.read_csv(tuning, sep="\t"), known)
    tested = p_value_lines(pd.read_csv(tests, sep="\t"))
    head = ["kernel", "pool", "filters", "convolutions", "max", "min", "mean",
            "published\nmax", "published\nmin", "published\nmean"]  # fmt: skip
    columns = [*NETWORK_SIZES, *STATISTICS, *(f"published_{name}" for name in STATISTICS)]
    cells = [
        [f"{v:d}" if isinstance(v, int) else "" if pd.isna(v) else f"{v:.{2 if 'pub' in c else 3}f}"
         for c, v in zip(columns, row, strict=True)]
        for row in table[columns].astype(object).itertuples(index=False)
    ]  # fmt: skip
    height = 0.2 * (len(cells) + 2) + 0.14 * (tested.count("\n") + 1) + 0.2
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
    figure.supxlabel(tested, fontsize=7, ha="left", x=0.01)
    return figure, table
