"""Motifs of a network's first layer: the words of promoters at which each kernel is active."""

import logging
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.models.promoter_network import FIRST
from workflow_scripts.deepexpression.motifs.pwms import (
    Motif,
    active_counts,
    information,
    write_meme,
)
from workflow_scripts.deepexpression.training.fold_models import load_fold, trunks

log = logging.getLogger("chromaloom")
COLUMNS = ["motif", "fold", "network", "kernel", "width", "genes", "sites", "information", "kept"]


def main(
    models: str,
    dataset: str,
    folds: str,
    *,
    chosen: list[int],
    genes: str,
    most: int,
    untrained: bool,
    alpha: float,
    pseudocount: float,
    least_sites: int,
    meme: str,
    table: str,
) -> None:
    """Write the motifs of the first layer (Zeng 2018: α = 0.7) as MEME text, and a row per kernel.

    Parameters
    ----------
    models
        Folder of a training's fold models; each may hold several networks.
    dataset, folds
        The cell's data; the folds of its genes.
    chosen
        Folds whose models are read.
    genes
        Promoters that words are taken from: `all`, or `test`, those of the model's own test fold.
    most
        Promoters read; of more, so many are taken evenly from first to last, and the log says so.
    untrained
        Take the weights that the networks started from in place of the trained ones: a control.
    alpha, pseudocount
        α; sites of equal letters added to each motif.
    least_sites
        Kernels with fewer words are left out of `meme`; the log counts them, the table has them.
    meme, table
        Outputs; the table's `information` is in bits over equal letters.
    """
    data, fold_of_gene = ExpressionData.load(dataset), read_folds(folds).fold
    rows, motifs = [], []
    for fold in chosen:
        codes = data.promoters if genes == "all" else data.promoters[fold_of_gene == fold]
        if len(codes) > most:
            log.info("fold %d: words are taken from %d of %d promoters", fold, most, len(codes))
            codes = codes[np.linspace(0, len(codes) - 1, most).round().astype(int)]
        for number, trunk in enumerate(trunks(load_fold(Path(models), fold))):
            kernels, both = first_layer(trunk, untrained)
            counts, sites = active_counts(kernels, codes, alpha, both=both)
            for kernel in range(kernels.shape[2]):
                name = f"fold{fold}.net{number}.k{kernel:03d}"
                motif = Motif(name, int(sites[kernel]), counts[kernel])
                kept = sites[kernel] >= least_sites
                bits = information(motif.probabilities(pseudocount))
                rows.append((name, fold, number, kernel, kernels.shape[0], len(codes),
                             sites[kernel], bits, int(kept)))  # fmt: skip
                motifs += [motif] if kept else []
    frame = pd.DataFrame(rows, columns=COLUMNS)
    log.info(
        "%d of %d kernels have %d sites or more, of %s promoters; the others are left out",
        len(motifs), len(frame), least_sites, genes,
    )  # fmt: skip
    write_meme(meme, motifs, pseudocount)
    with atomic_path(table) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def first_layer(trunk: keras.Model, untrained: bool) -> tuple[np.ndarray, bool]:
    """Kernels of a trunk, shape=(width, 4, K), and whether they read both strands.

    Untrained, they are as the layer is first made: initialisers carry their seeds, so these are the
    very weights that the training began with.
    """
    layer = trunk.get_layer(FIRST)
    if untrained:
        shape = (None, None, layer.kernel.shape[1])
        layer = type(layer).from_config(layer.get_config())
        layer.build(shape)
    return keras.ops.convert_to_numpy(layer.kernel), hasattr(layer, "strands")


if __name__ == "__main__":
    with script_job(snakemake):
        prepare_device(gpu=0, threads=snakemake.threads, seed=0)
        settings = dict(snakemake.params)
        for number, (cell, task, kind) in enumerate(settings.pop("sets")):
            log.info("%s, %s, %s:", cell, task, kind)
            main(
                snakemake.input.models[number],
                snakemake.input.datasets[number],
                snakemake.input.folds,
                untrained=kind == "untrained",
                meme=snakemake.output.memes[number],
                table=snakemake.output.tables[number],
                **settings,
            )
