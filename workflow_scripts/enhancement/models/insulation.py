"""VEHiCLE's insulation vector, of a map and of a batch of maps in the loss."""

from keras import ops

LEAST = 1e-6  # a mean contact below counts as this much


def insulation_vector(maps, *, window: int = 10, reach: int = 10):
    """How the contacts near the diagonal change along it.

    Means of `window` x `window` squares along the diagonal; log2 of each over their mean; mean of
    the next `reach` of these minus that of the previous `reach`.

    Parameters
    ----------
    maps : tensor, shape=(batch, n, n, 1)
        Contacts, not negative.
    window, reach
        In bins; the published network has 10 and 10.

    Returns
    -------
    tensor, shape=(batch, n - window - 2 reach + 2)
        160 values for n = 188. Positive where contacts rise.
    """
    squares = ops.average_pool(maps, window, strides=1, padding="valid")
    mean = ops.maximum(ops.diagonal(squares[..., 0], axis1=1, axis2=2), LEAST)
    level = ops.log(mean / ops.mean(mean, axis=1, keepdims=True)) / ops.log(2.0)
    runs = ops.average_pool(level[..., None], reach, strides=1, padding="valid")[..., 0]
    return runs[:, reach:] - runs[:, :-reach]


def insulation_sizes(size: int) -> dict[str, int]:
    """Window and reach for maps of `size` bins: the published 10, less where maps are small."""
    width = max(2, min(10, size // 8))
    return {"window": width, "reach": width}
