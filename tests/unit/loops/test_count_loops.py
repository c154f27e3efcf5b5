"""From read pairs to counts of pairs of bins, and valid pairs of HiC-Pro."""

import gzip
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import import_pairs
from workflow_scripts.contacts.pairs_files import header_lines, read_pairs
from workflow_scripts.loops import count_loops
from workflow_scripts.loops.loop_tables import read_loops

SIZES = {"chrB": 61_000, "chrA": 40_000, "chrM": 16_000}
SETTINGS = {"resolution": 5000, "min_distance": 6000, "max_distance": 30_000, "exclude": ["chrM"]}


@pytest.fixture
def sizes(tmp_path):
    path = tmp_path / "sizes"
    path.write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    return str(path)


@pytest.fixture
def count(tmp_path, sizes):
    def run(rows, **settings):
        pairs, out = tmp_path / "x.pairs.gz", tmp_path / "x.tsv.gz"
        text = "\n".join(header_lines(SIZES, "sim")) + "\n"
        text += "".join(f".\t{a}\t{p}\t{b}\t{q}\t+\t-\tUU\n" for a, p, b, q in rows)
        pairs.write_bytes(gzip.compress(text.encode()))
        count_loops.main(sample="x", pairs=str(pairs), sizes=sizes, counts=str(out),
                         stats=str(tmp_path / "x.stats"), **{**SETTINGS, **settings})  # fmt: skip
        return read_loops(out), pd.read_csv(tmp_path / "x.stats", sep="\t").iloc[0]

    return run


def random_pairs(number=3000, seed=0):
    rng = np.random.default_rng(seed)
    names = list(SIZES)
    rows = []
    for one, two in rng.integers(0, 3, (number, 2)):
        two = one if rng.random() < 0.7 else two
        rows.append((names[one], int(rng.integers(1, SIZES[names[one]] + 1)),
                     names[two], int(rng.integers(1, SIZES[names[two]] + 1))))  # fmt: skip
    return [*rows, ("!", 0, "chrA", 7), ("!", 0, "!", 0)]


def test_counts_are_those_of_a_plain_loop(count, monkeypatch):
    monkeypatch.setattr(count_loops, "read_pairs", lambda path: read_pairs(path, chunk=500))
    rows, naive = random_pairs(), Counter()
    for a, p, b, q in rows:
        if a == b != "chrM" and a != "!" and 6000 <= abs(p - q) <= 30_000:
            one, two = sorted([(p - 1) // 5000 * 5000, (q - 1) // 5000 * 5000])
            naive[a, one, min(one + 5000, SIZES[a]), a, two, min(two + 5000, SIZES[a])] += 1
    table, stats = count(rows)
    assert table.chrom1.drop_duplicates().tolist() == ["chrB", "chrA"]
    found = {tuple(row[:-1]): row[-1] for row in table.itertuples(index=False)}
    assert found == naive
    assert stats.counted == sum(naive.values()) == table["count"].sum()
    assert stats[list(count_loops.FATES)].sum() == len(rows)
    assert stats.unmapped == 2
    assert stats.trans > 100
    assert stats.near > 100
    assert stats.far > 100


def test_limits_can_be_lifted(count):
    rows = [("chrA", 1, "chrA", 4000), ("chrA", 4990, "chrA", 5010), ("chrA", 1, "chrA", 40_000)]
    table, stats = count(rows, min_distance=0, max_distance=0, exclude=[])
    # places are 1-based: 5000 is the first bin's last base
    assert table[["start1", "start2"]].to_numpy().tolist() == [[0, 5000], [0, 35_000]]
    assert stats.same_bin == 1


def test_no_counted_pair_and_unknown_chromosomes_are_errors(count):
    near = [("chrA", 1, "chrA", 4000)]
    with pytest.raises(UserError, match="none of 1 pairs joins two bins"):
        count(near)
    with pytest.raises(UserError, match=r"loops\.exclude: 'chrQ'"):
        count(near, exclude=["chrQ"])


def test_valid_pairs_of_hicpro_are_imported(tmp_path, sizes):
    text = (
        "r1 chr1 5 + chr1 9 - 100 frag1 frag2 40 41\n"
        "r2\tchrB\t900\t-\tchrB\t20\t+\t310\tf\tf\t42\t42\n"
        "r3\tchrA\t7\t+\tchrB\t30\t+\t310\tf\tf\t42\t42\n"
    )
    for content in (text.encode(), gzip.compress(text.encode())):
        (tmp_path / "in").write_bytes(content)
        out = tmp_path / "out.pairs.gz"
        import_pairs.main(run="r", assembly="sim", file=str(tmp_path / "in"), sizes=sizes,
                          kind="hicpro", pairs=str(out), stats=str(tmp_path / "stats"))  # fmt: skip
        table = pd.concat(read_pairs(out))
        assert table.to_numpy().tolist() == [
            ["chrB", "20", "chrB", "900", "+", "-", "UU"],
            ["chrB", "30", "chrA", "7", "+", "+", "UU"],
        ]
        assert pd.read_csv(tmp_path / "stats", sep="\t").dropped[0] == 1


@pytest.mark.parametrize("content", ["", "a b c\n", "r chr1 x + chr1 9 - 1\n"])
def test_other_files_are_no_valid_pairs(tmp_path, sizes, content):
    (tmp_path / "in").write_text(content)
    with pytest.raises(UserError, match="HiC-Pro's valid pairs"):
        import_pairs.main(
            run="r", assembly="sim", file=str(tmp_path / "in"), sizes=sizes, kind="hicpro",
            pairs=str(tmp_path / "o"), stats=str(tmp_path / "s"),
        )  # fmt: skip


@pytest.mark.real
def test_real_valid_pairs_are_counted_as_by_hand(real_data, tmp_path):
    """GM12878 cohesin HiChIP; one end of each pair is on chr22."""
    name = "GM12878_cohesin_HiChIP.hg19.chr22.SRR3467178.allValidPairs.gz"
    file = real_data / "deepexpression" / name
    raw = pd.read_csv(file, sep=r"\s+", header=None, usecols=[1, 2, 4, 5])
    (tmp_path / "sizes").write_text("chr22\t51304566\nchr1\t249250621\n")
    pairs = str(tmp_path / "x.pairs.gz")
    import_pairs.main(run="r", assembly="hg19", file=str(file), sizes=str(tmp_path / "sizes"),
                      kind="hicpro", pairs=pairs, stats=str(tmp_path / "s"))  # fmt: skip
    cis = raw[(raw[1] == "chr22") & (raw[4] == "chr22")]
    known = raw[raw[1].isin(["chr1", "chr22"]) & raw[4].isin(["chr1", "chr22"])]
    assert sum(map(len, read_pairs(pairs))) == len(known) < len(raw)
    count_loops.main(sample="x", pairs=pairs, sizes=str(tmp_path / "sizes"), resolution=5000,
                     min_distance=5000, max_distance=0, exclude=[], counts=str(tmp_path / "o.gz"),
                     stats=str(tmp_path / "o.tsv"))  # fmt: skip
    table = read_loops(tmp_path / "o.gz")
    assert table["count"].sum() == ((cis[2] - cis[5]).abs() >= 5000).sum() > 10_000
    assert set(table.chrom1) == {"chr22"}
