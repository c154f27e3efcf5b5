"""Predicted values of genes in the formats of genome browsers."""

import numpy as np
import pandas as pd
import pyBigWig
import pytest

from workflow_scripts.report.write_gene_tracks import browser_scores, greatest_value, main

GENES = pd.DataFrame(
    {
        "gene_id": ["late", "edge", "neighbor", "nowhere", "other"],
        "chrom": ["chr2", "chr1", "chr1", "", "chrUn"],
        "tss": [5000, 200, 900, -1, 10],
        "strand": ["-", "+", "+", "", "+"],
        "mean": [0.25, 0.5, 0.9994, 0.1, 0.2],
    }
)


def tracks(tmp_path, *, probability=True):
    GENES.to_csv(tmp_path / "genes.tsv.gz", sep="\t", index=False)
    (tmp_path / "sizes").write_text("chr1\t1000\nchr2\t9000\n")
    main(
        str(tmp_path / "genes.tsv.gz"), str(tmp_path / "sizes"), probability=probability,
        bed=str(tmp_path / "genes.bed"), bigwig=str(tmp_path / "genes.bw"),
    )  # fmt: skip
    rows = [line.split("\t") for line in (tmp_path / "genes.bed").read_text().splitlines()]
    return rows, pyBigWig.open(str(tmp_path / "genes.bw"))


def test_genes_with_a_place_stand_in_the_order_of_the_genome_within_their_chromosome(tmp_path):
    rows, track = tracks(tmp_path)
    assert rows == [
        ["chr1", "0", "700", "edge", "500", "+"],
        ["chr1", "400", "1000", "neighbor", "999", "+"],
        ["chr2", "4500", "5500", "late", "250", "-"],
    ]
    assert track.chroms() == {"chr1": 1000, "chr2": 9000}


def test_at_each_transcription_start_the_track_has_the_greatest_value_of_the_promoters(tmp_path):
    _, track = tracks(tmp_path)
    base = {
        place: track.values(*place)[0]
        for place in (
            ("chr1", 200, 201),
            ("chr1", 500, 501),
            ("chr1", 900, 901),
            ("chr2", 5000, 5001),
        )
    }
    assert list(base.values()) == pytest.approx([0.5, 0.9994, 0.9994, 0.25])
    assert np.isnan(track.values("chr2", 6000, 6001)[0])


def test_overlaps_are_those_of_a_naive_loop_over_bases():
    rng = np.random.default_rng(0)
    start = rng.integers(0, 80, 25)
    table = pd.DataFrame({"chrom": "c", "start": start, "end": start + rng.integers(1, 15, 25),
                          "value": rng.normal(size=25)})  # fmt: skip
    naive, found = np.full(100, np.nan), np.full(100, np.nan)
    for row in table.itertuples():
        for base in range(row.start, row.end):
            naive[base] = np.nanmax([naive[base], row.value])
    for row in greatest_value(table).itertuples():
        assert np.isnan(found[row.start : row.end]).all()
        found[row.start : row.end] = row.value
    np.testing.assert_array_equal(found, naive)


def test_scores_of_other_values_than_probabilities_span_those_of_the_entry(tmp_path):
    rows, _ = tracks(tmp_path, probability=False)
    assert [row[4] for row in rows] == ["334", "1000", "0"]
    assert browser_scores(np.array([3.0, 3.0]), probability=False).tolist() == [0, 0]
    assert browser_scores(np.array([]), probability=True).tolist() == []
