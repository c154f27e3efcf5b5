import numpy as np
import pandas as pd
import pytest

from workflow_scripts.demo import check_demo_loops

BIN = 5_000


@pytest.fixture(scope="module")
def planted(world):
    return check_demo_loops.planted_pairs(world.loops, "Alpha", BIN)


@pytest.fixture(scope="module")
def calls(world, planted):
    """All pairs up to 60 bins apart with counts of their own; `score` makes the probability."""

    def make(path, score, drop=0):
        rng = np.random.default_rng(5)
        tables = []
        for chrom, size in world.chromosomes.items():
            i, j = np.triu_indices(-(-size // BIN), 1)
            tables.append(
                pd.DataFrame({"chrom": chrom, "bin1": i[j - i < 60], "bin2": j[j - i < 60]})
            )
        table = pd.concat(tables).merge(planted, how="left", on=["chrom", "bin1", "bin2"])
        true = (table.strength > 0).to_numpy()
        table["count"] = 1 + rng.poisson(20 / (table.bin2 - table.bin1)) + 3 * true
        table["probability"] = score(true, rng)
        table = table.drop(table.index[true][:drop])
        out = pd.DataFrame({"chrom1": table.chrom, "start1": table.bin1 * BIN,
                            "end1": (table.bin1 + 1) * BIN, "chrom2": table.chrom,
                            "start2": table.bin2 * BIN, "end2": (table.bin2 + 1) * BIN,
                            "count": table["count"], "probability": table.probability})  # fmt: skip
        out.to_csv(path, sep="\t", index=False)
        return int(true.sum()), len(table)

    return make


@pytest.fixture
def check(folder, tmp_path, calls):
    def run(score, **keywords):
        sizes = calls(tmp_path / "x.tsv.gz", score, **keywords)
        check_demo_loops.main(
            calls={"x": tmp_path / "x.tsv.gz"}, cells={"x": "Alpha"}, resolution=BIN, cutoff=0.9,
            loops=folder / "truth" / "loops.tsv", table=tmp_path / "t.tsv",
        )  # fmt: skip
        table = pd.read_table(tmp_path / "t.tsv")
        assert list(table.columns) == check_demo_loops.COLUMNS
        return table, sizes

    return run


def whole(table, score, negatives="all"):
    rows = table[(table.nearest == 0) & np.isinf(table.farthest) & (table.score == score)]
    return rows.set_index("negatives").loc[negatives]


def test_perfect_calls_score_one_and_random_ones_half(check):
    table, (positive, _) = check(lambda true, rng: true * 1.0)
    row = whole(table, "probability")
    assert row.auc == row.average_precision == row.precision == row.recall == 1
    assert row.called == row.positive == positive > 20 and row.unseen == 0
    # by counts the near pairs come first, loop or not
    assert 0.5 < whole(table, "count").auc < 0.98
    assert whole(table, "count")[["called", "precision", "recall"]].isna().all()
    table, _ = check(lambda true, rng: rng.random(len(true)))
    assert whole(table, "probability").auc == pytest.approx(0.5, abs=0.1)


def test_planted_loops_without_reads_count_against_the_calls(check):
    table, (positive, _) = check(
        lambda true, rng: np.where(true, 0.95, rng.random(len(true))), drop=10
    )
    row = whole(table, "probability")
    assert row.positive == positive and row.unseen == 10
    assert row.recall == pytest.approx(1 - 10 / positive)
    assert row.auc < 1 - 9 / positive / 2


def test_bands_part_the_pairs(check):
    table, _ = check(lambda true, rng: true * 1.0)
    for score in check_demo_loops.SCORES:
        for negatives in ("all", "apart"):
            rows = table[(table.score == score) & (table.negatives == negatives)]
            total = whole(table, score, negatives)
            rows = rows[rows.farthest != check_demo_loops.REACH]
            for column in ("positive", "negative"):
                assert rows[column].sum() == 2 * total[column]


def test_neighbours_of_loops_are_set_apart(world, planted):
    row = planted.iloc[0]
    here = [(row.bin1 + i, row.bin2 + j) for i in range(-2, 3) for j in range(-2, 3)]
    bins = pd.DataFrame(here, columns=["bin1", "bin2"]).query("bin1 < bin2 and bin1 >= 0") * BIN
    found = pd.DataFrame({"chrom1": row.chrom, "start1": bins.bin1, "chrom2": row.chrom,
                          "start2": bins.bin2, "count": 1, "probability": 0.5})  # fmt: skip
    pairs = check_demo_loops.judged_pairs(found, planted.iloc[:1], BIN)
    inner = (pairs.bin1 - row.bin1).abs().le(1) & (pairs.bin2 - row.bin2).abs().le(1)
    assert (pairs.touching == inner).all() and inner.sum() < len(pairs)


def test_planted_pairs_are_classified_by_strength_and_enhancer(world, planted):
    loops = world.loops
    strong = loops[(loops.kind == "enhancer_promoter") & (loops.Alpha >= check_demo_loops.STRONG)]
    bins = {(row.chrom, (row.start1 + row.end1) // 2 // BIN, (row.start2 + row.end2) // 2 // BIN)
            for row in strong.itertuples()}  # fmt: skip
    bins = {key for key in bins if key[1] != key[2]}
    wanted = planted[planted.strength > 0]
    assert set(wanted[["chrom", "bin1", "bin2"]].itertuples(index=False, name=None)) == bins
    # other loops are neither loops to be found nor background
    found = planted.rename(columns={"chrom": "chrom1", "bin1": "start1", "bin2": "start2"})
    found = found.assign(chrom2=found.chrom1, start1=found.start1 * BIN, start2=found.start2 * BIN,
                         count=2, probability=0.1)  # fmt: skip
    pairs = check_demo_loops.judged_pairs(found, planted, BIN)
    assert pairs.positive.all() and len(pairs) == len(bins) < len(planted)
