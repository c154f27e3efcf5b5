"""From loop tables to the loops of a cell, and the agreement of replicates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.unit.loops.simulated import simulate
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.loops import call_loops, compare_replicates, pool_loops, tabulate_loops
from workflow_scripts.loops.loop_tables import PAIR, read_loops, write_loops
from workflow_scripts.loops.plan import check_loops, replicates_by_cell

ORIGAMI = {"iterations": 200, "burn_in": 50, "drop_every": 5, "chains": 2, "max_count": 30,
           "max_rhat": 1.05}  # fmt: skip


def calls(rows):
    """Calls of (start1, start2, count, probability)."""
    table = pd.DataFrame(rows, columns=["start1", "start2", "count", "probability"])
    table = table.assign(chrom1="chr1", chrom2="chr1", probability=table.probability.astype(float))
    for side in "12":
        table[f"end{side}"] = table[f"start{side}"] + 5000
    return table[[*PAIR, "count", "probability"]]


ONE = calls([(0, 5000, 8, 0.95), (0, 20_000, 2, 0.99), (5000, 30_000, 6, 0.2)])
TWO = calls([(0, 5000, 3, 0.92), (5000, 30_000, 9, 0.5), (10_000, 40_000, 4, 0.9)])


def test_values_follow_the_formula(tmp_path):
    for name, table in (("a", ONE), ("b", TWO)):
        write_loops(table, tmp_path / f"{name}.tsv.gz")
    quality = tmp_path / "quality.tsv"
    quality.write_text("sample\tlibrary_size\na\t16\nb\t32\nother\t8\n")
    pool_loops.main(
        cell="c", samples=["a", "b"], replicates=[str(tmp_path / f"{n}.tsv.gz") for n in "ab"],
        quality=str(quality), cutoff=0.9, min_replicates=1, loops=str(tmp_path / "c.tsv.gz"),
    )  # fmt: skip
    table = read_loops(tmp_path / "c.tsv.gz")
    assert table[["start1", "start2"]].to_numpy().tolist() == [
        [0, 5000], [0, 20_000], [10_000, 40_000]
    ]  # fmt: skip
    mean = [(8 / 16 * 8 + 3 / 32 * 8) / 2, 2 / 16 * 8 / 2, 4 / 32 * 8 / 2]
    np.testing.assert_allclose(table.value, np.log2(1 + np.array(mean)), rtol=1e-5)
    assert table.n_replicates.tolist() == [2, 1, 1]
    assert table.probability.tolist() == [0.95, 0.99, 0.9]


def tabulated(tmp_path, rows, library_sizes=()):
    """Quality table of samples (name, counted pairs, valid pairs or None for a loop table)."""
    entries = []
    for name, counted, valid in rows:
        path = {part: str(tmp_path / f"{name}.{part}") for part in ("tsv.gz", "stats", "fates")}
        write_loops(calls([(0, 5000, counted, 0.95)]), path["tsv.gz"])
        stats = dict.fromkeys(tabulate_loops.STATS.values(), 10 * counted)
        Path(path["stats"]).write_text(
            "".join(f"{key}\t{value}\n" for key, value in {**stats, "total_nodups": valid}.items())
        )
        fates = dict.fromkeys(tabulate_loops.FATES, 0)
        pd.DataFrame([fates]).to_csv(path["fates"], sep="\t", index=False)
        (run := tmp_path / "run.tsv").write_text("reads\tmapped\n1\t1\n")
        entries.append({"sample": name, "cell": name, "kind": "pairs" if valid else "loops",
                        "loops": path["tsv.gz"], "stats": path["stats"] if valid else "",
                        "counts": path["fates"], "runs": [str(run)]})  # fmt: skip
    quality = tmp_path / "quality.tsv"
    tabulate_loops.main(samples=entries, library_sizes=dict(library_sizes), cutoff=0.9,
                        quality=str(quality))  # fmt: skip
    return quality, pd.read_csv(quality, sep="\t").set_index("sample").library_size.to_dict()


def test_the_library_size_is_the_samples_reads_and_not_the_counted_pairs(tmp_path):
    # FAULTS C8: N depended on which pairs were counted
    assert tabulated(tmp_path, [("a", 40, 1000), ("b", 90, 1000)])[1] == {"a": 1000, "b": 1000}
    # tables alone: only their counts are known; beside reads the number of reads is given
    assert tabulated(tmp_path, [("a", 40, None), ("b", 90, None)])[1] == {"a": 40, "b": 90}
    given = {"b": 2000}
    assert tabulated(tmp_path, [("a", 40, 1000), ("b", 90, None)], given)[1] == {
        "a": 1000,
        "b": 2000,
    }


def test_a_table_of_called_loops_beside_a_full_library_does_not_rescale_the_run(tmp_path):
    # FAULTS C8: ten counts of a million pairs became 0.0007 beside a table with 48 counts
    rows = [("a", 10, 1_000_000), ("b", 48, None)]
    quality, _ = tabulated(tmp_path, rows, {"b": 2_000_000})
    pool_loops.main(cell="a", samples=["a"], replicates=[str(tmp_path / "a.tsv.gz")],
                    quality=str(quality), cutoff=0.9, min_replicates=1,
                    loops=str(tmp_path / "c.tsv.gz"))  # fmt: skip
    assert read_loops(tmp_path / "c.tsv.gz").value.tolist() == pytest.approx(
        [np.log2(11)], rel=1e-5
    )
    samples, runs = SAMPLES[:2], RUNS[:2].assign(kind=["pairs", "loops"])
    with pytest.raises(UserError, match="library_sizes: no entry for sample 'b'"):
        check_loops(samples, runs, {**PLAN, "library_sizes": {}}, WHERE)
    check_loops(samples, runs.assign(kind="loops"), {**PLAN, "library_sizes": {}}, WHERE)


def test_both_replicates_can_be_required():
    table = pool_loops.pool([ONE, TWO], np.array([16, 16]), 16, cutoff=0.9, min_replicates=2)
    assert table[["start1", "start2", "probability"]].to_numpy().tolist() == [[0, 5000, 0.92]]


def test_pairs_without_probability_are_loops():
    table = pool_loops.pool(
        [ONE.assign(probability=np.nan), TWO], np.array([16, 16]), 16, cutoff=0.9, min_replicates=1
    )
    assert len(table) == 4
    assert table.probability.isna().tolist() == [True, True, True, False]


def test_a_replicate_agrees_with_itself_and_not_with_a_shuffled_one():
    one, two, _, count, _ = simulate(3, bins=200, reach=30, loops=40)
    rng = np.random.default_rng(0)
    table = calls(np.stack([5000 * one, 5000 * two, count, rng.random(len(count))], axis=1))
    same = compare_replicates.compare(table, table, cutoffs=[0.5, 0.9], seed=1)
    assert [row["jaccard"] for row in same] == [1.0, 1.0]
    assert same[0]["called1"] > same[1]["called1"] > 0
    assert same[0]["spearman_count"] == pytest.approx(1)
    other = table.assign(probability=rng.permutation(table.probability))
    (row,) = compare_replicates.compare(table, other, cutoffs=[0.9], seed=1)
    assert row["jaccard"] == pytest.approx(row["jaccard_chance"], abs=0.02)
    assert abs(row["spearman_probability"]) < 0.1
    assert row["seen_both"] == len(table)


def test_pairs_of_one_replicate_are_no_loops_of_the_other():
    (row,) = compare_replicates.compare(ONE, TWO, cutoffs=[0.9], seed=1)
    assert (row["called1"], row["called2"], row["called_both"]) == (2, 2, 1)
    assert row["jaccard"] == pytest.approx(1 / 3)
    assert (row["seen1"], row["seen2"], row["seen_both"]) == (3, 3, 2)


def test_calls_and_diagnostics_are_reproducible(tmp_path):
    one, two, _, count, _ = simulate(3, bins=200, reach=30, loops=40)
    table = calls(np.stack([5000 * one, 5000 * two, count, 0 * count], axis=1))
    write_loops(table, tmp_path / "counts.tsv.gz", [*PAIR, "count"])
    written = []
    for name in "ab":
        call_loops.main(sample="s", counts=str(tmp_path / "counts.tsv.gz"), origami=ORIGAMI,
                        cutoff=0.9, seed=1, loops=str(tmp_path / f"{name}.tsv.gz"),
                        diagnostics=str(tmp_path / f"{name}.tsv"))  # fmt: skip
        written.append([(tmp_path / f"{name}.{end}").read_bytes() for end in ("tsv.gz", "tsv")])
    assert written[0] == written[1]
    found = read_loops(tmp_path / "a.tsv.gz")
    assert (found[[*PAIR, "count"]] == table[[*PAIR, "count"]]).all(axis=None)
    assert found.probability.between(0, 1).all()
    rows = pd.read_csv(tmp_path / "a.tsv", sep="\t").set_index("parameter")
    assert {"lambda0", "rate1", "loop_share", "probability_difference"} < set(rows.index)
    assert rows.draws["rate1"] == 120
    write_loops(table[:1], tmp_path / "counts.tsv.gz", [*PAIR, "count"])
    with pytest.raises(UserError, match="at least two distances"):
        call_loops.main(sample="s", counts=str(tmp_path / "counts.tsv.gz"), origami=ORIGAMI,
                        cutoff=0.9, seed=1, loops="x", diagnostics="y")  # fmt: skip


SAMPLES = pd.DataFrame({"sample": ["a", "b", "c"], "cell": ["X", "Y", "X"], "assembly": "hg19"})
RUNS = pd.DataFrame({"run": ["r1", "r2", "r3"], "sample": ["a", "b", "c"],
                     "kind": ["fastq", "loops", "pairs"], "file2": ["mates", "", ""]})  # fmt: skip
PLAN = {
    "min_replicates": 1,
    "library_sizes": {"b": 10},
    "origami": {"iterations": 1000, "burn_in": 100},
}
WHERE = {"config": "c.yaml", "samples": "s.tsv", "runs": "r.tsv"}


def test_plan_finds_replicates_and_rejects_invalid_settings():
    check_loops(SAMPLES, RUNS, PLAN, WHERE)
    assert replicates_by_cell(SAMPLES) == {"X": ["a", "c"], "Y": ["b"]}
    genomes = SAMPLES.assign(assembly=["hg19", "hg19", "hg38"])
    wrong = {
        "r.tsv: run 'r1': file2 is empty": (SAMPLES, RUNS.assign(file2=""), PLAN),
        "r.tsv: sample 'b': 2 loop tables": (SAMPLES, pd.concat([RUNS, RUNS[1:2]]), PLAN),
        "s.tsv: cell 'X': HiChIP samples of hg19 and hg38": (genomes, RUNS, PLAN),
        "c.yaml: loops.min_replicates: cell 'Y' has 1 HiChIP samples (min_replicates is 2)": (
            SAMPLES, RUNS, {**PLAN, "min_replicates": 2},
        ),
        "c.yaml: loops.library_sizes: no entry for sample 'b', whose loop table": (
            SAMPLES, RUNS, {**PLAN, "library_sizes": {}},
        ),
        "c.yaml: loops.library_sizes: 'd' is no HiChIP sample": (
            SAMPLES, RUNS, {**PLAN, "library_sizes": {"b": 10, "d": 9}},
        ),
        "c.yaml: loops.origami.burn_in: leaves 10 of 1000 iterations (990)": (
            SAMPLES, RUNS, {**PLAN, "origami": {"iterations": 1000, "burn_in": 990}},
        ),
    }  # fmt: skip
    for message, given in wrong.items():
        with pytest.raises(UserError) as caught:
            check_loops(*given, WHERE)
        assert message in str(caught.value)
        assert "expected: " in str(caught.value)
