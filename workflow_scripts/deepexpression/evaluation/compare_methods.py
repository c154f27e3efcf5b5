"""Test the networks against every other method over the folds: signed-rank, rank-sum, variance.

Zeng 2018 compares variances over folds, one of each cell and number of folds, by a Wilcoxon test,
as `variance_comparison` does. The F-test and Levene's test within a scheme are not in the paper.
"""

import logging
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.folds import parse_scheme
from workflow_scripts.deepexpression.evaluation.scores import (
    POOLED,
    average_over_seeds,
    main_metric,
    read_fold_scores,
)

log = logging.getLogger("chromaloom")

# networks that are tested against every other method of their task
TESTED = ("full", "seq")
ALL_CELLS = "all"
COLUMNS = [
    "cell", "task", "scheme", "metric", "model", "other", "n", "mean", "mean_other", "gain",
    "signed_rank_p", "least_p", "rank_sum_p", "sd", "sd_other", "variance_f", "variance_p",
    "levene_p",
]  # fmt: skip

VARIANCE_COLUMNS = [
    "task", "grouping", "metric", "model", "other", "n", "variance", "variance_other",
    "signed_rank_p", "least_p", "rank_sum_p",
]  # fmt: skip


def main(fold_scores: str, *, tests: str, variances: str) -> None:
    """Write the tests of `method_tests` and of `variance_comparison`."""
    folds = read_fold_scores(fold_scores)
    table = method_tests(folds)
    write_table(table, tests, float_format="%.6g")
    write_table(variance_comparison(folds), variances, float_format="%.6g")
    few = table.n[table.least_p > 0.05]
    if len(few):
        log.info("%d of %d tests have too few folds (%d) for p below 0.05", len(few), len(table),
                 few.max())  # fmt: skip


def signed_rank(differences: np.ndarray) -> float:
    """One-sided p of Wilcoxon's signed-rank test that paired differences are positive.

    Zero differences are dropped (Wilcoxon); p is 1 if none is left.
    """
    left = differences[differences != 0]
    if not len(left):
        return 1.0
    return float(stats.wilcoxon(left, alternative="greater").pvalue)


def variance_tests(values: np.ndarray, others: np.ndarray) -> tuple[float, float, float]:
    """F, its one-sided p that the first variance is smaller, and p of Levene's test.

    F is the variance of `others` over that of `values` and assumes normal scores. Levene's test is
    two-sided, around the median (Brown and Forsythe). NaN for fewer than two values or if both are
    constant.
    """
    if min(len(values), len(others)) < 2 or np.ptp(values) == 0 == np.ptp(others):
        return np.nan, np.nan, np.nan
    first, second = np.var(values, ddof=1), np.var(others, ddof=1)
    ratio = float(second / first) if first else np.inf
    p = float(stats.f.sf(ratio, len(others) - 1, len(values) - 1))
    spread = [np.abs(v - np.median(v)) for v in (values, others)]
    # with two folds the distances from the median are constant, and the test is not defined
    defined = any(np.ptp(s) > 1e-12 for s in spread)
    levene = float(stats.levene(values, others, center="median").pvalue) if defined else np.nan
    return ratio, p, levene


def compare(values: np.ndarray, others: np.ndarray) -> dict[str, float]:
    """Run all tests between the scores of two methods on the same folds, shapes=(n,).

    Returns
    -------
    dict
        n, means, gain (mean difference), signed_rank_p and rank_sum_p (one-sided: the first is
        larger), least_p (smallest possible signed_rank_p with n folds), standard deviations,
        variance_f, variance_p, levene_p. Folds share most of their training genes, so scores are
        not independent, and p is too small.
    """
    n = len(values)
    ratio, f_p, levene = variance_tests(values, others)
    sd, sd_other = (np.std(v, ddof=1) if n > 1 else np.nan for v in (values, others))
    rank_sum = stats.mannwhitneyu(values, others, alternative="greater").pvalue
    return {
        "n": n,
        "mean": values.mean(),
        "mean_other": others.mean(),
        "gain": (values - others).mean(),
        "signed_rank_p": signed_rank(values - others),
        "least_p": 0.5**n,
        "rank_sum_p": float(rank_sum),
        "sd": sd,
        "sd_other": sd_other,
        "variance_f": ratio,
        "variance_p": f_p,
        "levene_p": levene,
    }


def compared_models(models: list[str]) -> list[tuple[str, str]]:
    """Pairs to test: each of `TESTED` with all other complete methods.

    Controls, narrower windows and the full model with a blanked input are left out, and the
    sequence model is not tested against the full one.
    """
    others = [
        m for m in models if not m.endswith(("_shuffled", "kb")) and not m.startswith("full_")
    ]
    pairs = product([m for m in TESTED if m in models], others)
    return [(a, b) for a, b in pairs if a != b and (a, b) != ("seq", "full")]


def method_tests(folds: pd.DataFrame) -> pd.DataFrame:
    """Tests of all pairs of methods by cell, and over the folds of all cells as cell `all`.

    Parameters
    ----------
    folds
        Columns cell, task, scheme, model, seed, fold, metric, value. Scores are first averaged
        over seeds; folds in which either method has no score are left out.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; auc for classification and pcc for regression; `n` is the number of
        folds.
    """
    mean = average_over_seeds(folds)
    mean = mean[mean.metric == mean.task.map(main_metric)]
    rows = []
    for (task, scheme, metric), part in mean.groupby(["task", "scheme", "metric"], sort=False):
        wide = part.pivot_table(index=["cell", "fold"], columns="model", values="value")
        cells = list(dict.fromkeys(part.cell))
        groups = [(cell, wide.loc[[cell]]) for cell in cells]
        groups += [(ALL_CELLS, wide)] if len(cells) > 1 else []
        for (cell, table), (model, other) in product(groups, compared_models(list(wide.columns))):
            both = table[[model, other]].dropna()
            if len(both):
                found = compare(both[model].to_numpy(), both[other].to_numpy())
                key = dict(cell=cell, task=task, scheme=scheme, metric=metric)
                rows.append({**key, "model": model, "other": other, **found})
    return pd.DataFrame(rows, columns=COLUMNS)


def variance_comparison(folds: pd.DataFrame) -> pd.DataFrame:
    """Wilcoxon tests that a network's scores vary less over folds (Zeng 2018, Results).

    A value is the variance over the folds of one cell and one scheme, so the test is over cells and
    numbers of folds. With several seeds it is the mean of the seeds' variances: those of scores
    that are averaged over seeds would be smaller for that reason alone.

    Parameters
    ----------
    folds
        As in `method_tests`.

    Returns
    -------
    DataFrame
        Columns `VARIANCE_COLUMNS`, a row per grouping of schemes (`random`, as published, `family`,
        `chromosome`), network and other method: n pairs of variances, their means, one-sided p of
        the signed-rank and of the rank-sum test that the network's are smaller, and the smallest
        possible signed-rank p. Schemes share genes and networks of one cell do, too, so that p is
        too small.
    """
    parts = folds[(folds.fold != POOLED) & (folds.metric == folds.task.map(main_metric))]
    parts = parts.assign(grouping=[parse_scheme(name)[0] for name in parts.scheme])
    key = ["task", "grouping", "metric", "cell", "scheme", "model"]
    spread = parts.groupby([*key, "seed"], sort=False).value.var()
    spread = spread.groupby(key, sort=False).mean().dropna().reset_index()
    rows = []
    for (task, grouping, metric), part in spread.groupby(key[:3], sort=False):
        wide = part.pivot_table(index=["cell", "scheme"], columns="model", values="value")
        for model, other in compared_models(list(wide.columns)):
            both = wide[[model, other]].dropna()
            if both.empty:
                continue
            ours, others = both[model].to_numpy(), both[other].to_numpy()
            found = dict(
                n=len(both), variance=ours.mean(), variance_other=others.mean(),
                signed_rank_p=signed_rank(others - ours), least_p=0.5 ** len(both),
                rank_sum_p=stats.mannwhitneyu(others, ours, alternative="greater").pvalue,
            )  # fmt: skip
            rows.append(
                dict(task=task, grouping=grouping, metric=metric, model=model, other=other) | found
            )
    return pd.DataFrame(rows, columns=VARIANCE_COLUMNS)


if __name__ == "__main__":
    run_script(main, snakemake)
