"""Layers of DeepExpression's network that Keras has not: bases, shifts, both strands, k-mers."""

import keras
import numpy as np
from keras import ops

PACKAGE = "chromaloom"


@keras.saving.register_keras_serializable(package=PACKAGE)
class OneHotBases(keras.layers.Layer):
    """Base codes (batch, L), 0-3 for A, C, G, T, to float (batch, L, 4); any other code gives 0.

    The one-hot form is made inside the network: outside, a base takes one byte and not sixteen.
    """

    def call(self, codes):
        """One-hot of integer codes."""
        codes = ops.expand_dims(ops.cast(codes, "int32"), -1)
        return ops.cast(ops.equal(codes, ops.arange(4, dtype="int32")), self.compute_dtype)


@keras.saving.register_keras_serializable(package=PACKAGE)
class ShiftBases(keras.layers.Layer):
    """In training, moves each sequence by up to `most` bases either way; what enters is unknown.

    Parameters
    ----------
    most
        Largest shift (bp).
    seed
        Of the shifts.
    """

    def __init__(self, most: int, seed: int = 0, **more):
        super().__init__(**more)
        self.most, self.seed = most, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, codes, training=False):
        """(batch, L) codes to the same."""
        codes = ops.cast(codes, "int32")
        if not training:
            return codes
        length = codes.shape[1]
        padded = ops.pad(codes, [[0, 0], [self.most, self.most]], constant_values=4)
        first = keras.random.randint(
            (ops.shape(codes)[0], 1), 0, 2 * self.most + 1, seed=self.seed_generator
        )
        return ops.take_along_axis(padded, first + ops.arange(length, dtype="int32"), axis=1)

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        return super().get_config() | {"most": self.most, "seed": self.seed}


@keras.saving.register_keras_serializable(package=PACKAGE)
class TwoStrandConv1D(keras.layers.Layer):
    """Convolution of one-hot DNA by each kernel and by its reverse complement.

    Parameters
    ----------
    filters, width
        Kernels and their length (bp).
    strands
        How the two strands' values are joined: `max` (batch, L, filters), or `concatenate`
        (batch, L, 2 filters), the given strand first.
    use_bias
        Whether a kernel has a bias, the same on both strands.
    seed
        Of the weights' start (He uniform).
    """

    def __init__(
        self,
        filters: int,
        width: int,
        strands: str = "max",
        use_bias: bool = False,
        seed: int = 0,
        **more,
    ):
        super().__init__(**more)
        self.filters, self.width, self.strands = filters, width, strands
        self.use_bias, self.seed = use_bias, seed

    def build(self, shape):
        """Make the kernels, shape (width, 4, filters), as `Conv1D` has them."""
        self.kernel = self.add_weight(
            shape=(self.width, shape[-1], self.filters),
            initializer=keras.initializers.HeUniform(self.seed),
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        """(batch, L, 4) to the strands' values, same length."""
        # A, C, G, T read backwards is T, G, C, A: the reverse complement flips both axes. Two
        # convolutions: halves of one are joined by the maximum at four times the time, since the
        # gradient of a slice is padded
        kernels = self.kernel, ops.flip(self.kernel, axis=(0, 1))
        given, other = (ops.conv(x, kernel, padding="same") for kernel in kernels)
        if self.use_bias:
            given, other = given + self.bias, other + self.bias
        if self.strands == "concatenate":
            return ops.concatenate([given, other], axis=-1)
        return ops.maximum(given, other)

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        names = ("filters", "width", "strands", "use_bias", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package=PACKAGE)
class CountKmers(keras.layers.Layer):
    """Square roots of the k-mers' counts in stretches of a sequence.

    Parameters
    ----------
    k
        Length of a k-mer (bp); one with an unknown base is not counted.
    stretches
        Parts of the sequence, equally long, that are counted by themselves; a k-mer is of the part
        that it starts in.
    """

    def __init__(self, k: int, stretches: int = 1, **more):
        super().__init__(**more)
        self.k, self.stretches = k, stretches

    def call(self, codes):
        """(batch, L) codes to float (batch, stretches * 4^k): stretch by stretch, AA...A first."""
        codes = ops.cast(codes, "int32")
        places, size = codes.shape[1] - self.k + 1, self.stretches * 4**self.k
        part = np.arange(places, dtype="int32") * self.stretches // places
        kmer, known = ops.zeros_like(codes[:, :places]), None
        for at in range(self.k):
            base = codes[:, at : at + places]
            kmer = 4 * kmer + base
            known = base < 4 if known is None else ops.logical_and(known, base < 4)
        batch = ops.shape(codes)[0]
        row = ops.expand_dims(ops.arange(batch, dtype="int32"), 1)
        cell = row * size + ops.where(known, part * 4**self.k + kmer, 0)
        # not bincount, which has no repeatable form on GPUs
        counts = ops.segment_sum(
            ops.reshape(ops.cast(known, self.compute_dtype), (-1,)),
            ops.reshape(cell, (-1,)),
            num_segments=batch * size,
        )
        return ops.sqrt(ops.reshape(counts, (-1, size)))

    def compute_output_shape(self, shape):
        """(batch, L) to (batch, stretches * 4^k)."""
        return (shape[0], self.stretches * 4**self.k)

    def compute_output_spec(self, codes):
        """Float, whatever the codes' type."""
        return keras.KerasTensor(self.compute_output_shape(codes.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        return super().get_config() | {"k": self.k, "stretches": self.stretches}
