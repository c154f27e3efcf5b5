"""Paired tests between models, window by window."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.enhancement.evaluation.map_metrics import ERRORS
from workflow_scripts.enhancement.evaluation.window_metrics import SCORES

BASELINE, IMAGE = "downsampled", "image"
SHUFFLED, ZEROED = "_shuffled", "_without_"
COLUMNS = [
    "split", "metric", "model", "reference", "n", "mean", "mean_reference", "gain",
    "fraction_better", "p", "n_non_overlapping", "p_non_overlapping", "seeds", "seeds_better",
]  # fmt: skip


def compared_models(models: list[str], kinds: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs (model, reference): image models and the bilinear input, hybrids and the image model,
    sequence models and their control. Zeroed hybrids are not compared.

    Parameters
    ----------
    models
        Names of the models.
    kinds
        Kind of windows by model.
    """
    pairs = []
    for model in (name for name in models if ZEROED not in name):
        if kinds[model] == "image":
            references = [BASELINE, *([IMAGE] if model.startswith("hybrid") else [])]
        else:
            references = [f"{model}{SHUFFLED}"]
        pairs += [(model, name) for name in references if name in models and name != model]
    return pairs


def signed_rank(gains: np.ndarray) -> float:
    """One-sided p of Wilcoxon's signed-rank test that paired gains are positive.

    Zeros are dropped, as Wilcoxon does; p is 1 if no gain is left.
    """
    left = gains[np.isfinite(gains) & (gains != 0)]
    return float(stats.wilcoxon(left, alternative="greater").pvalue) if len(left) else 1.0


def non_overlapping(windows: pd.DataFrame) -> np.ndarray:
    """Windows that do not overlap: of each map and input method the first, the next beyond it, …

    Parameters
    ----------
    windows
        Columns map, input, chrom, start, end (bp).

    Returns
    -------
    bool array, shape=(n,)
    """
    chosen = np.zeros(len(windows), bool)
    table = windows.reset_index(drop=True)
    for _, rows in table.groupby(["map", "input", "chrom"], sort=False):
        end = -1
        for row in rows.sort_values("start").itertuples():
            if row.start >= end:
                chosen[row.Index], end = True, row.end
    return chosen


def paired_tests(windows: pd.DataFrame) -> pd.DataFrame:
    """Compare pairs of models over the windows that both predict.

    Parameters
    ----------
    windows
        One row per model, seed and window (`metric_rows.WINDOW_COLUMNS`).

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. Scores are averaged over a model's seeds first. `gain` is the mean gain
        (positive where `model` is better, for errors as well), `fraction_better` the fraction of
        windows with a gain, `p` that of Wilcoxon's signed-rank test over the n windows; these
        overlap and share maps, so it is too small. `p_non_overlapping` is over the windows that do
        not overlap, each the mean over the maps of its region. `seeds_better` counts the model's
        seeds whose mean is better than that of the reference.
    """
    kinds = dict(zip(windows.model, windows.kind, strict=True))
    key = ["kind", "row"]
    rows: list[dict[str, Any]] = []
    for model, reference in compared_models(list(kinds), kinds):
        one, two = (windows[windows.model == name] for name in (model, reference))
        for split in dict.fromkeys(one.split):
            ours, theirs = one[one.split == split], two[two.split == split]
            left, right = (t.groupby(key)[list(SCORES)].mean() for t in (ours, theirs))
            shared = left.index.intersection(right.index)
            if not len(shared):
                continue
            regions = ours.drop_duplicates(key).set_index(key).loc[shared]
            alone = non_overlapping(regions)
            where = [regions[name].to_numpy() for name in ("input", "chrom", "start")]
            for metric in SCORES:
                sign = -1 if metric in ERRORS else 1
                a, b = left.loc[shared, metric], right.loc[shared, metric]
                gains = (sign * (a - b)).to_numpy()
                by_region = pd.Series(gains)[alone].groupby([w[alone] for w in where]).mean()
                seeds = sign * (ours.groupby("seed")[metric].mean() - b.mean())
                rows.append(
                    dict(
                        split=split, metric=metric, model=model, reference=reference,
                        n=int(np.isfinite(gains).sum()), mean=a.mean(), mean_reference=b.mean(),
                        gain=np.nanmean(gains) if np.isfinite(gains).any() else np.nan,
                        fraction_better=float((gains > 0).mean()), p=signed_rank(gains),
                        n_non_overlapping=len(by_region),
                        p_non_overlapping=signed_rank(by_region.to_numpy()),
                        seeds=len(seeds), seeds_better=int((seeds > 0).sum()),
                    )
                )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
