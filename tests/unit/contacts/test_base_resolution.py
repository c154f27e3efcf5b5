"""A .mcool whose coarser resolutions have flaws is taken from its base."""

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.contacts.map_files import read_cool

SIZES = {"chr1": 60_000, "chr2": 33_000}


@pytest.fixture
def flawed(tmp_path):
    """A map of 1 and 5 kb whose 5 kb counts are wrong; its path and the true 5 kb matrix."""
    bins = cooler.util.binnify(pd.Series(SIZES), 1000)
    upper = np.triu(np.random.default_rng(0).poisson(1, (len(bins), len(bins))))
    one, two = np.nonzero(upper)
    pixels = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": upper[one, two]})
    base, path = str(tmp_path / "base.cool"), str(tmp_path / "map.mcool")
    cooler.create_cooler(base, bins, pixels)
    cooler.zoomify_cooler(base, path, [1000, 5000], chunksize=10_000)
    true = cooler.Cooler(f"{path}::resolutions/5000").pixels()[:]["count"].sum()
    with h5py.File(path, "r+") as handle:
        handle["resolutions/5000/pixels/count"][:10] += 100
    return path, true


@pytest.mark.parametrize(("base", "resolution", "excess"), [(False, 5000, 1000), (True, 1000, 0)])
def test_the_base_is_used_when_configured(flawed, base, resolution, excess):
    path, true = flawed
    found = read_cool(path, SIZES, 10_000, base=base)
    assert found.resolution == resolution
    assert pd.concat(found.pixels())["count"].sum() == true + excess
