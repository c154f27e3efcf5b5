"""Join the tuning of all cells, and test whether the settings differ."""

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.config.tuning import TWO


def _p_value(test, *groups: np.ndarray) -> float:
    """P of a test; 1 where the groups are the same numbers, of which most tests make NaN."""
    if all(np.array_equal(groups[0], group) for group in groups[1:]):
        return 1.0
    return float(test(*groups).pvalue)


def compare_settings(table: pd.DataFrame, own: str) -> pd.DataFrame:
    """Test the validation AUCs of the settings against one another, over cell types.

    `p_settings` is Kruskal-Wallis with the settings of one convolution as groups, as published
    tests over pooled cell types are; `p_settings_paired` is Friedman's test of the same (at least
    three settings), which takes each cell type's own level out and therefore sees far smaller
    differences. `p_layers` is Wilcoxon's signed-rank test of two convolutions against the network
    `own` with one.
    Columns: metric, test, settings, n (cell types), p (empty where a test has too few of them).
    """
    wide = table.pivot_table(index="cell", columns="model", values="roc_auc_valid")
    groups = [wide[name].to_numpy() for name in wide if name != TWO]
    cells, several = len(wide), len(wide) > 1
    rows = []

    def add(metric: str, test: str, number: int, possible: bool, p) -> None:
        rows.append(dict(metric=metric, test=test, settings=number, n=cells,
                         p=p() if possible else np.nan))  # fmt: skip

    add("p_settings", "Kruskal-Wallis", len(groups), several and len(groups) > 1,
        lambda: _p_value(stats.kruskal, *groups))  # fmt: skip
    add("p_settings_paired", "Friedman", len(groups), several and len(groups) > 2,
        lambda: _p_value(stats.friedmanchisquare, *groups))  # fmt: skip
    if TWO in wide:
        pair = wide[own].to_numpy(), wide[TWO].to_numpy()
        add("p_layers", "Wilcoxon signed-rank", 2, several, lambda: _p_value(stats.wilcoxon, *pair))
    return pd.DataFrame(rows)


def metric_rows(table: pd.DataFrame, tests: pd.DataFrame, seed: int) -> list[dict]:
    """Rows of metrics.tsv: AUCs by network and cell, and the tests as model deepchrome_tuning."""
    rows = [
        dict(model=row["model"], sample=row["cell"], split=part, seed=seed, metric="roc_auc",
             value=row[f"roc_auc_{part}"], n=row[f"n_{part}"])
        for row in table.to_dict("records") for part in ("valid", "test")
    ]  # fmt: skip
    return rows + [
        dict(model="deepchrome_tuning", sample="all", split="valid", seed=seed,
             metric=test["metric"], value=test["p"], n=test["n"])
        for test in tests.dropna().to_dict("records")
    ]  # fmt: skip


def main(tables: list[str], *, own: str, seed: int, tuning: str, tests: str, scores: str) -> None:
    """Write all settings of all cells, the tests, and both as rows of metrics.tsv."""
    table = pd.concat([pd.read_csv(path, sep="\t", dtype={"cell": str}) for path in tables])
    found = compare_settings(table, own)
    for path, rows in ((tuning, table), (tests, found)):
        with atomic_path(path) as temporary:
            rows.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_metrics(scores, metric_rows(table, found, seed))


if __name__ == "__main__":
    run_script(main, snakemake)
