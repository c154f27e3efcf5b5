"""Motifs of a network's first layer: the promoter words at which each kernel is active."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.models.fold_models import load_fold, promoter_trunks
from workflow_scripts.deepexpression.models.promoter_network import FIRST
from workflow_scripts.deepexpression.motifs.pwms import (
    Motif,
    active_counts,
    information,
    write_meme,
)

log = logging.getLogger("chromaloom")
COLUMNS = ["motif", "fold", "network", "kernel", "width", "genes", "sites", "information", "kept"]


def main(
    models: list[str],
    datasets: list[str],
    folds: str,
    *,
    sets: list[tuple[str, str, str]],
    fold_numbers: list[int],
    genes: str,
    max_promoters: int,
    alpha: float,
    pseudocount: float,
    min_sites: int,
    threads: int,
    memes: list[str],
    tables: list[str],
) -> None:
    """Write the first-layer motifs of each set (Zeng 2018: α = 0.7), and a row per kernel.

    Parameters
    ----------
    models, datasets, sets
        Folder of fold models, data of the cell, and (cell, task, kind) of each set. Sets of kind
        `untrained` use the initial weights of the networks, as a control.
    folds
        Folds of the genes.
    fold_numbers
        Folds whose models are used; each model can contain several networks.
    genes
        Promoters that are scanned: `all`, or `test`, those of the model's test fold.
    max_promoters
        Maximum number of promoters scanned, evenly spaced among all.
    alpha, pseudocount
        α; uniform sites added to each motif.
    min_sites
        Kernels with fewer active words are left out of the MEME file; the table has them.
    threads
        Threads of the job.
    memes, tables
        Outputs of each set; `information` is in bits.
    """
    prepare_device(gpu=0, threads=threads, seed=0)
    fold_of_gene = read_folds(folds).fold
    for number, (cell, task, kind) in enumerate(sets):
        log.info("%s, %s, %s:", cell, task, kind)
        promoters = ExpressionData.load(datasets[number]).promoters
        rows, motifs = [], []
        for fold in fold_numbers:
            codes = promoters if genes == "all" else promoters[fold_of_gene == fold]
            codes = evenly_spaced(codes, max_promoters)
            for network, trunk in enumerate(promoter_trunks(load_fold(models[number], fold))):
                kernels, both_strands = first_layer(trunk, untrained=kind == "untrained")
                counts, sites = active_counts(kernels, codes, alpha, both_strands=both_strands)
                for kernel in range(kernels.shape[2]):
                    name = f"fold{fold}.net{network}.k{kernel:03d}"
                    motif = Motif(name, int(sites[kernel]), counts[kernel])
                    kept = sites[kernel] >= min_sites
                    bits = information(motif.frequencies(pseudocount))
                    rows.append((name, fold, network, kernel, kernels.shape[0], len(codes),
                                 sites[kernel], bits, int(kept)))  # fmt: skip
                    motifs += [motif] if kept else []
        log.info("%d of %d kernels have at least %d sites; the others are left out",
                 len(motifs), len(rows), min_sites)  # fmt: skip
        write_meme(memes[number], motifs, pseudocount)
        write_table(pd.DataFrame(rows, columns=COLUMNS), tables[number], float_format="%.6g")


def evenly_spaced(codes: np.ndarray, most: int) -> np.ndarray:
    """At most so many promoters, evenly spaced among all."""
    if len(codes) <= most:
        return codes
    log.info("%d of %d promoters are scanned", most, len(codes))
    return codes[np.linspace(0, len(codes) - 1, most).round().astype(int)]


def first_layer(trunk: keras.Model, *, untrained: bool) -> tuple[np.ndarray, bool]:
    """Kernels of a trunk, shape=(width, 4, K), and whether they scan both strands.

    Initializers have fixed seeds, so rebuilding the layer gives the weights before training.
    """
    layer = trunk.get_layer(FIRST)
    if untrained:
        shape = (None, None, layer.kernel.shape[1])
        layer = type(layer).from_config(layer.get_config())
        layer.build(shape)
    return keras.ops.convert_to_numpy(layer.kernel), hasattr(layer, "strands")


if __name__ == "__main__":
    run_script(main, snakemake)
