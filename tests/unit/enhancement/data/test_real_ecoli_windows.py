"""The paper's own geometry on real maps: windows of 200 x 5 kb of a circular chromosome."""

import numpy as np
import pandas as pd
import pytest
from small_maps import BALANCE, SETTINGS

from workflow_scripts.align import prepare_genome
from workflow_scripts.contacts import import_map
from workflow_scripts.enhancement.data import build_enhancement, downsample_contacts
from workflow_scripts.enhancement.data.dataset import EnhancementData

SIZE, BINS = 5000, 200
SPLIT = {
    "scheme": "arc", "circular": ["ecoli"], "valid": ["ecoli:2.4M-3.5M"], "gap": 25_000,
    "test": ["ecoli:3.5M-4.639675M"], "test_maps": ["MukB"],
}  # fmt: skip
CHANGES = {
    "resolution": SIZE,
    "window_bins": BINS,
    "step_bins": 40,
    "image_step_bins": 40,
    "observed": {"max_masked": 0.05, "lower_quantile": 0.01},
    "split": {**SETTINGS["split"], **SPLIT},
    "low_resolution": {**SETTINGS["low_resolution"], "also_downsample": ["deep"]},
}


@pytest.mark.real
def test_windows_of_e_coli(real_data, tmp_path):
    folder, sizes, fasta = (
        real_data / "enhancement",
        str(tmp_path / "sizes"),
        str(tmp_path / "g.fa"),
    )
    source = str(folder / "ecoli.U00096.2.fa.gz")
    prepare_genome.main(fasta=source, out=fasta, index=fasta + ".fai", sizes=sizes)
    maps = {"deep": "WT_fused_deep", "MukB": "MukB_MM_22C_rep1"}
    balance = {**BALANCE, "ignore_diags": 2, "mad_max": 5, "min_nnz": 10}
    for name, file in maps.items():
        import_map.main(
            sample=name, assembly="e", kind="cool", files=[str(folder / f"{file}.ecoli.5kb.cool")],
            seconds=[""], sizes=sizes, resolutions=[SIZE, 2 * SIZE], matrix_resolution=0,
            balance=balance, threads=1, out=str(tmp_path / f"{name}.mcool"),
        )  # fmt: skip
    low = str(tmp_path / "low.mcool")
    downsample_contacts.main(
        str(tmp_path / "deep.mcool"), sample="deep", resolution=SIZE, fraction=1 / 16,
        balance=balance, seed=1, threads=1, out=low,
    )  # fmt: skip
    out = {f"{name}_out": str(tmp_path / name) for name in ("windows", "sequence", "image")}
    build_enhancement.main(
        [str(tmp_path / f"{name}.mcool") for name in maps], [low], sizes, fasta, samples=list(maps),
        downsampled=["deep"], settings={**SETTINGS, **CHANGES}, seed=1, **out,
    )  # fmt: skip
    table = pd.read_csv(out["windows_out"], sep="\t", keep_default_na=False)
    kept = table[table.kept]
    assert (kept.end - kept.start == 1_000_000).all()
    assert set(kept.split) == {
        "train", "valid", "test", "test_map", "test_both", "test_downsample"
    }  # fmt: skip
    places = kept[kept["map"] == "deep"]
    train = places[places.split == "train"]
    for row in places[places.split.str.startswith("test")].itertuples():
        assert not ((train.start < row.end) & (train.end > row.start)).any()
    with EnhancementData(out["image_out"]) as data:
        batch = data.batch(range(len(data)))
        assert not (batch["codes"] == 4).any()
        r = [np.corrcoef(a.ravel(), b.ravel())[0, 1]
             for a, b in zip(batch["low"], batch["high"], strict=True)]  # fmt: skip
        assert min(r) > 0.9
        # the pooled deep map is the smoother, truer input
        ways = {way: np.mean(np.array(r)[data.input == way]) for way in ("pool", "downsample")}
        assert max(ways.values()) < 0.999
    with EnhancementData(out["sequence_out"]) as data:
        target = data.maps_of("target", range(len(data)))
        assert 0.2 < target.std() < 1 and abs(target.mean()) < 0.3
        # two conditions of one place resemble each other, two places do not as much
        test = {data.map[row]: target[row].ravel() for row in data.rows("test", "test_both")}
        train = target[data.rows("train")[0]].ravel()
        same = np.corrcoef(*test.values())[0, 1]
        assert same > 0.3 and same > np.corrcoef(test["deep"], train)[0, 1]
