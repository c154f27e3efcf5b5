"""Regions and windows are checked when the lengths of the chromosomes are known."""

import json
import os
from types import SimpleNamespace

import cooler
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.align import prepare_genome
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.places import WAITING, PlaceChecks, run_place_checks
from workflow_scripts.conformation.config import places
from workflow_scripts.conformation.config.places import check_places
from workflow_scripts.conformation.data.splits import genome_bins

SIZES = {"chr1": 99_500, "chr2": 60_000, "chr3": 5_000}
SETTINGS = {
    "resolution": 1000, "window": 4, "regions": [], "test_regions": ["chr1:70k-99k"],
    "valid_regions": [], "valid_fraction": 0.2, "split": "blocked", "gap": 0, "trim": 3000,
    "figures": {"region": "", "max_region_length": 5_000_000},
    "gradients": {"region": "", "pairs": [], "positions": []}, "evaluate": {"distances": []},
}  # fmt: skip


def check(**changes):
    return check_places(SETTINGS | changes, SIZES, "c.yaml: conformation")


def test_bins_cover_each_chromosome_once_and_end_with_it():
    bins = genome_bins(SIZES, 1000)
    assert (bins.groupby("chrom").end.max() == pd.Series(SIZES)).all()
    assert ((bins.end - bins.start).groupby(bins.chrom).sum() == pd.Series(SIZES)).all()
    inner = bins.chrom.eq(bins.chrom.shift())
    assert (bins.start[inner] == bins.end.shift()[inner]).all()
    assert (bins.start % 1000 == 0).all()


def test_valid_places_give_the_bins_of_the_run():
    data = check()
    assert set(data.chrom) == {"chr1", "chr2"}  # chr3 is shorter than a receptive field
    assert (data.split == "test").sum() == 29
    assert (data.split == "valid").sum() == int(np.ceil(0.2 * (160 - 29)))


# FAULTS F3
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_regions": ["chr9"]}, r"test_regions: 'chr9': no chromosome 'chr9'"),
        ({"test_regions": ["1:70k-99k"]}, r"test_regions: '1:70k-99k': no chromosome '1'"),
        ({"test_regions": ["chr1:70k-120k"]}, r"test_regions: 'chr1:70k-120k' is outside the geno"),
        ({"regions": ["chrX"]}, r"regions: 'chrX': no chromosome"),
        ({"valid_regions": ["chr2:0-61k"]}, r"valid_regions: 'chr2:0-61k' is outside the genome"),
        ({"window": 10}, r"test_regions: 'chr1:70k-99k' has 29 bins .*expected: at least 30"),
        ({"window": 25}, r"test_regions: 'chr1:70k-99k' has 29 bins .*expected: at least 75"),
        ({"window": 21, "test_regions": ["chr2"]}, r"'chr2' has 60 bins .*expected: at least 63"),
        ({"window": 40}, r"window: 40: no chromosome has the 120 bins of 1000 bp"),
        ({"test_regions": ["chr1", "chr2"], "split": "paper"}, "split train has no window"),
        ({"trim": 20_000, "split": "paper"}, "split test has no window: its longest segment has 8"),
        ({"figures": {"region": "chr2:0-9k", "max_region_length": 9}},
         r"figures\.region: 'chr2:0-9k' has no test bin"),
        ({"figures": {"region": "chr7", "max_region_length": 9}},
         r"figures\.region: 'chr7': no chromosome"),
        ({"gradients": SETTINGS["gradients"] | {"region": "chr2:0-9k"}},
         r"gradients\.region: 'chr2:0-9k' has 9 whole bins .*at least 12"),
        ({"gradients": SETTINGS["gradients"] | {"positions": [1]}},
         r"gradients\.positions: 1 bp is outside the window"),
        ({"gradients": SETTINGS["gradients"] | {"pairs": [[1, 2]]}},
         r"gradients\.pairs: 1 bp is outside the window"),
        ({"evaluate": {"distances": [1500]}}, r"distances: 1500 bp is not a distance of the maps"),
        ({"evaluate": {"distances": [4000]}}, r"expected: multiples of 1000 up to 3000 bp"),
    ],
)  # fmt: skip
def test_places_off_the_genome_are_rejected_before_any_map_is_read(changes, message):
    with pytest.raises(UserError, match=message) as error:
        check(**changes)
    assert str(error.value).startswith("c.yaml: conformation")
    assert "\n" not in str(error.value)


# FAULTS F3
def test_the_job_that_knows_the_lengths_first_checks_the_regions(tmp_path, monkeypatch):
    check = {"paper": "conformation", "settings": SETTINGS, "where": "c.yaml: conformation"}
    assert set(places.PLACE_KEYS) == set(SETTINGS)
    fasta = tmp_path / "g.fa"
    fasta.write_text("".join(f">{name}\n{'A' * size}\n" for name, size in SIZES.items()))
    out = {key: str(tmp_path / key) for key in ("out", "index", "sizes")}
    monkeypatch.setenv(WAITING, json.dumps({"mine": [check]}))
    prepare_genome.main(assembly="mine", fasta=str(fasta), **out)
    check["settings"] = SETTINGS | {"test_regions": ["chr9"]}
    monkeypatch.setenv(WAITING, json.dumps({"mine": [check]}))
    with pytest.raises(UserError, match=r"c\.yaml: conformation\.test_regions: 'chr9'"):
        prepare_genome.main(assembly="mine", fasta=str(fasta), **out)
    prepare_genome.main(assembly="other", fasta=str(fasta), **out)


# FAULTS F3
def test_regions_are_checked_at_once_where_an_earlier_run_has_the_lengths(tmp_path, monkeypatch):
    monkeypatch.setenv(WAITING, "{}")
    fasta = tmp_path / "g.fa"
    fasta.write_text(">chr1\nA\n")
    config = {"assemblies": {"mine": {"fasta": str(fasta)}}}
    sheets = SimpleNamespace(config=config, config_file="c.yaml", results=tmp_path)
    wrong = SETTINGS | {"test_regions": ["chr9"]}
    checks = PlaceChecks(sheets, "results/demo/world")
    checks.add("conformation", "mine", wrong)
    assert json.loads(os.environ[WAITING])["mine"][0]["settings"] == wrong
    made = tmp_path / "genome" / "mine" / "chrom.sizes"
    made.parent.mkdir(parents=True)
    pd.Series(SIZES).to_csv(made, sep="\t", header=False)
    checks = PlaceChecks(sheets, "results/demo/world")
    checks.add("conformation", "mine", SETTINGS)
    assert WAITING not in os.environ
    with pytest.raises(UserError, match="test_regions: 'chr9'"):
        checks.add("conformation", "mine", wrong)
    # a genome that was replaced since has unknown lengths again
    os.utime(fasta, (made.stat().st_mtime + 9,) * 2)
    assert checks.known_sizes("mine") == {}


# the odd case "map without the test chromosome"
def test_a_map_without_the_test_chromosome_is_rejected(tmp_path):
    path = str(tmp_path / "m.cool")
    bins = cooler.binnify(pd.Series({"1": 99_500}), 1000)
    cooler.create_cooler(path, bins, pd.DataFrame({"bin1_id": [0], "bin2_id": [1], "count": [1]}))
    check = {"paper": "conformation", "where": "c.yaml: conformation", "maps": [path]}
    # chr1 of the genome is 1 in the map
    run_place_checks([check | {"settings": SETTINGS}], SIZES)
    for key in ("test_regions", "valid_regions"):
        settings = SETTINGS | {key: ["chr2"]}
        with pytest.raises(UserError, match=rf"\.{key}: 'chr2' is not in the map .*m\.cool; avail"):
            run_place_checks([check | {"settings": settings}], SIZES)
