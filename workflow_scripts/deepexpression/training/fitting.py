"""Training of this paper's networks: samples, optimiser, learning rates, what outlives a kill."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.training import fit_resumable, predict_blocks
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import Fingerprint
from workflow_scripts.deepexpression.evaluation.inference import BATCH

log = logging.getLogger("chromaloom")


@dataclass(frozen=True)
class GeneSamples:
    """Some genes' inputs and targets, taken from arrays of all genes when they are asked for."""

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray
    genes: np.ndarray

    def __len__(self) -> int:
        return len(self.genes)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray | list[np.ndarray], np.ndarray]:
        """Inputs, one array or a list, and targets of some of the genes."""
        picked = [values[self.genes[rows]] for values in self.inputs]
        return picked[0] if len(picked) == 1 else picked, self.targets[self.genes[rows]]


@dataclass(frozen=True)
class Training:
    """What all trainings of a job share.

    task : classification or regression; settings : of a preset; seed : of the job;
    store : folder of finished trainings and checkpoints, no output of a rule;
    fingerprint : of settings and data; checkpoint_seconds : as `fit_resumable`;
    genes : trained on in a fold, by which schedules count epochs, the same for all folds;
    benches : networks that are trained in place of others of their kind, see `at_bench`.
    """

    task: str
    settings: dict
    seed: int
    store: Path
    fingerprint: Fingerprint
    checkpoint_seconds: float
    genes: int
    benches: dict[tuple[str, float], tuple[keras.Model, list[np.ndarray]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation by which targets are divided in training; 0 and 1 for none."""

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, targets: np.ndarray, task: str, standardise: bool) -> "Scale":
        """Scale of the training genes' targets (regression, where asked for)."""
        if task == "classification" or not standardise:
            return cls()
        return cls(float(targets.mean()), float(targets.std()) or 1.0)

    def divide(self, targets: np.ndarray, task: str) -> np.ndarray:
        """Targets as a network is trained on them: float32, or class numbers (int32)."""
        if task == "classification":
            return targets.astype("int32")
        return ((targets - self.mean) / self.deviation).astype("float32")


def at_bench(
    kind: str, build: Callable[[], keras.Model], fresh: keras.Model, rate: float, training: Training
) -> keras.Model:
    """A compiled network with the weights of a fresh one, and its optimiser at the start.

    All networks of a job that differ in nothing but weights are trained in one: a network's first
    step costs seconds, in which its graph is made.
    """
    settings = training.settings
    if (kind, rate) not in training.benches:
        network = build()
        steps = -(-training.genes // settings["batch_size"])
        network.compile(
            optimizer=make_optimiser(settings, rate, steps),
            loss="mse" if training.task == "regression" else "sparse_categorical_crossentropy",
            steps_per_execution=max(1, min(50, steps)),
            jit_compile=False,  # XLA on the CPU is slower for convolutions
        )
        network.optimizer.build(network.trainable_variables)
        start = [keras.ops.convert_to_numpy(value) for value in network.optimizer.variables]
        training.benches[kind, rate] = network, start
    network, start = training.benches[kind, rate]
    network.set_weights(fresh.get_weights())
    for variable, value in zip(network.optimizer.variables, start, strict=True):
        variable.assign(value)
    return network


def train_kept(
    name: str,
    build: Callable[[], keras.Model],
    *,
    kind: str,
    inputs: Sequence[np.ndarray],
    targets: np.ndarray,
    genes: tuple[np.ndarray, np.ndarray],
    rate: float,
    seed: int,
    training: Training,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a network, or take the finished one from the store.

    Parameters
    ----------
    name
        Of this training in the store.
    build
        Makes the untrained network, the same each time.
    kind
        Networks of one kind differ in weights alone.
    inputs, targets
        Arrays of all genes; targets are class numbers, or expression.
    genes
        Training and validation genes. With `train_on: all` both are trained on.
    rate, seed
        Learning rate; seed of order and dropout.
    training
        What the job's trainings share.

    Returns
    -------
    The network of the epoch kept, and its history: epoch, loss, valid_loss, valid_score, best.

    Raises
    ------
    UserError
        The loss became NaN, or validation genes are all of one class.
    """
    weights, record = training.store / f"{name}.keras", training.store / f"{name}.json"
    if record.is_file() and weights.is_file():
        kept = json.loads(record.read_text())
        if kept["fingerprint"] == training.fingerprint:
            log.info("%s: is trained already", name)
            return keras.models.load_model(weights, compile=False), pd.DataFrame(kept["history"])
    settings = training.settings
    train, valid = genes
    if settings["train_on"] == "all":
        train, valid = np.union1d(train, valid), np.empty(0, int)
    fresh, samples = build(), GeneSamples(tuple(inputs), targets, train)
    network = at_bench(kind, build, fresh, rate, training)
    log.info("%s: %d genes, %d parameters, rate %g", name, len(train), network.count_params(), rate)
    history = fit_resumable(
        network, samples, None,
        score=lambda model: _scores(
            model, GeneSamples(tuple(inputs), targets, valid), training.task, settings
        ),
        monitor="watch", epochs=settings["epochs"], patience=settings["patience"],
        batch_size=settings["batch_size"], seed=seed, folder=training.store / f"{name}.checkpoint",
        fingerprint=f"{training.fingerprint} {name} {rate}",
        checkpoint_seconds=training.checkpoint_seconds,
    ).drop(columns="watch")  # fmt: skip
    fresh.set_weights(network.get_weights())
    with atomic_path(weights) as temporary:
        fresh.save(temporary)
    with atomic_path(record) as temporary:
        kept = {"fingerprint": training.fingerprint, "history": history.to_dict("records")}
        temporary.write_text(json.dumps(kept))
    return fresh, history


def train_best_rate(
    name: str, build: Callable[[], keras.Model], rates: Sequence[float], **more
) -> tuple[keras.Model, pd.DataFrame, float]:
    """Train at each rate, keep the one that does best on validation; `more` as `train_kept`.

    A rate at which training diverges is out. The history has the rate kept only.

    Raises
    ------
    UserError
        Training diverges at every rate.
    """
    best = None
    for rate in rates:
        try:
            network, history = train_kept(f"{name}.rate{rate:g}", build, rate=rate, **more)
        except UserError as error:
            if len(rates) == 1:
                raise
            log.info("rate %g is left out: %s", rate, error)
            continue
        found = history[history.best].iloc[0]
        by_loss = more["training"].settings["watch"] == "loss"
        score = -found.valid_loss if by_loss else found.valid_score
        if len(rates) > 1:
            log.info("rate %g: validation %.4f", rate, abs(score))
        if best is None or score > best[0]:
            best = score, network, history, rate
    if best is None:
        raise UserError(f"training: each of the rates {list(rates)} diverged; allowed: lower ones")
    return best[1:]


def _scores(network: keras.Model, valid: GeneSamples, task: str, settings: dict) -> dict:
    """Loss and score (AUC, or Pearson's r) of validation genes; NaN where there are none.

    The maximum of `watch` marks the epoch that is kept.
    """
    loss = score = np.nan
    if len(valid):
        inputs, targets = valid.take(np.arange(len(valid)))
        predicted = predict_blocks(network, inputs, BATCH)
        if not np.isfinite(predicted).all():
            raise UserError(
                "training: predictions of validation genes are not finite; allowed: finite numbers"
                " (lower the rate)"
            )
        if task == "classification":
            if len(np.unique(targets)) < 2:
                raise UserError("training: all validation genes are of one class; allowed: both")
            own = predicted[np.arange(len(targets)), targets].astype(float)
            loss = -np.mean(np.log(np.maximum(own, 1e-7)))
            score = roc_auc_score(targets, predicted[:, 1])
        else:
            predicted = predicted[:, 0]
            loss = np.mean((predicted - targets) ** 2)
            # predictions that do not vary are correlated with nothing
            score = np.corrcoef(predicted, targets)[0, 1] if np.ptp(predicted) > 1e-9 else 0.0
    watch = -loss if settings["watch"] == "loss" else score
    if settings["keep"] == "last":
        watch = float(network.optimizer.iterations)
    return {"valid_loss": float(loss), "valid_score": float(score), "watch": float(watch)}


def make_optimiser(settings: dict, rate: float, steps: int) -> keras.optimizers.Optimizer:
    """The optimiser of a preset at a rate; `steps` an epoch are what its schedule counts by.

    Weight decay spares biases and batch normalisation.
    """
    if settings["schedule"] == "cosine":
        warm = round(settings["warmup_epochs"] * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 10 if warm else rate,
            max(1, settings["epochs"] * steps - warm),
            warmup_target=rate if warm else None,
            warmup_steps=warm,
        )
    more = {"global_clipnorm": settings["clip"] or None}
    if settings["optimiser"] == "adamw":
        optimiser = keras.optimizers.AdamW(rate, weight_decay=settings["weight_decay"], **more)
        optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimiser
    if settings["optimiser"] == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, **more)
    kinds = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    return kinds[settings["optimiser"]](rate, **more)
