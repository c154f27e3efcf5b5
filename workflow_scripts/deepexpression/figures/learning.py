"""Learning curves: training loss and validation score of the networks by epoch."""

from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, SINGLE, Drawing, new_figure
from workflow_scripts.deepexpression.figures.score_drawing import LINES
from workflow_scripts.deepexpression.figures.style import method_color, method_label, sort_methods

COLUMNS = [
    "cell", "task", "model", "seed", "fold", "member", "epoch", "loss", "valid_score", "best",
]  # fmt: skip
TASKS = {
    "classification": ("Training\ncross entropy, nats", "Validation AUC"),
    "regression": ("Training\nsquared error", "Validation PCC"),
}


def draw_trainings(panels, trainings: pd.DataFrame, styles: dict[str, str]) -> None:
    """Draw loss and score by epoch of one model in one task."""
    for (cell, *_), line in trainings.groupby(["cell", "seed", "fold", "member"], sort=False):
        best, color = line[line.best], method_color(line.model.iloc[0])
        for axes, column in zip(panels, ("loss", "valid_score"), strict=True):
            axes.plot(line.epoch, line[column], styles[cell], color=color, linewidth=0.7, alpha=0.7)
            axes.plot(best.epoch, best[column], ".", color=color, markersize=5)
            axes.set_xlim(left=0)
            axes.locator_params(axis="x", integer=True, nbins=5)


def main(models: dict[tuple[str, str, str, int], str]) -> Drawing:
    """Draw a column per model and a line per network; dots mark the kept epochs.

    `models` maps cell, task, model and seed to a folder with the history of every fold and ensemble
    member. Networks trained on the validation genes, too, have no validation score.
    """
    tables = {
        key: pd.read_csv(Path(folder, "history.tsv"), sep="\t") for key, folder in models.items()
    }
    table = pd.concat(tables, names=["cell", "task", "model", "seed"]).reset_index([0, 1, 2, 3])
    table = table[COLUMNS].reset_index(drop=True)
    cells = list(table.cell.unique())
    tasks = [task for task in TASKS if (table.task == task).any()]
    models = sort_methods(list(table.model.unique()))
    styles = {cell: LINES[number % len(LINES)] for number, cell in enumerate(cells)}
    figure, grid = new_figure(
        min(DOUBLE, 0.5 + 0.62 * SINGLE * len(models)), 0.8 + 2.5 * len(tasks),
        nrows=2 * len(tasks), ncols=len(models), sharex="col", sharey="row", squeeze=False,
    )  # fmt: skip
    for row, task in enumerate(tasks):
        for model, panels in zip(models, grid[2 * row : 2 * row + 2].T, strict=True):
            chosen = table[(table.task == task) & (table.model == model)]
            draw_trainings(panels, chosen, styles)
        for axes, what in zip(grid[2 * row : 2 * row + 2, 0], TASKS[task], strict=True):
            axes.set_ylabel(what)
        grid[2 * row, 0].set_title(task.capitalize(), loc="left")
    for model, axes in zip(models, grid[-1], strict=True):
        axes.set_xlabel(f"Epoch, {method_label(model)}")
    if len(cells) > 1:
        for cell in cells:
            grid[0, 0].plot([], [], styles[cell], color="black", label=cell)
        figure.legend(loc="outside upper center", ncols=len(cells))
    return figure, table
