"""The table in which every model of the paper writes its predictions."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.deepchrome.data.marks import Marks


def predictions_of(
    data: Marks, scores: np.ndarray, *, model: str, seed: int, labels: np.ndarray | None = None
) -> pd.DataFrame:
    """Return one row per gene: model, seed, gene_id, chrom, tss, strand, split, label, score.

    `scores` are in [0, 1], shape=(genes,); `labels` replace those of the data.
    """
    return pd.DataFrame(
        {
            "model": model,
            "seed": seed,
            "gene_id": data.gene_id,
            "chrom": data.chrom,
            "tss": data.tss,
            "strand": data.strand,
            "split": data.split,
            "label": data.label if labels is None else labels,
            "score": scores,
        }
    )


def write_predictions(path: str | Path, tables: list[pd.DataFrame]) -> None:
    """Write the rows of several tables as one gzipped TSV; equal rows give equal bytes."""
    write_table(pd.concat(tables), path, float_format="%.6g")
