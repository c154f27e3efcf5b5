"""Table I: sequence models, scores pooled over the pixels of a split's windows."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.enhancement.figures.score_tables import (
    draw_scores,
    long_table,
    read_published,
)

NAMES = ["mae", "mse", "pearson", "spearman"]


def main(metrics: str, published: str) -> Drawing:
    """Draw the table, for all splits."""
    table = read_metrics(metrics)
    models = [name for name in set(table.model) if name.startswith("sequence_")
              and not name.endswith("_random")]  # fmt: skip
    found = long_table(table, read_published(published), models, NAMES)
    return draw_scores(found, names=NAMES)
