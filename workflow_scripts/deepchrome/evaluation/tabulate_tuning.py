"""Join the tuning of all cells and test whether its networks differ."""

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.config.plan import TWO_CONVOLUTIONS


def _p_value(test, *groups: np.ndarray) -> float:
    """Return the P value of a test; 1 if the groups are equal, where most tests give NaN."""
    if all(np.array_equal(groups[0], group) for group in groups[1:]):
        return 1.0
    return float(test(*groups).pvalue)


def compare_networks(table: pd.DataFrame, run_network: str) -> pd.DataFrame:
    """Test whether the validation AUCs of the networks differ, over cell types.

    `p_settings` is the Kruskal-Wallis test over networks with one convolution, as published tests
    over pooled cell types. `p_settings_paired` is Friedman's test of the same networks (at least
    three), which accounts for the level of each cell type and detects much smaller differences.
    `p_layers` is Wilcoxon's signed-rank test of two convolutions against `run_network`, the run's
    own network with one.
    Columns: metric, test, settings (networks), n (cell types), p (NaN if there are too few).
    """
    wide = table.pivot_table(index="cell", columns="model", values="roc_auc_valid")
    groups = [wide[name].to_numpy() for name in wide if name != TWO_CONVOLUTIONS]
    cells, several = len(wide), len(wide) > 1
    rows = []

    def add(metric: str, test: str, number: int, possible: bool, p) -> None:
        rows.append(dict(metric=metric, test=test, settings=number, n=cells,
                         p=p() if possible else np.nan))  # fmt: skip

    add("p_settings", "Kruskal-Wallis", len(groups), several and len(groups) > 1,
        lambda: _p_value(stats.kruskal, *groups))  # fmt: skip
    add("p_settings_paired", "Friedman", len(groups), several and len(groups) > 2,
        lambda: _p_value(stats.friedmanchisquare, *groups))  # fmt: skip
    if TWO_CONVOLUTIONS in wide:
        pair = wide[run_network].to_numpy(), wide[TWO_CONVOLUTIONS].to_numpy()
        add("p_layers", "Wilcoxon signed-rank", 2, several, lambda: _p_value(stats.wilcoxon, *pair))
    return pd.DataFrame(rows)


def metric_rows(table: pd.DataFrame, tests: pd.DataFrame, seed: int) -> list[dict]:
    """Return rows of metrics.tsv: AUCs by network and cell; tests as model deepchrome_tuning."""
    rows = [
        dict(model=row["model"], sample=row["cell"], split=split, seed=seed, metric="roc_auc",
             value=row[f"roc_auc_{split}"], n=row[f"n_{split}"])
        for row in table.to_dict("records") for split in ("valid", "test")
    ]  # fmt: skip
    return rows + [
        dict(model="deepchrome_tuning", sample="all", split="valid", seed=seed,
             metric=test["metric"], value=test["p"], n=test["n"])
        for test in tests.dropna().to_dict("records")
    ]  # fmt: skip


def main(
    tables: list[str], *, run_network: str, seed: int, tuning: str, tests: str, scores: str
) -> None:
    """Write all networks of all cells, the tests between them, and both as rows of metrics.tsv."""
    table = pd.concat([pd.read_csv(path, sep="\t", dtype={"cell": str}) for path in tables])
    compared = compare_networks(table, run_network)
    for path, rows in ((tuning, table), (tests, compared)):
        with atomic_path(path) as temporary:
            rows.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_metrics(scores, metric_rows(table, compared, seed))


if __name__ == "__main__":
    run_script(main, snakemake)
