import gzip

import numpy as np
import pandas as pd
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.motifs.find_enhancer_motifs import main as find
from workflow_scripts.deepexpression.motifs.list_enhancers import (
    anchor_values,
    away_from_tss,
    merge_spans,
)
from workflow_scripts.deepexpression.motifs.list_enhancers import main as list_enhancers

GENES = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss", "n_transcripts",
         "biotype"]  # fmt: skip


@pytest.fixture
def files(tmp_path):
    """A genome of 60 kb; loops of the bins at 10, 30 and 50 kb; a TSS at 11 kb; three peaks."""
    rng = np.random.default_rng(0)
    text = "".join(rng.choice(list("ACGT"), 60_000))
    (tmp_path / "genome.fa").write_text(f">chr1\n{text}\n")
    pysam.faidx(str(tmp_path / "genome.fa"))
    rows = [("chr1", 10_000, 15_000, "chr1", 30_000, 35_000, 2.0),
            ("chr1", 30_000, 35_000, "chr1", 50_000, 55_000, 3.0)]  # fmt: skip
    columns = ["chrom1", "start1", "end1", "chrom2", "start2", "end2", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "loops.tsv.gz", sep="\t", index=False)
    gene = ("G1", "", "chr1", 11_000, 13_000, "+", 11_000, 1, "")
    pd.DataFrame([gene], columns=GENES).to_csv(tmp_path / "genes.tsv", sep="\t", index=False)
    peaks = [("chr1", 11_500, 11_700), ("chr1", 31_000, 31_400), ("chr1", 31_300, 31_500),
             ("chr1", 45_000, 45_200), ("chr1", 54_000, 54_200)]  # fmt: skip
    pd.DataFrame(peaks).to_csv(tmp_path / "peaks.bed", sep="\t", index=False, header=False)
    return tmp_path, text


def run(folder, *, peaks=True, **changes):
    settings = dict(cell="Alpha", merge_distance=0, window_width=400, min_tss_distance=1000,
                    max_windows=10) | changes  # fmt: skip
    list_enhancers(
        str(folder / "loops.tsv.gz"), [str(folder / "peaks.bed")] if peaks else [],
        str(folder / "genes.tsv"), str(folder / "genome.fa"), **settings,
        sequences=str(folder / "out.fa.gz"),
    )  # fmt: skip
    lines = gzip.decompress((folder / "out.fa.gz").read_bytes()).decode().split()
    return dict(zip(lines[::2], lines[1::2], strict=True))


def test_peaks_in_anchors_away_from_promoters_are_used(files):
    folder, text = files
    found = run(folder)
    # near the TSS: out; overlapping: one; in no anchor: out
    assert list(found) == [">chr1:31050-31450", ">chr1:53900-54300"]
    assert found[">chr1:31050-31450"] == text[31_050:31_450]
    # the anchor of both loops is the stronger
    assert list(run(folder, max_windows=1)) == [">chr1:31050-31450"]


def test_nearby_peaks_are_merged(files):
    folder, _ = files
    # 31,000-31,400 and 31,300-31,500 overlap; the next is further than 2 kb
    assert ">chr1:31050-31450" in run(folder, merge_distance=2000)
    spans = pd.DataFrame({"chrom": ["a", "a", "a", "b"], "start": [0, 50, 700, 710],
                          "end": [600, 100, 800, 900]})  # fmt: skip
    assert merge_spans(spans, 99).start.tolist() == [0, 700, 710]
    assert merge_spans(spans, 100).end.tolist() == [800, 900]


def test_without_peaks_anchors_are_trimmed_around_tss(files):
    folder, _ = files
    found = run(folder, peaks=False)
    assert list(found) == [">chr1:12000-15000", ">chr1:30000-35000", ">chr1:50000-55000"]


def test_no_enhancer_is_an_error(files):
    folder, _ = files
    with pytest.raises(
        UserError, match=r"cell 'Alpha' has no enhancer at a loop anchor \(3 anchors"
    ):
        run(folder, min_tss_distance=100_000)


def test_values_of_anchors_are_sums_over_their_loops(files):
    folder, _ = files
    table = anchor_values(pd.read_csv(folder / "loops.tsv.gz", sep="\t"))
    assert table.value.tolist() == [2.0, 5.0, 3.0]


def test_trimming_agrees_with_a_mask():
    rng = np.random.default_rng(1)
    tss = np.sort(rng.integers(0, 5000, 8))
    windows = pd.DataFrame({"chrom": "c", "start": [0, 1500, 4000], "end": [1500, 4000, 6000],
                            "value": 1.0})  # fmt: skip
    found = away_from_tss(windows, {"c": tss}, 200, whole=False)
    kept = np.zeros(6000, bool)
    for row in found.itertuples():
        kept[row.start : row.end] = True
    near = np.zeros(6000, bool)
    for start in tss:
        near[max(start - 200, 0) : start + 200] = True
    np.testing.assert_array_equal(kept, ~near)


def test_a_search_is_reproducible_and_its_sites_are_at_the_planted_words(tmp_path):
    rng, word = np.random.default_rng(2), "TGACTCATCC"
    lines = []
    for k in range(60):
        letters = rng.choice(list("ACGT"), 200)
        for start in (60, 90):
            letters[start : start + 10] = list(word)
        lines += [f">chr1:{1000 * k}-{1000 * k + 200}", "".join(letters)]
    with gzip.open(tmp_path / "in.fa.gz", "wt") as handle:
        handle.write("\n".join(lines))
    settings = dict(
        n_motifs=2, motif_width=10, module_length=60, background_order=1, local_gc=True,
        both_strands=True, iterations=40, burn_in=25, fixed_prior_iterations=10, chains=2,
        shift_every=3, max_shift=4, letter_prior=0.5, site_prior=[94, 1], module_prior=[1, 200],
        min_sites=10,
    )  # fmt: skip

    def once(name):
        out = {key: str(tmp_path / f"{name}.{key}") for key in ("meme", "sites", "history")}
        find(str(tmp_path / "in.fa.gz"), settings=settings, control=name == "control", seed=1,
             pseudocount=1.0, checkpoints=str(tmp_path / "parts"), **out)  # fmt: skip
        return out

    one, _ = once("one"), once("two")
    for key in one:
        assert (tmp_path / f"one.{key}").read_bytes() == (tmp_path / f"two.{key}").read_bytes()
    sites = pd.read_csv(one["sites"], sep="\t")
    likely = sites[sites.probability > 0.5]
    # a motif may lie some columns beside the word
    places = (likely.start % 1000).to_numpy()
    near = np.minimum(np.abs(places - 60), np.abs(places - 90)) <= 4
    assert near.mean() > 0.9
    assert len(likely) > 80
    control = once("control")
    assert len(pd.read_csv(control["sites"], sep="\t")) < 0.3 * len(sites)
    with pytest.raises(UserError, match="no sequence has 300 bp"):
        settings["module_length"] = 300
        once("long")
