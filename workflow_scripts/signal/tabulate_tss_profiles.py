"""Mean signal around transcription starts of every ChIP-seq sample."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.binning import orient_rows
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(
    *, samples: list[str], cells: list[str], targets: list[str], bins: list[str], out: str
) -> None:
    """Write sample, cell, target, bin (from 1), offset, mean, n_genes.

    Bins are oriented in the gene's direction, whether or not the arrays are; `offset` is the bin's
    middle minus the TSS, bp, in the gene's direction.
    """
    tables = [
        pd.DataFrame({"sample": sample, "cell": cell, "target": target, **profile(path)})
        for sample, cell, target, path in zip(samples, cells, targets, bins, strict=True)
    ]
    with atomic_path(out) as temporary:
        pd.concat(tables).to_csv(temporary, sep="\t", index=False, float_format="%.8g")
    log.info("%s: %d samples", out, len(tables))


def profile(path: str) -> dict[str, np.ndarray | int]:
    """Mean over the measured genes of one file of arrays, by bin."""
    with np.load(path) as arrays:
        values, size = arrays["values"], int(arrays["bin_size"])
        if not arrays["orient"]:
            values = orient_rows(values, arrays["strand"])
    values = values[~np.isnan(values).any(axis=1)]
    n_bins = values.shape[1]
    return {
        "bin": np.arange(1, n_bins + 1),
        "offset": (np.arange(n_bins) - n_bins / 2 + 0.5) * size,
        "mean": values.mean(axis=0, dtype=np.float64),
        "n_genes": len(values),
    }


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.table)
