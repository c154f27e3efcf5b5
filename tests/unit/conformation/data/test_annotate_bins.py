import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data import annotate_bins
from workflow_scripts.conformation.data.dataset import ConformationData

BINS = pd.DataFrame(
    {"chrom": ["a"] * 4 + ["b"] * 2, "start": [0, 100, 200, 300, 0, 100],
     "end": [100, 200, 300, 350, 100, 150]}
)  # fmt: skip


SETTINGS = {"threshold": 1, "threshold_unit": "counts", "track_threshold": 0.5,
            "active_states": ["RED", "YELLOW"]}  # fmt: skip


@pytest.fixture
def annotate(tmp_path):
    n = len(BINS)
    data = tmp_path / "data.npz"
    ConformationData(
        profiles=np.zeros((1, n), "float32"), factors=np.array(["H1"]),
        chrom=BINS.chrom.to_numpy(str), start=BINS.start.to_numpy(), end=BINS.end.to_numpy(),
        oe=np.ones((n, 2), "float32"), split=np.array(["train"] * n), resolution=100, window=2,
    ).save(data)  # fmt: skip

    def table(name, frame):
        frame.to_csv(tmp_path / name, sep="\t", index=False)
        return str(tmp_path / name)

    def run(genes=None, expression=None, tracks=(), states=None, by_state=False, **changed):
        states = states or {}
        out = tmp_path / "out.tsv.gz"
        # a track has all bins of the genome, the data only those of the regions
        whole = [BINS, pd.DataFrame({"chrom": ["c"], "start": [0], "end": [100]})]
        whole = pd.concat(whole, ignore_index=True)
        annotate_bins.main(
            dataset=str(data), cell="x", table=str(out), settings=SETTINGS | changed,
            genes=[table("genes.tsv", genes)] if genes is not None else [],
            expression=[table("expression.tsv", expression)] if expression is not None else [],
            tracks=[table(f"t{i}.tsv", whole.assign(value=v)) for i, v in enumerate(tracks)],
            states=[table(f"{name}.tsv", whole.assign(value=v)) for name, v in states.items()],
            state_names=list(states), by_state=by_state,
        )  # fmt: skip
        return pd.read_csv(out, sep="\t", dtype=str, keep_default_na=False)

    return run


def expression(counts, value="est_counts", unit="tpm"):
    table = pd.DataFrame(
        {"gene_id": list(counts), "value": 0.0, "unit": unit, "est_counts": np.nan, "tpm": np.nan}
    )
    return table.assign(**{value: [float(c) for c in counts.values()]})


def test_score_is_count_times_fraction_of_the_bin_covered(annotate):
    genes = pd.DataFrame(
        [("g1", "a", 50, 250), ("g2", "a", 90, 110), ("g3", "b", 100, 150), ("g4", "a", 300, 350)],
        columns=["gene_id", "chrom", "start", "end"],
    )
    table = annotate(genes, expression({"g1": 4, "g2": 10, "g3": 1, "other": 99}))
    np.testing.assert_allclose(
        table.score.astype(float), [4 * 0.5 + 10 * 0.1, 4 + 10 * 0.1, 2, 0, 0, 1]
    )
    # active above the threshold, not at it; genes without a count add nothing
    assert table.active.tolist() == ["True", "True", "True", "False", "False", "False"]
    assert (table.state == "").all()
    other = annotate(genes, expression({"g1": 4}, "value", "counts"))
    assert other.score.astype(float).tolist() == [2, 4, 2, 0, 0, 0]
    with pytest.raises(UserError, match="none of its 1 genes"):
        annotate(genes, expression({"FBgn1": 1}))


GENES = pd.DataFrame({"gene_id": ["g"], "chrom": ["a"], "start": [0], "end": [100]})


@pytest.mark.parametrize("unit", ["tpm", "fpkm", "rpkm", "unstated"])
def test_the_threshold_of_one_count_is_not_applied_to_another_unit(annotate, unit):
    # FAULTS C11: 1 TPM or FPKM was taken for a count
    table = expression({"g": 2}, value="value", unit=unit)
    with pytest.raises(UserError, match=rf"expression.tsv.*values are {unit}.*in counts.*expected"):
        annotate(GENES, table)
    found = annotate(GENES, table, threshold=3, threshold_unit=unit)
    assert found.active[0] == "False"
    assert found.score.astype(float)[0] == 2


def test_reads_have_counts_and_tpm_and_the_unit_of_the_threshold_decides(annotate):
    # FAULTS C11
    table = expression({"g": 5}).assign(value=0.5, tpm=0.5)
    assert annotate(GENES, table).score.astype(float)[0] == 5
    assert annotate(GENES, table, threshold_unit="tpm").active[0] == "False"


@settings(deadline=None, max_examples=30)
@given(
    spans=st.lists(
        st.tuples(st.integers(0, 349), st.integers(1, 200), st.integers(0, 50)),
        min_size=1,
        max_size=8,
    )
)  # fmt: skip
def test_counts_are_conserved(spans):
    rows = [(f"g{i}", "a", s, min(s + n, 350), c) for i, (s, n, c) in enumerate(spans)]
    genes = pd.DataFrame(rows, columns=["gene_id", "chrom", "start", "end", "count"])
    table = expression(dict(zip(genes.gene_id, genes["count"], strict=True)))
    score = annotate_bins.transcription_score(BINS, genes, table, ("g", "e"), unit="counts")
    total = (genes["count"] * (genes.end - genes.start)).sum()
    assert (score * (BINS.end - BINS.start)).sum() == pytest.approx(total)


def test_transcription_tracks_are_relative_to_their_mean(annotate):
    track = [0, 1, 2, np.nan, 5, 2, 2]  # mean 2 of the six measured
    table = annotate(tracks=[track])
    assert table.score.tolist() == ["0", "0.5", "1", "", "2.5", "1"]
    assert table.active.tolist() == ["False", "False", "True", "", "True", "True"]
    deeper = annotate(tracks=[[10 * v for v in track]])
    pd.testing.assert_frame_equal(deeper, table)


def test_without_transcription_activity_is_unknown(annotate):
    table = annotate(states={"RED": [1, 0, 0, 0, 0, 0, 0]})
    assert (table.score == "").all() and (table.active == "").all()


# FAULTS B1
def test_bins_of_active_states_are_active_and_those_without_a_state_unknown(annotate):
    states = {"RED": [1, 0, 0, 0, 0, 0, 0], "BLACK": [0, 1, 0, 0, 0.4, 0, 0],
              "YELLOW": [0, 0, 0.6, 0, 0, 0, 0]}  # fmt: skip
    table = annotate(states=states, by_state=True)
    assert table.active.tolist() == ["True", "False", "True", "", "", ""]
    assert table.score.tolist() == ["1", "0", "1", "", "", ""]


def test_a_bin_has_the_state_of_more_than_half_of_it(annotate):
    fractions = {"RED": [1, 0.5, 0.2, 0.51, np.nan, 0.4, 0], "BLACK": [0, 0.5, 0.8, 0, 0.7, 0.4, 0]}
    assert annotate(states=fractions).state.tolist() == ["RED", "", "BLACK", "RED", "BLACK", ""]
    with pytest.raises(UserError, match=r"'RED' and '9' both cover .*one segmentation"):
        annotate(states=fractions | {"9": [0.6, 0, 0, 0, 0, 0, 0]})
