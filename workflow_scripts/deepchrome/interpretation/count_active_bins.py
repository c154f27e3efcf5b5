"""Count the active bins of every class map, and tell which marks they point to."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.interpretation.active_bins import (
    agrees_with_roles,
    count_active,
    find_influential,
)

log = logging.getLogger("chromaloom")

# Pairs of marks whose cell types the paper counts
PAIRS = [
    ("high", ("H3K4me3", "H3K36me3")),
    ("low", ("H3K9me3", "H3K27me3")),
    ("high", ("H3K4me3", "H3K4me1")),
]


def score_cell(counts: np.ndarray, marks: list[str], classes: list[str]) -> dict[str, float]:
    """What a cell's maps say, each 0 to 1.

    `class_map_<class>_<mark>_<mark>`: whether both marks are influential by their mean counts over
    starts; `class_map_starts_with_roles`: share of starts whose two maps both agree with the roles.

    Parameters
    ----------
    counts : array of int, shape=(classes, starts, marks)
        Active bins.
    marks, classes
        Names along the axes.
    """
    of_starts = find_influential(counts)
    agree = [agrees_with_roles(of_starts[n], marks, name) for n, name in enumerate(classes)]
    scores = {"class_map_starts_with_roles": float(np.all(agree, axis=0).mean())}
    overall = find_influential(counts.mean(axis=1))
    for name, pair in PAIRS:
        if set(pair) <= set(marks):
            both = overall[classes.index(name)][np.isin(marks, pair)].all()
            scores["_".join(("class_map", name, *map(str.lower, pair)))] = float(both)
    return scores


def main(maps: str, *, threshold: float, counts: str, means: str, scores: str) -> None:
    """Write three tables of the maps of `optimize_inputs`.

    counts: cell, class, start (from 1), mark, active_bins, influential, probability of the class;
    means: cell, class, mark, bin (from 0), value (mean over starts), value_start_1;
    scores: rows of metrics.tsv, split `test_class_map` (no genes enter; n is the starts).
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
