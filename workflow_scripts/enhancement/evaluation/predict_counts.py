"""Published networks on down-sampled counts, as in their authors' code, cut into windows."""

import logging

import numpy as np

from workflow_scripts.chromaloom.genomics.contact_maps import finish_map
from workflow_scripts.chromaloom.genomics.contacts import balanced_band, open_map
from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.apply_published import apply_published
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.map_transforms import dense_map, observed_map
from workflow_scripts.enhancement.evaluation.predictions import write_predictions

log = logging.getLogger("chromaloom")


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

    The whole map of low resolution is enhanced, balanced as all maps are, and cut into windows,
    which become Observed maps by the steps that make the targets but coarse-graining: an enhanced
    map has no counts.

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
            enhanced, out = f"{folder}/{sample}.cool", f"{folder}/{sample}.balanced.mcool"
            apply_published(
                path, network, name=sample, model=name, resolution=data.resolution,
                balance=balance, cool=enhanced, mcool=f"{folder}/{sample}.mcool",
                checkpoints=f"{checkpoints}.{sample}",
            )  # fmt: skip
            finish_map(
                enhanced, out, folder=folder, name=f"{sample} by {name}",
                resolutions=[data.resolution], balance=balance, threads=threads,
            )  # fmt: skip
            clr = open_map(out, data.resolution)
            own = np.flatnonzero(data.map[rows] == sample)
            for chrom in dict.fromkeys(data.chrom[rows[own]].tolist()):
                band = balanced_band(clr, chrom, data.window_bins)
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
