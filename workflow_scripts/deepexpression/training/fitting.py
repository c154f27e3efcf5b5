"""Training of one network: samples, optimizer, choice of the learning rate, finished networks."""

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
from workflow_scripts.deepexpression.models.networks import BATCH

log = logging.getLogger("chromaloom")


@dataclass(frozen=True)
class GeneSamples:
    """Training samples: inputs and targets of some genes, read from arrays of all genes."""

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray
    genes: np.ndarray

    def __len__(self) -> int:
        return len(self.genes)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray | list[np.ndarray], np.ndarray]:
        """Inputs (one array or a list) and targets of some of the genes."""
        picked = [values[self.genes[rows]] for values in self.inputs]
        return picked[0] if len(picked) == 1 else picked, self.targets[self.genes[rows]]


@dataclass(frozen=True)
class TrainingJob:
    """What all trainings of a job share.

    task : classification or regression; settings : `training` or `finetune` of a preset;
    seed : of the job; store : folder of finished networks and checkpoints, no output of the rule;
    fingerprint : of settings and data; checkpoint_seconds : as `fit_resumable`;
    genes : number of training genes by which schedules count steps, the same for all folds;
    compiled : networks by kind and learning rate, see `compiled_network`.
    """

    task: str
    settings: dict
    seed: int
    store: Path
    fingerprint: Fingerprint
    checkpoint_seconds: float
    genes: int
    compiled: dict[tuple[str, float], tuple[keras.Model, list[np.ndarray]]] = field(
        default_factory=dict
    )


def compiled_network(
    kind: str,
    build: Callable[[], keras.Model],
    fresh: keras.Model,
    learning_rate: float,
    job: TrainingJob,
) -> keras.Model:
    """A compiled network with the weights of a fresh one and a reset optimizer.

    Networks of one kind differ only in their weights, so a job compiles one network for all of
    them: tracing the graph of a new network takes seconds.
    """
    settings = job.settings
    if (kind, learning_rate) not in job.compiled:
        network = build()
        steps = -(-job.genes // settings["batch_size"])
        network.compile(
            optimizer=make_optimizer(settings, learning_rate, steps),
            loss="mse" if job.task == "regression" else "sparse_categorical_crossentropy",
            steps_per_execution=max(1, min(50, steps)),
            jit_compile=False,  # XLA slows convolutions down on the CPU
        )
        network.optimizer.build(network.trainable_variables)
        initial = [keras.ops.convert_to_numpy(value) for value in network.optimizer.variables]
        job.compiled[kind, learning_rate] = network, initial
    network, initial = job.compiled[kind, learning_rate]
    network.set_weights(fresh.get_weights())
    for variable, value in zip(network.optimizer.variables, initial, strict=True):
        variable.assign(value)
    return network


def train_network(
    name: str,
    build: Callable[[], keras.Model],
    *,
    kind: str,
    inputs: Sequence[np.ndarray],
    targets: np.ndarray,
    genes: tuple[np.ndarray, np.ndarray],
    learning_rate: float,
    seed: int,
    job: TrainingJob,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a network, or load it from the store if it is finished.

    Parameters
    ----------
    name
        Name of the network in the store.
    build
        Builds the untrained network, the same each time.
    kind
        Networks of one kind differ only in their weights.
    inputs, targets
        Arrays of all genes; targets are class numbers or expression.
    genes
        Training and validation genes; `train_on: train_valid` trains on both.
    learning_rate, seed
        Learning rate; seed of sample order and dropout.
    job
        What the job's trainings share.

    Returns
    -------
    The network with the weights of the kept epoch, and its history (epoch, loss, valid_loss,
    valid_score, best).

    Raises
    ------
    UserError
        The loss is not finite, or all validation genes are of one class.
    """
    weights, record = job.store / f"{name}.keras", job.store / f"{name}.json"
    if record.is_file() and weights.is_file():
        saved = json.loads(record.read_text())
        if saved["fingerprint"] == job.fingerprint:
            log.info("%s: already trained", name)
            return keras.models.load_model(weights, compile=False), pd.DataFrame(saved["history"])
    settings = job.settings
    train, valid = genes
    if settings["train_on"] == "train_valid":
        train, valid = np.union1d(train, valid), np.empty(0, int)
    fresh, samples = build(), GeneSamples(tuple(inputs), targets, train)
    network = compiled_network(kind, build, fresh, learning_rate, job)
    log.info("%s: %d genes, %d parameters, learning rate %g", name, len(train),
             network.count_params(), learning_rate)  # fmt: skip
    history = fit_resumable(
        network, samples, None,
        score=lambda model: validation_scores(
            model, GeneSamples(tuple(inputs), targets, valid), job.task, settings
        ),
        monitor="monitored", epochs=settings["epochs"], patience=settings["patience"],
        batch_size=settings["batch_size"], seed=seed, folder=job.store / f"{name}.checkpoint",
        fingerprint=f"{job.fingerprint} {name} {learning_rate}",
        checkpoint_seconds=job.checkpoint_seconds,
    ).drop(columns="monitored")  # fmt: skip
    fresh.set_weights(network.get_weights())
    with atomic_path(weights) as temporary:
        fresh.save(temporary)
    with atomic_path(record) as temporary:
        saved = {"fingerprint": job.fingerprint, "history": history.to_dict("records")}
        temporary.write_text(json.dumps(saved))
    return fresh, history


def train_best_rate(
    name: str, build: Callable[[], keras.Model], learning_rates: Sequence[float], **options
) -> tuple[keras.Model, pd.DataFrame, float]:
    """Train with each learning rate and keep the best on validation; `options` as `train_network`.

    A learning rate with which training diverges is skipped. Returns the network, its history and
    its learning rate.

    Raises
    ------
    UserError
        Training diverges with every learning rate.
    """
    best = None
    for rate in learning_rates:
        try:
            network, history = train_network(
                f"{name}.rate{rate:g}", build, learning_rate=rate, **options
            )
        except UserError as error:
            if len(learning_rates) == 1:
                raise
            log.info("learning rate %g is skipped: %s", rate, error)
            continue
        found = history[history.best].iloc[0]
        by_loss = options["job"].settings["monitor"] == "loss"
        score = -found.valid_loss if by_loss else found.valid_score
        if len(learning_rates) > 1:
            log.info("learning rate %g: validation %.4f", rate, abs(score))
        if best is None or score > best[0]:
            best = score, network, history, rate
    if best is None:
        raise UserError(
            f"deepexpression.training.learning_rates: training diverged with each of them"
            f" ({list(learning_rates)}); expected: a finite loss; fix: add lower values"
        )
    return best[1:]


def validation_scores(network: keras.Model, valid: GeneSamples, task: str, settings: dict) -> dict:
    """Loss and score (AUC or Pearson's r) on validation genes; NaN if there are none.

    The maximum of `monitored` marks the epoch that is kept.
    """
    loss = score = np.nan
    if len(valid):
        inputs, targets = valid.take(np.arange(len(valid)))
        predicted = predict_blocks(network, inputs, BATCH)
        if not np.isfinite(predicted).all():
            raise UserError(
                "deepexpression.training.learning_rates: predictions of validation genes are not"
                " finite; expected: finite predictions; fix: use a lower learning rate"
            )
        if task == "classification":
            if len(np.unique(targets)) < 2:
                raise UserError(
                    "deepexpression.cv_schemes: all validation genes of a fold are of one class;"
                    " expected: both classes; fix: use fewer folds or more genes"
                )
            own = predicted[np.arange(len(targets)), targets].astype(float)
            loss = -np.mean(np.log(np.maximum(own, 1e-7)))
            score = roc_auc_score(targets, predicted[:, 1])
        else:
            predicted = predicted[:, 0]
            loss = np.mean((predicted - targets) ** 2)
            # the correlation with constant predictions is not defined
            score = np.corrcoef(predicted, targets)[0, 1] if np.ptp(predicted) > 1e-9 else 0.0
    monitored = -loss if settings["monitor"] == "loss" else score
    if settings["keep_epoch"] == "last":
        monitored = float(network.optimizer.iterations)
    return {"valid_loss": float(loss), "valid_score": float(score), "monitored": float(monitored)}


def make_optimizer(settings: dict, learning_rate: float, steps: int) -> keras.optimizers.Optimizer:
    """Optimizer of a preset; `steps` per epoch are used by its schedule.

    Biases and batch normalization are exempt from weight decay.
    """
    rate = learning_rate
    if settings["schedule"] == "cosine":
        warm = round(settings["warmup_epochs"] * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            learning_rate / 10 if warm else learning_rate,
            max(1, settings["epochs"] * steps - warm),
            warmup_target=learning_rate if warm else None,
            warmup_steps=warm,
        )
    options = {"global_clipnorm": settings["clipnorm"] or None}
    if settings["optimizer"] == "adamw":
        optimizer = keras.optimizers.AdamW(rate, weight_decay=settings["weight_decay"], **options)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    if settings["optimizer"] == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, **options)
    kinds = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    return kinds[settings["optimizer"]](rate, **options)
