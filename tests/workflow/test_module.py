"""Chromaloom as a module: a workflow in another folder uses its rules under other names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs" / "own-data.md"
GENES = "results/small/genome/world/genes.tsv"


class Importer:
    """The other workflow of docs/own-data.md, with the small config, in a folder of its own."""

    def __init__(self, folder, workflow):
        self.folder = folder
        blocks = dict(re.findall(r"^```python (\S+)\n(.*?)^```", PAGE.read_text(), re.M | re.S))
        self.text = blocks["Snakefile"].replace("results/liver/genome/mine/genes.tsv", GENES)
        self.text = self.text.replace("chromaloom/Snakefile", str(workflow.folder / "Snakefile"))
        self.config = yaml.safe_load((workflow.folder / "small.yaml").read_text())
        # one sheet beside Chromaloom's Snakefile, the other in the working directory
        (workflow.folder / "runs.tsv").rename(folder / "runs.tsv")
        self.configure()

    def configure(self, **changes):
        study = {"chromaloom": {**self.config, **changes}, "of_the_importer": 1}
        (self.folder / "study.yaml").write_text(yaml.safe_dump(study))

    def run(self, *args, text=None, ok=True):
        (self.folder / "Snakefile").write_text(text or self.text)
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--resources", "gpu=0", "--cores", "1", *args],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=1500,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, output[-6000:]
        return output


@pytest.fixture(scope="module")
def importer(make_workflow, tmp_path_factory):
    return Importer(tmp_path_factory.mktemp("importer"), make_workflow())


def counts(output):
    """Jobs of a dry run by rule."""
    table = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", output, re.M)[1]
    return {rule: int(count) for rule, count in map(str.split, table.splitlines())}


def test_a_module_plans_the_same_jobs_under_its_own_names(importer, make_workflow):
    output = importer.run("--dry-run")
    assert "localrules" not in output  # those of a module do not warn of missing rules
    planned = counts(output)
    expected = make_workflow().jobs()
    own = {name: planned.pop(name) for name in ("all", "count_genes", "total")}
    assert planned == {f"chromaloom_{rule}": count for rule, count in expected.items()}
    assert own == {"all": 1, "count_genes": 1, "total": sum(expected.values()) + 2}


def test_a_module_runs_to_a_table_and_a_rule_of_the_importer_reads_it(importer):
    importer.run("gene_count.txt")
    rows = (importer.folder / GENES).read_text().splitlines()
    assert len(rows) == 81  # the small world's genes, and the header
    assert (importer.folder / "gene_count.txt").read_text().strip() == "80"
    assert "Nothing to be done" in importer.run("gene_count.txt")


def test_a_rule_of_the_module_can_be_changed(importer):
    changed = """
use rule make_gene_table from chromaloom as chromaloom_make_gene_table with:
    benchmark:
        "elsewhere/{assembly}.tsv"
"""
    text = importer.text.replace("\n\nrule all:", f"{changed}\n\nrule all:")
    output = importer.run("--dry-run", "--forcerun", "chromaloom_make_gene_table", "--",
                          "gene_count.txt", text=text)  # fmt: skip
    assert "benchmark: elsewhere/world.tsv" in output


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('config["chromaloom"]', '{"name": "x", "paper": []}',
         "error: config of module chromaloom: unknown key 'paper'; did you mean 'papers'?"),
        ("    config:\n", '    prefix:\n        "else"\n    config:\n',
         "error: module chromaloom: prefix and replace_prefix are not supported"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_module(importer, old, new, line):
    output = importer.run("--dry-run", text=importer.text.replace(old, new), ok=False)
    assert output.strip().splitlines()[-1].startswith(line)


@pytest.mark.slow
@pytest.mark.xdist_group("small run")
def test_the_whole_run_of_a_module_gives_the_same_metrics_and_a_report(importer, finished):
    importer.run()
    metrics = "results/small/deepchrome/metrics.tsv"
    assert (importer.folder / metrics).read_bytes() == (finished.folder / metrics).read_bytes()
    report = (importer.folder / "results/small/report.html").read_text()
    assert "chromaloom_evaluate_deepchrome" in report
