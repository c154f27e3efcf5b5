"""Deterministic writing of tables, and reading of expression tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer


def write_table(table: pd.DataFrame, path: str | Path, **options: Any) -> None:
    """Write a table atomically as TSV without its index, gzipped if `path` ends in .gz.

    `options` are those of `to_csv`. pandas alone would store the name of the temporary file in the
    gzip header, so that the bytes would depend on it.
    """
    options = {"sep": "\t", "index": False, **options}
    with atomic_path(path) as temporary:
        if str(path).endswith(".gz"):
            with gzip_writer(temporary, level=6) as handle:
                table.to_csv(handle, **options)
        else:
            table.to_csv(temporary, **options)


def read_expression_table(path: str | Path) -> pd.DataFrame:
    """Read expression/CELL.tsv: gene_id, value, unit, est_counts, tpm; empty values are NaN.

    Gene names are text, also those that look like numbers (Entrez) or like missing values (NA).
    """
    return pd.read_csv(
        path, sep="\t", dtype={"gene_id": str, "unit": str}, keep_default_na=False,
        na_values={name: [""] for name in ("value", "est_counts", "tpm")},
    )  # fmt: skip
