"""Tests between methods over the folds of cross-validation."""

from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.deepexpression.evaluation.scores import average_over_seeds, main_metric

# What is tested against every other method of its task; the sequence model not against the full one
TESTED = ("full", "seq")
ALL_CELLS = "all"
COLUMNS = [
    "cell", "task", "split", "metric", "model", "other", "n", "mean", "mean_other", "gain",
    "signed_rank_p", "least_p", "rank_sum_p", "sd", "sd_other", "variance_f", "variance_p",
    "levene_p",
]  # fmt: skip


def signed_rank(differences: np.ndarray) -> float:
    """One-sided p of Wilcoxon's signed-rank test that paired differences are above zero.

    Zeros are dropped, as Wilcoxon does; where nothing is left, p is 1.
    """
    left = differences[differences != 0]
    if not len(left):
        return 1.0
    return float(stats.wilcoxon(left, alternative="greater").pvalue)


def variance_tests(values: np.ndarray, others: np.ndarray) -> tuple[float, float, float]:
    """F, its one-sided p that the first variance is the smaller, and p of Levene's test.

    F is variance of `others` over that of `values`, which supposes normal scores. Levene's test is
    two-sided, around the median (Brown and Forsythe), and does not. NaN below two values or where
    neither varies.
    """
    if min(len(values), len(others)) < 2 or np.ptp(values) == 0 == np.ptp(others):
        return np.nan, np.nan, np.nan
    first, second = np.var(values, ddof=1), np.var(others, ddof=1)
    ratio = float(second / first) if first else np.inf
    p = float(stats.f.sf(ratio, len(others) - 1, len(values) - 1))
    spread = [np.abs(v - np.median(v)) for v in (values, others)]
    # two folds each: the distances from the median do not vary, and the test is not defined
    defined = any(np.ptp(s) > 1e-12 for s in spread)
    levene = float(stats.levene(values, others, center="median").pvalue) if defined else np.nan
    return ratio, p, levene


def compare(values: np.ndarray, others: np.ndarray) -> dict[str, float]:
    """All tests between the scores of two methods on the same folds, shapes=(n,).

    Returns
    -------
    dict
        n, means, gain (mean difference), signed_rank_p and rank_sum_p (one-sided: the first is
        larger), least_p (the least that the signed-rank test can give with n folds), standard
        deviations, variance_f, variance_p, levene_p. Folds share most of their training genes,
        so that scores are not independent: p are on the low side.
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
    """Pairs to test: each of `TESTED` with all others that are whole methods.

    Controls, narrower windows, and the full model with an input blanked are none.
    """
    others = [
        m for m in models if not m.endswith(("_shuffled", "kb")) and not m.startswith("full_")
    ]
    pairs = product([m for m in TESTED if m in models], others)
    return [(a, b) for a, b in pairs if a != b and (a, b) != ("seq", "full")]


def method_tests(folds: pd.DataFrame) -> pd.DataFrame:
    """Tests of all pairs of methods by cell, and over the folds of all cells, as cell `all`.

    Parameters
    ----------
    folds
        Columns cell, task, split, model, seed, fold, metric, value. Scores of several seeds are
        averaged fold by fold first; folds that one of the two has no score for are left out.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: auc of classification and pcc of regression; `n` counts folds.
    """
    mean = average_over_seeds(folds)
    mean = mean[mean.metric == mean.task.map(main_metric)]
    rows = []
    for (task, split, metric), part in mean.groupby(["task", "split", "metric"], sort=False):
        wide = part.pivot_table(index=["cell", "fold"], columns="model", values="value")
        cells = list(dict.fromkeys(part.cell))
        groups = [(cell, wide.loc[[cell]]) for cell in cells]
        groups += [(ALL_CELLS, wide)] if len(cells) > 1 else []
        for (cell, table), (model, other) in product(groups, compared_models(list(wide.columns))):
            both = table[[model, other]].dropna()
            if len(both):
                found = compare(both[model].to_numpy(), both[other].to_numpy())
                key = dict(cell=cell, task=task, split=split, metric=metric)
                rows.append({**key, "model": model, "other": other, **found})
    return pd.DataFrame(rows, columns=COLUMNS)
