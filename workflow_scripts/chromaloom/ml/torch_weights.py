"""Weights of PyTorch networks (`state_dict` files), read without PyTorch and without running code.

A file of `torch.save` is a pickle, and loading a pickle may run any code. Here an unpickler is used
that knows tensors, storages and ordered dictionaries, and refuses everything else. Both forms are
read: the legacy one (PyTorch before 1.6: several pickles, then the storages) and the zip archive.
"""

import io
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
# storage class of PyTorch -> numpy type; bfloat16 is the upper half of a float32
STORAGES = {
    "FloatStorage": "f4", "DoubleStorage": "f8", "HalfStorage": "f2", "BFloat16Storage": "u2",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
# instructions of a pickle that files of PyTorch have; all others are refused before it is loaded
INSTRUCTIONS = frozenset({
    "PROTO", "FRAME", "STOP", "MARK", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "BINPERSID",
    "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINSTRING", "BINSTRING", "EMPTY_TUPLE", "TUPLE",
    "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_DICT", "SETITEM",
    "SETITEMS", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET", "MEMOIZE",
})  # fmt: skip
MAX_MEMO = 1_000_000  # objects that a pickle may refer to again


class RefusedError(Exception):
    """Content of a file that is not that of a state_dict."""


@dataclass(frozen=True, slots=True)
class _StorageType:
    """A storage class as the pickle names it."""

    name: str

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("it changes a class")


@dataclass(slots=True)
class _Storage:
    """A block of numbers; `values` is filled after the pickle is read."""

    key: str
    kind: str
    numel: int
    values: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("it changes a storage")

    @property
    def size(self) -> int:
        """Bytes."""
        return self.numel * np.dtype(STORAGES[self.kind]).itemsize

    def fill(self, content: bytes, *, little: bool) -> None:
        """Take the numbers from their bytes."""
        kind = np.dtype(STORAGES[self.kind])
        values = np.frombuffer(content, kind.newbyteorder("<" if little else ">"))
        if self.kind == "BFloat16Storage":
            values = (values.astype("u4") << 16).view("f4")
        self.values = values.astype(values.dtype.newbyteorder("="))


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage: offset, shape and strides, in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("it changes a tensor")

    def array(self) -> np.ndarray:
        """The tensor as an array of its own."""
        values = self.storage.values
        if values is None:
            raise RefusedError(f"storage {self.storage.key} is missing")
        step = values.dtype.itemsize
        view = np.lib.stride_tricks.as_strided(
            values[self.offset :], self.shape, [step * stride for stride in self.strides]
        )
        return view.copy()


class _OrderedDict(OrderedDict):
    """An ordered dictionary whose attributes (versions of the layers) are ignored."""

    def __setstate__(self, state: Any) -> None:
        pass


class _Rebuild:
    """Function of PyTorch that makes a tensor of a storage, or a parameter of a tensor."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("it changes a function")

    def __call__(self, *values: Any) -> _Tensor:
        if self.name == "_rebuild_parameter":
            if not values or not isinstance(values[0], _Tensor):
                raise RefusedError("a parameter without a tensor")
            return values[0]
        if len(values) < 4 or not isinstance(values[0], _Storage):
            raise RefusedError("a tensor without a storage")
        storage, offset, shape, strides = values[:4]
        numbers = [offset, *shape, *strides]
        if len(shape) != len(strides) or any(type(n) is not int or n < 0 for n in numbers):
            raise RefusedError("a tensor whose shape is none")
        count = 1
        for size in shape:
            count *= size
        last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
        # a tensor has no more elements than its storage: repeated ones could fill the memory
        if count and (last >= storage.numel or count > storage.numel):
            raise RefusedError("a tensor that is larger than its storage")
        return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _StateUnpickler(pickle.Unpickler):
    """Unpickler that knows the parts of a state_dict and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")
        self.file = file
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return _OrderedDict
        if module == "torch" and name in STORAGES:
            return _StorageType(name)
        if module == "torch._utils" and name in (
            "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter",
        ):  # fmt: skip
            return _Rebuild(name)
        raise RefusedError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        whole = isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage"
        if not whole or not isinstance(pid[1], _StorageType) or any(pid[5:]):
            raise RefusedError("it refers to something that is no storage")
        _, kind, key, _, numel = pid[:5]
        if type(numel) is not int or numel < 0:
            raise RefusedError("a storage without a size")
        known = self.storages.setdefault(str(key), _Storage(str(key), kind.name, numel))
        if (known.kind, known.numel) != (kind.name, numel):
            raise RefusedError(f"storage {key} has two sizes")
        return known

    def load(self) -> Any:
        """Load the next pickle of the file, once its instructions are known to be harmless."""
        begin = self.file.tell()
        for code, value, _ in pickletools.genops(self.file):
            if code.name not in INSTRUCTIONS:
                raise RefusedError(f"its instruction {code.name}")
            # the unpickler reserves memory up to this number
            if code.name == "LONG_BINPUT" and int(value or 0) > MAX_MEMO:
                raise RefusedError("too many objects")
        self.file.seek(begin)
        return super().load()


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Read the weights of a PyTorch network.

    Parameters
    ----------
    path
        File of `torch.save(network.state_dict(), path)`, or of a checkpoint with the entry
        `state_dict`.

    Returns
    -------
    dict of arrays
        By name of the parameter, in the order of the file; shapes and types as in PyTorch
        (bfloat16 becomes float32).

    Raises
    ------
    UserError
        The file is damaged, or holds anything else than tensors. Nothing of it is run.
    """
    try:
        with Path(path).open("rb") as file:
            found = _read_zip(file) if zipfile.is_zipfile(file) else _read_legacy(file)
            state = _arrays(found)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; expected: a PyTorch file") from None
    except RefusedError as error:
        raise UserError(_message(path, str(error))) from None
    # what the unpickler and the archive raise for damaged or senseless content
    except (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, ValueError, TypeError, KeyError,
            AttributeError, IndexError, ImportError, MemoryError, OverflowError,
            RecursionError, NotImplementedError, RuntimeError) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise UserError(_message(path, f"damaged or of another kind: {reason}")) from None
    return state


def _message(path: str | Path, reason: str) -> str:
    return (
        f"{path}: not read, since it is no PyTorch state_dict ({reason}); expected: a file of"
        " torch.save(network.state_dict(), ...) with tensors only"
    )


def _read_legacy(file: BinaryIO) -> Any:
    """Legacy form: magic number, protocol, system, content, keys of the storages, storages."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if _StateUnpickler(file).load() != LEGACY_MAGIC:
        raise RefusedError("no magic number of PyTorch")
    if _StateUnpickler(file).load() != LEGACY_PROTOCOL:
        raise RefusedError("an unknown protocol")
    system = _StateUnpickler(file).load()
    little = bool(system.get("little_endian", True)) if isinstance(system, dict) else True
    reader = _StateUnpickler(file)
    found = reader.load()
    keys = _StateUnpickler(file).load()
    for key in keys:
        if str(key) not in reader.storages:
            raise RefusedError(f"storage {key} belongs to no tensor")
        storage = reader.storages[str(key)]
        stated = int.from_bytes(_read_exactly(file, 8), "little" if little else "big", signed=True)
        if stated != storage.numel or storage.size > size - file.tell():
            raise RefusedError(f"storage {key} is incomplete")
        storage.fill(_read_exactly(file, storage.size), little=little)
    return found


def _read_exactly(file: BinaryIO, count: int) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise EOFError("the file ends early")
    return content


def _read_zip(file: BinaryIO) -> Any:
    """Zip form: FOLDER/data.pkl, and a member FOLDER/data/KEY for each storage."""
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        names = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(names) != 1:
            raise RefusedError("an archive without data.pkl")
        # stored as they are by PyTorch; compressed members could be far larger than the file
        if any(info.compress_type != zipfile.ZIP_STORED for info in members.values()):
            raise RefusedError("an archive with compressed members")
        folder = names[0].rsplit("/", 1)[0]
        order = f"{folder}/byteorder"
        little = order not in members or archive.read(order).strip() == b"little"
        reader = _StateUnpickler(io.BytesIO(archive.read(names[0])))
        found = reader.load()
        for key, storage in reader.storages.items():
            member = f"{folder}/data/{key}"
            if member not in members or members[member].file_size != storage.size:
                raise RefusedError(f"storage {key} is incomplete")
            storage.fill(archive.read(member), little=little)
    return found


def _arrays(found: Any) -> dict[str, np.ndarray]:
    """Arrays of a dictionary of tensors."""
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    if not isinstance(found, Mapping) or not found:
        raise RefusedError("no dictionary of tensors")
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, _Tensor):
            raise RefusedError(f"entry {str(name)[:60]!r} is no tensor")
    return {name: value.array() for name, value in found.items()}
