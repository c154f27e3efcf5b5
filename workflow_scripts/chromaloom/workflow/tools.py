"""Running command-line tools with their messages in the log and in errors."""

import contextlib
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from workflow_scripts.chromaloom.workflow.failures import TEXTS

log = logging.getLogger("chromaloom")
REPORT_SECONDS = 10.0
SIGPIPE, SIGKILL = -signal.SIGPIPE, -signal.SIGKILL


def run_logged(
    command: list[str],
    *,
    allowed: tuple[int, ...] = (0,),
    progress: Callable[[int, float], None] | None = None,
) -> int:
    """Run a command with its messages in the log; return its exit status.

    Parameters
    ----------
    command
        Program and arguments.
    allowed
        Exit statuses that are not failures.
    progress
        Called with the pid and the elapsed seconds every `REPORT_SECONDS`.

    Raises
    ------
    RuntimeError
        Any other exit status; with the last lines of the command's output.
    """
    log.info("%s", " ".join(command))
    with tempfile.TemporaryFile("w+") as messages:
        process = subprocess.Popen(command, stdout=messages, stderr=subprocess.STDOUT)
        try:
            with ticking(lambda seconds: progress and progress(process.pid, seconds)):
                status = process.wait()
        finally:
            process.kill()
        text = _content(messages)
    log_output(command[0], text)
    if status not in allowed:
        raise RuntimeError(f"{command[0]} ended with status {status}: {_last_lines(text)}")
    return status


def log_output(tool: str, text: str) -> None:
    """Log a tool's messages line by line."""
    for line in text.splitlines():
        if line.strip():
            log.info("%s: %s", tool, line.strip())


@contextlib.contextmanager
def pipeline(commands: list[list[str]], folder: Path) -> Iterator[tuple[IO[bytes], list[int]]]:
    """Run a pipeline of commands; yield the output of the last one and all pids.

    Parameters
    ----------
    commands
        Commands, each reading the output of the previous one.
    folder
        Existing folder for the tools' messages.

    Raises
    ------
    RuntimeError
        At the end of the block, if a command failed; names the first one, with the last lines of
        its output.
    """
    processes: list[subprocess.Popen] = []
    with contextlib.ExitStack() as stack:
        errors = [
            stack.enter_context(Path(folder, f"{n}.err").open("w+")) for n in range(len(commands))
        ]
        source = None
        for command, error in zip(commands, errors, strict=True):
            log.info("%s", " ".join(command))
            process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=error)
            if source is not None:
                source.close()  # so that a broken pipe reaches the writer
            source = process.stdout
            processes.append(process)
        assert source is not None, "one command or more"
        killed = False
        try:
            yield source, [process.pid for process in processes]
        except BaseException:
            # a tool whose failure caused the exception gets time to end by itself
            time.sleep(0.2)
            killed = all(process.poll() in (0, None, SIGPIPE) for process in processes)
            for process in processes:
                process.kill()
            raise
        finally:
            source.close()
            statuses = [process.wait() for process in processes]
            texts = [_content(error) for error in errors]
            for command, text in zip(commands, texts, strict=True):
                log_output(command[0], text)
            # a writer is killed by SIGPIPE when its reader ends: it is not the cause
            failed = [n for n, s in enumerate(statuses) if s not in (0, SIGPIPE, SIGKILL)]
            if failed and not killed:
                name = " ".join(commands[failed[0]][:2])
                last = _last_lines(texts[failed[0]])
                raise RuntimeError(f"{name} ended with status {statuses[failed[0]]}: {last}")


def _last_lines(text: str) -> str:
    """Last three lines of a tool's output, preceded by the first earlier line about the disk."""
    lines = text.strip().splitlines()
    disk = [line for line in lines[:-3] if any(words in line for words in TEXTS)]
    return " | ".join([*disk[:1], *lines[-3:]])


def _content(handle: IO[str]) -> str:
    handle.seek(0)
    return handle.read()


@contextlib.contextmanager
def ticking(report: Callable[[float], None], seconds: float = REPORT_SECONDS) -> Iterator[None]:
    """Call `report` with the elapsed seconds at an interval of `seconds` while the block runs."""
    stop, began = threading.Event(), time.monotonic()

    def loop() -> None:
        while not stop.wait(seconds):
            report(time.monotonic() - began)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def share_read(pid: int, files: list[str]) -> float | None:
    """Fraction of `files` (bytes, read in order) that a process and its children have read.

    None on systems without /proc, or when none of the files is open.
    """
    sizes = [Path(path).stat().st_size for path in files]
    places = {os.path.realpath(path): number for number, path in enumerate(files)}
    best = None
    for process in _family(pid):
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                number = places.get(os.path.realpath(descriptor))
                if number is not None:
                    info = Path(f"/proc/{process}/fdinfo/{descriptor.name}").read_text()
                    done = sum(sizes[:number]) + int(info.split()[1])
                    best = max(best or 0, done)
    return None if best is None else best / sum(sizes)


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for process in found:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{process}/task/{process}/children").read_text()
            found.extend(map(int, text.split()))
    return found
