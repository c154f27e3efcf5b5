"""Simulated cells with planted motifs and loops, and networks that learn them in seconds."""

import numpy as np

from workflow_scripts.deepexpression.config.presets import preset_settings
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds

MOTIF = np.array([2, 1, 1, 2, 0, 3, 3, 1])  # GCCGATTC
LENGTH, BINS, RESOLUTION = 100, 20, 5000


def cell(genes: int = 600, seed: int = 0, motif: float = 2.0, loops: float = 1.0) -> ExpressionData:
    """A cell whose expression is motif x presence + loops x signal of the inner bins + noise."""
    rng = np.random.default_rng(seed)
    promoters = rng.integers(0, 4, (genes, LENGTH)).astype("uint8")
    has = np.arange(genes) % 2 == 0
    for gene in np.flatnonzero(has):
        at = rng.integers(0, LENGTH - len(MOTIF))
        promoters[gene, at : at + len(MOTIF)] = MOTIF
    hichip = rng.random((genes, BINS)).astype("float32") * (rng.random((genes, BINS)) < 0.3)
    inner = hichip[:, BINS // 2 - 2 : BINS // 2 + 2].sum(1)
    noise = np.random.default_rng(seed + 1).normal(0, 0.1, genes)
    expression = motif * has + loops * (inner - inner.mean()) / inner.std() + noise
    return ExpressionData(
        genes=np.array([f"g{k}" for k in range(genes)]),
        chrom=np.full(genes, "chr1"),
        tss=np.arange(genes, dtype="int64") * 10_000,
        strand=np.full(genes, "+"),
        promoters=promoters,
        hichip=hichip.astype("float32"),
        loops=(hichip > 0).sum(1).astype("int32"),
        counts=10**expression,
        expression=expression,
        label=expression >= np.median(expression),
        family=np.arange(genes),
        half_width=LENGTH // 2,
        resolution=RESOLUTION,
    )


def folds_of(data: ExpressionData, number: int = 2) -> Folds:
    """Folds of alternating pairs of genes, because every second gene has the motif."""
    order = np.arange(len(data.genes))
    return Folds(genes=data.genes, fold=order // 2 % number, group=order)


NETWORK = {
    "filters": 16, "kernel_size": 8, "first_pool_size": 1, "blocks": 1, "layers_per_block": 2,
    "growth_rate": 4, "transition_batchnorm": True, "block_dropout": 0.0, "global_pooling": "max",
    "dense_units": [16, 8], "dense_dropout": 0.0, "hichip_units": [8, 4], "hichip_dropout": 0.0,
    "pool_size": 4, "joint_units": [], "joint_dropout": 0.0, "batchnorm_momentum": 0.9,
}  # fmt: skip
TRAINING = {
    "optimizer": "adam", "learning_rates": [0.01], "epochs": 20, "patience": 0, "batch_size": 32,
    "ensemble_size": 1, "schedule": "constant", "standardize_targets": True, "monitor": "score",
    "keep_epoch": "best", "train_on": "train",
}  # fmt: skip


def settings(network: dict | None = None, training: dict | None = None) -> dict[str, dict]:
    """Settings of a small network; other values are those of the paper."""
    return preset_settings(
        "paper",
        network=NETWORK | (network or {}),
        training=TRAINING | (training or {}),
        finetune={"epochs": 25},
    )
