import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from PIL import Image

from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.report.figure_cards import Figure
from workflow_scripts.report.headlines import PUBLISHED
from workflow_scripts.report.html_parts import count
from workflow_scripts.report.overview import Run, as_caption, overview_html
from workflow_scripts.report.run_tables import (
    Sample,
    contact_maps,
    genomes,
    quality_measures,
    reads_by_sample,
    start_enrichment,
)

MAPPING = """sample,assembly,layout,total,mapped,mapping_rate,multi,duplicates,kept
A_chip,world,single,1000,900,0.9,10,100,790
B_chip,world,single,2000,1000,0.5,10,200,790
other,world,single,5000,1,0.0,0,0,1
"""
CONTACTS = """sample,cell,reads,mapped_reads,pairs,duplicates,valid,cis,trans,map_contacts
A_hic,A,400,300,200,10,150,120,30,140
A_map,A,,,,,,,,7000
"""
LOOPS = """sample,cell,reads,mapped_reads,pairs,duplicates,valid,cis,trans,loops
A_hichip,A,500,400,250,25,200,150,50,12
"""
PROFILES = """sample,cell,target,bin,offset,mean
A_chip,A,H3K4me3,1,-4900,2
A_chip,A,H3K4me3,2,-100,12
A_chip,A,H3K4me3,3,100,8
A_chip,A,H3K4me3,4,4900,3
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(",", "\t"))


def sample(name, assay="ChIP-seq", target="", kind="fastq", runs=()):
    return Sample(name, name[0], assay, target, "world", kind, list(runs))


@pytest.fixture
def run(tmp_path):
    """A run of two cells with every table that the overview reads, and two papers."""
    write(tmp_path / "align/mapping.tsv", MAPPING)
    write(tmp_path / "contacts/quality.tsv", CONTACTS)
    write(tmp_path / "loops/quality.tsv", LOOPS)
    write(tmp_path / "signal/profiles.tsv", PROFILES)
    write(tmp_path / "genome/world/chrom.sizes", "chr1,2000000\nchr2,500000\n")
    write(tmp_path / "genome/world/genes.tsv", "gene_id,chrom\ng1,chr1\ng2,chr2\n")
    write(tmp_path / "tracks/peaks/A_chip.bed", "chr1,1,2\nchr1,5,9\n")
    write(tmp_path / "reads/r1.tsv", "run,mate,n_reads\nr1,1,300\nr1,2,300\n")
    (tmp_path / "quantify/A_rna").mkdir(parents=True)
    (tmp_path / "quantify/A_rna/run_info.json").write_text(json.dumps({"p_pseudoaligned": 75.5}))
    for paper, model, metric in (
        ("deepchrome", "deepchrome", "roc_auc"), ("conformation", "forward", "window_r"),
    ):  # fmt: skip
        same = {"model": model, "split": "test", "seed": 1, "metric": metric, "n": 9}
        rows = [{**same, "sample": cell, "value": v} for cell, v in (("A", 0.812), ("B", 0.612))]
        (tmp_path / paper).mkdir()
        write_metrics(tmp_path / paper / "metrics.tsv", rows)
    (tmp_path / "figures").mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (900, 1200, 4), dtype="uint8")
    Image.fromarray(noise).save(tmp_path / "figures/fig3.png")
    return Run(
        results=tmp_path,
        config={"name": "test & <run>", "papers": ["deepchrome", "conformation"],
                "deepchrome": {"preset": "paper"}, "contacts": {"resolutions": [5000]}},
        samples=[sample("A_chip", target="H3K4me3"), sample("B_chip", target="input", kind="bam"),
                 sample("A_rna", "RNA-seq", runs=["r1"]), sample("A_hic", "Hi-C"),
                 sample("A_map", "Hi-C", kind="cool"), sample("A_hichip", "HiChIP")],
        simulated=["A", "B"],
        published={name: str(PUBLISHED / f"{name}.tsv") for name in ("deepchrome", "conformation")},
        figures=[Figure(str(tmp_path / "figures/fig3.svg"), "DeepChrome", "Figure 3", "test AUC")],
    )  # fmt: skip


def sections(page):
    return re.findall(r"<h2>(.*?)</h2>", page)


def test_counts_are_those_of_the_run_s_tables(run):
    assert reads_by_sample(run.samples, run.results) == {
        "A_rna": 600,
        "A_chip": 1000,
        "B_chip": 2000,
    }
    assert genomes(run.samples, run.results) == [("world", 2_500_000, 2, 2)]
    maps = {found.sample: found for found in contact_maps(run.samples, run.results)}
    assert (maps["A_hic"].contacts, maps["A_hic"].cis) == (140, 0.8)
    assert (maps["A_map"].contacts, maps["A_map"].cis) == (7000, None)
    assert start_enrichment(run.samples, run.results) == {"H3K4me3": 4.0}


def test_measures_of_quality_are_shares_of_the_run_s_tables(run):
    found = {(m.stage, m.name): m.values for m in quality_measures(run.samples, run.results)}
    assert found["ChIP-seq", "Reads mapped"] == {"A_chip": 0.9, "B_chip": 0.5}
    assert found["ChIP-seq", "Peaks"] == {"A_chip": 2}
    assert found["RNA-seq", "Fragments assigned to transcripts"] == {"A_rna": pytest.approx(0.755)}
    # a map without pairs has no share of them
    assert found["Hi-C", "Pairs kept"] == {"A_hic": 0.75}
    assert found["HiChIP", "Loops"] == {"A_hichip": 12}


def test_the_overview_has_every_section_and_the_numbers_of_metrics(run):
    page = overview_html(run)
    assert sections(page) == [
        "Headline numbers", "Quality at a glance", "What went in", "Figures",
    ]  # fmt: skip
    assert "test &amp; &lt;run&gt;" in page
    # the mean of two cells in each paper's metrics.tsv
    assert page.count(">0.712 ± ") == 2
    assert "preset paper" in page
    assert ">0.801<" in page  # the published mean


def test_the_page_says_which_data_are_simulated_and_keeps_them_apart(run):
    assert "This run: simulated data" in overview_html(run)
    mixed = overview_html(run._replace(simulated=["B"]))
    assert "B: simulated data" in mixed
    real, made_up = mixed.split("<h3>Simulated data</h3>")
    assert ("0.812" in real, "0.612" in real) == (True, False)
    assert ("0.812" in made_up, "0.612" in made_up) == (False, True)
    assert "simulated" not in overview_html(run._replace(simulated=[])).split("</style>")[1]


def test_what_a_run_lacks_is_left_out(run, tmp_path):
    bare = Run(tmp_path / "nothing", {"name": "bare", "papers": []}, [], [], {}, [])
    assert sections(overview_html(bare)) == []
    one = run._replace(config={**run.config, "papers": ["conformation"]}, figures=[])
    page = overview_html(one)
    assert "DeepChrome" not in page
    assert sections(page) == ["Headline numbers", "Quality at a glance", "What went in"]
    tables = run._replace(results=tmp_path / "nothing", figures=[])
    assert sections(overview_html(tables)) == ["What went in"]


def test_a_card_opens_its_figure_and_holds_a_small_image_of_it(run, tmp_path):
    page = overview_html(run)
    (card,) = re.findall(r'<a class="card".*?</a>', page, re.S)
    assert f"results[&#x27;{run.figures[0].path}&#x27;]" in card
    (encoded,) = re.findall(r'src="data:image/png;base64,([^"]*)"', card)
    assert len(encoded) < 100_000
    assert max(map(len, page.splitlines())) < 10_000  # docutils' limit


def test_the_page_comes_through_snakemake_s_caption_unchanged(run):
    page = overview_html(run._replace(config={**run.config, "name": "{{ x }} {% y %}"}))
    rendered = Environment(trim_blocks=True, lstrip_blocks=True).from_string(as_caption(page))
    shown = publish_parts(rendered.render() + "\n\n.. _link: x\n", writer="html")["html_body"]
    assert page in shown
    assert "system-message" not in shown


@pytest.mark.parametrize(
    ("value", "shown"), [(7, "7"), (1000, "1,000"), (3.34e6, "3.3 million"), (2e9, "2.0 billion")]
)
def test_counts_are_written_as_people_read_them(value, shown):
    assert count(value) == shown


def test_tables_of_other_samples_do_not_count(run):
    mapped = next(m for m in quality_measures(run.samples, run.results) if m.name == "Reads mapped")
    assert "other" not in mapped.values
    assert (
        pd.read_csv(run.results / "align/mapping.tsv", sep="\t")["sample"].tolist()[-1] == "other"
    )
