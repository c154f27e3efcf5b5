"""Promises that the repository's files make to one another."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from workflow_scripts.chromaloom.workflow.code_files import code_files, imported_names
from workflow_scripts.setup.write_docs import configuration_page, figures_page, sheets_page

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "requirements.lock").read_text()
PINS = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.M))

SECTIONS = ("conformation", "deepchrome", "deepexpression", "enhancement", "reads")
# how a module that is imported is called on conda, and a conda package in the lock
CONDA = {"sklearn": "scikit-learn", "yaml": "pyyaml", "matplotlib": "matplotlib-base",
         "pyBigWig": "pybigwig", "Bio": "biopython", "pkg_resources": "setuptools",
         "PIL": "pillow"}  # fmt: skip
LOCKED = {"matplotlib-base": "matplotlib", "tensorflow": "tensorflow-cpu",
          "snakemake-minimal": "snakemake"}  # fmt: skip
BACKENDS = {
    "jax",
    "torch",
}  # other backends of Keras, which a user may choose in place of TensorFlow
TOOLS = {
    "python",
    "bowtie2",
    "samtools",
    "kallisto",
    "bedtools",
    "macs2",
    "sra-tools",
    "pip",
}  # Debian's, not the lock's


def path_of(rule, path):
    """A path of a rule, relative to its file; that of a derived rule is relative to its base's."""
    folders = [Path(rule.basedir.get_path_or_uri(secret_free=True)), ROOT / "rules"]
    return path and next(p for f in folders if (p := (f / path).resolve()).exists())


def scripts_of(workflow):
    """(rule, script, env) of every rule that runs a script; a figure's script is its own."""
    found = []
    for rule in workflow.rules:
        if rule.script:
            figure = dict(rule.params.items()).get("figure")
            script, env = (path_of(rule, path) for path in (rule.script, rule.conda_env))
            script = ROOT / "workflow_scripts" / figure if figure else script
            found.append((rule.name, script, env))
    return found


@cache
def env_specs(path):
    dependencies = yaml.safe_load(path.read_text())["dependencies"]
    plain = [d for d in dependencies if isinstance(d, str)]
    piped = [p for d in dependencies if isinstance(d, dict) for p in d["pip"]]
    return {re.split(r"[ =<>~!]", spec)[0]: spec for spec in [*plain, *piped]}


def test_a_rule_s_script_is_named_as_it_is_and_its_env_has_what_it_imports(workflow, cuda_workflow):
    rules = [*scripts_of(workflow), *scripts_of(cuda_workflow)]
    assert len(rules) > 300
    runner = ROOT / "workflow_scripts" / workflow.variables["FIGURE_RUNNER"]
    # the name of a paper's rule has the paper in it, that of its script need not
    names = {rule for rule, *_ in rules}
    names |= {rule.replace(f"_{section}", "") for rule in names for section in SECTIONS}
    for rule, script, env in rules:
        # a rule derived from another has that one's script
        assert script.stem in names or script.parts[-2] == "figures", f"{rule}: {script}"
        assert env, f"{rule} has no conda env"
        files = {*code_files(script, ROOT)}
        files |= {*code_files(runner, ROOT)} if rule.startswith("plot_") else set()
        used = {name.split(".")[0] for f in files for name in imported_names(f)}
        third = {CONDA.get(n, n) for n in used - set(sys.stdlib_module_names)}
        third -= {"workflow_scripts"} | BACKENDS
        assert not third - env_specs(env).keys(), f"{env} lacks what {rule}'s script imports"


@pytest.mark.parametrize("env", sorted(path.name for path in (ROOT / "envs").glob("*.yaml")))
def test_env_files_pin_what_the_lock_satisfies(env):
    content = yaml.safe_load((ROOT / "envs" / env).read_text())
    assert set(content) == {"channels", "dependencies"}
    assert content["channels"] == ["conda-forge", "bioconda", "nodefaults"]
    for name, spec in env_specs(ROOT / "envs" / env).items():
        # name, version, and for TensorFlow the build
        wanted = "".join(spec.removeprefix(name).split()[:1])
        assert wanted, f"{name} has no version"
        if name not in TOOLS:
            # conda's single = matches a prefix
            exact = re.sub(r"^=(?!=)([\w.]+)$", r"==\1", wanted)
            assert SpecifierSet(exact).contains(PINS[LOCKED.get(name, name)]), spec


def test_rules_need_no_more_than_snakemake_and_pandas_to_be_read():
    # conda users have no more than these where Snakemake itself runs
    there = {"pandas", "numpy", "yaml", "jsonschema", "snakemake", "workflow_scripts"}
    for path in sorted((ROOT / "rules").rglob("*.smk")):
        for name in re.findall(r"^from (workflow_scripts[\w.]+) import", path.read_text(), re.M):
            files = code_files(f"{name.replace('.', '/')}.py", ROOT)
            names = {n.split(".")[0] for f in files for n in imported_names(f)}
            assert not names - set(sys.stdlib_module_names) - there, f"{path.name}: {name}"


def test_no_env_is_left_unused(workflow, cuda_workflow):
    used = {env.name for _, _, env in [*scripts_of(workflow), *scripts_of(cuda_workflow)]}
    assert used == {path.name for path in (ROOT / "envs").glob("*.yaml")}


def test_the_lock_has_hashes_and_names_no_host():
    assert "://" not in LOCK
    assert "--index-url" not in LOCK
    starts = [m.start() for m in re.finditer(r"^[\w.-]+==", LOCK, re.M)]
    assert len(starts) > 100
    for start, end in zip(starts, [*starts[1:], len(LOCK)], strict=True):
        assert "--hash=sha256:" in LOCK[start:end]


def test_the_lock_satisfies_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted = [Requirement(text) for text in named]
    assert len(wanted) > 20
    for requirement in wanted:
        assert requirement.specifier.contains(PINS[requirement.name.lower()]), requirement


def test_generated_pages_are_up_to_date(workflow):
    assert (ROOT / "docs/configuration.md").read_text() == configuration_page(), "run make docs"
    assert (ROOT / "docs/sheets.md").read_text() == sheets_page(), "run make docs"
    figures = figures_page(workflow.variables["FIGURES"])
    assert (ROOT / "docs/figures.md").read_text() == figures, "run make docs"


def test_every_rule_has_log_benchmark_memory_time_and_its_code(workflow):
    for rule in workflow.rules:
        if rule.script or rule.shellcmd:
            assert rule.log, rule.name
            assert rule.benchmark, rule.name
            assert {"mem_mb", "runtime"} <= set(rule.resources), rule.name
            assert "code" in rule.input.keys(), rule.name  # noqa: SIM118


def test_modules_and_folders_stay_readable():
    for path in ROOT.glob("workflow_scripts/**/*.py"):
        assert len(path.read_text().splitlines()) <= 500, path
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    folders = Counter(Path(name).parent for name in listed.stdout.split("\n") if name)
    assert not {folder: n for folder, n in folders.items() if n > 25}


def test_links_between_pages_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([\w./-]+\.\w+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_nothing_made_is_tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    tracked = listed.stdout.split("\n")
    assert not [name for name in tracked if name.startswith(("results/", ".venv/", ".snakemake/"))]
    sizes = [(ROOT / name).stat().st_size for name in tracked if name and (ROOT / name).exists()]
    assert not [size for size in sizes if size > 1_000_000]


def test_no_two_test_files_share_a_name():
    """Pytest imports test files by their bare names: a second of one name is never collected."""
    files = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, count in files.items() if count > 1]
