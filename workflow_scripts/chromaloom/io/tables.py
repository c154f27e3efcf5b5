"""Writing tables so that the same rows give the same bytes."""

from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer


def write_table(table: pd.DataFrame, path: str | Path, **options: Any) -> None:
    """Write a table as TSV without its index, in one step, gzipped where `path` ends in .gz.

    pandas by itself puts the temporary file's name, which differs from run to run, into a gzip
    header. `options` are those of `to_csv`.
    """
    options = {"sep": "\t", "index": False, **options}
    with atomic_path(path) as temporary:
        if str(path).endswith(".gz"):
            with gzip_writer(temporary, level=6) as handle:
                table.to_csv(handle, **options)
        else:
            table.to_csv(temporary, **options)
