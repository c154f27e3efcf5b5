"""Choice of CPU or GPU, and deterministic training."""

import logging
import os

import keras

log = logging.getLogger("chromaloom")


def prepare_device(*, gpu: int, threads: int, seed: int) -> str:
    """Set device, threads and seeds before a model is built; return backend and device as text.

    Parameters
    ----------
    gpu
        Number of GPUs of the job; 0 hides all GPUs, so that the CPU is used. The backend chooses
        among the visible ones: CUDA_VISIBLE_DEVICES, which a cluster sets, is not changed.
    threads
        Number of threads of the job.
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
        # TensorFlow warns about retracing when a job builds several networks in turn
        tf.get_logger().setLevel(logging.ERROR)
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
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        shown = "" if visible is None else f" (CUDA_VISIBLE_DEVICES is {visible or 'empty'})"
        log.info("a GPU was requested but none is visible to %s%s; using the CPU", backend, shown)
    return f"{backend} {device}"


def reset_session(seed: int) -> None:
    """Reset Keras so that the next network of a job equals the first network of a separate job.

    Releases earlier networks and their memory, restarts the counters in Keras' layer names, and
    sets the seeds of Python, NumPy and the backend.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
