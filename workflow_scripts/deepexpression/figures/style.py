"""Names, colors and order of methods and cross-validation schemes, shared by all figures."""

import re

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

SHUFFLED, SEQUENCE = "_shuffled", "_seq"
# name, color and marker of each method, in the order of the figures
STYLES = {
    "full": ("DeepExpression", BLUE, "o"),
    "seq": ("DeepExpression-seq", SKY, "s"),
    "hichip_only": ("HiChIP only", PURPLE, "P"),
    "random_forest": ("Random forest", ORANGE, "^"),
    "svm": ("SVM", VERMILION, "D"),
    "logistic": ("Logistic regression", GREEN, "v"),
    "lasso": ("Lasso", VERMILION, "D"),
    "ridge": ("Ridge", PURPLE, "X"),
    "linear": ("Linear regression", GREEN, "v"),
    "loop_sum": ("Loop sum only", GRAY, "h"),
    "other_cells_mean": ("Mean of the other cells", BLACK, "*"),
}
NO_STYLE = (None, GRAY, ".")
GROUPINGS = {"random": "", "family": "families\n", "chromosome": "chromosomes\n"}


def base_method(model: str) -> str:
    """Name of a method without the suffix of its control."""
    return model.removesuffix(SHUFFLED)


def method_label(model: str) -> str:
    """Display name of a method; unknown methods keep their own name."""
    base, more = base_method(model), ""
    if base not in STYLES and base.endswith(SEQUENCE):
        base, more = base.removesuffix(SEQUENCE), ", sequence only"
    name = (STYLES.get(base, NO_STYLE)[0] or base.replace("_", " ")) + more
    return f"{name}, shuffled" if model.endswith(SHUFFLED) else name


def method_color(model: str) -> str:
    """Color of a method and its control."""
    return STYLES.get(base_method(model), NO_STYLE)[1]


def method_marker(model: str) -> str:
    """Marker of a method and its control."""
    return STYLES.get(base_method(model), NO_STYLE)[2]


def sort_methods(models: list[str]) -> list[str]:
    """Methods in the order of `STYLES`, each before its control; unknown ones last, by name."""
    known = list(STYLES)
    rank = {name: number for number, name in enumerate(known)}
    return sorted(models, key=lambda m: (rank.get(base_method(m), len(known)), m))


def scheme_key(scheme: str) -> tuple[int, int]:
    """Sort key of a scheme: random by K, then families, then chromosomes."""
    grouping, n_folds = re.fullmatch(r"([a-z]+)(\d+)", scheme).groups()
    return list(GROUPINGS).index(grouping), int(n_folds)


def scheme_label(scheme: str) -> str:
    """Label of a scheme on an axis of K; only K for random folds."""
    grouping, n_folds = re.fullmatch(r"([a-z]+)(\d+)", scheme).groups()
    return f"{GROUPINGS[grouping]}{n_folds}"


def fold_statistics(
    metrics: pd.DataFrame, metric: str, models: list[str] | None = None
) -> pd.DataFrame:
    """Mean and spread over folds of a metric by cell, scheme and model, from metrics.tsv.

    Returns
    -------
    DataFrame
        Columns cell, scheme, model, value (mean over folds and seeds), sd (over folds, of the mean
        over seeds; NaN for one fold), low and high (minimum and maximum fold), folds, seeds.
    """
    found = metrics[metrics.metric == metric]
    parts = found.split.str.extract(r"^test_([a-z]+\d+)_fold(\d+)$")
    table = found.assign(cell=found["sample"], scheme=parts[0], fold=parts[1]).dropna(subset="fold")
    if models is not None:
        table = table[table.model.isin(models)]
    key = ["cell", "scheme", "model"]
    seeds = table.groupby(key).seed.nunique()
    by_fold = table.groupby([*key, "fold"]).value.mean().groupby(key)
    scores = by_fold.agg(value="mean", sd="std", low="min", high="max", folds="size")
    scores["seeds"] = seeds
    return scores.reset_index()
