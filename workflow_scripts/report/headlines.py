"""The few numbers that stand for a run: a model, a simple baseline and the published value."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

PUBLISHED = Path(__file__).parents[2] / "resources" / "published"
# Papers in the order in which a report shows them, with the names that it shows
TITLES = {
    "deepchrome": "DeepChrome",
    "conformation": "Conformation",
    "deepexpression": "DeepExpression",
    "enhancement": "Enhancement",
}


class Baseline(NamedTuple):
    """A model that a headline is compared with, scored by the same metric on the same split."""

    model: str
    label: str


class Choice(NamedTuple):
    """Which rows of a paper's metrics.tsv make a headline.

    The best of the `baselines` that the run has is shown: a headline must not owe its looks to a
    weak one. `needs` and `lacks` name models that the run must or must not have. `lead` marks the
    numbers for a reader who wants five.
    """

    paper: str
    label: str
    unit: str
    model: str
    metric: str
    baselines: tuple[Baseline, ...]
    split: str = "test"
    needs: str = ""
    lacks: str = ""
    lead: bool = False


class Headline(NamedTuple):
    """A headline number of a run.

    `value` and `baseline` are means over `samples` of the means over seeds; `sd` is the standard
    deviation over samples, or over seeds where there is one sample (None: a single value).
    `published` and `published_baseline` are the paper's own numbers, on the paper's data. What a
    run or a paper lacks is None, and `baseline_label` is then empty.
    """

    paper: str
    label: str
    unit: str
    value: float
    sd: float | None
    samples: int
    seeds: int
    baseline_label: str
    baseline: float | None
    published: float | None
    published_baseline: float | None
    lead: bool


_CHROME_BASELINES = (
    Baseline("logistic", "logistic regression"),
    Baseline("gradient_boosting", "gradient boosting"),
    Baseline("random_forest", "random forest"),
    Baseline("svm_best_bin", "SVM, best bin"),
)
_MAP_BASELINES = (Baseline("ridge", "ridge regression"), Baseline("linear", "linear network"))
_EXPRESSION_BASELINES = (
    Baseline("random_forest", "random forest"),
    Baseline("lasso", "lasso"),
    Baseline("ridge", "ridge regression"),
    Baseline("logistic", "logistic regression"),
    Baseline("svm", "SVM"),
    Baseline("linear", "linear regression"),
)
_SEQUENCE_BASELINES = tuple(
    Baseline(f"{model}_seq", f"{label}, sequence alone") for model, label in _EXPRESSION_BASELINES
)
_IMAGE_BASELINES = (Baseline("downsampled", "input map, not enhanced"),)
_SHUFFLED_DNA = (Baseline("sequence_akita_shuffled", "the same, trained on shuffled DNA"),)

# of every metric here more is better
CHOICES = (
    Choice("deepchrome", "DeepChrome network: test AUC", "AUC", "deepchrome", "roc_auc",
           _CHROME_BASELINES, lead=True),
    Choice("deepchrome", "SVM on the best bin: test AUC", "AUC", "svm_best_bin", "roc_auc", ()),
    Choice("conformation", "Forward network: correlation within a test window", "r", "forward",
           "window_r", _MAP_BASELINES, lead=True),
    Choice("conformation", "Pairwise model: correlation of the map, log O/E", "r",
           "forward_pairwise", "log_map_r", _MAP_BASELINES, lead=True),
    Choice("conformation", "Backward network: correlation of σ within a test window", "r",
           "backward", "backward_window_r", ()),
    Choice("deepexpression", "Promoter and HiChIP: correlation with expression", "PCC", "full",
           "pcc", _EXPRESSION_BASELINES, lead=True),
    Choice("deepexpression", "Promoter alone: correlation with expression", "PCC", "seq", "pcc",
           _SEQUENCE_BASELINES, needs="full"),
    # without HiChIP the baselines have the promoter alone by their plain names
    Choice("deepexpression", "Promoter: correlation with expression", "PCC", "seq", "pcc",
           _EXPRESSION_BASELINES, lacks="full", lead=True),
    Choice("deepexpression", "Promoter and HiChIP: test AUC", "AUC", "full", "auc",
           _EXPRESSION_BASELINES),
    Choice("deepexpression", "Promoter alone: test AUC", "AUC", "seq", "auc",
           _SEQUENCE_BASELINES, needs="full"),
    Choice("deepexpression", "Promoter: test AUC", "AUC", "seq", "auc",
           _EXPRESSION_BASELINES, lacks="full"),
    Choice("enhancement", "Image model: correlation with the high-resolution map", "r", "image",
           "pearson_per_map", _IMAGE_BASELINES, lead=True),
    Choice("enhancement", "Image model: stratum-adjusted correlation", "SCC", "image",
           "scc_hicreppy", _IMAGE_BASELINES),
    Choice("enhancement", "Sequence model, Akita-like: correlation with the map", "r",
           "sequence_akita", "pearson", _SHUFFLED_DNA),
    Choice("enhancement", "Hybrid: correlation with the high-resolution map", "r", "hybrid",
           "pearson_per_map", _IMAGE_BASELINES),
)  # fmt: skip


def _chosen(metrics: pd.DataFrame, model: str, choice: Choice) -> pd.DataFrame:
    """Rows of a model by a choice's metric and split."""
    return metrics[
        (metrics.model == model)
        & (metrics.split == choice.split)
        & (metrics.metric == choice.metric)
    ]


def _mean(rows: pd.DataFrame) -> float | None:
    """Mean over samples of the means over seeds; None without rows."""
    return float(rows.groupby("sample").value.mean().mean()) if len(rows) else None


def _published(table: pd.DataFrame, model: str, choice: Choice, samples: set[str]) -> float | None:
    """The paper's value for the run's only sample, or its mean over samples."""
    rows = table[
        (table.model == model)
        & (table.split == choice.split)
        & (table.metric == choice.metric)
        & table.statistic.isin(["", "mean"])
    ]
    own = rows[rows["sample"].isin(samples)]
    rows = own if len(samples) == 1 and len(own) else rows[rows["sample"] == ""]
    return float(rows.published.iloc[0]) if len(rows) else None


def paper_headlines(paper: str, metrics: pd.DataFrame, published: pd.DataFrame) -> list[Headline]:
    """Headlines of one paper for which its metrics have rows, in the order of `CHOICES`.

    Parameters
    ----------
    paper
        Name of the paper, as in the config.
    metrics
        Columns of `chromaloom.metrics.COLUMNS`.
    published
        A table of `resources/published`, every column as text.
    """
    found = []
    models = {"", *metrics.model}
    for choice in CHOICES:
        rows = _chosen(metrics, choice.model, choice)
        if choice.paper != paper or rows.empty:
            continue
        if choice.needs not in models or choice.lacks in models - {""}:
            continue
        by_sample, samples = rows.groupby("sample").value, set(rows["sample"])
        spread = by_sample.mean() if by_sample.ngroups > 1 else rows.value
        means = {b: _mean(_chosen(metrics, b.model, choice)) for b in choice.baselines}
        scored = {b: value for b, value in means.items() if value is not None}
        model, label = max(scored, key=lambda b: scored[b]) if scored else ("", "")
        found.append(
            Headline(
                paper=paper,
                label=choice.label,
                unit=choice.unit,
                value=float(by_sample.mean().mean()),
                sd=float(spread.std()) if len(spread) > 1 else None,
                samples=by_sample.ngroups,
                seeds=rows.seed.nunique(),
                baseline_label=label,
                baseline=_mean(_chosen(metrics, model, choice)),
                published=_published(published, choice.model, choice, samples),
                published_baseline=(
                    _published(published, model, choice, samples) if model else None
                ),
                lead=choice.lead,
            )
        )
    return found


def read_published(path: str | Path) -> pd.DataFrame:
    """Read a table of `resources/published`, every column as text, empty cells as ''."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def read_scores(path: str | Path) -> pd.DataFrame:
    """Read a metrics.tsv; without scikit-learn, which the report's environment lacks."""
    return pd.read_csv(path, sep="\t", dtype={"sample": str})


def headline_numbers(results_folder: str | Path) -> list[Headline]:
    """Headlines of every paper whose metrics.tsv lies in a run's folder, `results/<name>`."""
    found: list[Headline] = []
    for paper in TITLES:
        metrics = Path(results_folder, paper, "metrics.tsv")
        if metrics.exists():
            published = read_published(PUBLISHED / f"{paper}.tsv")
            found += paper_headlines(paper, read_scores(metrics), published)
    return found
