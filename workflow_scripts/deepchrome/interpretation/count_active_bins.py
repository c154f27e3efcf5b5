"""Count the active bins of every class map and find its influential marks."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.interpretation.mark_roles import CLASSES, marks_of_class

log = logging.getLogger("chromaloom")

# Class, and pair of marks for which the paper counts the cell types where both are influential
PAIRS = [
    ("high", ("H3K4me3", "H3K36me3")),
    ("low", ("H3K9me3", "H3K27me3")),
    ("high", ("H3K4me3", "H3K4me1")),
]


def count_active(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Count the bins above the threshold by mark; array of int, shape=(..., marks)."""
    return (maps > threshold).sum(axis=-2)


def find_influential(counts: np.ndarray) -> np.ndarray:
    """Find marks with more active bins than the mean over marks; bool, shape=(..., marks)."""
    return counts > counts.mean(axis=-1, keepdims=True)


def agrees_with_roles(influential: np.ndarray, marks: list[str], name: str) -> np.ndarray:
    """Check whether the influential marks are those that the literature associates with a class.

    At least one mark of the class must be influential, and none of the other class. Marks without
    a known role are ignored.

    Parameters
    ----------
    influential : array of bool, shape=(..., marks)
        From `find_influential`.
    marks
        Names along the last axis.
    name
        `low` or `high`.

    Returns
    -------
    array of bool, shape=(...)
    """
    own = np.isin(marks, marks_of_class(name))
    other = np.isin(marks, marks_of_class(CLASSES[name == "low"]))
    return influential[..., own].any(-1) & ~influential[..., other].any(-1)


def score_cell(counts: np.ndarray, marks: list[str], classes: list[str]) -> dict[str, float]:
    """Return the scores of a cell's maps, each from 0 to 1.

    `class_map_<class>_<mark>_<mark>`: whether both marks are influential by their mean counts over
    starting points. `class_map_starts_with_roles`: fraction of starting points whose two maps both
    agree with the roles of the marks.

    Parameters
    ----------
    counts : array of int, shape=(classes, starts, marks)
        Active bins.
    marks, classes
        Names along the axes.
    """
    by_start = find_influential(counts)
    agree = [agrees_with_roles(by_start[n], marks, name) for n, name in enumerate(classes)]
    scores = {"class_map_starts_with_roles": float(np.all(agree, axis=0).mean())}
    overall = find_influential(counts.mean(axis=1))
    for name, pair in PAIRS:
        if set(pair) <= set(marks):
            both = overall[classes.index(name)][np.isin(marks, pair)].all()
            scores["_".join(("class_map", name, *map(str.lower, pair)))] = float(both)
    return scores


def main(maps: str, *, threshold: float, counts: str, means: str, scores: str) -> None:
    """Write three tables of the maps of `optimize_inputs`.

    counts: cell, class, start (1-based), mark, active_bins, influential, probability of the class;
    means: cell, class, mark, bin (0-based), value (mean over starting points), value_start_1;
    scores: rows of metrics.tsv with split `test_class_map`, where n is the number of starting
    points, since no genes are scored.
    """
    with np.load(maps) as arrays:
        values, probability = arrays["maps"], arrays["probability"]
        cells, classes, marks = (arrays[k].tolist() for k in ("cell", "class_name", "mark"))
    n_starts, n_bins = values.shape[2:4]
    active = count_active(values, threshold)
    index = [cells, classes, range(1, n_starts + 1), marks]
    table = pd.MultiIndex.from_product(index, names=["cell", "class", "start", "mark"]).to_frame(
        index=False
    )
    table["active_bins"] = active.ravel()
    table["influential"] = find_influential(active).ravel().astype(int)
    table["probability"] = np.repeat(probability.ravel(), len(marks))
    index = [cells, classes, marks, range(n_bins)]
    mean = pd.MultiIndex.from_product(index, names=["cell", "class", "mark", "bin"]).to_frame(
        index=False
    )
    mean["value"] = values.mean(axis=2).swapaxes(-1, -2).ravel()
    mean["value_start_1"] = values[:, :, 0].swapaxes(-1, -2).ravel()
    for path, frame in ((counts, table), (means, mean)):
        with atomic_path(path) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.5g")
    rows = []
    for number, cell in enumerate(cells):
        for metric, value in score_cell(active[number], marks, classes).items():
            log.info("cell %s: %s %g", cell, metric, value)
            rows.append(dict(model="deepchrome", sample=cell, split="test_class_map", seed=0,
                             metric=metric, value=value, n=n_starts))  # fmt: skip
    write_metrics(scores, rows)


if __name__ == "__main__":
    run_script(main, snakemake)
