"""The one place that chooses CPU or GPU and makes a training repeatable."""

import logging
import os

import keras

log = logging.getLogger("chromaloom")


def prepare_device(*, gpu: int, threads: int, seed: int) -> str:
    """Set device, threads and seeds before a model is built; return what is used, as text.

    Parameters
    ----------
    gpu
        GPUs that the workflow granted to the job; 0 hides them all, so that the CPU is used.
    threads
        Threads that the workflow granted to the job.
    seed
        Seed of Python, NumPy and the backend.
    """
    keras.utils.set_random_seed(seed)
    backend = keras.backend.backend()
    device = "cpu"
    if backend == "tensorflow":
        import tensorflow as tf

        if not gpu:
            tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_op_determinism()
        for card in (found := tf.config.get_visible_devices("GPU")):
            tf.config.experimental.set_memory_growth(card, True)
        device = "gpu" if found else "cpu"
    elif backend == "jax":
        import jax

        if not gpu:
            jax.config.update("jax_platforms", "cpu")
        device = jax.devices()[0].platform
    elif backend == "torch":
        import torch

        if not gpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        torch.set_num_threads(threads)
        device = "gpu" if gpu and torch.cuda.is_available() else "cpu"
    if gpu and device == "cpu":
        log.info("a GPU was granted but %s sees none: training on the CPU", backend)
    return f"{backend} {device}"
