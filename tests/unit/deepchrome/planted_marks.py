"""Made-up genes whose marks follow their roles, and small networks trained on them."""

from functools import cache

import numpy as np

from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.figures.mark_roles import MARK_ROLES
from workflow_scripts.deepchrome.models.network import build_network, compile_network

MARKS = list(MARK_ROLES)
BINS = 30


def planted(genes=400, seed=0):
    """Genes whose active marks stand around the TSS when high, and repressive ones when low."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, genes).astype("int8")
    values = rng.poisson(1, (genes, BINS, 5)).astype("float32")
    for number, (_, way) in enumerate(MARK_ROLES.values()):
        lifted = label == (way > 0)
        values[lifted, 8:22, number] += rng.poisson(2, (lifted.sum(), 14))
    part = rng.choice(["train", "valid", "test"], genes)
    return Marks.of_genes(values, [f"G{g}" for g in range(genes)], MARKS, label=label, part=part)


@cache
def trained(seed, shuffled=False):
    data = planted()
    labels = np.random.default_rng(5).permutation(data.label) if shuffled else data.label
    network = build_network(n_bins=BINS, n_marks=5, filters=8, kernel=5, hidden=(20, 10), seed=seed)
    compile_network(
        network, learning_rate=0.02, momentum=0.5, rate_decay=1e-7, steps_per_execution=1
    )
    network.fit(data.values, labels, batch_size=16, epochs=8, verbose=0)
    return network
