"""Which device a job computes on, and what is said when the memory of one runs out."""

import logging
import os
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.failures import memory_failure
from workflow_scripts.chromaloom.workflow.job import generic_gpus, script_job


class MadeUpTensorFlow:
    """TensorFlow's settings on a machine with GPUs, of which CUDA_VISIBLE_DEVICES leaves some."""

    def __init__(self, cards):
        self.visible, self.growing, self.threads = cards, [], {}
        self.config = SimpleNamespace(
            set_visible_devices=self.show,
            get_visible_devices=lambda kind: self.visible if kind == "GPU" else [],
            threading=SimpleNamespace(
                set_intra_op_parallelism_threads=lambda n: self.threads.update(intra=n),
                set_inter_op_parallelism_threads=lambda n: self.threads.update(inter=n),
            ),
            experimental=SimpleNamespace(
                enable_op_determinism=lambda: None,
                set_memory_growth=lambda card, on: self.growing.append((card, on)),
            ),
        )

    def get_logger(self):
        return logging.getLogger("made-up")

    def show(self, cards, kind):
        assert kind == "GPU"
        self.visible = cards


@pytest.fixture
def machine(monkeypatch):
    """Stand-in for TensorFlow on a machine with these GPUs."""

    def machine(*cards):
        made_up = MadeUpTensorFlow(list(cards))
        monkeypatch.setitem(sys.modules, "tensorflow", made_up)
        monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
        monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: None)
        return made_up

    return machine


def test_without_a_grant_every_gpu_is_hidden(machine):
    tensorflow = machine("GPU:0", "GPU:1")
    assert prepare_device(gpu=0, threads=3, seed=1) == "tensorflow cpu"
    assert tensorflow.visible == []
    assert tensorflow.threads == {"intra": 3, "inter": 3}


def test_a_requested_gpu_keeps_the_cluster_s_choice(machine, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    tensorflow = machine("GPU:0")
    assert prepare_device(gpu=1, threads=1, seed=1) == "tensorflow gpu"
    assert tensorflow.visible == ["GPU:0"]
    assert tensorflow.growing == [("GPU:0", True)]  # two jobs may share a card
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2"


def test_a_missing_gpu_is_reported_with_the_visible_devices(machine, monkeypatch, caplog):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    machine()
    with caplog.at_level(logging.INFO, "chromaloom"):
        assert prepare_device(gpu=1, threads=1, seed=1) == "tensorflow cpu"
    assert "none is visible to tensorflow (CUDA_VISIBLE_DEVICES is 5); using the CPU" in caplog.text


@pytest.mark.parametrize(
    ("gres", "count"),
    [
        ("gpu:1", 1),
        ("gpu", 1),
        ("gpu:a100", 1),
        ("gpu:a100:2", 2),
        ("nvme:100,gpu:3", 3),
        ("nvme:100", 0),
        ("gpumem:4", 0),
        ("", 0),
    ],
)
def test_gpus_requested_as_generic_resource_are_counted(gres, count):
    assert generic_gpus(SimpleNamespace(resources=SimpleNamespace(gpu=0, gres=gres))) == count


@pytest.mark.parametrize(("resources", "gpus"), [({"gres": "gpu:1"}, 1), ({}, 0)])
def test_a_script_finds_its_gpus_by_whatever_name_the_cluster_lends_them(resources, gpus):
    snakemake = SimpleNamespace(
        log=[], rule="r", resources=SimpleNamespace(**{"gpu": 0, **resources})
    )
    with script_job(snakemake):
        assert snakemake.resources.gpu == gpus


def errors():
    import tensorflow as tf

    def tensorflow_error(device):
        text = f"OOM when allocating tensor with shape[9,9] on /job:localhost/device:{device}:0"
        return tf.errors.ResourceExhaustedError(None, None, text)

    jax = type("XlaRuntimeError", (RuntimeError,), {})
    torch = type("OutOfMemoryError", (RuntimeError,), {})
    yield tensorflow_error("GPU"), "--resources gpu=0"
    yield jax("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes"), "--resources gpu=0"
    yield torch("CUDA out of memory. Tried to allocate 20.00 GiB"), "--resources gpu=0"
    yield tensorflow_error("CPU"), "mem_mb"
    try:
        np.empty(2**62, "uint8")
    except MemoryError as error:
        yield error, "mem_mb"


@pytest.mark.parametrize(
    ("error", "advice"), [pytest.param(*e, id=f"{type(e[0]).__name__}-{e[1]}") for e in errors()]
)
def test_out_of_memory_is_reported_in_one_line_with_a_fix(tmp_path, error, advice):
    log = tmp_path / "rule.log"
    with pytest.raises(SystemExit), script_job(SimpleNamespace(log=[str(log)], rule="r")):
        try:
            raise error
        except BaseException as inner:  # as Keras passes errors on
            raise RuntimeError("in fit") from inner
    (line,) = log.read_text().splitlines()
    assert "training.batch_size" in line and advice in line


def test_other_errors_are_no_memory_failure():
    assert memory_failure(ValueError("shape (3, 4) does not go with memory (4, 4)")) is None
