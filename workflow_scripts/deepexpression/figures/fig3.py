"""Figure 3: test AUC of networks and baselines by number of folds."""

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import Drawing
from workflow_scripts.deepexpression.figures.score_drawing import draw_scores, score_table

METHODS = ["full", "seq", "random_forest", "svm", "logistic", "loop_sum"]


def main(metrics: str) -> Drawing:
    """Draw mean ± sd over folds in a panel per cell."""
    table = score_table(read_metrics(metrics), "auc", METHODS)
    figure = draw_scores(table, title="Test ROC AUC (0.5: chance)", chance=0.5)
    return figure, table
