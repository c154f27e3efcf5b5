"""Figure 4: test PCC of networks and baselines by number of folds."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.score_drawing import draw_scores, score_table

METHODS = ["full", "seq", "random_forest", "lasso", "linear", "ridge", "loop_sum"]


def main(metrics: str) -> Drawing:
    """Draw mean ± sd over folds in a panel per cell."""
    table = score_table(read_metrics(metrics), "pcc", METHODS)
    figure = draw_scores(table, title="Test PCC", chance=0.0)
    return figure, table
