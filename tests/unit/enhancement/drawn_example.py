"""Synthetic tables of a run, in the form that the figures read."""

import numpy as np
import pandas as pd

from workflow_scripts.enhancement.figures.tabulate_maps import KEYS

BINS, RESOLUTION = 24, 1000
IMAGE_MODELS = ["hicplus", "image", "hybrid", "hybrid_without_sequence", "hybrid_without_image"]
SEQUENCE_MODELS = ["sequence_akita", "sequence_graph", "sequence_akita_shuffled"]
PLAIN = ["mae", "mse", "pearson", "spearman"]
MAPS = [*[f"{name}_per_map" for name in PLAIN], "scc_hicreppy", "scc_hicrep", "insulation_r"]
SEEDS = (1, 2)


def maps_table(kind, models, *, crop, windows=2):
    """Example maps: the truth and, of each model, the truth with noise, cropped."""
    rng, tables = np.random.default_rng(0), []
    truths = ("low", "high") if kind == "image" else ("target",)
    i, j = np.triu_indices(BINS)
    inner = (i >= crop) & (j < BINS - crop)
    for window in range(windows):
        about = [window, "deep", "c", 1000 * window, "test", "pool", RESOLUTION, i, j]
        region = dict(zip(KEYS, about, strict=True))
        values = 1 / (1 + j - i) + 0.1 * rng.random(len(i))
        table = pd.DataFrame(region)
        for name in (*truths, *models):
            noise = 0 if name in ("high", "target") else 0.02
            table[name] = values + noise * rng.normal(size=len(i))
        table.loc[~inner, list(models)] = np.nan
        tables.append(table)
    return pd.concat(tables)


def layers_table():
    """Layers of two networks: a stack of equal pairs, and one with a pool."""
    rows = []

    def add(
        network, kind, shape, parameters, *, part="", filters=4, kernel=3, dilation=1, stride=1
    ):
        rows.append(dict(network=network, part=part, layer=f"{kind}_{len(rows)}", kind=kind,
                         filters=filters, kernel=kernel, stride=stride, dilation=1,
                         shape=shape, parameters=parameters, trainable=parameters))  # fmt: skip

    for name in ("sequence_akita", "sequence_graph"):
        for step in range(3):
            add(name, "Conv1D", f"{64 >> step} × 4", 50, part="trunk")
            add(name, "BatchNormalization", "", 16, part="trunk")
            add(name, "MaxPooling1D", f"{32 >> step} × 4", 0, part="trunk", kernel=2)
        add(name, "GraphTransformer", "8 × 4", 99, part="head")
    add("image", "Conv2D", "22 × 22 × 4", 40)
    for _ in range(3):
        add("image", "Conv2D", "22 × 22 × 4", 148)
        add("image", "Conv2D", "22 × 22 × 4", 148)
        add("image", "Add", "22 × 22 × 4", 0)
    add("image", "Conv2D", "20 × 20 × 1", 37, filters=1)
    add("discriminator", "Conv2D", "10 × 10 × 4", 36, stride=2)
    add("discriminator", "Conv2D", "10 × 10 × 1", 4, filters=1, kernel=1)
    add("hybrid", "Conv2D", "20 × 20 × 16", 304, part="head")
    add("hybrid", "Conv2D", "20 × 20 × 1", 145, part="head")
    return pd.DataFrame(rows)


def metrics_table():
    """Scores of all models: mean absolute errors of 0.05, all else 0.7, different between seeds."""
    rng, rows = np.random.default_rng(1), []

    def add(model, splits, names):
        for split in splits:
            for name in names:
                level = 0.05 if name.startswith(("mae", "mse")) else 0.7
                for seed in SEEDS if model != "downsampled" else (0,):
                    value = level + 0.01 * rng.random()
                    rows.append((model, "all", split, seed, name, value, 10))

    for model in SEQUENCE_MODELS:
        add(model, ["train", "valid", "test", "test_both"], PLAIN)
    add("sequence_akita_random", ["train", "valid", "test"], PLAIN)
    for model in ["downsampled", *IMAGE_MODELS, "hybrid_preheated"]:
        add(model, ["train", "test", "test_map"], [*PLAIN, *MAPS])
    return pd.DataFrame(rows, columns=["model", "sample", "split", "seed", "metric", "value", "n"])


def distance_table():
    """Scores by distance."""
    rows = [
        (model, "all", "test", seed, kind, d * RESOLUTION, 100 - d, np.exp(-d / 9), 0.1)
        for kind, models in (
            ("image", ["downsampled", *IMAGE_MODELS]),
            ("sequence", SEQUENCE_MODELS),
        )
        for model in models for seed in SEEDS for d in range(20)
    ]  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=["model", "sample", "split", "seed", "kind", "distance", "n", "pearson", "mae"],
    )


def write_history(path, columns, *, epochs=4, pretrain=0):
    """Write a history and return its path; loss terms are 0 in pretraining."""
    rng, rows = np.random.default_rng(2), []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch}
        if pretrain:
            row["phase"] = "pretrain" if epoch <= pretrain else "full"
        row |= {name: 1 / epoch + 0.1 * rng.random() for name in columns}
        if epoch <= pretrain:
            row |= dict.fromkeys(set(columns) & {"vae", "adversarial"}, 0.0)
        rows.append(row | {"best": epoch == epochs - 1})
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return str(path)
