"""Learning curves: training loss and validation correlation of every network by epoch."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, SINGLE, Drawing, new_figure
from workflow_scripts.conformation.figures.style import MODELS

LINE_STYLES = ("-", "--", ":", "-.")  # one per cell
SCORE_COLUMNS = ("valid_log_r", "valid_r")  # names of the validation correlation


def read_history(path: str) -> pd.DataFrame:
    """Epochs with a validation score: epoch, loss, score, best."""
    table = pd.read_csv(path, sep="\t")
    name = next(name for name in SCORE_COLUMNS if name in table.columns)
    return table.rename(columns={name: "score"}).dropna(subset="score")


def read_histories(histories: dict[tuple[str, str, int], str]) -> pd.DataFrame:
    """Epochs of all networks: cell, model, seed, epoch, loss, score, best."""
    tables = {key: read_history(path) for key, path in histories.items()}
    table = pd.concat(tables, names=["cell", "model", "seed"]).reset_index([0, 1, 2])
    return table[["cell", "model", "seed", "epoch", "loss", "score", "best"]]


def main(histories: dict[tuple[str, str, int], str]) -> Drawing:
    """Draw a column per model and a line per cell and seed; a dot marks the best epoch."""
    table = read_histories(histories)
    models, cells = MODELS.sort(table.model.unique()), list(table.cell.unique())
    styles = {cell: LINE_STYLES[number % len(LINE_STYLES)] for number, cell in enumerate(cells)}
    figure, grid = new_figure(
        min(DOUBLE, 0.6 + 0.55 * SINGLE * len(models)), 3.4, nrows=2, ncols=len(models),
        sharex="col", squeeze=False,
    )  # fmt: skip
    for model, panels in zip(models, grid.T, strict=True):
        for (cell, _), line in table[table.model == model].groupby(["cell", "seed"], sort=False):
            best = line[line.best]
            for axes, column in zip(panels, ("loss", "score"), strict=True):
                axes.plot(line.epoch, line[column], styles[cell], color=MODELS.color(model),
                          linewidth=0.8, alpha=0.7)  # fmt: skip
                axes.plot(best.epoch, best[column], ".", color=MODELS.color(model), markersize=6)
        panels[0].set_title(MODELS.label(model), loc="left")
        panels[1].set_xlabel("Epoch")
        panels[1].set_xlim(left=0)
        panels[1].locator_params(axis="x", integer=True, nbins=5)
    grid[0, 0].set_ylabel("Training loss")
    grid[1, 0].set_ylabel("Validation correlation")
    if len(cells) > 1:
        for cell in cells:
            grid[0, 0].plot([], [], styles[cell], color="black", label=cell)
        figure.legend(loc="outside upper center", ncols=len(cells))
    return figure, table
