"""The quality table, contacts by distance, and what is refused before any job."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.contacts.conftest import BALANCE, SIZES, pair_lines
from tests.unit.contacts.test_contact_library import random_pixels
from workflow_scripts.chromaloom.genomics.contact_maps import write_map
from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import bin_pairs, plan, plot_contacts, plot_scaling
from workflow_scripts.contacts.merge_pairs import read_stats
from workflow_scripts.contacts.scaling import (
    ORIENTATIONS,
    contact_area,
    convergence,
    scaling_of_map,
    scaling_of_pairs,
)
from workflow_scripts.contacts.tabulate_contacts import COUNTS, main


@pytest.mark.parametrize(("low", "high"), [(0, 10), (3, 4), (20, 90), (60, 70)])
def test_area_counts_pairs_of_bases(low, high, size=50):
    pairs = sum(low <= b - a < high for a in range(size) for b in range(a, size))
    assert contact_area(low, high, size) == pairs


def curve(counts):
    """A scaling table with the given rows of orientation counts, spans of 10 bp."""
    table = pd.DataFrame(counts, columns=ORIENTATIONS)
    return table.assign(distance_to=10 * np.arange(1, len(table) + 1))


def test_orientations_converge_where_none_differs_any_more():
    even, uneven = [1000] * 4, [1200, 900, 950, 950]
    assert convergence(curve([uneven, even, uneven, even, even])) == 30
    assert convergence(curve([even] * 3)) == 0
    # 20 per cent of few pairs is chance; of many it is not
    assert convergence(curve([uneven, even, [12, 9, 9, 10], [0] * 4])) == 10
    assert np.isnan(convergence(curve([even, uneven])))
    assert np.isnan(convergence(curve([even, [np.nan] * 4])))


def stats_of(counts):
    """A table of `pairtools stats` with distances alone."""
    return {
        f"dist_freq/{low}-{high}/{strands}": str(number)
        for (low, high), numbers in counts.items()
        for strands, number in zip(ORIENTATIONS, numbers, strict=True)
    }


def test_even_contacts_have_an_even_density():
    """As many contacts as pairs of bases: P(s) is the same everywhere, and sums to one."""
    spans = [(0, 10), (10, 100), (100, 1000)]
    counts = {span: [int(contact_area(*span, 1000))] * 4 for span in spans}
    found = scaling_of_pairs(stats_of(counts), {"c": 1000})
    np.testing.assert_allclose(found.p, found.p.iloc[0], rtol=1e-3)
    assert (found.p * found.area).sum() == pytest.approx(1)


def test_map_and_pairs_have_the_same_scaling(tmp_path):
    """P(s) ~ 1/s planted in a map: slope -1 is found."""
    sizes = {"c": 400_000}
    one, two = np.triu_indices(400)
    table = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": 1e5 / (1 + two - one)})
    path = tmp_path / "m.mcool"
    write_map([table], path, sizes=sizes, resolution=1000, dtype=np.float64, assembly="s", name="s",
              resolutions=[1000], balance=BALANCE, threads=1)  # fmt: skip
    found = scaling_of_map(str(path), 1000)
    middle = found[(found.distance_from >= 10_000) & (found.distance_to <= 200_000)]
    distance = np.log(middle.distance_from * middle.distance_to) / 2
    assert np.polyfit(distance, np.log(middle.p), 1)[0] == pytest.approx(-1, abs=0.1)
    assert found[ORIENTATIONS].isna().all(axis=None)


@pytest.fixture
def tabulated(genome, fastq, align, merge, tmp_path):
    """Tables of a sample from reads and of one that comes as a map."""
    rng = np.random.default_rng(2)
    one = [genome.read("chrA", n) for n in rng.integers(0, 59_000, 600)]
    two = [genome.read(rng.choice(list(SIZES)), n, "-") for n in rng.integers(100, 39_000, 600)]
    run = align(fastq("1", one + one[:20]), fastq("2", two + two[:20], mate=2))
    valid = merge(run)
    maps = [str(tmp_path / f"{name}.mcool") for name in "ab"]
    finish = {"resolutions": [5000], "balance": BALANCE, "threads": 1, "assembly": "sim"}
    bin_pairs.main(sample="a", pairs=valid["pairs"], sizes=str(genome.sizes), min_distance=0,
                   out=maps[0], **finish)  # fmt: skip
    write_map([random_pixels(bins=20)], maps[1], sizes=SIZES, resolution=5000, dtype=np.int32,
              name="b", **finish)  # fmt: skip
    row = {"cell": "x", "assay": "Hi-C", "assembly": "sim"}
    samples = [
        {"sample": "a", "kind": "fastq", "map": maps[0], "stats": valid["stats"],
         "runs": [run["stats"]], **row},
        {"sample": "b", "kind": "mcool", "map": maps[1], "stats": "", "runs": [], **row},
    ]  # fmt: skip
    out = {"quality": str(tmp_path / "quality.tsv"), "scaling": str(tmp_path / "scaling.tsv")}
    main(samples=samples, resolution=5000, sizes={"sim": str(genome.sizes)}, **out)
    return out, valid


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_quality_has_the_counts_and_figures_add_up(tabulated, tmp_path):
    out, valid = tabulated
    table = pd.read_csv(out["quality"], sep="\t").set_index("sample")
    stats = read_stats(valid["stats"])
    a, b = table.loc["a"], table.loc["b"]
    assert {key: a[key] for key in COUNTS} == {k: int(stats[v]) for k, v in COUNTS.items()}
    assert (a.reads, a.duplicates, a.valid) == (1240, 20, len(pair_lines(valid["pairs"])))
    assert a.cis + a.trans == a.valid == a.map_contacts
    # a map tells its contacts, and no distance below its bins
    assert np.isnan(
        b[["pairs", "reads", "duplicates", "cis_1kb", "convergence"]].astype(float)
    ).all()
    assert b.cis + b.trans == b.map_contacts
    assert b.cis_20kb < b.cis
    assert (table.flatness < 1e-4).all()
    figure = {key: str(tmp_path / f"f.{key}") for key in ("svg", "png", "tsv")}
    draw_figure(plot_contacts.main, out["quality"], **figure)
    drawn = pd.read_csv(figure["tsv"], sep="\t").set_index("sample")
    fates = drawn.drop(columns=["cell", "assay", "kind"]).sum(axis=1)
    assert (fates["a"], fates["b"]) == (a.pairs, b.map_contacts)
    draw_figure(plot_scaling.main, out["scaling"], out["quality"], **figure)
    assert set(pd.read_csv(figure["tsv"], sep="\t").source) == {"pairs", "map"}


def test_resolutions_must_be_multiples():
    good = {"resolutions": [5000, 10_000, 50_000], "matrix_resolution": 2500}
    plan.check_resolutions(good, "c.yaml")
    for change in ({"resolutions": [5000, 12_000]}, {"resolutions": [10_000, 5000]},
                   {"matrix_resolution": 3000}):  # fmt: skip
        with pytest.raises(UserError, match=r"c.yaml: contacts\.\w+: \d+; expected"):
            plan.check_resolutions({**good, **change}, "c.yaml")


def test_runs_need_their_second_file():
    rows = [("a", "fastq", ""), ("b", "geo_contacts", ""), ("c", "matrix", "")]
    runs = pd.DataFrame(rows, columns=["run", "kind", "file2"])
    plan.check_runs(runs[2:], "r.tsv")
    for number, name in (
        (0, "'a': file2 is empty; expected: the second"),
        (1, "'b'.*table of bins"),
    ):
        with pytest.raises(UserError, match=name):
            plan.check_runs(runs[number : number + 1], "r.tsv")


def test_cells_pool_samples_of_one_assay_and_genome():
    columns = ["sample", "cell", "assay", "assembly"]
    rows = [("a", "x", "Hi-C", "g"), ("b", "y", "Hi-C", "g"), ("c", "x", "Hi-C", "g")]
    assert plan.replicates(pd.DataFrame(rows, columns=columns), "s") == {
        "x": ["a", "c"],
        "y": ["b"],
    }
    for odd in (("d", "x", "Micro-C", "g"), ("d", "x", "Hi-C", "h")):
        with pytest.raises(UserError, match="s: cell 'x': contact samples of"):
            plan.replicates(pd.DataFrame([*rows, odd], columns=columns), "s")


def test_count_scales_are_of_samples_that_enter_as_maps():
    plan.check_count_scales({"count_scale": {"map": 900.0}}, ["map"], "c.yaml")
    with pytest.raises(
        UserError, match=r"c.yaml: contacts.count_scale: 'mop' is no sample .*: map;"
    ):
        plan.check_count_scales({"count_scale": {"mop": 900.0}}, ["map"], "c.yaml")
