"""Write σ of a cell as bigWig, for genome browsers."""

import pandas as pd

from workflow_scripts.chromaloom.genomics.browser_files import write_bigwig
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script


def main(tables: list[str], chrom_sizes: str, *, sigma: str, backward: str) -> None:
    """Write the means over the seeds.

    Parameters
    ----------
    tables
        Table of σ of each seed (`predict_sigma`): chrom, start, end, sigma, backward.
    chrom_sizes
        Table of chromosome lengths.
    sigma, backward
        Outputs: σ of the forward networks, and σ predicted from the map by the backward networks,
        where there is one.
    """
    frames = [pd.read_csv(path, sep="\t", dtype={"chrom": str}) for path in tables]
    bins, sizes = frames[0][["chrom", "start", "end"]], read_sizes(chrom_sizes)
    for column, out in (("sigma", sigma), ("backward", backward)):
        mean = pd.concat([frame[column] for frame in frames], axis=1).mean(axis=1, skipna=False)
        write_bigwig(bins.assign(value=mean), sizes, out)


if __name__ == "__main__":
    run_script(main, snakemake)
