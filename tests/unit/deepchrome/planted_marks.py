"""Simulated genes with known marks, and small networks trained on them."""

from functools import cache

import numpy as np

from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.interpretation.mark_roles import MARK_ROLES

MARKS = list(MARK_ROLES)
BINS = 30
SPLITS = ["train", "valid", "test"]


def planted(genes=400, seed=0):
    """Genes whose activating marks surround the TSS if high, and whose repressive marks if low."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, BINS, 5)).astype("float32")
    for number, (_, sign) in enumerate(MARK_ROLES.values()):
        raised = label == (sign > 0)
        values[raised, 8:22, number] += rng.poisson(2, (raised.sum(), 14))
    split = rng.choice(SPLITS, genes)
    return Marks.of_genes(values, [f"G{g}" for g in range(genes)], MARKS, label=label, split=split)


def one_mark(genes, *, bins, at, strength=2.0, seed=0):
    """Genes whose mark 3 (of five, a to e) is higher in the bins `at` (a slice) if high."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, bins, 5)).astype("float32")
    values[:, at, 3] += rng.poisson(strength, (genes, at.stop - at.start)) * label[:, None]
    return Marks.of_genes(
        values, [f"G{g}" for g in range(genes)], list("abcde"), label=label,
        split=rng.choice(SPLITS, genes),
    )  # fmt: skip


@cache
def trained(seed, shuffled=False):
    """A small network trained on `planted`."""
    from workflow_scripts.deepchrome.models.network import build_network, compile_network

    data = planted()
    labels = np.random.default_rng(5).permutation(data.label) if shuffled else data.label
    network = build_network(n_bins=BINS, n_marks=5, filters=8, kernel=5, hidden=(20, 10), seed=seed)
    compile_network(
        network, learning_rate=0.02, momentum=0.5, learning_rate_decay=1e-7, steps_per_execution=1
    )
    network.fit(data.values, labels, batch_size=16, epochs=8, verbose=0)
    return network
