"""Rows of metrics.tsv: scores by fold and over folds, gains over other methods, ablations."""

from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.deepexpression.evaluation.scores import (
    CROSS,
    POOLED,
    average_over_seeds,
    main_metric,
)
from workflow_scripts.deepexpression.evaluation.significance import ALL_CELLS, TESTED

Rows = list[dict[str, Any]]
# What is taken out of the full model, and what is left: a model trained without it, or the full
# model itself with that input blanked
ABLATIONS = {
    "without_promoter": "hichip_only",
    "without_hichip": "seq",
    "promoter_blanked": "full_without_promoter",
    "hichip_blanked": "full_without_hichip",
}


def row(
    model: str, sample: str, split: str, seed: int, metric: str, value: float, n: int
) -> dict[str, Any]:
    """A row with the columns of metrics.tsv."""
    return dict(model=model, sample=sample, split=split, seed=seed, metric=metric, value=value, n=n)


def split_rows(folds: pd.DataFrame) -> Rows:
    """Scores of every model in split `test_<split>_fold<f>`, and over the folds in `test_<split>`.

    Parameters
    ----------
    folds
        Columns cell, task, split, model, seed, fold, metric, value, log10_p, n.

    Returns
    -------
    list of dict
        Over the folds: the metric (mean), metric_sd (n: folds), metric_pooled (over all genes) and
        pcc_pooled_log10_p. Scores that are not defined are left out.
    """
    rows: Rows = []
    known = folds.dropna(subset="value")
    key = ["cell", "task", "split", "model", "seed", "metric"]
    for (cell, _, split, model, seed, metric), part in known.groupby(key, sort=False):
        where, parts = f"test_{split}", part[part.fold != POOLED]
        for found in parts.itertuples():
            at = f"{where}_fold{found.fold}"
            rows.append(row(model, cell, at, seed, metric, found.value, found.n))
        if len(parts):
            mean, genes = parts.value.mean(), int(parts.n.sum())
            rows.append(row(model, cell, where, seed, metric, mean, genes))
        if len(parts) > 1:
            sd = parts.value.std()
            rows.append(row(model, cell, where, seed, f"{metric}_sd", sd, len(parts)))
        for found in part[part.fold == POOLED].itertuples():
            name = f"{metric}_pooled"
            rows.append(row(model, cell, where, seed, name, found.value, found.n))
            if np.isfinite(found.log10_p):
                name = f"{name}_log10_p"
                rows.append(row(model, cell, where, seed, name, found.log10_p, found.n))
    return rows


def gain_rows(folds: pd.DataFrame) -> Rows:
    """How much better and steadier the networks are than every other model of the same folds.

    Per seed of a network against the mean over seeds of the other model: `<metric>_gain_<other>`
    (mean difference over folds), `<metric>_variance_drop_<other>` and `<metric>_sd_drop_<other>`
    (variance and standard deviation over folds of the other minus ours); of the full model,
    `<metric>_percent_<ablation>`: change (%) of the mean when a part of it is taken out.
    """
    rows: Rows = []
    mean = average_over_seeds(folds)
    key = ["cell", "task", "split", "metric"]
    for (cell, task, split, metric), part in mean.groupby(key, sort=False):
        if metric != main_metric(task):
            continue
        wide = part.pivot_table(index="fold", columns="model", values="value")
        own = folds[(folds[key] == [cell, task, split, metric]).all(axis=1)]
        own = own[own.model.isin(TESTED) & (own.fold != POOLED)]
        for (model, seed), runs in own.groupby(["model", "seed"]):
            values = runs.set_index("fold").value
            for other in wide.columns.difference([model]):
                both = pd.DataFrame({"ours": values, "other": wide[other]}).dropna()
                found = {f"{metric}_gain_{other}": (both.ours - both.other).mean()}
                if len(both) > 1:
                    variance = both.var()
                    found[f"{metric}_variance_drop_{other}"] = variance.other - variance.ours
                    found[f"{metric}_sd_drop_{other}"] = np.diff(variance[::-1] ** 0.5).item() * -1
                for name, left in ABLATIONS.items():
                    if (model, left) == ("full", other):
                        change = 100 * (both.other.mean() / both.ours.mean() - 1)
                        found[f"{metric}_percent_{name}"] = change
                where = f"test_{split}"
                rows += [row(model, cell, where, seed, n, v, len(both)) for n, v in found.items()]
    return rows


def cross_rows(cross: pd.DataFrame) -> Rows:
    """Scores of networks on cells that they were not trained on, as split `cross...`.

    Parameters
    ----------
    cross
        Columns task, split, model, seed, trained, tested, fold, genes, metric, value, n.

    Returns
    -------
    list of dict
        `sample` is the cell tested on. Split `cross_<split>_from_<cell>`: mean over the folds'
        models; `cross_<split>`: mean over the cells trained on, too; `cross_heldout_...`: genes
        that the models had not seen. Gains of the networks over the others, as in `gain_rows`.
    """
    known, rows = cross.dropna(subset="value"), []
    key = ["genes", "split", "tested", "task", "metric"]
    for (genes, split, tested, task, metric), part in known.groupby(key, sort=False):
        where = f"{CROSS[genes]}_{split}"
        by_pair = part.groupby(["model", "seed", "trained"]).agg(
            value=("value", "mean"), n=("n", "sum")
        )
        over = by_pair.groupby(["model", "seed"]).agg(value=("value", "mean"), n=("n", "sum"))
        for (model, seed, trained), found in by_pair.iterrows():
            at = f"{where}_from_{trained}"
            rows.append(row(model, tested, at, seed, metric, found.value, int(found.n)))
        for (model, seed), found in over.iterrows():
            rows.append(row(model, tested, where, seed, metric, found.value, int(found.n)))
        if metric != main_metric(task):
            continue
        means = over.value.groupby("model").mean()
        for (model, seed), found in over.iterrows():
            for other in means.index.difference([model]) if model in TESTED else []:
                name = f"{metric}_gain_{other}"
                gain = found.value - means[other]
                rows.append(row(model, tested, where, seed, name, gain, int(found.n)))
    return rows


def significance_rows(tests: pd.DataFrame) -> Rows:
    """One-sided p of the tests between methods, `<metric>_<test>_p_<other>`; n counts folds."""
    rows: Rows = []
    for found in tests[tests.cell != ALL_CELLS].itertuples():
        for test in ("signed_rank_p", "rank_sum_p", "variance_p", "levene_p"):
            value, name = getattr(found, test), f"{found.metric}_{test}_{found.other}"
            if np.isfinite(value):
                where = f"test_{found.split}"
                rows.append(row(found.model, found.cell, where, 0, name, value, found.n))
    return rows


def main_split_rows(rows: Rows, split: str) -> Rows:
    """Rows of the run's first split again under names without it: `test`, `cross`, ...

    Published numbers are laid beside these, whatever the number of folds of the run.
    """
    whole = {f"{part}_{split}": part for part in ("test", *CROSS.values())}
    return [{**r, "split": whole[r["split"]]} for r in rows if r["split"] in whole]


def size_rows(layers: pd.DataFrame, cell: str) -> Rows:
    """Parameters of each network, and numbers of its first kernels, as `size_...` of model `data`.

    `layers` is the table of `tabulate_expression_layers`.
    """
    rows: Rows = []
    for network, found in layers.groupby("network", sort=False):
        total = int(found.parameters.sum())
        rows.append(row("data", cell, "all", 0, f"size_{network}_parameters", total, 1))
        first = found[found.layer == "first_convolution"]
        if len(first):
            kernels = int(first.channels.iloc[0])
            rows.append(row("data", cell, "all", 0, f"size_{network}_kernels", kernels, 1))
    return rows
