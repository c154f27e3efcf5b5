import logging
import time

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.motifs import motif_search
from workflow_scripts.deepexpression.motifs.match_motifs import aligned, main, search
from workflow_scripts.deepexpression.motifs.motif_search import (
    compare_motifs,
    log_progress,
    read_jaspar,
)
from workflow_scripts.deepexpression.motifs.pwms import Motif, write_meme


@pytest.fixture(scope="module")
def targets():
    return read_jaspar("JASPAR2018", "vertebrates")[1]


def test_the_paper_s_release_has_579_motifs(targets):
    assert len(targets) == 579
    assert len({target.matrix for target in targets}) == 579
    for target in targets[:20]:
        np.testing.assert_allclose(target.frequencies.sum(axis=1), 1)


def test_newest_is_the_latest_release_and_unknown_ones_are_rejected():
    assert read_jaspar("newest", "vertebrates")[0] >= "JASPAR2026"
    with pytest.raises(UserError, match=r"JASPAR2017.*expected: newest, JASPAR2"):
        read_jaspar("JASPAR2017", "vertebrates")


@pytest.mark.parametrize("turned", [False, True])
def test_a_part_of_a_target_matches_it_at_its_offset(targets, turned):
    known = next(t for t in targets if t.matrix.startswith("MA0139"))  # CTCF, 19 columns
    part = known.frequencies[3:14]
    part = part[::-1, ::-1] if turned else part
    found = search({"part": part}, targets, 0.05)
    best = found.iloc[0]
    assert best.target == known.matrix
    assert best.strand == "-+"[not turned]
    assert best.overlap == 11
    # read backwards, columns 3 to 13 of 19 are 5 to 15
    assert best.offset == (5 if turned else 3)
    assert pytest.approx(best.p * 579) == best.E


@pytest.mark.parametrize("turned", [False, True])
def test_a_drawn_match_is_aligned(targets, turned):
    known = next(t for t in targets if t.matrix.startswith("MA0138"))  # REST
    motif = np.vstack([np.full((3, 4), 0.25), known.frequencies[:12]])  # begins before the target
    motif = motif[::-1, ::-1] if turned else motif
    table = aligned(search({"m": motif}, targets, 0.05).iloc[:1], {"m": motif}, targets)
    mine, theirs = (
        table[table.side == side].set_index("position")[list("ACGT")]
        for side in ("motif", "target")
    )
    both = mine.index.intersection(theirs.index)
    assert len(both) == 12
    np.testing.assert_allclose(mine.loc[both], theirs.loc[both])


def test_random_motifs_rarely_match_and_all_have_a_best_target(targets):
    rng = np.random.default_rng(0)
    motifs = {f"r{k}": rng.dirichlet(np.ones(4) * 0.5, 8) for k in range(40)}
    found = search(motifs, targets, 0.05)
    assert set(found.motif) == set(motifs)
    assert (found.groupby("motif").E.min() < 0.05).mean() < 0.2
    assert found.groupby("motif").E.apply(lambda e: e.is_monotonic_increasing).all()


def test_no_motif_has_no_match(targets):
    assert compare_motifs([], [t.frequencies for t in targets]).p.shape == (0, 579)
    assert search({}, targets, 0.05).empty


def test_tables_of_sets(tmp_path, targets):
    wanted = [t for t in targets if t.name in ("REST", "YY1")]
    motifs = [Motif(t.matrix, 100, 100 * t.frequencies) for t in wanted]
    write_meme(tmp_path / "a.meme", motifs, 1.0)
    write_meme(tmp_path / "none.meme", [], 1.0)
    out = {name: tmp_path / f"{name}.tsv" for name in ("matches", "summary", "logos")}
    main(
        {"Alpha/found": tmp_path / "a.meme", "Beta/found": tmp_path / "none.meme"},
        jaspar_releases=["JASPAR2018"], taxon="vertebrates", max_evalue=0.05,
        reported_factors=["yy1", "MYC", "NANOG"], **out,
    )  # fmt: skip
    summary = pd.read_csv(out["summary"], sep="\t").set_index("set")
    assert summary.matched.tolist() == [2, 0]
    assert summary.fraction["Alpha/found"] == 1
    assert np.isnan(summary.fraction["Beta/found"])
    assert summary.matched_yy1.tolist() == [1, 0]
    assert summary.matched_MYC.tolist() == [0, 0]
    assert summary.matched_NANOG.isna().all()  # this release does not have it
    matches = pd.read_csv(out["matches"], sep="\t")
    best = matches.drop_duplicates("motif")
    assert (best.target == best.motif).all()
    logos = pd.read_csv(out["logos"], sep="\t")
    # a motif compared with itself lies column under column
    for _, pair in logos.groupby("motif"):
        mine, theirs = (
            pair[pair.side == side].set_index("position") for side in ("motif", "target")
        )
        assert mine.index.equals(theirs.index)
        np.testing.assert_allclose(mine[list("ACGT")], theirs[list("ACGT")], atol=0.02)


def test_progress_is_logged(caplog, monkeypatch):
    monkeypatch.setattr(motif_search, "LOG_SECONDS", 0.01)
    with caplog.at_level(logging.INFO, logger="chromaloom"), log_progress("working"):
        time.sleep(0.1)
    assert any("working" in line for line in caplog.messages)
