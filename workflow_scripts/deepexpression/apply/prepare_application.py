"""Promoters and loops for a bundle: cut from a genome, or read from a FASTA."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.build_deepexpression import gene_places
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.interactions import interaction_vectors, read_loops
from workflow_scripts.deepexpression.data.promoters import (
    check_tss,
    cut_promoters,
    read_promoters,
)

log = logging.getLogger("chromaloom")


def main(
    fasta: str,
    genome: Sequence[str],
    loops: Sequence[str],
    *,
    bundle: str,
    where: str,
    data: str,
) -> None:
    """Write an `ExpressionData` without expression (NaN), of all genes or sequences.

    Parameters
    ----------
    fasta
        FASTA of promoters, or the indexed genome.
    genome
        Gene table and chromosome lengths of the genome first; empty for a FASTA of promoters.
    loops
        Loops of the cell; empty if the model reads none.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    data
        Output.

    Raises
    ------
    UserError
        The FASTA is malformed or its sequences have another length, a transcription start lies
        outside its chromosome, or the loops are not on the bundle's bins.
    """
    inputs = read_bundle(bundle, where).inputs
    half_width, hichip = inputs["half_width"], inputs["hichip"]
    if genome:
        genes, sizes, *_ = genome
        lengths = read_sizes(sizes)
        places = gene_places(genes, from_genome=True)
        places = places[places.chrom.isin(list(lengths))].reset_index(drop=True)
        check_tss(places, lengths, genes)
        promoters, padded = cut_promoters(fasta, places, half_width)
        log.info("%d of %d promoters extend beyond their chromosome and are padded with N",
                 padded.sum(), len(places))  # fmt: skip
    else:
        found = read_promoters(fasta, half_width)
        promoters = np.stack(list(found.values()))
        places = pd.DataFrame({"gene": list(found), "chrom": "", "tss": -1, "strand": ""})
    number = len(places)
    vectors, n_loops = np.zeros((number, 0), np.float32), np.zeros(number, np.int32)
    if loops:
        vectors, n_loops, _ = interaction_vectors(
            read_loops(loops[0], lengths, inputs["resolution"]), places, lengths,
            resolution=inputs["resolution"], half_width=hichip["half_width"],
            orient_by_strand=hichip["orient_by_strand"],
        )  # fmt: skip
        log.info("%d of %d genes have loops", (n_loops > 0).sum(), number)
    unknown = np.full(number, np.nan)
    ExpressionData(
        genes=places.gene.to_numpy(str), chrom=places.chrom.to_numpy(str),
        tss=places.tss.to_numpy(np.int64), strand=places.strand.to_numpy(str),
        promoters=promoters, hichip=vectors, loops=n_loops, counts=unknown, expression=unknown,
        label=np.zeros(number, bool), family=np.arange(number), half_width=half_width,
        resolution=inputs["resolution"] or 0,
    ).save(data)  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
