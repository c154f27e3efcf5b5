"""Reading PyTorch files. The two .pth files beside this test were written by PyTorch 2.13:

    torch.save({"a.weight": torch.arange(6.0).reshape(2, 3).T,
                "half": torch.tensor([1.5, -2]).half(), "bf": torch.tensor([1.5, -2]).bfloat16(),
                "n": torch.tensor(3), "p": torch.nn.Parameter(torch.ones(2))}, path)

the legacy one with `_use_new_zipfile_serialization=False`.
"""

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.torch_weights import (
    LEGACY_MAGIC,
    LEGACY_PROTOCOL,
    read_state_dict,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

FORMATS = ("legacy", "zip")
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}


def example(kind):
    return Path(__file__).parent / f"state_dict_{kind}.pth"


class Global:
    """Stands for a class or function of PyTorch in a pickle."""

    def __init__(self, module, name):
        self.line = f"c{module}\n{name}\n".encode()


class Stored:
    """A storage: persistent id of a pickle of PyTorch."""

    def __init__(self, kind, key, numel, view=None):
        self.pid = ("storage", Global("torch", kind), key, "cpu", numel, view)


def opcodes(value):
    """Pickle of plain values, `Global`s, `Stored`s, and calls ("call", function, arguments)."""
    if isinstance(value, Global):
        return value.line
    if isinstance(value, Stored):
        return opcodes(value.pid) + b"Q"
    if isinstance(value, list) and value and value[0] == "call":
        return opcodes(value[1]) + opcodes(value[2]) + b"R"
    if isinstance(value, list) and value and value[0] == "state":
        return opcodes(value[1]) + opcodes(value[2]) + b"b"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(opcodes, value)) + b"t"
    if isinstance(value, dict):
        inner = b"".join(opcodes(key) + opcodes(one) for key, one in value.items())
        return b"}(" + inner + b"u"
    return pickle.dumps(value, 2)[2:-1].replace(b"q\x00", b"")


def write(path, kind, content: bytes, storages: dict[str, bytes], counts=None):
    """A file of either form with this pickle and these storages."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", content)
            for key, values in storages.items():
                archive.writestr(f"archive/data/{key}", values)
        return path
    head = b"".join(pickle.dumps(part, 2) for part in (LEGACY_MAGIC, LEGACY_PROTOCOL, SYSTEM))
    tail = b"".join(
        (counts or {}).get(key, len(values) // 4).to_bytes(8, "little") + values
        for key, values in storages.items()
    )
    path.write_bytes(head + content + pickle.dumps(list(storages), 2) + tail)
    return path


def tensor(offset, shape, strides, numel=6, key="0"):
    arguments = (Stored("FloatStorage", key, numel), offset, shape, strides)
    return ["call", Global("torch._utils", "_rebuild_tensor"), arguments]


def program(value):
    return b"\x80\x02" + opcodes(value) + b"."


@pytest.mark.parametrize("kind", FORMATS)
def test_files_of_pytorch_give_its_tensors(kind):
    found = read_state_dict(example(kind))
    assert list(found) == ["a.weight", "half", "bf", "n", "p"]
    np.testing.assert_array_equal(found["a.weight"], [[0, 3], [1, 4], [2, 5]])
    for name in ("half", "bf"):
        np.testing.assert_array_equal(found[name], [1.5, -2])
    assert found["half"].dtype == "float16"
    assert found["a.weight"].dtype == found["bf"].dtype == found["p"].dtype == "float32"
    assert (found["n"].shape, int(found["n"])) == ((), 3)
    np.testing.assert_array_equal(found["p"], [1, 1])


@pytest.mark.parametrize("kind", FORMATS)
def test_views_share_a_storage_and_entries_lie_in_a_checkpoint(kind, tmp_path):
    values = np.arange(6, dtype="<f4").tobytes()
    content = {
        "epoch": 3,
        "state_dict": {"whole": tensor(0, (2, 3), (3, 1)), "column": tensor(1, (2,), (3,))},
    }
    path = write(tmp_path / "a.pth", kind, program(content), {"0": values})
    found = read_state_dict(path)
    np.testing.assert_array_equal(found["whole"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["column"], [1, 4])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("place", ["value", "key", "top"])
def test_a_malicious_pickle_is_refused_and_runs_nothing(kind, place, tmp_path):
    trace = tmp_path / "trace"

    class Evil:
        def __reduce__(self):
            return os.system, (f"touch '{trace}'",)

        def __hash__(self):
            return 1

    content = {"value": {"w": Evil()}, "key": {Evil(): 1}, "top": Evil()}[place]
    path = write(tmp_path / "evil.pth", kind, pickle.dumps(content, 2), {})
    with pytest.raises(UserError, match="not read, since it is no PyTorch state_dict") as caught:
        read_state_dict(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert not trace.exists()
    # the payload itself works
    pickle.loads(pickle.dumps(Evil(), 2))
    assert trace.exists()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["call", Global("builtins", "eval"), ("1",)], r"asks for builtins\.eval"),
        (["call", Global("torch", "load"), ("x",)], r"asks for torch\.load"),
        (["call", Global("torch.storage", "_load_from_bytes"), (b"x",)], "asks for torch.storage"),
        (["call", Global("collections", "OrderedDict.__reduce__"), ()], "asks for collections"),
        # state that would change the reader's own classes and functions
        (["state", Global("torch._utils", "_rebuild_tensor"), {"name": "x"}], "changes a function"),
        (["state", Global("torch", "FloatStorage"), {"name": "x"}], "changes a class"),
        (["state", Stored("FloatStorage", "0", 6), {"kind": "x"}], "changes a storage"),
        (["state", tensor(0, (6,), (1,)), {"offset": 7}], "changes a tensor"),
        (["call", Global("torch._utils", "_rebuild_tensor"), ("x", 0, (1,), (1,))],
         "without a storage"),
        (["call", Global("torch._utils", "_rebuild_parameter"), (1,)], "without a tensor"),
        (tensor(0, (7,), (1,)), "larger than its storage"),
        (tensor(6, (1,), (1,)), "larger than its storage"),
        (tensor(0, (10**9,), (0,)), "larger than its storage"),
        (tensor(-1, (2,), (1,)), "shape is none"),
        (tensor(0, (2, 2), (1,)), "shape is none"),
        (tensor(0, (1,), (1,), numel=7), "incomplete"),
        (tensor(0, (1,), (1,), key="1"), "incomplete|no tensor"),
        (Stored("FloatStorage", "0", 6), "entry 'w' is no tensor"),
        (3, "entry 'w' is no tensor|belongs to no tensor"),
        (["call", tensor(0, (6,), (1,)), ()], "damaged or of another kind"),
    ],
)  # fmt: skip
def test_anything_but_tensors_is_refused(kind, value, words, tmp_path):
    values = np.arange(6, dtype="<f4").tobytes()
    path = write(tmp_path / "a.pth", kind, program({"w": value}), {"0": values})
    with pytest.raises(UserError, match=words):
        read_state_dict(path)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (program(("a", 1)), "no dictionary of tensors"),
        (program({}), "no dictionary of tensors"),
        # an instance of a class that Python would look up by number, and one made by INST
        (b"\x80\x02\x82\x01.", "instruction EXT1"),
        (b"(ios\nsystem\n.", "instruction INST"),
        # memory for 2**31 references
        (b"\x80\x02}r\xff\xff\xff\x7f.", "too many objects"),
        (b"\x80\x02}", "damaged"),
    ],
)
def test_other_pickles_are_refused(kind, content, words, tmp_path):
    with pytest.raises(UserError, match=words):
        read_state_dict(write(tmp_path / "a.pth", kind, content, {}))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_file_is_refused_wherever_it_ends(kind, tmp_path):
    whole, path = example(kind).read_bytes(), tmp_path / "cut.pth"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="not read"):
            read_state_dict(path)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_file_gives_one_line_or_arrays(kind, tmp_path):
    whole, path = example(kind).read_bytes(), tmp_path / "damaged.pth"
    draw, refused = np.random.default_rng(1), 0
    for _ in range(400):
        content = bytearray(whole)
        for at in draw.integers(0, len(whole), 2):
            content[at] = draw.integers(256)
        path.write_bytes(content)
        try:
            assert all(isinstance(one, np.ndarray) for one in read_state_dict(path).values())
        except UserError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 100


def test_files_that_are_no_weights_are_refused(tmp_path):
    text, folder, archive = tmp_path / "a.txt", tmp_path / "folder", tmp_path / "a.keras"
    text.write_text("weights\n")
    folder.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", "{}")
    with pytest.raises(UserError, match="not read"):
        read_state_dict(text)
    with pytest.raises(UserError, match="an archive without data"):
        read_state_dict(archive)
    for path in (folder, tmp_path / "absent.pth"):
        with pytest.raises(UserError, match="expected: a PyTorch file"):
            read_state_dict(path)


def test_compressed_members_are_refused_since_they_may_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", program({"w": tensor(0, (6,), (1,))}))
        archive.writestr("archive/data/0", bytes(24))
    with pytest.raises(UserError, match="compressed members"):
        read_state_dict(path)


def test_a_legacy_file_whose_storage_has_another_length_is_refused(tmp_path):
    content = program({"w": tensor(0, (6,), (1,))})
    path = write(tmp_path / "a.pth", "legacy", content, {"0": bytes(24)}, counts={"0": 10**12})
    with pytest.raises(UserError, match="storage 0 is incomplete"):
        read_state_dict(path)


def test_attributes_of_the_dictionary_are_ignored(tmp_path):
    # a state_dict carries the versions of its layers as an attribute
    plain = {"w": tensor(0, (6,), (1,))}
    ordered = ["call", Global("collections", "OrderedDict"), ()]
    body = opcodes(ordered) + b"(" + opcodes("w") + opcodes(plain["w"]) + b"u"
    content = b"\x80\x02" + body + opcodes({"_metadata": {}, "update": 1}) + b"b."
    found = read_state_dict(write(tmp_path / "a.pth", "zip", content, {"0": bytes(24)}))
    np.testing.assert_array_equal(found["w"], np.zeros(6))
    assert not isinstance(OrderedDict.update, int)
