"""Convert a contact map in dense text to a .cool of raw counts."""

import pandas as pd

from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.contacts.map_files import read_matrix
from workflow_scripts.download.cool_files import write_cool


def main(*, file: str, chrom: str, length: int, resolution: int, assembly: str, out: str) -> None:
    """Write `out` from the matrix of all bins of one chromosome.

    Parameters
    ----------
    file
        Text, plain or gzip: symmetric, or the upper half alone.
    chrom, length, resolution
        Chromosome of the matrix, its length (bp) and the bin size (bp).
    assembly
        Name of the genome, for the file's record.
    out
        .cool to be written.

    Raises
    ------
    UserError
        Malformed matrix.
    """
    sizes = {chrom: length}
    pixels = pd.concat(read_matrix(file, chrom, sizes, resolution).pixels())
    write_cool(pixels, out, sizes=sizes, resolution=resolution, assembly=assembly)


if __name__ == "__main__":
    with script_job(snakemake):
        settings = dict(snakemake.params.settings)
        for key in ("length", "resolution"):
            settings[key] = int(settings[key])
        main(file=snakemake.input.file, out=snakemake.output.map, **settings)
