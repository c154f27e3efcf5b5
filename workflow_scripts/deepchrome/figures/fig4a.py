"""Figure 4a: test AUC of the SVM by bin, mean over cell types, with a fitted curve."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    SINGLE,
    VERMILION,
    Drawing,
    new_figure,
)


def local_fit(x: np.ndarray, y: np.ndarray, fraction: float = 0.15) -> np.ndarray:
    """Fit locally weighted quadratics (LOESS, Cleveland 1979) and evaluate them at `x`.

    Parameters
    ----------
    x, y : array of float, shape=(n,)
        Points, x increasing.
    fraction
        Fraction of the points that each local fit uses, at least five; weights are tricube.

    Returns
    -------
    array of float, shape=(n,)
    """
    width = min(len(x), max(5, int(np.ceil(fraction * len(x)))))
    fitted = np.empty(len(x))
    for number, center in enumerate(x):
        distance = np.abs(x - center)
        # slightly beyond the last neighbor, so that its weight is not 0
        bandwidth = np.partition(distance, width - 1)[width - 1] * 1.001
        weights = np.clip(1 - (distance / bandwidth) ** 3, 0, None) ** 3
        near = weights > 0
        # polyfit squares its weights
        terms = np.polyfit(
            x[near] - center, y[near], min(2, near.sum() - 1), w=weights[near] ** 0.5
        )
        fitted[number] = terms[-1]
    return fitted


def figure_table(tables: dict[str, pd.DataFrame], bin_size: int) -> pd.DataFrame:
    """Return the mean and spread over cells of each bin's test AUC, and the fitted curve.

    Columns: bin (1-based), offset (bp from the TSS to the bin's center), mean, sd, cells, fitted.
    """
    joined = pd.concat(tables.values(), keys=tables, names=["cell"])
    grouped = joined.groupby("bin").roc_auc_test
    table = pd.DataFrame({"mean": grouped.mean(), "sd": grouped.std(), "cells": grouped.size()})
    table = table.reset_index()
    table.insert(1, "offset", (table.bin - 0.5 - len(table) / 2) * bin_size)
    return table.assign(fitted=local_fit(table.offset.to_numpy(), table["mean"].to_numpy()))


def main(bins: list[str], *, cells: list[str], bin_size: int, oriented: bool) -> Drawing:
    """Draw the mean over cells by distance from the TSS, its standard deviation, and the fit."""
    read = {cell: pd.read_csv(path, sep="\t") for cell, path in zip(cells, bins, strict=True)}
    table = figure_table(read, bin_size)
    figure, axes = new_figure(SINGLE, 2.6)
    kb = table.offset / 1000
    if len(cells) > 1:
        axes.fill_between(
            kb, table["mean"] - table.sd, table["mean"] + table.sd, color=BLUE, alpha=0.18,
            linewidth=0, label="± 1 SD over cell types",
        )  # fmt: skip
    axes.plot(kb, table["mean"], ".", color=BLUE, markersize=4, label="SVM on one bin, mean")
    axes.plot(kb, table.fitted, color=VERMILION, linewidth=1.4, label="local quadratic fit")
    axes.axhline(0.5, color=BLACK, linewidth=0.8)
    axes.set_xlabel("Distance from the TSS, kb" + ("" if oriented else " (genomic orientation)"))
    axes.set_ylabel("Test ROC AUC (0.5: chance)")
    figure.legend(loc="outside upper center", ncols=2)
    return figure, table
