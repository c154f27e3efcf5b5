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
        Which ones is for the backend to see: a cluster names them in CUDA_VISIBLE_DEVICES, which
        is left as it is.
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
        # several networks of a job are traced one after another, which TensorFlow takes for a slip
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
