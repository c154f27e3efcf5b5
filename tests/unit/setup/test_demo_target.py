"""`make demo` with a stand-in for Snakemake."""

import subprocess

import pytest


@pytest.fixture
def make_demo(root, tmp_path):
    """Run `make demo`; return its exit code and the arguments of each call of Snakemake."""

    def make(*arguments, fails=False):
        stub, calls = tmp_path / "snakemake", tmp_path / "calls"
        stub.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexit {int(fails)}\n')
        stub.chmod(0o755)
        calls.write_text("")
        command = ["make", "-o", "setup", f"SNAKEMAKE={stub}", *arguments, "demo"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.returncode, calls.read_text().splitlines()

    return make


def test_both_halves_are_run_with_the_progress_bar(make_demo):
    code, calls = make_demo()
    assert (code, len(calls)) == (0, 2)
    assert all("--logger chromaloom" in call for call in calls)
    assert "--configfile" not in calls[0]
    assert "--configfile resources/configs/demo-deepexpression.yaml" in calls[1]


def test_verbose_prints_the_lines_of_snakemake(make_demo):
    code, calls = make_demo("VERBOSE=1")
    assert (code, len(calls)) == (0, 2)
    assert not any("--logger" in call for call in calls)


def test_a_half_that_fails_ends_the_demo_with_an_error(make_demo):
    code, calls = make_demo(fails=True)
    assert (code != 0, len(calls)) == (True, 1)
