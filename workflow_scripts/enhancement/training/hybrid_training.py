"""Training of hybrids: networks built once, used for one seed and variant after another."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.training import fit_resumable
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.hybrid_maps import (
    HeadSamples,
    PlaceSamples,
    head_inputs,
    head_maps,
    hybrid_maps,
)
from workflow_scripts.enhancement.evaluation.map_metrics import agreement_scores
from workflow_scripts.enhancement.evaluation.predictions import middle
from workflow_scripts.enhancement.models.hybrid_head import (
    build_hybrid,
    living_head,
    sequence_maps_of,
)

PLACES, MAPS = 16, 256  # samples in memory at once


@keras.saving.register_keras_serializable(package="chromaloom")
class MapError(keras.losses.Loss):
    """Mean squared error of each place, (batch, maps, size, size), over what is not NaN."""

    def call(self, y_true, y_pred):
        known = ops.logical_not(ops.isnan(y_true))
        # where, not a product: NaN times 0 is NaN
        gaps = ops.where(known, ops.square(y_pred - ops.where(known, y_true, y_pred)), 0.0)
        axes = tuple(range(1, len(y_pred.shape)))
        return ops.sum(gaps, axis=axes) / ops.maximum(ops.sum(ops.cast(known, gaps.dtype), axes), 1)


@dataclass(frozen=True)
class Hybrids:
    """What the trainings of a job share.

    Attributes
    ----------
    data, train, valid
        Dataset of kind image; its rows for training (all, and those of head and models together)
        and for validation.
    settings, metrics, filters
        Of a preset; of the config: section `metrics`, filters of the head.
    models
        The sequence and the image model, whose weights are those of the parts.
    parts, whole, trainer
        Sequence part, image model, head; the hybrid of them; the same with several maps a place.
    blank
        State of the optimisers of head and trainer at the start.
    """

    data: EnhancementData
    train: np.ndarray
    joint: np.ndarray
    valid: np.ndarray
    settings: dict[str, Any]
    metrics: dict[str, Any]
    filters: int
    models: tuple[keras.Model, keras.Model]
    parts: tuple[keras.Model, keras.Model, keras.Model]
    whole: keras.Model
    trainer: keras.Model
    blank: dict[str, list[np.ndarray]]

    @property
    def size(self) -> int:
        """Bins of the maps that come out."""
        return self.whole.output_shape[1]


def prepare(
    sequence: keras.Model, image: keras.Model, data: EnhancementData, *, settings: dict,
    metrics: dict, filters: int, clip: float, jit: bool, seed: int,
    rows: dict[str, np.ndarray],
) -> Hybrids:  # fmt: skip
    """Build and compile the networks of a job.

    Parameters
    ----------
    sequence, image
        Trained models of one seed; those of other seeds have other weights alone.
    data, rows
        Dataset of kind image, and rows `train`, `joint` and `valid`.
    settings, metrics, filters, clip, jit
        Of the config.
    seed
        Of the head as it is built.
    """
    size = image.output_shape[1]
    known = sequence_maps_of(sequence, bins=data.window_bins, size=size, clip=clip)
    sample = next(head_inputs(known, image, data, rows["train"][:1]))[1]
    head, _ = living_head(sample, start=settings["start"], filters=filters, seed=seed)
    maps = min(settings["maps_per_step"], int(np.bincount(data.genome[rows["joint"]]).max()))
    rest = settings["at_rest"]
    whole = build_hybrid(known, image, head, at_rest=rest)
    trainer = build_hybrid(known, image, head, maps=maps, at_rest=rest)
    compiled = {
        "head": (head, "head_rate", len(rows["train"]), 1),
        "joint": (trainer, "rate", len(rows["joint"]), maps),
    }
    blank = {}
    for name, (network, rate, number, together) in compiled.items():
        # no more than the windows there are, or no epoch would make a step
        wanted = min(settings["effective_batch"], number)
        steps = 1 if name == "head" else max(1, wanted // together)
        network.compile(
            optimizer=keras.optimizers.AdamW(
                settings[rate], weight_decay=settings["weight_decay"],
                gradient_accumulation_steps=steps if steps > 1 else None,
            ),
            loss=MapError() if name == "joint" else "mse",
            jit_compile=jit,
        )  # fmt: skip
        network.optimizer.build(network.trainable_variables)
        blank[name] = [np.array(value) for value in network.optimizer.variables]
    return Hybrids(
        data, **rows, settings=settings, metrics=metrics, filters=filters,
        models=(sequence, image), parts=(known, image, head), whole=whole, trainer=trainer,
        blank=blank,
    )  # fmt: skip


def start_from(hybrids: Hybrids, sequence: str, image: str, seed: int) -> int:
    """Put trained models of a seed and an untrained head in place; return the draws of the head."""
    known, seen, head = hybrids.parts
    for model, path in zip(hybrids.models, (sequence, image), strict=True):
        model.load_weights(path)
    sample = next(head_inputs(known, seen, hybrids.data, hybrids.train[:1]))[1]
    fresh, draws = living_head(
        sample, start=hybrids.settings["start"], filters=hybrids.filters, seed=seed
    )
    head.set_weights(fresh.get_weights())
    return draws


def kept_head(hybrids: Hybrids, store: Path, *, fingerprint: Fingerprint, **more) -> pd.DataFrame:
    """Train the head alone, or take it from `store`, where two variants find it.

    Parameters
    ----------
    hybrids
        The head is trained in its place, from where it is.
    store, fingerprint
        Folder, and what its content belongs to.
    more
        seed and checkpoint_seconds, as `fit_resumable`.
    """
    head, weights, record = hybrids.parts[2], store / "head.weights.h5", store / "head.json"
    if record.is_file():
        found = json.loads(record.read_text())
        if found["fingerprint"] == fingerprint:
            head.load_weights(weights)
            return pd.DataFrame(found["history"])
    history = train_head(hybrids, folder=store, fingerprint=fingerprint, **more)
    with atomic_path(weights) as temporary:
        head.save_weights(temporary)
    with atomic_path(record) as temporary:
        told = {"fingerprint": fingerprint, "history": history.to_dict("records")}
        temporary.write_text(json.dumps(told))
    return history


def train_head(hybrids: Hybrids, *, folder: Path, **more) -> pd.DataFrame:
    """Train the head alone on maps that are computed once; `more` as `fit_resumable`."""
    head, settings = hybrids.parts[2], hybrids.settings
    train, valid = (
        _inputs_on_disk(hybrids, rows, folder / f"{name}.npy")
        for name, rows in (("train", hybrids.train), ("valid", hybrids.valid))
    )
    _forget(head, hybrids.blank["head"])
    history = fit_resumable(
        head, train, None, folder=folder / "head", monitor="watch", block=MAPS,
        score=lambda network: _scores(hybrids, head_maps(network, valid.maps)),
        epochs=settings["head_epochs"], patience=settings["patience"],
        batch_size=min(settings["effective_batch"], len(train)), **more,
    )  # fmt: skip
    for samples in (train, valid):
        Path(samples.maps.filename).unlink()
    return history.drop(columns="watch")


def train_joint(hybrids: Hybrids, **more) -> pd.DataFrame:
    """Train head and models together, from where they are; `more` as `fit_resumable`."""
    trainer, settings = hybrids.trainer, hybrids.settings
    samples = PlaceSamples.of(hybrids.data, hybrids.joint, trainer.output_shape[1], hybrids.size)
    _forget(trainer, hybrids.blank["joint"])
    history = fit_resumable(
        trainer, samples, None, monitor="watch", block=PLACES,
        score=lambda _: _scores(hybrids, hybrid_maps(hybrids.parts, hybrids.data, hybrids.valid)),
        epochs=settings["epochs"], patience=settings["patience"], batch_size=1, **more,
    )  # fmt: skip
    return history.drop(columns="watch")


def _scores(hybrids: Hybrids, maps: np.ndarray) -> dict[str, float]:
    """Scores of the validation windows, per map and averaged; `watch` is minus the error."""
    if not np.isfinite(maps).all():
        raise UserError(
            "hybrid: maps of validation windows are not finite; allowed: finite numbers (lower"
            " hybrid.training.rate and head_rate)"
        )
    truth = middle(hybrids.data.maps_of("high", hybrids.valid), hybrids.size)
    table = agreement_scores(truth, maps, hybrids.metrics)
    # pandas leaves out what is not defined, and does not warn where nothing is
    found = {name: float(pd.Series(values).mean()) for name, values in table.items()}
    return {**{f"valid_{name}": value for name, value in found.items()}, "watch": -found["mae"]}


def _inputs_on_disk(hybrids: Hybrids, rows: np.ndarray, path: Path) -> HeadSamples:
    """The head's inputs of some windows, in a file: all of a genome would not fit the memory."""
    sequence, image, _ = hybrids.parts
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (len(rows), hybrids.size, hybrids.size, 2)
    maps = np.lib.format.open_memmap(path, "w+", "float32", shape)
    for at, inputs in head_inputs(sequence, image, hybrids.data, rows):
        maps[at] = inputs
    return HeadSamples(hybrids.data, rows, maps)


def _forget(network: keras.Model, blank: list[np.ndarray]) -> None:
    """Set the optimiser back to its start."""
    for variable, value in zip(network.optimizer.variables, blank, strict=True):
        variable.assign(value)
