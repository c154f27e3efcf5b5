"""A local conda channel, and a copy of the workflow that takes its environments from it."""

import re
import sys

import pytest
from conda_workflow import ENVS, ROOT, CondaWorkflow, conda_specs


@pytest.fixture(scope="session")
def channel(tmp_path_factory):
    """A channel that holds what the env files ask for."""
    pytest.importorskip("rattler", reason="no py-rattler here: make setup installs it")
    from local_channel import TOOLS, LocalChannel, missing_tools, pypi_name

    if sys.version_info[:2] != (3, 11):
        pytest.skip("the environments are of Python 3.11, of which the channel is packed")
    if missing := missing_tools():
        pytest.skip(f"not installed as Debian's packages: {', '.join(missing)}")
    channel = LocalChannel(tmp_path_factory.mktemp("conda") / "channel")
    channel.add_python()
    others = {*TOOLS, "python", "pip", "sra-tools"}
    specs = [spec for env in ENVS for spec in conda_specs(ROOT / "envs" / env)]
    names = {re.split(r"[ =<>]", spec)[0] for spec in specs} - others
    channel.add_installed({pypi_name(name) for name in names})
    # TensorFlow's other build, for the solver alone
    cpu = channel.depends["tensorflow"]
    channel.add_empty("tensorflow", "2.19.1", ["__cuda", *cpu], "cuda_local_0")
    channel.add_pip("24.3")
    channel.add_tools()
    for name in ("memelite", "logomaker"):
        channel.add_wheel(name)
    channel.index()
    return channel


@pytest.fixture(scope="session")
def workflow(tmp_path_factory, channel):
    """A copy of the workflow with nothing in it made yet."""
    return CondaWorkflow(tmp_path_factory.mktemp("conda-run"), channel)
