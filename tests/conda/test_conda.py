"""The environments of envs/ as conda would make them, and the workflow in them.

From a local channel: that names and builds are on the real ones is not shown (docs/conda.md).
"""

import subprocess

import pytest
from conda_workflow import ENVS, NOT_HERE, ROOT, conda_specs

from workflow_scripts.chromaloom.workflow.code_files import code_files, imported_names

pytestmark = pytest.mark.conda

CUDA = {name for name in ENVS if name.endswith("-cuda.yaml")}
# rules of these need trained networks: made, and their scripts' modules imported
IMPORTED = {"enhance.yaml": "workflow_scripts/enhancement/apply/apply_image.py"}


@pytest.fixture(scope="module")
def ran(workflow):
    """Output of the two runs."""
    output = workflow.run("reads.yaml")
    models = "results/learn/deepchrome/models/A/deepchrome.seed1.keras"
    return output + workflow.run(
        "learn.yaml", models, "results/learn/deepexpression/motifs/tomtom.ready"
    )


def test_rules_of_every_env_ran_without_the_host_s_packages(workflow, ran):
    assert set(ENVS) - CUDA - NOT_HERE - set(IMPORTED) == set(workflow.made())
    assert (workflow.work / "results/reads/report.html").stat().st_size > 0
    assert (workflow.work / "results/learn/deepchrome/models/A/deepchrome.seed1.keras").exists()


def test_snakemake_s_own_environment_has_none_of_the_packages_that_ran(workflow, ran):
    code = "import importlib.util as u; print([n for n in {} if u.find_spec(n)])"
    names = ["tensorflow", "keras", "scipy", "sklearn", "matplotlib", "cooler", "numba", "pysam"]
    python = workflow.prefix / "bin/python"
    done = subprocess.run(
        [python, "-c", code.format(names)],
        env=workflow.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_each_tool_is_the_env_s_own(workflow, ran):
    for env, tools in {"align.yaml": ["bowtie2", "samtools"], "quantify.yaml": ["kallisto"],
                       "signal.yaml": ["bedtools"]}.items():  # fmt: skip
        for tool in tools:
            assert (workflow.made()[env] / "bin" / tool).exists()


@pytest.mark.parametrize("name", sorted(IMPORTED))
def test_an_env_has_what_its_script_imports(workflow, name):
    prefix = workflow.folder / name.removesuffix(".yaml")
    make = [ROOT / "tests/conda/shim/bin/conda", "env", "create", "--file", ROOT / "envs" / name]
    subprocess.run([*make, "--prefix", prefix], env=workflow.env, check=True)
    ours = {"workflow_scripts", "jax", "torch"}
    modules = {n.split(".")[0] for f in code_files(IMPORTED[name], ROOT) for n in imported_names(f)}
    lines = "; ".join(f"import {module}" for module in sorted(modules - ours))
    subprocess.run([prefix / "bin/python", "-I", "-c", lines], env=workflow.env, check=True)


@pytest.mark.parametrize("name", [name for name in ENVS if name not in NOT_HERE])
@pytest.mark.parametrize("cuda", [None, "12.6"])
def test_the_env_file_decides_on_cuda_and_not_the_machine(workflow, name, cuda):
    specs = conda_specs(ROOT / "envs" / name)
    if name in CUDA and cuda is None:
        with pytest.raises(Exception, match="__cuda"):
            workflow.solve(specs, cuda)
        return
    builds = {r.name.normalized: str(r.build) for r in workflow.solve(specs, cuda)}
    expected = "cuda_local_0" if name in CUDA else "cpu_local_0"
    assert builds.get("tensorflow", expected) == expected


def test_an_env_that_cannot_be_made_ends_the_run_with_the_solver_s_message(workflow, ran):
    env = workflow.work / "envs/loops.yaml"
    env.write_text(env.read_text().replace("scipy =1.17.1", "scipy =99.9"))
    output = workflow.run("reads.yaml", "results/reads/loops/Alpha_loops.tsv.gz", ok=False)
    assert "scipy" in output and "99.9" in output
