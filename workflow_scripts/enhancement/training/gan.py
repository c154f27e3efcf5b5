"""A generator and its discriminator with their compiled training step."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from workflow_scripts.enhancement.models.losses import (
    PIXEL,
    LossTerm,
    discriminator_loss,
    generator_loss,
)

ADAM_EPSILON = 1e-8


class Gan:
    """Networks, optimizers and the compiled step; built once and reused for all seeds.

    Parameters
    ----------
    generator, discriminator
        (batch, B, B, 1) to (batch, b, b, 1), and that to logits; None: no discriminator.
    terms
        Terms of the generator's loss without the adversarial one, by name; `pixel` among them.
    training
        Section `training` of `presets.image_settings`: learning rates, `loss_weights`
        (adversarial), `adversarial_loss`.
    gradient_accumulation_steps, jit_compile
        Batches per step of the optimizers; compile with XLA.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None,
        terms: dict[str, LossTerm],
        training: dict,
        *,
        gradient_accumulation_steps: int = 1,
        jit_compile: bool = False,
    ) -> None:
        self.generator, self.discriminator, self.terms = generator, discriminator, terms
        self.training = training
        self.networks = [network for network in (generator, discriminator) if network is not None]
        steps = gradient_accumulation_steps
        self.optimizers = [
            keras.optimizers.Adam(
                learning_rate, epsilon=ADAM_EPSILON,
                gradient_accumulation_steps=steps if steps > 1 else None,
            )
            for learning_rate in self.learning_rates
        ]  # fmt: skip
        for network, optimizer in zip(self.networks, self.optimizers, strict=True):
            optimizer.build(network.trainable_variables)
        self._initial = [np.array(v) for o in self.optimizers for v in o.variables]
        adversarial = [] if discriminator is None else ["adversarial", "discriminator"]
        self.columns = ["loss", *terms, *adversarial]
        low, high = (
            tf.TensorSpec((None, *network.shape[1:]), tf.float32)
            for network in (generator.input, generator.output)
        )
        # one compiled step for batches of any size, also the smaller last one of an epoch
        compiled = {"jit_compile": jit_compile, "autograph": False}
        self._steps = {
            full: tf.function(partial(self._step, full=full), [low, high], **compiled)
            for full in (False, True)
        }
        self.predict = tf.function(partial(generator, training=False), [low], **compiled)

    @property
    def learning_rates(self) -> list[float]:
        """Initial learning rates of generator and discriminator."""
        keys = ("learning_rate", "discriminator_learning_rate")
        return [self.training[key] for key in keys[: len(self.networks)]]

    def variables(self) -> list:
        """All that training changes: weights, statistics, and the optimizers' states."""
        found = [*self.networks, *self.optimizers]
        return [variable for holder in found for variable in holder.variables]

    def reset(self, *networks: keras.Model) -> None:
        """Take the weights of newly built networks, and reset the optimizers."""
        for ours, theirs in zip(self.networks, networks, strict=True):
            ours.set_weights(theirs.get_weights())
        states = [variable for o in self.optimizers for variable in o.variables]
        for variable, value in zip(states, self._initial, strict=True):
            variable.assign(value)

    def scale_learning_rates(self, factor: float) -> None:
        """Set the learning rates to `factor` times their initial values."""
        for optimizer, learning_rate in zip(self.optimizers, self.learning_rates, strict=True):
            optimizer.learning_rate.assign(learning_rate * factor)

    def step(self, low: np.ndarray, high: np.ndarray, full: bool) -> tf.Tensor:
        """Train on one batch; return the losses in the order of `columns`, unused ones as 0.

        `full`: all loss terms, and the discriminator is trained; else the pixel loss only.
        """
        return self._steps[full](tf.constant(low), tf.constant(high))

    def _step(self, low: tf.Tensor, high: tf.Tensor, full: bool) -> tf.Tensor:
        with tf.GradientTape(persistent=True) as tape:
            generated = self.generator(low, training=True)
            losses = {
                name: term.of(high, generated)
                for name, term in self.terms.items()
                if full or name == PIXEL
            }
            loss = tf.add_n([self.terms[name].weight * value for name, value in losses.items()])
            if full and self.discriminator is not None:
                # One pass over the generated maps serves both networks: each gradient is taken
                # with respect to the weights of one network only.
                generated_logits = self.discriminator(generated, training=True)
                real_logits = self.discriminator(high, training=True)
                losses["adversarial"] = generator_loss(
                    generated_logits, self.training["adversarial_loss"]
                )
                losses["discriminator"] = discriminator_loss(real_logits, generated_logits)
                loss += self.training["loss_weights"]["adversarial"] * losses["adversarial"]
        self._apply(0, tape, loss)
        if "discriminator" in losses:
            self._apply(1, tape, losses["discriminator"])
        losses["loss"] = loss
        return tf.stack([tf.cast(losses.get(name, 0.0), tf.float32) for name in self.columns])

    def _apply(self, number: int, tape: tf.GradientTape, loss: tf.Tensor) -> None:
        variables = self.networks[number].trainable_variables
        self.optimizers[number].apply(tape.gradient(loss, variables), variables)
