"""What every rule's script does at its start and end: log set-up, and errors told in one line."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.failures import (
    disk_failure,
    memory_failure,
    quiet_logging,
)

FORMAT = "%(asctime)s %(message)s"


@contextmanager
def script_job(snakemake) -> Iterator[logging.Logger]:
    """Run a script's body with its messages in the rule's log file and on stderr.

    A `UserError` ends the job with its one line, and so do a full disk and memory that runs out.
    Anything else is a fault of ours: the traceback goes to the log and to stderr. The script finds
    in `resources.gpu` the GPUs that its job has, by whatever name the cluster lends them.
    """
    if gpus := generic_gpus(snakemake):
        snakemake.resources.gpu = gpus
    quiet_logging()
    log = logging.getLogger("chromaloom")
    log.setLevel(logging.INFO)
    log.propagate = False  # cooltools puts a handler of its own on the root: lines would come twice
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if snakemake.log:
        Path(snakemake.log[0]).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(snakemake.log[0], mode="w"))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
        log.addHandler(handler)
    try:
        yield log
    except UserError as error:
        log.error("error: %s", error)
        sys.exit(1)
    except Exception as error:
        if line := disk_failure(error) or memory_failure(error):
            log.error("error: %s", line)
        else:
            log.exception("rule %s failed", snakemake.rule)
        sys.exit(1)
    finally:
        log.propagate = True
        for handler in handlers:
            log.removeHandler(handler)
            with suppress(OSError):  # a full disk takes the log's last lines as little as the rest
                handler.close()
        gc.freeze()  # or the process would end with a search of its million objects for cycles


def generic_gpus(snakemake) -> int:
    """GPUs that a job asked for as generic resource (`gres`), as profiles/slurm-gres does."""
    named = str(getattr(getattr(snakemake, "resources", None), "gres", None) or "")
    # NAME, NAME:COUNT or NAME:MODEL:COUNT, separated by commas
    fields = [one.split(":") for one in named.split(",")]
    return sum(int(f[-1]) if f[-1].isdigit() else 1 for f in fields if f[0] == "gpu")
