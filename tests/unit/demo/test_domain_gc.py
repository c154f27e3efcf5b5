import numpy as np
import pandas as pd
import pytest

from workflow_scripts.demo.world.build import build_world


def difference(world):
    """Mean GC of active domains less that of inactive ones, but near transcription starts."""
    found = {"active": [], "inactive": []}
    for chrom, codes in world.sequences.items():
        strong = ((codes == 1) | (codes == 2)).astype(float)
        for tss in world.genes.tss[world.genes.chrom == chrom]:
            strong[max(tss - 1000, 0) : tss + 1000] = np.nan
        for domain in world.domains[world.domains.chrom == chrom].itertuples():
            if domain.base in found:
                found[domain.base].append(strong[domain.start : domain.end])
    active, inactive = (np.nanmean(np.concatenate(parts)) for parts in found.values())
    return active - inactive


def test_open_domains_have_more_gc_and_all_else_is_as_before(settings, world, seed):
    genome = settings["genome"]
    assert genome["domain_gc"] == 0
    changed = build_world(settings | {"genome": genome | {"domain_gc": 0.1}}, seed)
    for table in ("domains", "expression"):
        pair = getattr(changed, table), getattr(world, table)
        pd.testing.assert_frame_equal(*pair, check_dtype=False, atol=1e-6)
    # scores of 1 and -0.7 make 0.17; of the GC there more decays, three quarters of all CpG
    assert difference(changed) - difference(world) == pytest.approx(0.14, abs=0.02)
