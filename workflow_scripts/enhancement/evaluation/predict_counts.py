"""Published networks on down-sampled counts, as in their authors' code, cut into windows."""

import logging

import numpy as np
from scipy.sparse import csr_matrix, triu

from workflow_scripts.chromaloom.genomics.contacts import (
    chromosome_weights,
    count_band,
    open_map,
)
from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.apply_published import apply_published
from workflow_scripts.enhancement.config.published import REACH
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.map_transforms import dense_map, observed_map
from workflow_scripts.enhancement.evaluation.predictions import write_predictions

log = logging.getLogger("chromaloom")
STEPS = 200  # of balancing


def equal_sums(band: np.ndarray, known: np.ndarray, *, ignore_diags: int) -> np.ndarray:
    """Balanced contacts of a map that has contacts near the diagonal only.

    The steps of ICE, but the square root of each: in a band, whole steps go back and forth between
    distant parts of a chromosome for thousands of times.

    Parameters
    ----------
    band : float array, shape=(bins, diagonals)
        `band[i, d]` are the contacts of bins i and i + d.
    known : bool array, shape=(bins,)
        Bins that are balanced; the others become NaN.
    ignore_diags
        Diagonals that the sums do not include.

    Returns
    -------
    float64 array, shape=(bins, diagonals)
        The sum of each bin's contacts is 1.
    """
    bins = len(band)
    one, distance = np.indices(band.shape)
    two = one + distance
    inside = two < bins
    used = inside & known[:, None] & known[np.where(inside, two, 0)] & (distance >= ignore_diags)
    upper = csr_matrix((np.nan_to_num(band[used]), (one[used], two[used])), shape=(bins, bins))
    contacts = upper + triu(upper, 1).T
    found = np.asarray(contacts.sum(axis=1)).ravel() > 0
    factor = found.astype(float)
    for _ in range(STEPS):
        sums = factor * (contacts @ factor)
        factor[found] /= np.sqrt(sums[found] / sums[found].mean())
    factor /= np.sqrt((factor * (contacts @ factor))[found].mean())
    factor[~found] = np.nan
    return band * factor[:, None] * np.where(inside, factor[np.where(inside, two, 0)], np.nan)


def main(
    dataset: str,
    low: list[str],
    network: str,
    *,
    samples: list[str],
    name: str,
    crop: int,
    lower_quantile: float,
    balance: dict,
    gpu: int,
    threads: int,
    checkpoints: str,
    predictions: str,
) -> None:
    """Write the `Predictions` of a published network for the windows that are not trained on.

    The whole map of low resolution is enhanced, balanced (`equal_sums`) in the bins that are
    balanced in the input, and cut into windows, which become Observed maps by the steps that make
    the targets but coarse-graining: an enhanced map has no counts.

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image, with inputs of method downsample.
    low, samples
        Maps of a fraction of the contacts (.mcool), and the names of their samples.
    network, name
        PyTorch file of the weights; key of `config.published.PUBLISHED`.
    crop, lower_quantile
        Bins that generated maps lack on each side; of config section `observed`.
    balance
        Config section `contacts.balance`.
    gpu, threads
        As in all prediction scripts.
    checkpoints
        Folder for finished chromosomes.
    predictions
        Output file.

    Raises
    ------
    UserError
        A map is refused (`apply_published`), or a window of the enhanced map has no contact.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data, scratch_folder(predictions) as folder:
        rows = np.flatnonzero((data.split != "train") & (data.split != ""))
        inside = slice(crop, data.window_bins - crop)
        found = np.empty((len(rows), data.window_bins - 2 * crop, data.window_bins - 2 * crop))
        for sample, path in zip(samples, low, strict=True):
            enhanced = f"{folder}/{sample}.cool"
            apply_published(
                path, network, name=sample, model=name, resolution=data.resolution,
                balance=balance, cool=enhanced, mcool=f"{folder}/{sample}.mcool",
                checkpoints=f"{checkpoints}.{sample}",
            )  # fmt: skip
            clr, given = open_map(enhanced, data.resolution), open_map(path, data.resolution)
            own = np.flatnonzero(data.map[rows] == sample)
            for chrom in dict.fromkeys(data.chrom[rows[own]].tolist()):
                known = np.isfinite(chromosome_weights(given, chrom))
                band = equal_sums(
                    count_band(clr, chrom, REACH), known, ignore_diags=balance["ignore_diags"]
                )
                for at in own[data.chrom[rows[own]] == chrom]:
                    first = int(data.start[rows[at]]) // data.resolution
                    window = dense_map(band, first, data.window_bins)
                    try:
                        found[at] = observed_map(window, lower_quantile)[0][inside, inside]
                    except ValueError:
                        raise UserError(
                            f"{path}: {name} gives no contact in the window from"
                            f" {chrom}:{first * data.resolution} on; expected: contacts in every"
                            " window; fix: use a deeper map, or set"
                            " enhancement.image.published.input to observed"
                        ) from None
        write_predictions(
            predictions, kind=data.kind, index=rows, split=data.split[rows], prediction=found
        )
    log.info("%s: %d windows of counts", name, len(rows))


if __name__ == "__main__":
    run_script(main, snakemake)
