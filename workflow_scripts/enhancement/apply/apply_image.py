"""Enhance a map of the user with a trained image model: .cool and .mcool of higher resolution."""

import logging

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.apply_published import apply_published
from workflow_scripts.enhancement.apply.enhance_map import COLUMNS, enhance_map, write_summary
from workflow_scripts.enhancement.apply.predict_map import Predict, TilingConfig, scale_shift
from workflow_scripts.enhancement.config.plan import unknown_input
from workflow_scripts.enhancement.config.published import PUBLISHED

log = logging.getLogger("chromaloom")


def load_predictor(path: str, window: int) -> tuple[Predict, int]:
    """Load an image model.

    Parameters
    ----------
    path
        .keras file.
    window
        Bins of the config's windows.

    Returns
    -------
    tuple
        A function that predicts (n, b, b) from (n, B, B), and b.

    Raises
    ------
    UserError
        Not a Keras model, or one whose input is not a map of these windows.
    """
    where = f"enhancement.enhance.model: {path}"
    try:
        network = keras.models.load_model(path, compile=False)
    except (OSError, ValueError) as error:
        text = str(error).split("\n")[0]
        raise UserError(f"{where}: not a Keras model ({text}); expected: a .keras file") from None
    shapes = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    if shapes != [(window, window, 1)]:
        raise UserError(
            f"{where}: its input is {' and '.join(map(str, shapes))}; expected:"
            f" ({window}, {window}, 1), a map of enhancement.window_bins"
        )

    def predict(low: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(low[..., None]))[..., 0]

    return predict, int(network.outputs[0].shape[1])


def main(
    contacts: str,
    network: str,
    *,
    name: str,
    model: str,
    resolution: int,
    window: int,
    factor: int,
    coarsegrain: dict,
    balance: dict,
    settings: dict,
    circular: list[str],
    cool: str,
    mcool: str,
    summary: str,
    checkpoints: str,
    threads: int,
    gpu: int,
    seed: int,
    lower_quantile: float = 0.0,
    group: str = "",
) -> None:
    """Enhance all chromosomes that hold a window.

    Parameters
    ----------
    contacts, network
        .cool or .mcool; .keras, or the PyTorch file of a published network.
    name, model
        Names of the map and the model, for messages. With a name of `config.published.PUBLISHED`
        the map is enhanced by `apply_published`, at the bins that it has.
    resolution, window, factor
        Bin size (bp) and bins of the model's windows; output bins per input bin.
    coarsegrain, balance, settings
        Config sections `enhancement.coarsegrain`, `contacts.balance` and `enhancement.enhance`.
    circular
        Circular chromosomes of the run's genome, used if `settings` names none.
    checkpoints
        Folder for finished chromosomes.
    cool, mcool, summary
        Output maps, and a row per chromosome (TSV): bins, masked bins, windows, contacts beyond the
        reach of the output, the agreement of the output with the input, and what the model adds to
        maps made without it (`gain`).
    threads, gpu, seed
        Granted threads and GPUs; seed of the device.
    lower_quantile
        As in the run that trained the model (`observed_map`).
    group
        The map's group in the file; empty if its bin size identifies it.

    Raises
    ------
    UserError
        The map lacks the resolution or a circular chromosome, or no window can be predicted.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    if model in PUBLISHED:
        uri = f"{contacts}::{group}" if group else contacts
        rows = apply_published(
            uri, network, name=name, model=model, resolution=resolution * factor,
            balance=balance, cool=cool, mcool=mcool, checkpoints=checkpoints,
        )  # fmt: skip
        write_summary(summary, rows, COLUMNS, device=device, model=model, map=name)
        return
    if unknown := unknown_input(network):
        log.warning(
            "%s: does not say what it was trained on; only its window was compared with the config,"
            " not %s: the map is right only if they are the same", network, ", ".join(unknown),
        )  # fmt: skip
    predict, inner = load_predictor(network, window)
    tiling = TilingConfig(
        window=window, inner=inner, factor=factor, overlap=settings["overlap"],
        coarsegrain=coarsegrain, max_masked=settings["max_masked"],
        batch_size=settings["batch_size"], shift=scale_shift(network, factor),
        lower_quantile=lower_quantile,
    )  # fmt: skip
    rows = enhance_map(
        contacts, {network: predict}, tiling, name=name, model=model, resolution=resolution,
        settings=settings, balance=balance, circular=circular, group=group, cool=cool, mcool=mcool,
        checkpoints=checkpoints,
    )  # fmt: skip
    write_summary(summary, rows, COLUMNS, device=device, model=model, map=name)


if __name__ == "__main__":
    run_script(main, snakemake)
