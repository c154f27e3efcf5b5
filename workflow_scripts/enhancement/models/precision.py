"""16-bit computation of the networks built within a block."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def precision(mixed: bool) -> Iterator[None]:
    """Build networks that compute in bfloat16, with float32 weights and outputs."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
