"""What the baselines choose from; read by the rules too, so nothing heavy is imported here."""

# `paper`: Zeng 2018, Methods; the exponents of the penalties are garbled in print. `small` is what
# matters of it. Penalties are those of scikit-learn on standardised features: `alpha` of the Lasso,
# `C` of the machines. Zeng 2018 names no penalty for logistic regression: `paper` has
# scikit-learn's default. Ridge regression is ours, with one grid.
PENALTIES = [10 ** (-5 + 10 * step / 249) for step in range(250)]
RIDGE = [100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0]
GRIDS = {
    "small": {
        "inner_folds": 3,
        "lasso": [0.003, 0.01, 0.03, 0.1],
        "svm": [1e-5, 1e-4, 1e-3],
        "logistic": [1e-4, 1e-3, 1e-2],
        "ridge": RIDGE,
        "trees": [100],
        "depth": [10],
    },
    "paper": {
        "inner_folds": 10,
        "lasso": PENALTIES,
        "svm": PENALTIES,
        "logistic": [1.0],
        "ridge": RIDGE,
        "trees": [50, *range(100, 1001, 100)],
        "depth": [2, 4, 6, 8, 10],
    },
}


def grid_settings(settings: dict) -> dict:
    """Grid of the config's section `deepexpression.baselines`, with its folds and rounds."""
    grid = GRIDS[settings["grid"]]
    folds = settings.get("inner_folds", grid["inner_folds"])
    return {**grid, "inner_folds": folds, "lasso_rounds": settings["lasso_rounds"]}
