"""The figure registry: what a run draws, and that every record is complete."""

import re
import shutil
import subprocess
import sys
import textwrap
from importlib import import_module
from inspect import signature

from loaded_workflow import load_workflow


def shown(workflow, section):
    return {f.name for f in workflow.variables["FIGURES"] if f.section == section and f.shown}


def test_every_figure_has_a_script_that_takes_its_inputs_and_params(workflow):
    for figure in workflow.variables["FIGURES"]:
        module = import_module(f"workflow_scripts.{figure.script[:-3].replace('/', '.')}")
        options = set(figure.inputs) | set(figure.params) - {"input_keys"}
        assert options == set(signature(module.main).parameters), figure.script


def test_every_figure_has_a_caption(workflow, root):
    for figure in workflow.variables["FIGURES"]:
        caption = root / f"resources/captions/{figure.section}/{figure.name}.rst"
        assert caption.stat().st_size > 100, caption


def test_every_figure_is_a_rule_with_three_files_and_two_report_items(workflow):
    for figure in workflow.variables["FIGURES"]:
        rule = workflow.get_rule(f"plot_{figure.section}_{figure.name}")
        assert dict(rule.output.items()) == {s: f"{figure.path}.{s}" for s in ("svg", "png", "tsv")}
        reported = [file for file in rule.output if "report" in file.flags]
        assert [file.flags["report"].labels["form"] for file in reported] == ["figure", "table"]


def test_a_run_draws_the_figures_that_it_has_data_for(workflow, real_data):
    assert len(shown(workflow, "enhancement")) == 13
    # the demo has no chromatin states and no matrix of expression
    conformation = {f.name for f in workflow.variables["FIGURES"] if f.section == "conformation"}
    assert shown(workflow, "conformation") == conformation - {"figs1"}
    assert "label_order" not in shown(workflow, "deepchrome")
    configs = workflow.variables["ROOT"] / "resources/configs"
    few = {"sequence": {"head": []}, "hybrid": {"variants": []}, "image": {"methods": []}}
    alone = load_workflow({"papers": ["enhancement"], "enhancement": few})
    assert shown(alone, "enhancement") == {
        "fig1", "fig3", "fig6", "table2", "distance", "learning",
    }  # fmt: skip
    loops = load_workflow(configfiles=[configs / "demo-deepexpression.yaml"])
    every = {f.name for f in loops.variables["FIGURES"] if f.section == "deepexpression"}
    assert shown(loops, "deepexpression") == every - {"fig3"}  # no classification
    sequence = load_workflow(configfiles=[configs / "promoters-10fold.yaml"])
    assert shown(sequence, "deepexpression") == {
        "table1", "fig1", "fig3", "fig4", "fig5", "fig8", "tests", "learning",
    }  # fmt: skip


def test_adding_a_figure_takes_a_record_and_a_script(root, tmp_path):
    """The example of docs/architecture.md, added to a copy of the workflow and drawn there."""
    page = (root / "docs/architecture.md").read_text()
    blocks = re.findall(r"^   ```python\n(.*?)^   ```", page, re.M | re.S)
    record, script = map(textwrap.dedent, blocks)
    for part in ("config.yaml", "Snakefile", "envs", "profiles", "resources", "rules",
                 "workflow_scripts"):  # fmt: skip
        copy = shutil.copytree if (root / part).is_dir() else shutil.copy2
        copy(root / part, tmp_path / part)
    with (tmp_path / "rules/conformation/figures.smk").open("a") as file:
        file.write(f"\n{record}")
    (tmp_path / "workflow_scripts/conformation/figures/coverage.py").write_text(script)
    (tmp_path / "resources/captions/conformation/coverage.rst").write_text("Contacts per bin.\n")
    table = tmp_path / "results/demo/conformation/tables/coverage.tsv"
    table.parent.mkdir(parents=True)
    table.write_text("bin\tcontacts\n0\t3\n1\t5\n")
    target = "results/demo/conformation/figures/coverage.svg"
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", target],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout + done.stderr
    jobs = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", said, re.M)[1].splitlines()
    assert [job.split()[0] for job in jobs] == ["plot_conformation_coverage", "total"]
    assert "</svg>" in (tmp_path / target).read_text()
    assert (tmp_path / target).with_suffix(".tsv").read_text() == table.read_text()
