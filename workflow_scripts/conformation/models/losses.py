"""Loss of the networks: squared error over measured pixels."""

import keras
from keras import ops

# Transforms of O/E before the error is squared; each is defined at 0
TRANSFORMS = {
    "none": lambda x: x,
    "sqrt": lambda x: ops.sqrt(x + 1e-6),
    "log1p": ops.log1p,
    "log": lambda x: ops.log(x + 0.1),
}


@keras.saving.register_keras_serializable(package="chromaloom")
class MaskedSquaredError(keras.losses.Loss):
    """Mean squared error between O/E maps, over pixels whose target is not NaN.

    Masked pixels contribute neither to the loss nor to the gradient: the mean is over the measured
    pixels of the batch.

    Parameters
    ----------
    transform
        Key of `TRANSFORMS`, applied to targets and predictions, both O/E. `none` is the paper's;
        the others give strong pixels less weight.
    """

    def __init__(self, transform: str = "none", name: str = "masked_squared_error"):
        super().__init__(name=name, reduction="sum")
        self.transform = transform

    def call(self, y_true, y_pred):
        """Error of (batch, P) targets and predictions, one number per batch."""
        known = ops.logical_not(ops.isnan(y_true))
        # NaN is replaced before the arithmetic: the gradient of NaN times zero is NaN
        transform = TRANSFORMS[self.transform]
        error = transform(y_pred) - transform(ops.where(known, y_true, 1.0))
        squares = ops.where(known, ops.square(error), 0.0)
        return ops.sum(squares) / ops.maximum(ops.sum(ops.cast(known, squares.dtype)), 1.0)

    def get_config(self) -> dict:
        """Arguments of the constructor, for serialization."""
        return {"transform": self.transform, "name": self.name}
