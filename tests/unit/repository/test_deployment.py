"""Promises of the profiles, conda environments and container file, which run elsewhere."""

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from loaded_workflow import load_workflow

ROOT = Path(__file__).parents[3]
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
PROFILES = {
    p.parent.name: yaml.safe_load(p.read_text()) for p in ROOT.glob("profiles/*/config.yaml")
}
CONTAINER = (ROOT / "Containerfile").read_text()


def gpus(workflow):
    """GPUs that each rule asks for, by rule; rules that ask for none are left out."""
    return {r.name: r.resources["gpu"].value for r in workflow.rules if "gpu" in r.resources}


# --- SLURM ----------------------------------------------------------------------------------------
def test_gpus_are_requested_in_a_way_that_the_cpu_can_be_forced_on_a_cluster(workflow, monkeypatch):
    assert len(gpus(workflow)) > 15
    assert set(gpus(workflow).values()) == {1}
    # jobs of a cluster learn it from the environment
    monkeypatch.setenv("CHROMALOOM_NO_GPU", "1")
    forced = gpus(load_workflow())
    assert forced.keys() == gpus(workflow).keys()
    assert set(forced.values()) == {0}


def test_gpu_jobs_run_one_at_a_time_on_one_machine_and_several_on_a_cluster():
    assert PROFILES["default"]["resources"]["gpu"] == 1
    assert PROFILES["slurm"]["resources"]["gpu"] > 1


def test_the_gres_profile_names_every_gpu_rule_and_no_other(workflow):
    listed = PROFILES["slurm-gres"]["set-resources"]
    # some rules are there only in runs with several cells
    several = load_workflow(configfiles=[ROOT / "resources/configs/demo-deepexpression.yaml"])
    assert set(listed) == gpus(workflow).keys() | gpus(several).keys()
    assert all(resources == {"gpu": 0, "gres": "gpu:1"} for resources in listed.values())


def test_memory_grows_with_the_attempts(workflow):
    for rule in workflow.rules:
        if rule.script:
            asked = rule.resources["mem_mb"]
            job = {"input": SimpleNamespace(size_mb=1000), "threads": 1}
            first, second = (asked.evaluate(None, **job, attempt=n).value for n in (1, 2))
            assert second > first, f"rule {rule.name}: mem_mb"
    assert "attempt" in PROFILES["slurm"]["default-resources"]["mem_mb"]


def test_no_rule_retries_and_no_jobs_are_arrays(workflow):
    # this executor would repeat within the job too; one failing task loses what others made
    assert not [rule.name for rule in workflow.rules if rule._restart_times]
    assert not [key for key in PROFILES["slurm"] if "array" in key]
    assert PROFILES["slurm"]["restart-times"] >= 1


def test_cpu_jobs_do_not_fit_the_gpu_partition_better():
    folder = ROOT / "profiles/slurm"
    partitions = yaml.safe_load((folder / PROFILES["slurm"]["slurm-partition-config"]).read_text())
    for limits in partitions["partitions"].values():
        # one that has GPUs and another limit would take CPU jobs as well
        assert ("max_gpu" in limits) != bool(set(limits) - {"max_gpu", "available_gpu_models"})


def test_the_cluster_profile_agrees_with_the_default_one():
    for key in ("rerun-triggers", "scheduler", "rerun-incomplete", "keep-going"):
        assert PROFILES["slurm"][key] == PROFILES["default"][key]
    # asked for on the command line alone
    for profile in PROFILES.values():
        assert not {"use-conda", "sdm", "software-deployment-method"} & set(profile)


# --- conda ----------------------------------------------------------------------------------------
def specs(path):
    return [d for d in yaml.safe_load(path.read_text())["dependencies"] if isinstance(d, str)]


@pytest.mark.parametrize("path", ENVS, ids=lambda path: path.stem)
def test_specs_are_what_conda_can_read(path):
    rattler = pytest.importorskip("rattler", reason="no py-rattler here: make setup installs it")
    for spec in specs(path):
        parsed = rattler.MatchSpec(spec, strict=True)
        assert parsed.version, f"{spec} has no version"


@pytest.mark.parametrize(
    "path", [p for p in ENVS if "tensorflow" in p.read_text()], ids=lambda p: p.stem
)
def test_tensorflow_s_build_is_chosen_by_the_file(path):
    (spec,) = (spec for spec in specs(path) if spec.startswith("tensorflow"))
    assert spec.split()[-1] == ("cuda*" if path.stem.endswith("-cuda") else "cpu*")


@pytest.mark.parametrize(
    "path", [p for p in ENVS if p.stem.endswith("-cuda")], ids=lambda p: p.stem
)
def test_the_cuda_variant_differs_in_the_build_alone(path):
    other = path.with_name(path.name.replace("-cuda", "")).read_text()
    assert path.read_text() == other.replace("cpu*", "cuda*")


# --- container ------------------------------------------------------------------------------------
def instructions():
    """(word, rest) of each instruction, lines joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", CONTAINER, flags=re.M))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def test_the_base_image_is_one_release_of_a_named_registry():
    bases = [rest for word, rest in instructions() if word == "FROM"]
    assert bases == [CONTAINER.split("FROM ")[1].splitlines()[0]]
    assert re.fullmatch(r"[\w.]+\.\w+/[\w/-]+:\d+\.\d+[\w.-]*", bases[0])
    assert instructions()[0][0] == "FROM"


def test_the_image_has_the_lock_and_what_set_up_installs():
    copied = " ".join(rest for word, rest in instructions() if word == "COPY").split()
    assert {"requirements.lock", "workflow_scripts/setup/install.sh"} <= set(copied)
    for name in copied:
        assert name.endswith("/") or (ROOT / name).is_file(), name
    (run,) = (rest for word, rest in instructions() if word == "RUN")
    steps = [step.strip() for step in run.split("&&")]
    assert "workflow_scripts/setup/install.sh" in steps
    assert not re.search(r"[;|]", run), "a step that fails must end the build"
    assert "rm -rf /var/lib/apt/lists/*" in run
    assert "--no-install-recommends" in run


def test_the_image_s_python_is_the_locked_one():
    (environment,) = (rest for word, rest in instructions() if word == "ENV")
    (folder,) = (rest for word, rest in instructions() if word == "WORKDIR")
    assert f"PATH={folder}/.venv/bin:" in environment
    assert {word for word, _ in instructions()} == {"FROM", "ENV", "WORKDIR", "COPY", "RUN"}


def test_the_build_is_sent_no_more_than_it_needs():
    kept = [
        line for line in (ROOT / ".containerignore").read_text().splitlines() if line[:1] == "!"
    ]
    copied = " ".join(rest for word, rest in instructions() if word == "COPY").split()
    for name in copied:
        if not name.endswith("/"):
            assert f"!{name}" in kept


def test_the_executor_is_in_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert any(d.startswith("snakemake-executor-plugin-slurm==") for d in project["dependencies"])
