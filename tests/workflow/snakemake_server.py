"""Run Snakemake many times without importing it many times.

Importing Snakemake takes longer than most dry runs and most refused configs. `SnakemakeServer`
starts this file as a program, which imports Snakemake once and then forks for every run. Each run
is a process of its own with the arguments, folder and environment of a run from the command line:
no run sees what an earlier one imported from its copy of the workflow, cached, or left in the
environment.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

# what Snakemake and rules/common.smk import while they read the rules
IMPORTED_ONCE = ("jsonschema", "nbformat", "pandas", "requests", "smart_open")


class SnakemakeServer:
    """A process that runs Snakemake on request, one run at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: list[str], folder: Path, limit: int = 4500) -> tuple[int, str]:
        """Run `snakemake ARGUMENTS` in a folder; return its exit status and its output.

        A run that takes more than `limit` seconds is ended by a signal.
        """
        with tempfile.NamedTemporaryFile("r", prefix="snakemake-") as output:
            request = {
                "arguments": arguments,
                "folder": str(folder),
                "environment": dict(os.environ),
                "output": output.name,
                "limit": limit,
            }
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            return status, output.read()

    def stop(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def become_run(request: dict) -> None:
    """Be the run of a request, in a fork; end with Snakemake's exit status."""
    from snakemake import cli

    signal.alarm(request["limit"])
    output = os.open(request["output"], os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, standard)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]  # as `python -m snakemake` has it
    sys.argv = ["snakemake", *request["arguments"]]
    cli.main(request["arguments"])


def serve() -> None:
    """Answer each request, a line of JSON, with the exit status of its run."""
    from snakemake import cli

    for name in IMPORTED_ONCE:
        __import__(name)
    cli.get_argument_parser()  # imports the plugins
    for line in sys.stdin:
        run = os.fork()
        if not run:
            become_run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
