"""HiCSR: VEHiCLE's generator with tanh, and the loss by features of a denoising autoencoder."""

import keras
from keras import ops


def feature_loss(features: keras.Model):
    """Sum over all layers of the squared difference of features, of (measured, generated) map."""

    def measure(high, fake):
        there, here = (features(maps, training=False) for maps in (high, fake))
        pairs = zip(there, here, strict=True)
        return sum(ops.mean(ops.square(a - b)) for a, b in pairs)

    return measure
