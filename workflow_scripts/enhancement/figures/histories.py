"""Histories of trainings, as the figures of learning draw them."""

import pandas as pd

# Column of a history: what an axis calls it
NAMES = {
    "loss": "Loss, whole",
    "pixel": "Pixels' error",
    "vae": "VAE, latent",
    "insulation": "Insulation",
    "adversarial": "Adversarial (G)",
    "discriminator": "Discriminator",
    "feature": "Features (DAE)",
    "perceptual": "Perceptual",
    "variation": "Total variation",
    "valid_mae": "MAE",
    "valid_mse": "MSE",
    "valid_pearson": "Pearson",
    "valid_spearman": "Spearman",
    "valid_scc": "SCC (HiCRep)",
    "valid_scc_hicreppy": "SCC (hicreppy)",
    "valid_scc_hicrep": "SCC (HiCRep)",
}
NO_SCORES = ("epoch", "best", "phase", "model", "seed", "watch")


def read_histories(files: dict[tuple[str, int], str]) -> pd.DataFrame:
    """All epochs of trainings by model and seed; a column that a training lacks is empty."""
    tables = [
        pd.read_csv(path, sep="\t").assign(model=model, seed=seed)
        for (model, seed), path in files.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    first = ["model", "seed", "epoch"]
    return table[[*first, *[name for name in table.columns if name not in first]]]


def scores_of(table: pd.DataFrame) -> list[str]:
    """Columns that are numbers by epoch: losses, then scores on validation, as `NAMES` has them."""
    there = [
        name for name in table.select_dtypes("number").columns
        if name not in NO_SCORES and table[name].notna().any()
    ]  # fmt: skip
    rank = {name: number for number, name in enumerate(NAMES)}
    return sorted(there, key=lambda name: (rank.get(name, len(rank)), there.index(name)))


def score_label(name: str) -> str:
    """Name of a column for a reader."""
    return NAMES.get(name, name.removeprefix("valid_").replace("_", " "))


def draw_course(axes, table: pd.DataFrame, column: str, *, tone: str, style: str = "-", name=None):
    """Draw a column by epoch: a thin line per seed, the mean over seeds, a dot at best epochs."""
    mean = table.groupby("epoch")[column].mean()
    axes.plot(mean.index, mean, style, color=tone, linewidth=1.2, label=name,
              marker="o" if len(mean) == 1 else None, markersize=3)  # fmt: skip
    for _, rows in table.groupby("seed"):
        axes.plot(rows.epoch, rows[column], style, color=tone, linewidth=0.5, alpha=0.4)
        best = rows[rows.best]
        axes.plot(best.epoch, best[column], "o", color=tone, markersize=3, alpha=0.8)


def whole_epochs(axes) -> None:
    """Ticks of epochs at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
