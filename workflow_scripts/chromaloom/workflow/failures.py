"""One-line errors for a full disk and for memory that ran out."""

import errno
import logging
from collections.abc import Iterator

# messages by error number, and by the text of errors without a number
DISK = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "disk quota exceeded",
    errno.EROFS: "the file system is read-only",
}
TEXTS = {
    "No space left on device": DISK[errno.ENOSPC],
    "if the disk is full": DISK[errno.ENOSPC],  # bowtie2-build
    "Disk quota exceeded": DISK[errno.EDQUOT],
    "Read-only file system": DISK[errno.EROFS],
}
# texts by which TensorFlow (XLA included), JAX and PyTorch report that memory ran out
OUT_OF_MEMORY = (
    "ResourceExhaustedError",
    "RESOURCE_EXHAUSTED",
    "OutOfMemoryError",
    "OOM when allocating",
    "CUDA out of memory",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "failed to allocate memory",
)
ADVICE = "fix this and rerun; finished outputs are kept"


def disk_failure(error: BaseException) -> str | None:
    """One line for an error caused by a full or read-only disk; None for any other error.

    The causes of the error are searched too: libraries and tools often wrap the system's error.
    """
    for one in _chain(error):
        said = next((what for text, what in TEXTS.items() if text in str(one)), None)
        if isinstance(one, OSError) and one.errno in DISK:
            said = DISK[one.errno]
        if said:
            name = getattr(one, "filename", None)
            return f"{f'{name}: ' if name else ''}{said}; {ADVICE}"
    return None


def memory_failure(error: BaseException) -> str | None:
    """One line for an out-of-memory error of a GPU or the machine; None for any other error."""
    for one in _chain(error):
        said = f"{type(one).__name__} {one}"
        if any(text in said for text in OUT_OF_MEMORY) and "CPU" not in said:
            return (
                "out of GPU memory; fix: set a smaller training.batch_size in the config's"
                " section of this paper, or run on the CPU with --resources gpu=0"
            )
        if isinstance(one, MemoryError) or any(text in said for text in OUT_OF_MEMORY):
            return (
                "out of memory; fix: run fewer jobs in parallel (--cores), set"
                " a smaller training.batch_size in the config's section of this paper, or on a"
                " cluster let the rule ask for more (mem_mb: docs/cluster.md)"
            )
    return None


def quiet_logging() -> None:
    """Suppress the tracebacks of logging when a log file can no longer be written."""
    logging.raiseExceptions = False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
