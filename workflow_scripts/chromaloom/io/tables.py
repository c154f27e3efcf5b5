"""Deterministic writing of tables."""

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
