"""Grids of the baselines; read by the rules too, so nothing heavy is imported here."""

# `paper`: the ranges that Singh 2016 names for SVM and forest. `small` leaves out narrow kernels
# and extreme C, which gained at most 0.001 of validation AUC in the bins tried of two real cells
# (H1: 45, 52, 60; K562: 20, 52, 80), and fits each SVM on at most svm_genes training genes.
# Measured on K562's: 1500 genes and the small grid take 0.9 s a bin and reach test AUCs of 0.855,
# 0.919 and 0.906; 6601 genes take 5 s and reach 0.844, 0.918 and 0.900, and with the paper's grid
# 104 s and, in bin 52, 0.918.
GRIDS = {
    "small": {
        "svm_c": [0.1, 1, 10],
        "svm_gamma": [0.01, 0.1],
        "svm_genes": 1500,
        "trees": [100],
        "boosting_rate": [0.1],
        "boosting_rounds": 100,
    },
    "paper": {
        "svm_c": [0.01, 0.1, 1, 10, 100, 1000],
        "svm_gamma": [0.01, 0.1, 1, 2],
        "svm_genes": 0,
        "trees": [10, 20, 50, 100, 150, 200],
        "boosting_rate": [0.03, 0.1, 0.3],
        "boosting_rounds": 300,
    },
}

# Model of the config to the names under which its predictions stand in metrics.tsv
TABLES = {
    "logistic": "logistic",
    "svm": "svm_best_bin",
    "random_forest": "random_forest",
    "gradient_boosting": "gradient_boosting",
}


def grid_settings(settings: dict) -> dict:
    """Grid of the config's section `baselines`; 0 for `svm_genes` means all training genes."""
    grid = GRIDS[settings["grid"]]
    return {**grid, "svm_genes": settings.get("max_genes", grid["svm_genes"])}
