"""Layers that Keras does not have: one-hot bases, random shifts, both strands, k-mer counts."""

import keras
import numpy as np
from keras import ops

from workflow_scripts.deepexpression.data.dataset import UNKNOWN

PACKAGE = "chromaloom"


@keras.saving.register_keras_serializable(package=PACKAGE)
class OneHotBases(keras.layers.Layer):
    """One-hot encoding of base codes (batch, L), 0-3 = ACGT, as float (batch, L, 4).

    Other codes give zeros. Encoding inside the network keeps inputs at one byte per base.
    """

    def call(self, codes):
        """One-hot of integer codes."""
        codes = ops.expand_dims(ops.cast(codes, "int32"), -1)
        return ops.cast(ops.equal(codes, ops.arange(4, dtype="int32")), self.compute_dtype)


@keras.saving.register_keras_serializable(package=PACKAGE)
class ShiftBases(keras.layers.Layer):
    """In training, shift each sequence by up to `max_shift` bases; bases shifted in are unknown.

    Parameters
    ----------
    max_shift
        Largest shift (bp) in either direction.
    seed
        Seed of the shifts.
    """

    def __init__(self, max_shift: int, seed: int = 0, **more):
        super().__init__(**more)
        self.max_shift, self.seed = max_shift, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, codes, training=False):
        """Codes (batch, L), shifted in training."""
        codes = ops.cast(codes, "int32")
        if not training:
            return codes
        length = codes.shape[1]
        padded = ops.pad(codes, [[0, 0], [self.max_shift, self.max_shift]], constant_values=UNKNOWN)
        first = keras.random.randint(
            (ops.shape(codes)[0], 1), 0, 2 * self.max_shift + 1, seed=self.seed_generator
        )
        return ops.take_along_axis(padded, first + ops.arange(length, dtype="int32"), axis=1)

    def get_config(self) -> dict:
        """Arguments of the constructor."""
        return super().get_config() | {"max_shift": self.max_shift, "seed": self.seed}


@keras.saving.register_keras_serializable(package=PACKAGE)
class TwoStrandConv1D(keras.layers.Layer):
    """Convolution of one-hot DNA with each kernel and its reverse complement.

    Parameters
    ----------
    filters, kernel_size
        Number of kernels and their length (bp).
    strands
        How the values of both strands are combined: `max` (batch, L, filters), or `concatenate`
        (batch, L, 2 filters) with the given strand first.
    use_bias
        Whether kernels have a bias, shared by both strands.
    seed
        Seed of the initial weights (He uniform).
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strands: str = "max",
        use_bias: bool = False,
        seed: int = 0,
        **more,
    ):
        super().__init__(**more)
        self.filters, self.kernel_size, self.strands = filters, kernel_size, strands
        self.use_bias, self.seed = use_bias, seed

    def build(self, shape):
        """Create kernels of shape (kernel_size, 4, filters), as in `Conv1D`."""
        self.kernel = self.add_weight(
            shape=(self.kernel_size, shape[-1], self.filters),
            initializer=keras.initializers.HeUniform(self.seed),
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        """Values of both strands for (batch, L, 4), with the same length."""
        # ACGT reversed is TGCA, so flipping both axes gives the reverse complement. Two
        # convolutions are four times as fast as slicing one with twice the kernels, whose gradient
        # is padded
        kernels = self.kernel, ops.flip(self.kernel, axis=(0, 1))
        given, other = (ops.conv(x, kernel, padding="same") for kernel in kernels)
        if self.use_bias:
            given, other = given + self.bias, other + self.bias
        if self.strands == "concatenate":
            return ops.concatenate([given, other], axis=-1)
        return ops.maximum(given, other)

    def get_config(self) -> dict:
        """Arguments of the constructor."""
        names = ("filters", "kernel_size", "strands", "use_bias", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package=PACKAGE)
class CountKmers(keras.layers.Layer):
    """Square roots of k-mer counts in segments of a sequence.

    Parameters
    ----------
    k
        Length of a k-mer (bp); k-mers with an unknown base are not counted.
    segments
        Number of equal segments that are counted separately; a k-mer belongs to the segment in
        which it starts.
    """

    def __init__(self, k: int, segments: int = 1, **more):
        super().__init__(**more)
        self.k, self.segments = k, segments

    def call(self, codes):
        """Codes (batch, L) to float (batch, segments * 4^k): by segment, then from AA...A on."""
        codes = ops.cast(codes, "int32")
        places, size = codes.shape[1] - self.k + 1, self.segments * 4**self.k
        part = np.arange(places, dtype="int32") * self.segments // places
        kmer, known = ops.zeros_like(codes[:, :places]), None
        for at in range(self.k):
            base = codes[:, at : at + places]
            kmer = 4 * kmer + base
            known = base < 4 if known is None else ops.logical_and(known, base < 4)
        batch = ops.shape(codes)[0]
        row = ops.expand_dims(ops.arange(batch, dtype="int32"), 1)
        cell = row * size + ops.where(known, part * 4**self.k + kmer, 0)
        # bincount is not deterministic on GPUs
        counts = ops.segment_sum(
            ops.reshape(ops.cast(known, self.compute_dtype), (-1,)),
            ops.reshape(cell, (-1,)),
            num_segments=batch * size,
        )
        return ops.sqrt(ops.reshape(counts, (-1, size)))

    def compute_output_shape(self, shape):
        """(batch, L) to (batch, segments * 4^k)."""
        return (shape[0], self.segments * 4**self.k)

    def compute_output_spec(self, codes):
        """Float, whatever the type of the codes."""
        return keras.KerasTensor(self.compute_output_shape(codes.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        """Arguments of the constructor."""
        return super().get_config() | {"k": self.k, "segments": self.segments}
