"""A generator, its discriminator and their compiled step, which takes the gradients itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

ADAM_EPSILON = 1e-8
PIXEL = (
    "pixel"  # the one measure of the first epochs, where training starts without a discriminator
)


@dataclass(frozen=True)
class Measure:
    """A part of the generator's loss: weight, and function of (measured map, generated map)."""

    weight: float
    of: Callable[[Any, Any], Any]


class Gan:
    """Networks, optimisers and the compiled step; built once, used for one seed after another.

    Parameters
    ----------
    generator, discriminator
        (batch, B, B, 1) to (batch, b, b, 1), and that to logits; no discriminator: none is trained.
    measures
        Parts of the generator's loss beside the adversarial one, by name; `pixel` among them.
    training
        Of a preset: `rate`, `discriminator_rate`, `weights` (adversarial), `adversarial_loss`.
    accumulate, jit
        Batches a step of the optimisers; compile by XLA.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None,
        measures: dict[str, Measure],
        training: dict,
        *,
        accumulate: int = 1,
        jit: bool = False,
    ) -> None:
        self.generator, self.discriminator, self.measures = generator, discriminator, measures
        self.training = training
        self.networks = [network for network in (generator, discriminator) if network is not None]
        rates = [training["rate"], training.get("discriminator_rate")]
        self.rates = rates[: len(self.networks)]
        self.optimisers = [
            keras.optimizers.Adam(
                rate, epsilon=ADAM_EPSILON,
                gradient_accumulation_steps=accumulate if accumulate > 1 else None,
            )
            for rate in self.rates
        ]  # fmt: skip
        for network, optimiser in zip(self.networks, self.optimisers, strict=True):
            optimiser.build(network.trainable_variables)
        self._blank = [np.array(v) for o in self.optimisers for v in o.variables]
        adversarial = [] if discriminator is None else ["adversarial", "discriminator"]
        self.columns = ["loss", *measures, *adversarial]
        low, high = (
            tf.TensorSpec((None, *network.shape[1:]), tf.float32)
            for network in (generator.input, generator.output)
        )
        # batches of any size by one compiled step, the epochs' last and smaller one, too
        compiled = {"jit_compile": jit, "autograph": False}
        self._steps = {
            full: tf.function(partial(self._step, full=full), [low, high], **compiled)
            for full in (False, True)
        }
        self.predict = tf.function(partial(generator, training=False), [low], **compiled)

    def variables(self) -> list:
        """All that a training changes: weights, statistics, and the optimisers' states."""
        found = [*self.networks, *self.optimisers]
        return [variable for holder in found for variable in holder.variables]

    def start(self, *networks: keras.Model) -> None:
        """Take the weights of freshly made networks, and forget the optimisers' past."""
        for mine, theirs in zip(self.networks, networks, strict=True):
            mine.set_weights(theirs.get_weights())
        held = [variable for o in self.optimisers for variable in o.variables]
        for variable, value in zip(held, self._blank, strict=True):
            variable.assign(value)

    def scale_rates(self, factor: float) -> None:
        """Set the optimisers' rates to a share of what they are at the start."""
        for optimiser, rate in zip(self.optimisers, self.rates, strict=True):
            optimiser.learning_rate.assign(rate * factor)

    def step(self, low: np.ndarray, high: np.ndarray, full: bool) -> tf.Tensor:
        """Train on one batch: losses in the order of `columns`, 0 for those not counted.

        `full` counts all parts of the loss and trains the discriminator; else `pixel` alone counts.
        """
        return self._steps[full](tf.constant(low), tf.constant(high))

    def _step(self, low: tf.Tensor, high: tf.Tensor, full: bool) -> tf.Tensor:
        weights = self.training["weights"]
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(low, training=True)
            found = {
                name: measure.of(high, fake)
                for name, measure in self.measures.items()
                if full or name == PIXEL
            }
            loss = tf.add_n([self.measures[name].weight * value for name, value in found.items()])
            if full and self.discriminator is not None:
                # one pass over the generated maps serves both networks: each gradient is taken
                # with respect to the weights of one alone
                judged = self.discriminator(fake, training=True)
                real = self.discriminator(high, training=True)
                found["adversarial"] = fooled(judged, self.training["adversarial_loss"])
                found["discriminator"] = told_apart(real, judged)
                loss += weights["adversarial"] * found["adversarial"]
        self._apply(0, tape, loss)
        if "discriminator" in found:
            self._apply(1, tape, found["discriminator"])
        found["loss"] = loss
        return tf.stack([tf.cast(found.get(name, 0.0), tf.float32) for name in self.columns])

    def _apply(self, number: int, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        variables = self.networks[number].trainable_variables
        self.optimisers[number].apply(tape.gradient(loss, variables), variables)


def fooled(judged: tf.Tensor, kind: str) -> tf.Tensor:
    """Adversarial loss of the generator from the logits of its maps: `entropy`, or `linear`."""
    if kind == "linear":
        return tf.reduce_mean(1.0 - tf.sigmoid(judged))
    return tf.reduce_mean(tf.nn.softplus(-judged))


def told_apart(real: tf.Tensor, judged: tf.Tensor) -> tf.Tensor:
    """Loss of the discriminator: mean cross-entropy of measured and generated maps."""
    return 0.5 * tf.reduce_mean(tf.nn.softplus(-real)) + 0.5 * tf.reduce_mean(
        tf.nn.softplus(judged)
    )
