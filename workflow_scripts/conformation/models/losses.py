"""Squared error over the pixels that were measured."""

import keras
from keras import ops

# How O/E enters the error; each must take 0
SCALES = {
    "oe": lambda x: x,
    "sqrt": lambda x: ops.sqrt(x + 1e-6),
    "log1p": ops.log1p,
    "log": lambda x: ops.log(x + 0.1),
}


@keras.saving.register_keras_serializable(package="chromaloom")
class MaskedSquaredError(keras.losses.Loss):
    """Mean squared error between O/E maps, over pixels whose target is not NaN.

    A masked pixel gives neither loss nor gradient. The mean is over the measured pixels of the
    batch, so that a masked one does not count as a good one.

    Parameters
    ----------
    scale
        In which the error is taken, of `SCALES`: `oe` as the paper, others weigh strong pixels
        less. Targets and predictions are O/E in all of them.
    """

    def __init__(self, scale: str = "oe", name: str = "masked_squared_error"):
        super().__init__(name=name, reduction="sum")
        self.scale = scale

    def call(self, y_true, y_pred):
        """Error of (batch, P) targets and predictions, one number per batch."""
        known = ops.logical_not(ops.isnan(y_true))
        # replaced before the arithmetic: the gradient of a NaN times zero is still NaN
        change = SCALES[self.scale]
        error = change(y_pred) - change(ops.where(known, y_true, 1.0))
        squares = ops.where(known, ops.square(error), 0.0)
        return ops.sum(squares) / ops.maximum(ops.sum(ops.cast(known, squares.dtype)), 1.0)

    def get_config(self) -> dict:
        """Settings from which the loss is made again."""
        return {"scale": self.scale, "name": self.name}
