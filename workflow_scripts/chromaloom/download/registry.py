"""Paths of downloaded datasets and of the small real data.

Imported by rule files: depends only on pandas.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

SRA, BY_HAND = "sra:", "manual:"
# accession of a run, with a suffix for the mate of paired reads
SRA_RUN = re.compile(r"sra:([SED]RR[0-9]{6,9})(_[12])?")
# subfolders of the downloads folder
SRA_FOLDER, REAL_FOLDER = "sra", "real"


def sra_place(url: str, downloads: str, where: str) -> str:
    """Path of `sra:ACCESSION` (single reads) or `sra:ACCESSION_1` and `_2` (mates).

    Raises
    ------
    UserError
        Not the accession of a run (but of a sample or study, for example).
    """
    if not SRA_RUN.fullmatch(url):
        raise UserError(
            f"{where}: {url!r}; expected: sra:SRR0123456 for single reads, sra:SRR0123456_1 and"
            " sra:SRR0123456_2 for mates (runs: SRR, ERR, DRR)"
        )
    return f"{downloads}/{SRA_FOLDER}/{url.removeprefix(SRA)}.fastq.gz"


def dataset_place(row: pd.Series, downloads: str, where: str) -> str:
    """Path of a downloaded dataset."""
    if row.url.startswith(SRA):
        return sra_place(row.url, downloads, where)
    name = row.file or row.url.split("?")[0].rsplit("/", 1)[-1]
    return f"{downloads}/{row.dataset}/{name}"


def check_datasets(datasets: pd.DataFrame, source: str) -> None:
    """Reject rows that cannot be downloaded or placed by hand.

    `source` is the sheet's name, for messages.

    Raises
    ------
    UserError
        A URL without a file name, a `manual:` row without one, an invalid SRA accession.
    """
    for number, row in enumerate(datasets.itertuples(index=False), start=2):
        where = f"{source}: row {number} (dataset {row.dataset!r})"
        url, file = str(row.url), str(row.file)
        if url.startswith(SRA):
            sra_place(url, "", where)
        elif url.startswith(BY_HAND) and not file:
            raise UserError(f"{where}: file: empty; a file fetched by hand needs its name")
        elif not file and not re.fullmatch(
            r"[A-Za-z0-9][A-Za-z0-9_.+-]*", url.split("?")[0].rsplit("/", 1)[-1]
        ):
            raise UserError(f"{where}: file: empty, and the URL {url!r} ends in no file name")


def data_place(named: str | None, folder: str, root: str | Path, downloads: str) -> str:
    """Value of {data}: the folder of real data, or its folder in the downloads.

    Parameters
    ----------
    named
        The environment variable CHROMALOOM_REAL_DATA; takes precedence.
    folder
        The config's data_folder, relative to the working directory or to `root`.
    root
        Folder of the Snakefile.
    downloads
        Folder of the downloads.
    """
    if named:
        return named
    if Path(folder).is_dir() or Path(root, folder).is_dir():
        return folder
    return f"{downloads}/{REAL_FOLDER}"


def check_real_file(path: str, known: Iterable[str], downloads: str, where: str) -> None:
    """Reject a file of {data} that does not exist and cannot be downloaded."""
    folder = f"{downloads}/{REAL_FOLDER}/"
    if path.startswith(folder) and path.removeprefix(folder) not in set(known):
        raise UserError(
            f"{where}: {path.removeprefix(folder)!r} of {{data}}: there is no folder of real data"
            " (CHROMALOOM_REAL_DATA, data_folder), and it is none of the files that can be fetched"
            " (resources/sheets/real-data.tsv)"
        )
