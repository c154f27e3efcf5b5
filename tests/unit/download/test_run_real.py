"""make real: from a folder, by download without one, and to the end of what can be had."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "workflow_scripts" / "setup" / "run_real.sh"
CONFIGS = ["real-a.yaml", "real-b.yaml", "real-c.yaml"]


@pytest.fixture
def real(tmp_path):
    """Run the script in a folder with three configs; the command fails on those named."""
    folder = tmp_path / "clone"
    (folder / "workflow_scripts" / "setup").mkdir(parents=True)
    (folder / "resources" / "configs").mkdir(parents=True)
    (folder / "workflow_scripts" / "setup" / "run_real.sh").write_text(SCRIPT.read_text())
    for name in [*CONFIGS, "paper.yaml"]:
        (folder / "resources" / "configs" / name).touch()
    command = 'echo "$2" >> ran; [[ $FAIL != *$(basename "$2")* ]]'

    def run(*failing, **env):
        done = subprocess.run(
            ["bash", "workflow_scripts/setup/run_real.sh", "bash", "-c", command, "x"],
            cwd=folder, env={"PATH": "/usr/bin:/bin", "FAIL": " ".join(failing), **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        ran = folder / "ran"
        names = [Path(line).name for line in ran.read_text().splitlines()] if ran.exists() else []
        return done.returncode, done.stderr, names

    return run


def test_all_configs_of_real_data_run_and_no_other(real, tmp_path):
    (tmp_path / "shared" / "data").mkdir(parents=True)
    code, said, ran = real()
    assert (code, ran) == (0, CONFIGS)
    assert "download" not in said


def test_without_a_folder_the_data_are_downloaded(real):
    code, said, ran = real()
    assert (code, ran) == (0, CONFIGS)
    assert "downloading them" in said


def test_a_named_folder_that_is_none_is_a_mistake(real):
    code, said, ran = real(CHROMALOOM_REAL_DATA="/absent")
    assert (code, ran) == (1, [])
    assert "'/absent'" in said


def test_what_fails_is_named_at_the_end_and_stops_no_other(real):
    code, said, ran = real("real-a.yaml", "real-c.yaml")
    assert (code, ran) == (1, CONFIGS)
    last = said.splitlines()[-1]
    assert "real-a.yaml" in last
    assert "real-b.yaml" not in last
    assert "real-c.yaml" in last
