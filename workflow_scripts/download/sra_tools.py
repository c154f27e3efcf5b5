"""Running tools of the SRA toolkit, with their output in the log."""

import logging
import subprocess
import tempfile
import time

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.tools import log_output, ticking

log = logging.getLogger("chromaloom")


def run_tool(command: list[str], run: str) -> str:
    """Run a tool and return its output.

    `run` is the accession, for messages.

    Raises
    ------
    UserError
        No such tool, or an exit status other than 0: with the last lines of the tool's output.
    """
    log.info("%s", " ".join(command))
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as messages:
        try:
            with ticking(lambda seconds: log.info("%s: %.0f s", command[0], seconds)):
                status = subprocess.run(
                    command, stdout=messages, stderr=subprocess.STDOUT, check=False
                ).returncode
        except FileNotFoundError:
            raise UserError(
                f"{run}: no {command[0]} on the PATH; install sra-tools, or run with --use-conda"
            ) from None
        messages.seek(0)
        output = messages.read()
    log_output(command[0], output)
    if status:
        last = " | ".join(output.strip().splitlines()[-3:])
        raise UserError(f"{run}: {command[0]} ended with status {status}: {last}")
    log.info("%s: done in %.0f s", command[0], time.monotonic() - began)
    return output
