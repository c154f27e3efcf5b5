"""Training of hybrids: networks are built once and reused for all seeds and variants."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.training import fit_resumable, load_network, save_network
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.image_data import HeadSamples, RegionSamples
from workflow_scripts.enhancement.evaluation.inference import (
    predict_head,
    predict_head_inputs,
    predict_hybrid,
)
from workflow_scripts.enhancement.evaluation.map_metrics import agreement_scores
from workflow_scripts.enhancement.models.hybrid import (
    build_active_head,
    build_hybrid,
    sequence_channel,
)
from workflow_scripts.enhancement.models.losses import MapError

REGIONS_IN_MEMORY, MAPS_IN_MEMORY = 16, 256  # samples read at once


@dataclass(frozen=True)
class HybridTrainer:
    """What all trainings of a job share.

    Attributes
    ----------
    data, train, joint, valid
        Dataset of kind image; its rows for training (of the head; of head and models jointly) and
        for validation.
    settings, metrics, filters
        `presets.hybrid_settings`; config section `metrics`; filters of the head.
    models
        The sequence and the image model; the parts share their weights.
    parts, hybrid, joint_network
        Sequence part, image model, head; the hybrid of them; the same with several maps a region.
    initial
        Initial state of the optimizers of `head` and `joint`.
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
    hybrid: keras.Model
    joint_network: keras.Model
    initial: dict[str, list[np.ndarray]]

    @property
    def size(self) -> int:
        """Bins of the output maps."""
        return self.hybrid.output_shape[1]


def build_trainer(
    sequence: keras.Model, image: keras.Model, data: EnhancementData, *, settings: dict,
    metrics: dict, filters: int, clip_value: float, jit_compile: bool, seed: int,
    rows: dict[str, np.ndarray],
) -> HybridTrainer:  # fmt: skip
    """Build and compile the networks of a job.

    Parameters
    ----------
    sequence, image
        Trained models of one seed; those of other seeds differ in weights only.
    data, rows
        Dataset of kind image, and rows `train`, `joint` and `valid`.
    settings, metrics, filters, clip_value, jit_compile
        As `HybridTrainer`; bound of the sequence model's targets; compile with XLA.
    seed
        Seed of the first head.
    """
    size = image.output_shape[1]
    known = sequence_channel(sequence, bins=data.window_bins, size=size, clip_value=clip_value)
    sample = next(predict_head_inputs(known, image, data, rows["train"][:1]))[1]
    initializer = settings["head_initializer"]
    head, _ = build_active_head(sample, initializer=initializer, filters=filters, seed=seed)
    maps = min(settings["maps_per_step"], int(np.bincount(data.genome[rows["joint"]]).max()))
    freeze = settings["freeze_batchnorm_dropout"]
    hybrid = build_hybrid(known, image, head, freeze_batchnorm_dropout=freeze)
    joint = build_hybrid(known, image, head, maps=maps, freeze_batchnorm_dropout=freeze)
    compiled = {
        "head": (head, "head_learning_rate", len(rows["train"]), 1),
        "joint": (joint, "learning_rate", len(rows["joint"]), maps),
    }
    initial = {}
    for name, (network, learning_rate, number, together) in compiled.items():
        # not more than the number of windows, or an epoch would take no step
        wanted = min(settings["effective_batch_size"], number)
        steps = 1 if name == "head" else max(1, wanted // together)
        network.compile(
            optimizer=keras.optimizers.AdamW(
                settings[learning_rate], weight_decay=settings["weight_decay"],
                gradient_accumulation_steps=steps if steps > 1 else None,
            ),
            loss=MapError() if name == "joint" else "mse",
            jit_compile=jit_compile,
        )  # fmt: skip
        network.optimizer.build(network.trainable_variables)
        initial[name] = [np.array(value) for value in network.optimizer.variables]
    return HybridTrainer(
        data, **rows, settings=settings, metrics=metrics, filters=filters,
        models=(sequence, image), parts=(known, image, head), hybrid=hybrid, joint_network=joint,
        initial=initial,
    )  # fmt: skip


def load_models(trainer: HybridTrainer, sequence: str, image: str, seed: int) -> int:
    """Load the trained models of a seed, with an untrained head; return the draws of the head."""
    known, seen, head = trainer.parts
    for model, path in zip(trainer.models, (sequence, image), strict=True):
        model.load_weights(path)
    sample = next(predict_head_inputs(known, seen, trainer.data, trainer.train[:1]))[1]
    initializer = trainer.settings["head_initializer"]
    new, draws = build_active_head(
        sample, initializer=initializer, filters=trainer.filters, seed=seed
    )
    head.set_weights(new.get_weights())
    return draws


def train_or_load_head(
    trainer: HybridTrainer, store: Path, *, fingerprint: Fingerprint, **more
) -> pd.DataFrame:
    """Train the head only, or load it from `store`, where two variants share it.

    Parameters
    ----------
    trainer
        Its head is trained in place, from its current weights.
    store, fingerprint
        Folder of the trained head, and what it belongs to.
    more
        seed and checkpoint_seconds, as `fit_resumable`.
    """
    head = trainer.parts[2]
    if found := load_network(store, "head", fingerprint):
        trained, history = found
        head.set_weights(trained.get_weights())
        return pd.DataFrame(history)
    history = train_head(trainer, folder=store, fingerprint=fingerprint, **more)
    save_network(store, "head", head, history.to_dict("records"), fingerprint)
    return history


def train_head(trainer: HybridTrainer, *, folder: Path, **more) -> pd.DataFrame:
    """Train the head only, on precomputed maps; `more` as `fit_resumable`."""
    head, settings = trainer.parts[2], trainer.settings
    train, valid = (
        _head_samples(trainer, rows, folder / f"{name}.npy")
        for name, rows in (("train", trainer.train), ("valid", trainer.valid))
    )
    _reset_optimizer(head, trainer.initial["head"])
    history = fit_resumable(
        head, train, None, folder=folder / "head", monitor="monitor", block=MAPS_IN_MEMORY,
        score=lambda network: _scores(trainer, predict_head(network, valid.maps)),
        epochs=settings["head_epochs"], patience=settings["patience"],
        batch_size=min(settings["effective_batch_size"], len(train)), **more,
    )  # fmt: skip
    for samples in (train, valid):
        Path(samples.maps.filename).unlink()
    return history.drop(columns="monitor")


def train_joint(trainer: HybridTrainer, **more) -> pd.DataFrame:
    """Train head and models jointly from their current weights; `more` as `fit_resumable`."""
    network, settings = trainer.joint_network, trainer.settings
    maps = network.output_shape[1]
    samples = RegionSamples.of(trainer.data, trainer.joint, maps, trainer.size)
    _reset_optimizer(network, trainer.initial["joint"])
    history = fit_resumable(
        network, samples, None, monitor="monitor", block=REGIONS_IN_MEMORY,
        score=lambda _: _scores(trainer, predict_hybrid(trainer.parts, trainer.data,
                                                        trainer.valid)),
        epochs=settings["epochs"], patience=settings["patience"], batch_size=1, **more,
    )  # fmt: skip
    return history.drop(columns="monitor")


def _scores(trainer: HybridTrainer, maps: np.ndarray) -> dict[str, float]:
    """Scores of the validation windows, per map and averaged; `monitor` is the negative error."""
    if not np.isfinite(maps).all():
        raise UserError(
            "enhancement.hybrid: maps of validation windows are not finite; expected: finite"
            " numbers; fix: lower hybrid.training.learning_rate and head_learning_rate"
        )
    truth = center_crop(trainer.data.maps_of("high", trainer.valid), trainer.size)
    table = agreement_scores(truth, maps, trainer.metrics)
    # pandas skips undefined scores, and does not warn where all are
    found = {name: float(pd.Series(values).mean()) for name, values in table.items()}
    return {**{f"valid_{name}": value for name, value in found.items()}, "monitor": -found["mae"]}


def _head_samples(trainer: HybridTrainer, rows: np.ndarray, path: Path) -> HeadSamples:
    """The head's inputs of some windows in a file: those of a genome would not fit into memory."""
    sequence, image, _ = trainer.parts
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (len(rows), trainer.size, trainer.size, 2)
    maps = np.lib.format.open_memmap(path, "w+", "float32", shape)
    for at, inputs in predict_head_inputs(sequence, image, trainer.data, rows):
        maps[at] = inputs
    return HeadSamples(trainer.data, rows, maps)


def _reset_optimizer(network: keras.Model, initial: list[np.ndarray]) -> None:
    """Set the optimizer back to its initial state."""
    for variable, value in zip(network.optimizer.variables, initial, strict=True):
        variable.assign(value)
