import cooler
import numpy as np
import pytest
from enhanced_example import COARSEGRAIN

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.enhancement.apply.agreement import agreement, beyond_reach
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.predict_map import (
    TilingConfig,
    enhance_chromosome,
    scale_shift,
)
from workflow_scripts.enhancement.apply.stitch import conserve_totals

TILING = TilingConfig(
    window=200,
    inner=188,
    factor=2,
    overlap=0.75,
    coarsegrain=COARSEGRAIN,
    max_masked=0.5,
    batch_size=8,
    shift=scale_shift(None, 2),
)


@pytest.fixture(scope="module")
def low(root, real_data, tmp_path_factory):
    """A real map of E. coli at 10 kb, balanced as a run does by default."""
    source = real_data / "enhancement" / "HNS_LB_30C_rep1.ecoli.5kb.cool"
    if not source.is_file():
        pytest.skip("no map of E. coli")
    path = str(tmp_path_factory.mktemp("real") / "low.cool")
    cooler.coarsen_cooler(str(source), path, 2, chunksize=10_000_000)
    settings = complete_config({"name": "test"}, load_schema(root / "resources/schemas"), "test")
    balance_map(path, "HNS", settings["contacts"]["balance"])
    return path


def test_what_windows_and_blending_do_to_a_real_map_is_small(low, tmp_path):
    clr = cooler.Cooler(low)
    band, given, facts = enhance_chromosome(
        clr, "ecoli", lambda maps: maps[:, 6:-6, 6:-6], TILING, circular=True
    )
    assert facts["skipped_windows"] == 0
    # beside the main diagonal, of which the input has three fine pixels and not four
    alone = band.copy()
    alone[:, 0] = np.nan
    alone[::2, 1] = np.nan
    assert agreement(alone, np.where(np.arange(given.shape[1]) > 0, given, np.nan), 2,
                     circular=True)["r"] > 0.95  # fmt: skip
    found = conserve_totals(band, given, 2, circular=True)
    out = {"cool": tmp_path / "out.cool", "mcool": tmp_path / "out.mcool"}
    write_enhanced(iter([("ecoli", found)]), sizes=clr.chromsizes, resolution=5000,
                   circular=["ecoli"], assembly="ecoli", metadata={}, **out)  # fmt: skip
    back = str(tmp_path / "back.cool")
    cooler.coarsen_cooler(str(out["cool"]), back, 2, chunksize=10_000_000)
    one = cooler.Cooler(back).matrix(balance=False).fetch("ecoli")
    two = clr.matrix(balance=True).fetch("ecoli")
    i, j = np.triu_indices(len(one))
    apart = np.minimum(j - i, len(one) - (j - i))
    near = (apart < TILING.reach // 2) & np.isfinite(two[i, j])
    assert near.sum() > 30_000
    assert np.corrcoef(one[i, j][near], two[i, j][near])[0, 1] > 0.999
    assert (one[i, j][apart >= TILING.reach // 2] == 0).all()
    assert (
        0.1 < beyond_reach(clr, "ecoli", TILING.reach // 2, circular=True)["fraction_beyond"] < 0.5
    )
