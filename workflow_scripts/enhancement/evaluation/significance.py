"""Whether one model's maps are better than another's, window by window."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.enhancement.evaluation.map_metrics import ERRORS
from workflow_scripts.enhancement.evaluation.window_metrics import SCORES

BASELINE, IMAGE = "downsampled", "image"
SHUFFLED, BLANK = "_shuffled", "_without_"
COLUMNS = [
    "split", "metric", "model", "other", "n", "mean", "mean_other", "gain", "better", "p",
    "n_apart", "p_apart", "seeds", "seeds_better",
]  # fmt: skip


def compared_models(models: list[str], kinds: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs to compare: every image model with the bilinear input, hybrids with the image model,
    sequence models with their control. Hybrids with a blank are not compared.

    Parameters
    ----------
    models
        Names.
    kinds
        Kind of each model's windows.
    """
    pairs = []
    for model in (name for name in models if BLANK not in name):
        if kinds[model] == "image":
            others = [BASELINE, *([IMAGE] if model.startswith("hybrid") else [])]
        else:
            others = [f"{model}{SHUFFLED}"]
        pairs += [(model, other) for other in others if other in models and other != model]
    return pairs


def signed_rank(gains: np.ndarray) -> float:
    """One-sided p of Wilcoxon's signed-rank test that paired gains are above zero.

    Zeros are dropped, as Wilcoxon does; where nothing is left, p is 1.
    """
    left = gains[np.isfinite(gains) & (gains != 0)]
    return float(stats.wilcoxon(left, alternative="greater").pvalue) if len(left) else 1.0


def apart(windows: pd.DataFrame) -> np.ndarray:
    """Windows that do not overlap: of each map and way of input, the first, the next beyond it, …

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
    for _, part in table.groupby(["map", "input", "chrom"], sort=False):
        end = -1
        for row in part.sort_values("start").itertuples():
            if row.start >= end:
                chosen[row.Index], end = True, row.end
    return chosen


def paired_tests(windows: pd.DataFrame) -> pd.DataFrame:
    """Compare models over the windows that both predict.

    Parameters
    ----------
    windows
        One row per model, seed and window (`evaluation.WINDOW_COLUMNS`).

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. Scores are averaged over a model's seeds first. `gain` is the mean gain
        (positive where `model` is better, also of errors), `better` the share of windows that gain,
        `p` of Wilcoxon's signed-rank test over the n windows: they overlap and share maps, so that
        it is too small. `p_apart` is over the n_apart windows that do not overlap, each the mean
        over the maps of its place. `seeds_better` counts the model's seeds whose mean is better
        than the other's.
    """
    kinds = dict(zip(windows.model, windows.kind, strict=True))
    key = ["kind", "row"]
    rows: list[dict[str, Any]] = []
    for model, other in compared_models(list(kinds), kinds):
        one, two = (windows[windows.model == name] for name in (model, other))
        for split in dict.fromkeys(one.split):
            mine, theirs = one[one.split == split], two[two.split == split]
            left, right = (t.groupby(key)[list(SCORES)].mean() for t in (mine, theirs))
            shared = left.index.intersection(right.index)
            if not len(shared):
                continue
            places = mine.drop_duplicates(key).set_index(key).loc[shared]
            alone = apart(places)
            where = [places[name].to_numpy() for name in ("input", "chrom", "start")]
            for metric in SCORES:
                sign = -1 if metric in ERRORS else 1
                a, b = left.loc[shared, metric], right.loc[shared, metric]
                gains = (sign * (a - b)).to_numpy()
                by_place = pd.Series(gains)[alone].groupby([w[alone] for w in where]).mean()
                seeds = sign * (mine.groupby("seed")[metric].mean() - b.mean())
                rows.append(
                    dict(
                        split=split, metric=metric, model=model, other=other,
                        n=int(np.isfinite(gains).sum()), mean=a.mean(), mean_other=b.mean(),
                        gain=np.nanmean(gains) if np.isfinite(gains).any() else np.nan,
                        better=float((gains > 0).mean()), p=signed_rank(gains),
                        n_apart=len(by_place), p_apart=signed_rank(by_place.to_numpy()),
                        seeds=len(seeds), seeds_better=int((seeds > 0).sum()),
                    )
                )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
