"""Bundles of image models and hybrids on maps: laws of the enhanced maps and their spread."""

import copy
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import cooler
import numpy as np
import pandas as pd
import pysam
import pytest
from bundle_example import SEEDS, write_bundle_of, write_run
from enhanced_example import SETTINGS
from small_maps import BALANCE, BINS, SIZE, SIZES, write_small_map

from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import (
    apply_bundle,
    apply_image,
    enhance_map,
    enhanced_files,
)
from workflow_scripts.enhancement.apply.window_dna import reverse_complement, window_dna
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.inference import (
    load_network,
    predict_hybrid,
    predict_hybrid_maps,
)
from workflow_scripts.enhancement.models.hybrid import hybrid_parts

FACTOR = 2


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(autouse=True)
def _device(monkeypatch):
    for module in (apply_bundle, apply_image):
        monkeypatch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")
    # such that the map has several levels
    monkeypatch.setattr(enhanced_files, "TILE", 64)


@pytest.fixture
def apply(run, tmp_path):
    """Apply a bundle of the run; gives the file and its table."""

    def start(model="image", contacts="", seeds=(1, 2), **changes):
        bundle = write_bundle_of(run, model, seeds)
        out = tmp_path / f"{model}-{len(seeds)}"
        settings = SETTINGS | {k: changes.pop(k) for k in list(changes) if k in SETTINGS}
        given = {"fasta": run["fasta"] if model == "hybrid" else (), "group": "", "kind": "pool"}
        apply_bundle.main(
            contacts or run["map"], **{**given, **changes}, bundle=str(bundle), where="apply.x",
            name="x", notes=["a note"], settings=settings, mcool=f"{out}.mcool",
            summary=f"{out}.tsv", checkpoints=str(tmp_path / "kept"), threads=1, gpu=0, seed=1,
        )  # fmt: skip
        return f"{out}.mcool", pd.read_csv(f"{out}.tsv", sep="\t").set_index("chrom")

    return start


def pixels(path, resolution=SIZE):
    return cooler.Cooler(f"{path}::/resolutions/{resolution}").pixels()[:]


def enhance(run, tmp_path, seed, circular=(), **changes):
    """Pixels that `enhance` writes with the network of a seed."""
    run_settings, bins = run["settings"], run["networks"]["image"]
    out = {name: str(tmp_path / f"own{seed}.{name}") for name in ("cool", "mcool")}
    apply_image.main(
        run["map"], bins[SEEDS.index(seed)], name="x", model=f"image.seed{seed}", resolution=SIZE,
        window=BINS, factor=FACTOR, coarsegrain=run_settings["coarsegrain"], balance=BALANCE,
        settings=SETTINGS | changes, circular=list(circular),
        checkpoints=str(tmp_path / "own"), threads=1, gpu=0, seed=1,
        summary=str(tmp_path / "own.tsv"), **out,
    )  # fmt: skip
    return out["mcool"], pd.read_csv(tmp_path / "own.tsv", sep="\t").set_index("chrom")


def test_a_bundle_of_one_network_gives_the_map_of_enhance_byte_for_byte(run, apply, tmp_path):
    own, table = enhance(run, tmp_path, 1)
    found, summary = apply(seeds=(1,))
    for level in cooler.fileops.list_coolers(found):
        one, two = (cooler.Cooler(f"{path}::{level}") for path in (own, found))
        for column in ("bin1_id", "bin2_id", "count"):
            a, b = (clr.pixels()[column][:].to_numpy() for clr in (one, two))
            assert a.tobytes() == b.tobytes()
        # an ensemble of one has no spread
        assert (two.pixels()["sd"][:] == 0).all()
        assert one.bins()[:].equals(two.bins()[:])
    assert len(pixels(found)) > 1000
    assert (summary.relative_sd.dropna() == 0).all()
    same = [c for c in table if c not in ("map", "model", "device")]
    pd.testing.assert_frame_equal(table[same], summary[same])


@pytest.mark.slow
def test_chromosomes_that_were_circular_in_training_are_so_again(run, tmp_path):
    settings = copy.deepcopy(run["settings"])
    settings["split"]["circular"] = ["chr2", "elsewhere"]
    bundle = write_bundle_of({**run, "settings": settings, "folder": run["folder"]}, "image", (1,))
    out = tmp_path / "circle.mcool"
    apply_bundle.main(
        run["map"], bundle=str(bundle), where="w", name="x", group="", kind="pool", notes=[],
        settings=SETTINGS, mcool=str(out), summary=str(tmp_path / "t.tsv"),
        checkpoints=str(tmp_path / "kept"), threads=1, gpu=0, seed=1,
    )  # fmt: skip
    own, plain = (pixels(enhance(run, tmp_path, 1, circular=names)[0]) for names in (["chr2"], []))
    found = pixels(out)
    assert found["count"].to_numpy().tobytes() == own["count"].to_numpy().tobytes()
    assert len(found) > len(plain)


def test_the_map_is_the_mean_over_the_networks_and_sd_their_spread_at_each_level(
    run, apply, tmp_path
):
    found, summary = apply(conserve="none")
    for level in (SIZE, 2 * SIZE):
        each = []
        for seed in SEEDS:
            table = pixels(enhance(run, tmp_path, seed, conserve="none")[0], level)
            each.append(table.set_index(["bin1_id", "bin2_id"])["count"])
        both = pd.concat(each, axis=1).fillna(0).to_numpy()
        table = pixels(found, level)
        np.testing.assert_allclose(table["count"], both.mean(1), rtol=1e-12)
        np.testing.assert_allclose(table["sd"], both.std(1), rtol=1e-9, atol=1e-12)
        assert (table["sd"] > 0).mean() > 0.9
    fine = pixels(found)
    expected = fine["sd"].sum() / fine["count"].sum()
    assert 0.001 < expected < 1
    # of each chromosome; the table has six digits
    names = cooler.Cooler(f"{found}::/resolutions/{SIZE}").bins()["chrom"][:].astype(str)
    for chrom in ("chr1", "chr2"):
        own = fine[names.loc[fine.bin1_id].to_numpy() == chrom]
        assert summary.relative_sd[chrom] == pytest.approx(
            own["sd"].sum() / own["count"].sum(), rel=1e-4
        )
    assert (summary.networks == 2).all()


@pytest.mark.parametrize("model", ["image", "hybrid"])
def test_contacts_of_the_input_are_kept(run, apply, model):
    found, summary = apply(model, conserve="pixel")
    back = pixels(found, 2 * SIZE).set_index(["bin1_id", "bin2_id"])["count"]
    low = cooler.Cooler(f"{run['map']}::/resolutions/{2 * SIZE}")
    given = low.pixels()[:]
    weight = low.bins()["weight"][:].to_numpy()
    given["balanced"] = given["count"] * weight[given.bin1_id] * weight[given.bin2_id]
    given = given.set_index(["bin1_id", "bin2_id"]).balanced
    inner = back[[one != two for one, two in back.index]]
    reach = 2
    near = inner[[two - one <= reach for one, two in inner.index]]
    assert len(near) > 100
    np.testing.assert_allclose(near, given.loc[near.index], rtol=1e-9)
    assert summary.r[["chr1", "chr2"]].min() > 0.999999


def test_a_hybrid_reads_the_dna_of_its_windows(run, apply, tmp_path):
    one = pixels(apply("hybrid", conserve="none")[0])
    genome = tmp_path / "other"
    genome.mkdir()
    fasta = genome / "g.fa"
    fasta.write_text("".join(f">{n}\n{'A' * size}\n" for n, size in SIZES.items()))
    pysam.faidx(str(fasta))
    two = pixels(apply("hybrid", conserve="none", fasta=str(fasta))[0])
    assert len(one) == len(two)
    assert not np.allclose(one["count"], two["count"], rtol=1e-3)


def test_windows_of_a_hybrid_are_predicted_as_in_the_run(run):
    parts = hybrid_parts(load_network(run["networks"]["hybrid"][0]))
    with EnhancementData(run["dataset"]) as data:
        rows = data.rows("test")
        own = predict_hybrid(parts, data, rows)
        applied = predict_hybrid_maps(parts, data.maps_of("low", rows), data.codes(rows))
    assert own.tobytes() == applied.tobytes()
    assert np.ptp(own) > 0.1


def test_the_dna_of_windows_within_a_chromosome_is_that_of_the_dataset(run):
    with EnhancementData(run["dataset"]) as data, pysam.FastaFile(run["fasta"]) as genome:
        for row in data.rows("train", "test"):
            start = int(data.start[row]) // SIZE
            if start % FACTOR:
                continue
            read = window_dna(
                genome, data.chrom[row], resolution=SIZE, factor=FACTOR, window=BINS,
                circular=False,
            )  # fmt: skip
            assert (read(start) == data.codes([row])[0]).all()


def test_the_dna_beyond_the_ends_is_mirrored_with_its_map_or_goes_round(run):
    with pysam.FastaFile(run["fasta"]) as genome:
        text = genome.fetch("chr2").upper()
        codes = np.array(["ACGTN".index(letter) for letter in text], "uint8")
        more = {"resolution": SIZE, "factor": FACTOR, "window": BINS}
        linear, circle = (
            window_dna(genome, "chr2", circular=circular, **more) for circular in (False, True)
        )
        # bin -1 of 2 kb is the mirror image of bin 1
        step = FACTOR * SIZE
        last = len(codes) // step
        start, end, around = linear(-2), linear(last * FACTOR), circle(last * FACTOR)
    assert (start[:step] == reverse_complement(codes[step : 2 * step])).all()
    assert (start[step:] == codes[: (BINS - FACTOR) * SIZE]).all()
    # the last bin, of 300 bp, is filled up with N
    assert (end[:300] == codes[last * step :]).all()
    assert (end[300:step] == 4).all()
    before = codes[(last - 1) * step : last * step]
    assert (end[step : 2 * step] == reverse_complement(before)).all()
    assert (around[step : 2 * step] == codes[:step]).all()
    assert (reverse_complement(np.array([0, 1, 4, 3])) == [0, 4, 2, 3]).all()


@pytest.mark.slow
def test_a_killed_job_resumes_with_the_remaining_chromosomes(apply, monkeypatch):
    expected = Path(apply()[0]).read_bytes()
    done, real = [], enhance_map.enhanced_arrays

    def recorded(clr, chrom, *more, **settings):
        done.append(chrom)
        if len(done) == 2:
            raise KeyboardInterrupt
        return real(clr, chrom, *more, **settings)

    monkeypatch.setattr(enhance_map, "enhanced_arrays", recorded)
    with pytest.raises(KeyboardInterrupt):
        apply()
    assert Path(apply()[0]).read_bytes() == expected
    assert done[:3] == ["chr1", "chr2", "chr2"]
    assert done.count("chr1") == 1


def test_a_map_of_another_depth_is_warned_of_with_both_numbers(run, apply, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "chromaloom"):
        apply()
    assert "(ratio 1)" in caplog.text
    assert "not tested on maps of this depth" not in caplog.text
    assert "apply.x: a note" in caplog.text
    caplog.clear()
    shallow = write_small_map(tmp_path / "shallow.mcool", seed=1, depth=10)
    with caplog.at_level(logging.INFO, "chromaloom"):
        apply(contacts=shallow)
    wanted = read_bundle(run["folder"] / "bundle-image-2", "w").inputs["contacts_per_bin"]["pool"]
    assert f"in the training data of the bundle {wanted:.4g} (ratio 0.1" in caplog.text
    assert "not tested on maps of this depth" in caplog.text


def test_the_job_refuses_a_map_of_another_genome_and_one_of_other_bins(run, apply, tmp_path):
    sizes = {**SIZES, "chr2": 70_000}
    other = write_small_map(tmp_path / "other.mcool", sizes)
    with pytest.raises(UserError, match=r"chr2 has 70000 bp, in .*genome.fa 64300 bp"):
        apply("hybrid", contacts=other)
    fine = str(tmp_path / "fine.cool")
    cooler.fileops.cp(f"{run['map']}::/resolutions/{SIZE}", fine)
    with pytest.raises(UserError, match="bins of 1000 bp; expected: 2000"):
        apply(contacts=fine, kind="")


@pytest.mark.slow
def test_a_hic_file_is_read_where_a_library_is_installed(run, apply, tmp_path, monkeypatch):
    clr = cooler.Cooler(f"{run['map']}::/resolutions/{2 * SIZE}")

    class Chromosome(SimpleNamespace):
        pass

    class HiCFile:
        def __init__(self, path):
            self.path = path

        def getChromosomes(self):
            return [
                Chromosome(name=name, length=size, index=number)
                for number, (name, size) in enumerate(clr.chromsizes.items())
            ]

        def getResolutions(self):
            return [2 * SIZE]

    def straw(kind, norm, path, one, two, unit, size):
        found = clr.matrix(balance=False).fetch(one, two)
        if one == two:
            found = np.triu(found)
        return [
            SimpleNamespace(binX=i * size, binY=j * size, counts=found[i, j])
            for i, j in zip(*np.nonzero(found), strict=True)
        ]

    monkeypatch.setitem(sys.modules, "hictkpy", None)
    monkeypatch.setitem(sys.modules, "hicstraw", SimpleNamespace(HiCFile=HiCFile, straw=straw))
    path = tmp_path / "x.hic"
    path.write_bytes(b"HIC\0" + bytes(60))
    found, _ = apply(contacts=str(path), kind="")
    expected, _ = apply()
    one, two = pixels(found), pixels(expected)
    np.testing.assert_allclose(one["count"], two["count"], rtol=1e-6)
