import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from PIL import Image

from workflow_scripts.chromaloom.ml.bundles import write_bundle
from workflow_scripts.report.applied_models import (
    HEIGHT,
    Application,
    applied_html,
    bundle_scores,
    histogram,
)
from workflow_scripts.report.overview import Run, as_caption, overview_html

HOSTILE = "<b>&{% endraw %}{{ 1 + 1 }}"
GENES = """gene_id,chrom,tss,strand,mean,sd,held_out,seed1
NA,chr1,1200,+,0.25,0.125,,0.25
g2,chr1,3400,-,0.75,0.25,0.5,0.75
g3,,-1,,-1.5,0,,-1.5
"""
MARKS = """mark,unit,mean_per_bin,mean_per_bin_bundle,ratio,scale
H3K4me3,reads,2.126,5.6524,0.376123,1
H3K9me3,unknown,1.5,,,1
"""
SCORES = """model,sample,split,seed,metric,value,n
ensemble,B,test,0,log_map_r,0.597,9
mean,B,test,0,log_map_r,0,9
pairwise,B,test,1,log_map_r,0.5,9
pairwise,B,test,2,log_map_r,0.6,9
pairwise,B,test,1,window_r,0.4,9
"""
LOG = """15:41:58 network 1 of 3
a library's line
15:41:58 H3K4me3: ratio 0.38 <i>
15:41:59 calibration on the 200 test genes of A: expected calibration error 0.157
"""


def score(model, metric, mean, split="test"):
    return {"model": model, "split": split, "metric": metric, "mean": mean}


def facts(paper="deepchrome", model="deepchrome", metrics=(), **other):
    return {
        "paper": paper, "model": model, "cell": "A", "license": f"ask {HOSTILE}",
        "inputs": {"assembly": "hg19"}, "outputs": {"unit": "probability"},
        "metrics": list(metrics), **other,
    }  # fmt: skip


def write(path: Path, table: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([row.split(",") for row in table.splitlines()]).to_csv(
        path, sep="\t", index=False, header=False
    )


def make_bundle(folder, **described):
    np.savez(folder / "network.npz", weights=np.zeros(1))
    networks = {f"seed{seed}": folder / "network.npz" for seed in (1, 2)}
    write_bundle(folder / "bundle", facts(**described), networks, "")
    return str(folder / "bundle")


@pytest.fixture
def entry(tmp_path):
    """An entry with every table and figure that the section shows."""
    results = tmp_path / "results"
    for name, table in (("genes.tsv.gz", GENES), ("marks.tsv", MARKS), ("scores.tsv", SCORES)):
        write(results / "apply/new" / name, table)
    (results / "apply/new/igv_session.xml").touch()
    (results / "apply/new/input.npz").touch()
    Image.new("RGB", (8, 8)).save(results / "apply/new/predicted.png")
    log = results / "logs/deepchrome/apply_deepchrome/new.log"
    log.parent.mkdir(parents=True)
    log.write_text(LOG)
    metrics = [score("deepchrome", "roc_auc", 0.9514), score("logistic", "roc_auc", 0.9563),
               score("gradient_boosting", "roc_auc", 0.9475)]  # fmt: skip
    settings = {"cell": "B", "any_assembly": True, "regions": [f"r{HOSTILE}"]}
    return Application("new", make_bundle(tmp_path, metrics=metrics), settings)


def rows_of(page):
    """Text of the cells of each row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in rows]


def test_an_entry_has_its_model_inputs_messages_and_tables(entry, tmp_path):
    rows = rows_of(applied_html([entry], tmp_path / "results", {"B": "mm10"}))
    shown = {row[0]: row[1:] for row in rows}
    assert shown["Bundle"] == [entry.bundle]
    assert shown["Model"] == ["DeepChrome, model deepchrome, 2 networks"]
    assert shown["Trained on"] == ["cell A, assembly hg19"]
    assert shown["Test score"][0].startswith(
        "AUC 0.951 (best baseline, logistic regression: 0.956)<br>"
    )
    assert shown["Verified"][0].startswith("yes")
    assert shown["Applied to"][0].startswith("cell B<br>\nassembly mm10<br>\nregions ")
    first, second = shown["Messages"][0].split("<br>\n")
    assert first == "H3K4me3: ratio 0.38 &lt;i&gt;"
    assert second.startswith("calibration on the 200 test genes of A")
    assert shown["H3K4me3"] == ["reads", "2.13", "5.65", "0.376", "1"]
    assert shown["H3K9me3"] == ["unknown", "1.5", "–", "–", "1"]
    # genes from the highest, also one that is called NA and one without a place
    assert [row for row in rows if row[0] in ("NA", "g2", "g3")] == [
        ["g2", "chr1:3,400 -", "0.750", "0.250", "0.500"],
        ["NA", "chr1:1,200 +", "0.250", "0.125", "–"],
        ["g3", "–", "−1.500", "0.000", "–"],
    ]
    assert shown["log_map_r"] == ["0.597", "0.000", "0.550"]
    assert shown["window_r"] == ["–", "–", "0.400"]
    assert "pairwise<small>mean of 2 networks</small>" in shown["Score on the map that was given"]


def test_files_are_linked_relative_to_the_report(entry, tmp_path):
    page = applied_html([entry], tmp_path / "results", {})
    links = [unquote(link) for link in re.findall(r'href="([^"]*)"', page)]
    assert set(links) == {
        f"apply/new/{name}"
        for name in ("genes.tsv.gz", "marks.tsv", "scores.tsv", "predicted.png", "igv_session.xml")
    }
    assert all((tmp_path / "results" / link).exists() for link in links)


def test_bars_of_the_histogram_are_numbers_of_genes():
    page = histogram(np.array([0.0] * 3 + [1.0] * 6), "a & b")
    heights = [float(height) for height in re.findall(r'height="([\d.]*)" fill', page)]
    assert [height for height in heights if height] == [HEIGHT / 2, HEIGHT]
    assert "a &amp; b" in page


def test_words_of_a_bundle_are_text_for_html_and_for_jinja(entry, tmp_path):
    run = Run(tmp_path / "results", {"name": "x", "papers": []}, [], [], {}, [], [entry])
    page = overview_html(run)
    assert "<h2>Applied models</h2>" in page
    assert "<b>&" not in page
    rendered = Environment(trim_blocks=True, lstrip_blocks=True).from_string(as_caption(page))
    shown = publish_parts(rendered.render() + "\n\n.. _link: x\n", writer="html")["html_body"]
    assert page in shown  # neither evaluated nor ended


def test_a_bundle_made_by_hand_is_called_unverified_and_without_files_nothing_is_linked(tmp_path):
    bundle = make_bundle(tmp_path, verified=False, license="")
    page = applied_html([Application("new", bundle, {})], tmp_path, {})
    shown = {row[0]: row[1] for row in rows_of(page)}
    assert shown["Verified"].startswith("no: made by hand")
    assert (shown["License"], shown["Test score"]) == ("not stated", "not known")
    assert shown["Messages"] == "none"
    assert "href" not in page


def test_without_entries_there_is_no_section(tmp_path):
    assert applied_html([], tmp_path, {}) == ""


@pytest.mark.parametrize(
    ("paper", "model", "metrics", "shown"),
    [
        ("conformation", "pairwise",
         [score("forward_pairwise", "log_map_r", 0.66), score("mean", "log_map_r", 0.0)],
         ["r of log O/E 0.660 (best baseline, mean by distance: 0.000)"]),
        # of an error the least is best; validation scores and single networks' are not shown
        ("enhancement", "image",
         [score("image", "mae", 0.03), score("downsampled", "mae", 0.04),
          score("mean_map", "mae", 0.05), score("downsampled", "mae", 0.01, "valid")],
         ["mean absolute error 0.030 (best baseline, input map, not enhanced: 0.040)"]),
        # promoters alone beside baselines that read the same
        ("deepexpression", "seq",
         [score("seq", "pcc", 0.6), score("full", "pcc", 0.7), score("ridge", "pcc", 0.65),
          score("ridge_seq", "pcc", 0.5)],
         ["PCC 0.600 (best baseline, ridge regression, sequence alone: 0.500)"]),
        ("enhancement", "published", [], []),
    ],
)  # fmt: skip
def test_scores_of_a_bundle_beside_the_best_baseline(paper, model, metrics, shown):
    assert bundle_scores(facts(paper, model, metrics)) == shown
