"""Training histories by epoch: reading, labels, and drawing of learning curves."""

import pandas as pd

# label by column of a history
NAMES = {
    "loss": "Total loss",
    "pixel": "Pixel loss",
    "vae": "VAE, latent",
    "insulation": "Insulation",
    "adversarial": "Adversarial (G)",
    "discriminator": "Discriminator",
    "feature": "Features (DAE)",
    "perceptual": "Perceptual",
    "total_variation": "Total variation",
    "valid_mae": "MAE",
    "valid_mse": "MSE",
    "valid_pearson": "Pearson",
    "valid_spearman": "Spearman",
    "valid_scc": "SCC (HiCRep)",
    "valid_scc_hicreppy": "SCC (hicreppy)",
    "valid_scc_hicrep": "SCC (HiCRep)",
}
NOT_DRAWN = ("epoch", "best", "phase", "model", "seed", "monitor")


def read_histories(files: dict[tuple[str, int], str]) -> pd.DataFrame:
    """All epochs by model and seed; a column that a history lacks is empty."""
    tables = [
        pd.read_csv(path, sep="\t").assign(model=model, seed=seed)
        for (model, seed), path in files.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    first = ["model", "seed", "epoch"]
    return table[[*first, *[name for name in table.columns if name not in first]]]


def scores_of(table: pd.DataFrame) -> list[str]:
    """Numeric columns: losses, then validation scores, in the order of `NAMES`."""
    columns = [
        name for name in table.select_dtypes("number").columns
        if name not in NOT_DRAWN and table[name].notna().any()
    ]  # fmt: skip
    rank = {name: number for number, name in enumerate(NAMES)}
    return sorted(columns, key=lambda name: (rank.get(name, len(rank)), columns.index(name)))


def score_label(name: str) -> str:
    """Label of a column."""
    return NAMES.get(name, name.removeprefix("valid_").replace("_", " "))


def draw_curve(axes, table: pd.DataFrame, column: str, *, color: str, style: str = "-", name=None):
    """Draw a column by epoch: a thin line per seed, their mean, and dots at the best epochs."""
    mean = table.groupby("epoch")[column].mean()
    axes.plot(mean.index, mean, style, color=color, linewidth=1.2, label=name,
              marker="o" if len(mean) == 1 else None, markersize=3)  # fmt: skip
    for _, rows in table.groupby("seed"):
        axes.plot(rows.epoch, rows[column], style, color=color, linewidth=0.5, alpha=0.4)
        best = rows[rows.best]
        axes.plot(best.epoch, best[column], "o", color=color, markersize=3, alpha=0.8)


def integer_epochs(axes) -> None:
    """Ticks at integer epochs."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
