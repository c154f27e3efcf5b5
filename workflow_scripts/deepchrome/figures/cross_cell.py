"""Heat map of the test AUC of every cell type's network on every cell type."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, SINGLE, Drawing, new_figure

# values are printed for at most so many cell types, since they would not fit otherwise
MAX_ANNOTATED = 12


def main(aucs: str, *, cells: list[str]) -> Drawing:
    """Draw the mean over seeds, training cell by row and test cell by column."""
    long = pd.read_csv(aucs, sep="\t", dtype={"trained_on": str, "tested_on": str})
    mean = long.groupby(["trained_on", "tested_on"], as_index=False).agg(
        roc_auc=("roc_auc", "mean"), sd=("roc_auc", "std"), seeds=("seed", "size"), n=("n", "first")
    )
    wide = mean.pivot_table(index="trained_on", columns="tested_on", values="roc_auc", dropna=False)
    wide = wide.reindex(index=cells, columns=cells)
    width = SINGLE if len(cells) <= 6 else DOUBLE
    figure, axes = new_figure(width, 0.86 * width)
    image = axes.imshow(wide, cmap="cividis", vmin=min(0.5, wide.min().min()), vmax=1)
    for row, trained in enumerate(cells if len(cells) <= MAX_ANNOTATED else []):
        for column, tested in enumerate(cells):
            value = wide.loc[trained, tested]
            if pd.notna(value):
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7,
                          color="black" if value > 0.78 else "white")  # fmt: skip
    rotation = 90 if len(cells) > 6 else 0
    fontsize = 7 if len(cells) <= 30 else 5
    axes.set_xticks(range(len(cells)), cells, rotation=rotation, fontsize=fontsize)
    axes.set_yticks(range(len(cells)), cells, fontsize=fontsize)
    axes.set(xlabel="Tested on", ylabel="Trained on")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="Test ROC AUC (0.5: chance)", shrink=0.85)
    return figure, mean
