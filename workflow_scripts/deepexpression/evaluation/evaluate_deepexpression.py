"""Collect all scores, gains, tests and counts of the run in metrics.tsv."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.evaluation.compare_methods import ALL_CELLS, TESTED
from workflow_scripts.deepexpression.evaluation.scores import (
    AVERAGED,
    CROSS,
    POOLED,
    average_over_seeds,
    main_metric,
    read_fold_scores,
)

Rows = list[dict[str, Any]]
# ablation of the full model, and the model that shows it: trained without the input, or the full
# model with the input blanked
ABLATIONS = {
    "without_promoter": "hichip_only",
    "without_hichip": "seq",
    "promoter_blanked": "full_without_promoter",
    "hichip_blanked": "full_without_hichip",
}


def main(
    *,
    fold_scores: str,
    cross_scores: str,
    tests: str,
    variances: str,
    summary: str,
    layers: str,
    cell: str,
    scores: Sequence[str],
    scheme: str,
    metrics: str,
) -> None:
    """Write metrics.tsv.

    Parameters
    ----------
    fold_scores, cross_scores
        Scores, see `score_deepexpression`.
    tests, variances
        Significance tests, see `compare_methods`.
    summary
        Counts and correlations of the data, see `tabulate_data`.
    layers, cell
        Layers of the networks, see `tabulate_layers`, and their cell; layers can be ''.
    scores
        Tables with the columns of metrics.tsv, whose rows are copied.
    scheme
        The run's main scheme, whose rows are also written as `test` and `cross`.
    metrics
        Output.
    """
    by_fold = read_fold_scores(fold_scores)
    others = pd.read_csv(cross_scores, sep="\t", dtype={"trained": str, "tested": str, "fold": str})
    rows = fold_rows(by_fold) + gain_rows(by_fold) + cross_rows(others)
    rows += significance_rows(pd.read_csv(tests, sep="\t", dtype={"cell": str}))
    rows += main_scheme_rows(rows, scheme)
    rows += variance_rows(pd.read_csv(variances, sep="\t"))
    rows += summary_rows(pd.read_csv(summary, sep="\t", dtype={"cell": str}))
    if layers:
        rows += size_rows(pd.read_csv(layers, sep="\t", keep_default_na=False), cell)
    for path in scores:
        rows += read_metrics(path).to_dict("records")
    write_metrics(metrics, rows)


def row(
    model: str, sample: str, split: str, seed: int, metric: str, value: float, n: int
) -> dict[str, Any]:
    """A row of metrics.tsv."""
    return dict(model=model, sample=sample, split=split, seed=seed, metric=metric, value=value, n=n)


def fold_rows(folds: pd.DataFrame) -> Rows:
    """Scores of every model: split `test_<scheme>_fold<f>`, and `test_<scheme>` over the folds.

    Parameters
    ----------
    folds
        Columns cell, task, scheme, model, seed, fold, metric, value, log10_p, n.

    Returns
    -------
    list of dict
        Over the folds: the metric (mean), metric_sd (n: number of folds), metric_pooled (over all
        genes) and pcc_pooled_log10_p. Undefined scores are left out.
    """
    rows: Rows = []
    known = folds.dropna(subset="value")
    key = ["cell", "task", "scheme", "model", "seed", "metric"]
    for (cell, _, scheme, model, seed, metric), part in known.groupby(key, sort=False):
        where, parts = f"test_{scheme}", part[part.fold != POOLED]
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
    """Gains of the networks over every other model with the same folds.

    For each seed of a network, against the mean over seeds of the other model:
    `<metric>_gain_<other>` (mean difference over folds), `<metric>_variance_drop_<other>` and
    `<metric>_sd_drop_<other>` (variance and standard deviation over folds, other minus network).
    For the full model also `<metric>_percent_<ablation>`: change of the mean (%) by an ablation.
    """
    rows: Rows = []
    mean = average_over_seeds(folds)
    key = ["cell", "task", "scheme", "metric"]
    for (cell, task, scheme, metric), part in mean.groupby(key, sort=False):
        if metric != main_metric(task):
            continue
        wide = part.pivot_table(index="fold", columns="model", values="value")
        own = folds[(folds[key] == [cell, task, scheme, metric]).all(axis=1)]
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
                where = f"test_{scheme}"
                rows += [row(model, cell, where, seed, n, v, len(both)) for n, v in found.items()]
    return rows


def cross_rows(cross: pd.DataFrame) -> Rows:
    """Scores of models on cells that they were not trained on, as split `cross...`.

    Parameters
    ----------
    cross
        Columns task, scheme, model, seed, trained, tested, fold, genes, metric, value, n, see
        `scores.cross_scores`.

    Returns
    -------
    list of dict
        `sample` is the tested cell, values are means over the folds' models. Split
        `cross_<scheme>`: of the mean prediction of the other cells' models, as published;
        `cross_<scheme>_from_<cell>`: of the models of one cell; `cross_heldout_...`: genes that the
        models had not seen. Gains of the networks as in `gain_rows`.
    """
    known, rows = cross.dropna(subset="value"), []
    key = ["genes", "scheme", "tested", "task", "metric"]
    for (genes, scheme, tested, task, metric), part in known.groupby(key, sort=False):
        where = f"{CROSS[genes]}_{scheme}"
        by_source = part.groupby(["trained", "model", "seed"]).agg(
            value=("value", "mean"), n=("n", "sum")
        )
        averaged = by_source.index.get_level_values("trained") == AVERAGED
        over = by_source[averaged].droplevel("trained")
        for (trained, model, seed), found in by_source[~averaged].iterrows():
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
    """P-values of tests between methods, `<metric>_<test>_p_<other>`; n: number of folds."""
    rows: Rows = []
    for found in tests[tests.cell != ALL_CELLS].itertuples():
        for test in ("signed_rank_p", "rank_sum_p", "variance_p", "levene_p"):
            value, name = getattr(found, test), f"{found.metric}_{test}_{found.other}"
            if np.isfinite(value):
                where = f"test_{found.scheme}"
                rows.append(row(found.model, found.cell, where, 0, name, value, found.n))
    return rows


def variance_rows(variances: pd.DataFrame) -> Rows:
    """P-values of Wilcoxon tests of variances over all cells and numbers of folds.

    Sample `all`, split `test_<grouping>`, metrics `<metric>_variances_signed_rank_p_<other>` and
    `..._rank_sum_p_<other>`; n: number of pairs of variances.
    """
    return [
        row(r.model, ALL_CELLS, f"test_{r.grouping}", 0, f"{r.metric}_variances_{test}_{r.other}",
            getattr(r, test), r.n)
        for r in variances.itertuples() for test in ("signed_rank_p", "rank_sum_p")
    ]  # fmt: skip


def main_scheme_rows(rows: Rows, scheme: str) -> Rows:
    """Rows of the run's main scheme once more, with splits `test`, `cross`, ... without its name.

    Published values are compared with these, whatever the number of folds of the run.
    """
    whole = {f"{part}_{scheme}": part for part in ("test", *CROSS.values())}
    return [{**r, "split": whole[r["split"]]} for r in rows if r["split"] in whole]


def size_rows(layers: pd.DataFrame, cell: str) -> Rows:
    """Numbers of parameters and first-layer kernels of the networks, as `size_...` of `data`.

    `layers` is the table of `tabulate_layers`.
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


def summary_rows(summary: pd.DataFrame) -> Rows:
    """Counts and correlations of the cells' data, as model `data` and split `all`."""
    return [
        row("data", r.cell, "all", 0, r.quantity, r.value, r.n)
        for r in summary.dropna(subset="value").itertuples()
    ]


if __name__ == "__main__":
    run_script(main, snakemake)
