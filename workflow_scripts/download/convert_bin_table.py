"""Convert a table of binned signals with one-hot chromosomes to one with chrom, start and end."""

import io

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script

BIN = 20_000
SCALE = 10_000_000  # bp; start_coord is in units of it
START = "start_coord"
DIGITS = 4


def main(*, file: str, out: str) -> None:
    """Convert a table of Rozenwald et al. 2020: bins of 20 kb, z-scored ChIP signals.

    Parameters
    ----------
    file
        CSV: a row number, a column of 0 and 1 per chromosome, start_coord (10 Mb), signals.
    out
        TSV (gzip): chrom, start and end (bp, 0-based half-open), signals with four decimals.

    Raises
    ------
    UserError
        Malformed table, a row with none or several chromosomes, a start that is not on the grid.
    """
    table = pd.read_csv(file, index_col=0)
    if START not in table.columns:
        raise UserError(
            f"{file}: no column {START!r}; expected: one-hot chromosomes, {START}, signals"
        )
    place = table.columns.get_loc(START)
    chromosomes, signals = table.iloc[:, :place], table.iloc[:, place + 1 :]
    if not (chromosomes.isin([0, 1]).all(axis=None) and (chromosomes.sum(axis=1) == 1).all()):
        raise UserError(
            f"{file}: a row is not of one chromosome; expected: 1 in one column, else 0"
        )
    start = table[START].to_numpy() * SCALE
    whole = np.round(start / BIN).astype(np.int64) * BIN
    if not np.allclose(start, whole, atol=1):
        raise UserError(f"{file}: {START} {table[START].iloc[0]} …; expected: starts of 20 kb bins")
    found = pd.DataFrame({"chrom": chromosomes.idxmax(axis=1), "start": whole, "end": whole + BIN})
    found = pd.concat([found, signals.round(DIGITS)], axis=1)
    text = io.StringIO()
    found.to_csv(text, sep="\t", index=False)
    with atomic_path(out) as temporary, gzip_writer(temporary, level=6) as handle:
        handle.write(text.getvalue().encode())


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.table)
