"""Table III: the Akita-like model with a random split and a split by region."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.enhancement.figures.score_tables import (
    draw_scores,
    long_table,
    read_published,
)

NAMES = ["mae", "mse", "pearson", "spearman"]


def main(metrics: str, published: str) -> Drawing:
    """Draw the table."""
    table = read_metrics(metrics)
    models = ["sequence_akita_random", "sequence_akita"]
    found = long_table(table, read_published(published), models, NAMES)
    found = found[found.split.isin(["train", "valid", "test"])]
    return draw_scores(found, names=NAMES)
