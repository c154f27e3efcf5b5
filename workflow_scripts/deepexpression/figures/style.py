"""Names and colours of the methods, and the order of splits, the same in every figure."""

import re

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

SHUFFLED, SEQUENCE = "_shuffled", "_seq"
# Name, colour and marker of a method, in the order of the figures
STYLES = {
    "full": ("DeepExpression", BLUE, "o"),
    "seq": ("DeepExpression-seq", SKY, "s"),
    "hichip_only": ("HiChIP alone", PURPLE, "P"),
    "random_forest": ("Random forest", ORANGE, "^"),
    "svm": ("SVM", VERMILION, "D"),
    "logistic": ("Logistic regression", GREEN, "v"),
    "lasso": ("Lasso", VERMILION, "D"),
    "ridge": ("Ridge", PURPLE, "X"),
    "linear": ("Linear regression", GREEN, "v"),
    "loop_sum": ("Loop sum alone", GREY, "h"),
    "other_lines_mean": ("Mean of the other lines", BLACK, "*"),
}
NO_STYLE = (None, GREY, ".")
SCHEMES = {"random": "", "family": "families\n", "chromosome": "chromosomes\n"}


def base_method(model: str) -> str:
    """A method without what calls it a control."""
    return model.removesuffix(SHUFFLED)


def label(model: str) -> str:
    """Name of a method for a reader; a control's says so, an unknown one is called what it is."""
    base, more = base_method(model), ""
    if base not in STYLES and base.endswith(SEQUENCE):
        base, more = base.removesuffix(SEQUENCE), ", sequence alone"
    name = (STYLES.get(base, NO_STYLE)[0] or base.replace("_", " ")) + more
    return f"{name}, shuffled" if model.endswith(SHUFFLED) else name


def colour(model: str) -> str:
    """Colour of a method; its control has the same."""
    return STYLES.get(base_method(model), NO_STYLE)[1]


def marker(model: str) -> str:
    """Marker of a method; its control has the same."""
    return STYLES.get(base_method(model), NO_STYLE)[2]


def in_order(models: list[str]) -> list[str]:
    """Methods in the order of `STYLES`, each before its control, unknown ones last by name."""
    known = list(STYLES)
    rank = {name: number for number, name in enumerate(known)}
    return sorted(models, key=lambda m: (rank.get(base_method(m), len(known)), m))


def split_key(split: str) -> tuple[int, int]:
    """Place of a split among others: random ones by K, then families, then chromosomes."""
    scheme, number = re.fullmatch(r"([a-z]+)(\d+)", split).groups()
    return list(SCHEMES).index(scheme), int(number)


def split_label(split: str) -> str:
    """Name of a split at an axis of K: K alone for random folds."""
    scheme, number = re.fullmatch(r"([a-z]+)(\d+)", split).groups()
    return f"{SCHEMES[scheme]}{number}"


def scored(metrics: pd.DataFrame, metric: str, models: list[str] | None = None) -> pd.DataFrame:
    """Mean and spread over folds of one metric by cell, split and model, from metrics.tsv.

    Returns
    -------
    DataFrame
        Columns cell, split, model, value (mean over folds and seeds), sd (over folds of the seeds'
        mean; NaN for one fold), low and high (least and largest fold), folds, seeds.
    """
    found = metrics[metrics.metric == metric]
    parts = found.split.str.extract(r"^test_([a-z]+\d+)_fold(\d+)$")
    table = found.assign(cell=found["sample"], split=parts[0], fold=parts[1]).dropna(subset="fold")
    if models is not None:
        table = table[table.model.isin(models)]
    key = ["cell", "split", "model"]
    seeds = table.groupby(key).seed.nunique()
    by_fold = table.groupby([*key, "fold"]).value.mean().groupby(key)
    scores = by_fold.agg(value="mean", sd="std", low="min", high="max", folds="size")
    scores["seeds"] = seeds
    return scores.reset_index()
