"""The table that every model of the paper writes its predictions to."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.deepchrome.data.marks import Marks


def predictions_of(
    data: Marks, scores: np.ndarray, *, model: str, seed: int, labels: np.ndarray | None = None
) -> pd.DataFrame:
    """One row per gene: model, seed, gene_id, chrom, tss, strand, part, label, score in [0, 1]."""
    return pd.DataFrame(
        {
            "model": model,
            "seed": seed,
            "gene_id": data.gene_id,
            "chrom": data.chrom,
            "tss": data.tss,
            "strand": data.strand,
            "part": data.part,
            "label": data.label if labels is None else labels,
            "score": scores,
        }
    )


def write_predictions(path: str | Path, tables: list[pd.DataFrame]) -> None:
    """Write the rows of several tables as gzipped TSV whose bytes depend on them alone."""
    write_table(pd.concat(tables), path, float_format="%.6g")
