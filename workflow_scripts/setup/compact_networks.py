"""Store trained networks in less space: fewer digits of the weights, in Keras' own file format."""

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path

WEIGHTS = "model.weights.h5"  # member of a .keras archive
MANTISSA_BITS = 23  # of float32; float16 has 10
SMALL = 1000  # values up to which an array is not worth the space that compression itself takes


def compact_network(path: str | Path, bits: int) -> None:
    """Rewrite a .keras file with kernels as float16 of `bits` bits of mantissa.

    Keras reads such files as any other, and computes in float32. Equal networks give equal bytes.

    Parameters
    ----------
    path
        The file, which is replaced.
    bits
        Bits of mantissa that are kept, up to 10: a relative error of at most 2^-(bits + 1). The
        fewer, the better the file is compressed.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[WEIGHTS] = _compact_weights(members[WEIGHTS], bits)
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def _compact_weights(data: bytes, bits: int) -> bytes:
    """Content of an HDF5 file with its arrays as `compact_array` has them."""
    target = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as old, h5py.File(target, "w") as new:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                values = compact_array(item[()], bits)
                packed = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
                made = new.create_dataset(
                    name, data=values, **(packed if values.size > SMALL else {})
                )
            else:
                made = new.require_group(name)
            made.attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)
    return target.getvalue()


def compact_array(values: np.ndarray, bits: int) -> np.ndarray:
    """Kernels (float32 of two or more axes) rounded to `bits` bits of mantissa, as float16.

    Numbers below 6e-5, where float16 has fewer digits, are rounded more.

    Vectors (biases, statistics of batch normalization) and arrays with values beyond those of
    float16 are returned as they are.
    """
    if values.dtype != np.float32 or values.ndim < 2:
        return values
    if not np.abs(values).max(initial=0) < np.finfo(np.float16).max / 2:
        return values
    dropped = MANTISSA_BITS - bits
    # to the nearest pattern, halves upwards; a carry into the exponent is the next power of two
    patterns = values.view(np.uint32) + np.uint32(1 << dropped >> 1)
    return (patterns >> dropped << dropped).view(np.float32).astype(np.float16)
