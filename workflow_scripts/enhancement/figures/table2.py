"""Table II: image models and hybrids on test windows, means over maps."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.enhancement.figures.score_tables import (
    draw_scores,
    long_table,
    read_published,
)

NAMES = ["mae_per_map", "mse_per_map", "pearson_per_map", "spearman_per_map",
         "scc_hicreppy", "scc_hicrep", "insulation_r", "boundary_f1"]  # fmt: skip


def main(metrics: str, published: str) -> Drawing:
    """Draw the table, for all test splits."""
    table = read_metrics(metrics)
    models = [name for name in set(table.model[table.metric == NAMES[0]])
              if not name.startswith("sequence_") and "_without_" not in name]  # fmt: skip
    found = long_table(table, read_published(published), models, NAMES)
    found = found[found.split.str.startswith("test")]
    return draw_scores(found, names=NAMES)
