"""Where files of the dataset sheet lie once fetched, and where small real data come from.

Imported by rules files: needs no more than pandas.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

SRA, BY_HAND = "sra:", "manual:"
# a run's accession; the mate of paired reads after it
SRA_RUN = re.compile(r"sra:([SED]RR[0-9]{6,9})(_[12])?")
# folders below that of the downloads
SRA_FOLDER, REAL_FOLDER = "sra", "real"


def sra_place(url: str, downloads: str, where: str) -> str:
    """Path of `sra:ACCESSION` (single reads) or `sra:ACCESSION_1` and `_2` (mates).

    Raises
    ------
    UserError
        No accession of a run, as of a sample or study.
    """
    if not SRA_RUN.fullmatch(url):
        raise UserError(
            f"{where}: {url!r}; expected: sra:SRR0123456 for single reads, sra:SRR0123456_1 and"
            " sra:SRR0123456_2 for mates (runs: SRR, ERR, DRR)"
        )
    return f"{downloads}/{SRA_FOLDER}/{url.removeprefix(SRA)}.fastq.gz"


def dataset_place(row: pd.Series, downloads: str, where: str) -> str:
    """Path of a dataset once it is there."""
    if row.url.startswith(SRA):
        return sra_place(row.url, downloads, where)
    name = row.file or row.url.split("?")[0].rsplit("/", 1)[-1]
    return f"{downloads}/{row.dataset}/{name}"


def check_datasets(datasets: pd.DataFrame, source: str) -> None:
    """Refuse rows that cannot become files.

    `source` is the sheet's name, for messages.

    Raises
    ------
    UserError
        An address that gives no file name, a row by hand without one, a broken SRA accession.
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
    """What {data} stands for: the folder of real data, or where it is put when it is fetched.

    Parameters
    ----------
    named
        The environment's CHROMALOOM_REAL_DATA, which wins.
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
    """Refuse a file of {data} that is neither there nor can be fetched."""
    folder = f"{downloads}/{REAL_FOLDER}/"
    if path.startswith(folder) and path.removeprefix(folder) not in set(known):
        raise UserError(
            f"{where}: {path.removeprefix(folder)!r} of {{data}}: there is no folder of real data"
            " (CHROMALOOM_REAL_DATA, data_folder), and it is none of the files that can be fetched"
            " (resources/sheets/real-data.tsv)"
        )
