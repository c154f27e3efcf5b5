"""A full disk is reported in one line; a bug of the code keeps its traceback."""

import errno
import logging
from types import SimpleNamespace

import pytest

from workflow_scripts.chromaloom.workflow.failures import disk_failure
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.chromaloom.workflow.tools import run_logged


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_the_system_s_own_error_names_the_file(number):
    line = disk_failure(OSError(number, "x", "results/a.tsv"))
    assert line.startswith("results/a.tsv: ") and "\n" not in line


def test_what_a_library_wraps_is_found_below():
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device", "b.h5")
        except OSError as error:
            raise RuntimeError("cannot write dataset") from error
    except RuntimeError as wrapped:
        assert disk_failure(wrapped).startswith("b.h5: no space left")


def test_a_tool_s_last_words_are_read():
    error = RuntimeError("samtools ended with status 1: write failed: No space left on device")
    assert "no space left" in disk_failure(error)


def test_a_disk_error_before_the_last_lines_of_a_tool_is_found():
    script = "echo 'Please check if the disk is full.'; seq 9; exit 1"
    with pytest.raises(RuntimeError) as failed:
        run_logged(["sh", "-c", script])
    assert "no space left" in disk_failure(failed.value)


@pytest.mark.parametrize(
    "error", [ValueError("shape (3, 4)"), OSError(errno.ENOENT, "no such file", "a")]
)
def test_other_errors_are_no_disk_failure(error):
    assert disk_failure(error) is None


@pytest.mark.parametrize(
    ("error", "traceback"), [(OSError(errno.ENOSPC, "full", "a"), False), (KeyError("a"), True)]
)
def test_the_log_has_a_traceback_for_faults_of_the_code_alone(tmp_path, error, traceback):
    log = tmp_path / "rule.log"
    with pytest.raises(SystemExit), script_job(SimpleNamespace(log=[str(log)], rule="r")):
        logging.getLogger("chromaloom").info("began")
        raise error
    assert ("Traceback" in log.read_text()) is traceback


def test_a_log_on_a_full_disk_adds_no_trouble_of_its_own(capsys):
    # /dev/full takes the open, and refuses each write
    with pytest.raises(SystemExit), script_job(SimpleNamespace(log=["/dev/full"], rule="r")):
        raise OSError(errno.ENOSPC, "No space left on device", "results/a.tsv")
    said = capsys.readouterr().err
    assert "error: results/a.tsv: no space left" in said and "Traceback" not in said
