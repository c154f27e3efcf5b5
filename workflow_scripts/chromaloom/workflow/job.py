"""Start and end of every rule's script: logging, and one-line errors."""

import gc
import inspect
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.failures import (
    disk_failure,
    memory_failure,
    quiet_logging,
)

FORMAT = "%(asctime)s %(message)s"


@contextmanager
def script_job(snakemake: Any) -> Iterator[logging.Logger]:
    """Run a script's body with its log lines in the rule's log file and on stderr.

    A `UserError`, a full disk and an out-of-memory error end the job with one line. Any other
    exception is a bug of the workflow: the traceback goes to the log and to stderr. `resources.gpu`
    is set to the number of GPUs of the job, also where a cluster provides them as `gres`.
    """
    if gpus := generic_gpus(snakemake):
        snakemake.resources.gpu = gpus
    quiet_logging()
    log = logging.getLogger("chromaloom")
    log.setLevel(logging.INFO)
    log.propagate = False  # cooltools adds a handler to the root logger: lines would appear twice
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
            with suppress(OSError):  # flushing fails on a full disk
                handler.close()
        gc.freeze()  # skips the garbage collection of millions of objects at exit


def run_script(main: Callable[..., Any], snakemake: Any, **given: Any) -> None:
    """Run a rule's script: logging, one-line errors, and `main` with the rule's values by name."""
    with script_job(snakemake):
        main(**main_arguments(main, snakemake, **given))


def main_arguments(main: Callable[..., Any], snakemake: Any, **given: Any) -> dict[str, Any]:
    """Arguments of a script's `main`, taken from its rule by name.

    Each parameter of `main` is looked up in `given`, then among the rule's inputs, outputs and
    params, then among its wildcards; `threads` and `gpu` are those of the job. Several files under
    one name are a list. An input whose files have keys (the rule's `params.input_keys`, as
    `add_figure` writes it) is a dict from key to file. A wildcard becomes an int where `main`
    declares one.

    Raises
    ------
    TypeError
        A parameter without a default is not found, or is found more than once.
    """
    kinds = ("input", "output", "params")
    named = {kind: dict(getattr(snakemake, kind).items()) for kind in kinds}
    wildcards = dict(snakemake.wildcards.items())
    keys = named["params"].get("input_keys", {})
    found = {}
    for name, parameter in inspect.signature(main).parameters.items():
        places = [kind for kind in kinds if name in named[kind]]
        if name in given:
            found[name] = given[name]
        elif len(places) > 1:
            raise TypeError(f"rule {snakemake.rule}: {name} is both {' and '.join(places)}")
        elif places:
            value = named[places[0]][name]
            if places[0] != "params" and not isinstance(value, str):
                value = list(value)
            if places[0] == "input" and name in keys:
                value = dict(zip(keys[name], value, strict=True))
            found[name] = value
        elif name == "threads":
            found[name] = snakemake.threads
        elif name == "gpu":
            found[name] = snakemake.resources.gpu
        elif name in wildcards:
            value = wildcards[name]
            found[name] = int(value) if parameter.annotation is int else value
        elif parameter.default is parameter.empty:
            raise TypeError(f"rule {snakemake.rule}: no input, output or param is named {name}")
    return found


def generic_gpus(snakemake: Any) -> int:
    """Number of GPUs requested as a generic resource (`gres`), as in profiles/slurm-gres."""
    named = str(getattr(getattr(snakemake, "resources", None), "gres", None) or "")
    # NAME, NAME:COUNT or NAME:MODEL:COUNT, separated by commas
    fields = [one.split(":") for one in named.split(",")]
    return sum(int(f[-1]) if f[-1].isdigit() else 1 for f in fields if f[0] == "gpu")
