"""Convergence of several chains: R-hat and effective sample size.

Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021): Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC. R-hat is the larger of the split
R-hats of the rank-normalized draws and of their folded distances from the median. The effective
sample size is the bulk one, of the split, rank-normalized draws.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata


def diagnose(traces: list[np.ndarray], names: tuple[str, ...]) -> pd.DataFrame:
    """Mean, standard deviation, R-hat and effective sample size of each parameter.

    Parameters
    ----------
    traces : list of float arrays, shape=(draws, parameters)
        Trace of each chain, of equal length.
    names
        Names of the parameters.

    Returns
    -------
    pandas.DataFrame
        parameter, mean, sd, rhat, ess, chains, draws (of each chain); rhat and ess are NaN for
        constant parameters.
    """
    draws = np.stack(traces)
    rows = []
    for number, name in enumerate(names):
        values = draws[:, :, number]
        rows.append({
            "parameter": name, "mean": values.mean(), "sd": values.std(ddof=1),
            "rhat": rhat(values), "ess": effective_size(values),
            "chains": len(values), "draws": values.shape[1],
        })  # fmt: skip
    return pd.DataFrame(rows)


def rhat(values: np.ndarray) -> float:
    """Rank-normalized split R-hat of draws of shape (chains, draws), with at least 4 draws."""
    halves = split_chains(values)
    folded = np.abs(halves - np.median(halves))
    return max(_plain_rhat(rank_normalize(part)) for part in (halves, folded))


def split_chains(values: np.ndarray) -> np.ndarray:
    """Split each chain into two halves, without the middle draw of an odd number."""
    half = values.shape[1] // 2
    return np.concatenate([values[:, :half], values[:, values.shape[1] - half :]])


def rank_normalize(values: np.ndarray) -> np.ndarray:
    """Normal scores of the ranks over all chains (Blom's offset)."""
    ranks = rankdata(values).reshape(values.shape)
    return ndtri((ranks - 3 / 8) / (values.size + 1 / 4))


def _plain_rhat(values: np.ndarray) -> float:
    length = values.shape[1]
    within = values.var(axis=1, ddof=1).mean()
    between = length * values.mean(axis=1).var(ddof=1)
    if within < 1e-20:
        return np.nan if between < 1e-20 else np.inf
    return float(np.sqrt((length - 1) / length + between / within / length))


def effective_size(values: np.ndarray) -> float:
    """Bulk effective sample size of draws of shape (chains, draws)."""
    return _plain_size(rank_normalize(split_chains(values)))


def _plain_size(values: np.ndarray) -> float:
    """Effective size by Geyer's initial monotone sequence of autocorrelations over all chains."""
    chains, length = values.shape
    centered = values - values.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centered, 2 * length, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, axis=1)[:, :length] / length
    within = covariance[:, 0].mean() * length / (length - 1)
    if within < 1e-20:
        return np.nan
    total = within * (length - 1) / length + values.mean(axis=1).var(ddof=1)
    rho = 1 - (within - covariance.mean(axis=0)) / total
    rho[0] = 1.0
    pairs = rho[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    stop = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: stop[0] if len(stop) else len(pairs)])
    tau = max(-1 + 2 * pairs.sum(), 1 / np.log10(chains * length))
    return float(chains * length / tau)
