"""The plan of bundles on maps: every mismatch is refused in one line, or noted, before any job."""

import cooler
import pandas as pd
import pytest
import yaml
from enhanced_example import counts, write_cool

from workflow_scripts.chromaloom.ml.bundles import Application, Bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.sheets import check_file
from workflow_scripts.enhancement.apply.inputs import (
    MapFacts,
    applied_settings,
    check_genome,
    low_resolution,
    map_facts,
    name_notes,
    plan_application,
)

SAMPLES = pd.DataFrame({"assembly": ["sim", "other"]}, index=["wt", "mutant"])
MAPS = {"wt": "results/x/contacts/wt.mcool", "mutant": "results/x/contacts/mutant.mcool"}
FASTA = {"sim": {"fasta": "g.fa"}, "other": {"fasta": "o.fa"}, "bare": {"fasta": ""}}
SIZES = {"a": 80_000, "b": 60_000}


def bundle(tmp_path, kinds=("pool",), *, dna=False, **inputs):
    low = {"pool": 2000, "downsample": 1000}
    known = {
        "resolution": 1000,
        "low_resolution": {"kinds": list(kinds), "factor": 2, "fraction": 0.1,
                           "bins": {kind: low[kind] for kind in kinds}},
        "window_bins": 24, "inner_bins": 20, "coarsegrain": {"cutoff": 2},
        "lower_quantile": 0.01, "scale_shift": {"pool": [0.5, -1.0, -2.0],
                                                "downsample": [1.0, 0.5, 0.25]},
        "assembly": "sim", "chromosomes": {"a": 80_000}, **inputs,
    }  # fmt: skip
    if dna:
        known["dna"] = {"length": 24_000}
    facts = {"paper": "enhancement", "model": "hybrid" if dna else "image", "inputs": known}
    return Bundle(tmp_path / "bundle", yaml.safe_load(yaml.safe_dump(facts)))


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Maps of 1, 2 and 4 kb, an .mcool of 1 and 2 kb, one of short chromosomes, other files."""
    folder = tmp_path_factory.mktemp("maps")
    chroms = {"a": counts(80), "b": counts(60, seed=1)}
    write_cool(folder / "fine.cool", chroms)
    both = str(folder / "both.mcool")
    cooler.zoomify_cooler(str(folder / "fine.cool"), both, [1000, 2000], chunksize=10**6)
    for factor, name in ((2, "low"), (4, "coarse")):
        cooler.coarsen_cooler(
            str(folder / "fine.cool"), str(folder / f"{name}.cool"), factor, chunksize=10**6
        )
    write_cool(folder / "short.cool", {"a": counts(8)}, 2000)
    write_cool(folder / "named.cool", {"chrA": counts(40)}, 2000)
    (folder / "text.cool").write_text("chrom\tstart\n" * 9)
    (folder / "x.hic").write_bytes(b"HIC\0" + bytes(60))
    return folder


def planned(tmp_path, maps, text, *, kinds=("pool",), dna=False, resolutions=(1000, 2000), **given):
    path = text if "." not in text else f"{maps}/{text}"
    settings = {"map": path, "assembly": "", "any_assembly": False, **given}

    def find(value, where):
        check_file(value, where, (), "cool")
        return value

    return plan_application(
        Application(bundle(tmp_path, kinds, dna=dna), settings), samples=SAMPLES, maps=MAPS,
        resolutions=list(resolutions), assemblies=FASTA, where="c.yaml: apply.x", find=find,
        known_sizes=lambda name: SIZES if name == "sim" else {},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kinds", "kind"),
    [
        ("low.cool", ["pool"], "pool"),
        ("fine.cool", ["downsample"], "downsample"),
        ("fine.cool", ["pool", "downsample"], "downsample"),
        ("both.mcool", ["pool", "downsample"], "pool"),
        ("both.mcool::/resolutions/1000", ["pool", "downsample"], "downsample"),
        ("wt", ["pool"], "pool"),
        ("x.hic", ["pool"], ""),  # the job opens it
    ],
)
def test_the_kind_of_low_resolution_follows_from_the_bins(tmp_path, maps, text, kinds, kind):
    plan = planned(tmp_path, maps, text, kinds=kinds, any_assembly=True)
    assert (plan.kind, plan.assembly) == (kind, "")
    assert plan.group == text.partition("::")[2]
    assert plan.contacts == MAPS.get(text, f"{maps}/{text.partition('::')[0]}")


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("", {}, "reads a contact map, there is none .*expected: a .cool, .mcool, .hic file, or a"),
        ("Beta", {}, "'Beta' is no such file or sample .*available samples: wt, mutant"),
        ("gone.cool", {}, "apply.x.map: file '.*gone.cool' does not exist"),
        ("text.cool", {}, "apply.x.map: .*text.cool: no contact map; expected: .cool or .mcool"),
        ("x.hic.cool", {}, "does not exist"),
        ("both.mcool::/resolutions/5000", {}, "no map in group '/resolutions/5000'"),
        # resolution, factor and kind of low resolution
        ("fine.cool", {}, r"bins of 1000 bp; expected: 2000 \(pooled counts, 2 bins of 1000 in one"
         r"\).*fix: the model makes bins of 1000 from those of 2000: coarsen"),
        ("coarse.cool", {}, "bins of 4000 bp; expected: 2000 .*fix: take a map of these bins"),
        ("low.cool", {"kinds": ["downsample"]}, r"bins of 2000 bp; expected: 1000 \(down-sampled"
         r" counts in the bins of the output, 1000\).*fix: take a map of these bins"),
        ("coarse.cool", {"kinds": ["pool", "downsample"]}, "expected: 2000 .* or 1000 "),
        ("both.mcool::/resolutions/1000", {}, "bins of 1000 bp; expected: 2000"),
        ("wt", {"resolutions": [500, 1000]}, "bins of 500, 1000 bp; .*fix: add 2000 to "),
        # window
        ("short.cool", {}, r"longest chromosome has 16,000 bp; expected: at least a window of the"
         r" bundle, 24,000 bp \(24 bins of 1000 bp"),
        # genome
        ("mutant", {}, "is of assembly other, the bundle of sim: .*fix: .* any_assembly: true"),
        ("named.cool", {}, "the map is of assembly made, the bundle of sim"),
        # DNA
        ("low.cool", {"assembly": "sim"}, "model 'image' reads no DNA; expected: no assembly"),
        ("low.cool", {"dna": True}, "there is no assembly .*expected: a key of assemblies with fa"
         "sta; available: sim, other"),
        ("low.cool", {"dna": True, "assembly": "bare"}, "assembly 'bare' has no fasta"),
        ("low.cool", {"dna": True, "assembly": "hg38"}, "assembly 'hg38' has no fasta"),
        ("low.cool", {"dna": True, "assembly": "other"}, "assembly is 'other', that of the bundle"
         " 'sim'"),
        ("mutant", {"dna": True}, "assembly is 'other', that of the bundle 'sim'"),
        ("named.cool", {"dna": True, "assembly": "sim"}, "named.cool"),
    ],
)  # fmt: skip
def test_a_map_that_the_bundle_was_not_trained_for_is_refused_in_one_line(
    tmp_path, maps, text, changes, message
):
    with pytest.raises(UserError, match=message) as caught:
        planned(tmp_path, maps, text, **changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)


def test_a_genome_of_other_lengths_is_refused():
    with pytest.raises(UserError, match="c: a has 9 bp, in sim 80000 bp; the map is of another"):
        check_genome({"a": 9}, SIZES, "c", "sim")
    # as long as lengths are not known, the job checks them
    assert check_genome({"a": 9}, {}, "c", "sim") == {}
    assert check_genome({"chra": 80_000, "b": 60_000}, {"chra": 80_000, "b": 60_000}, "c", "s") == {
        "chra": "chra", "b": "b"
    }  # fmt: skip


def test_a_hybrid_reads_the_genome_of_the_sample_or_the_one_that_is_named(tmp_path, maps):
    assert planned(tmp_path, maps, "wt", dna=True).assembly == "sim"
    assert planned(tmp_path, maps, "low.cool", dna=True, assembly="sim").assembly == "sim"
    other = planned(tmp_path, maps, "mutant", dna=True, any_assembly=True)
    assert other.assembly == "other"
    assert "the map is of assembly other, the bundle of sim" in other.notes[0]


def test_another_genome_and_other_names_of_chromosomes_are_noted_if_they_are_allowed(
    tmp_path, maps
):
    model = bundle(tmp_path)
    assert name_notes(model, MapFacts([2000], SIZES, "sim")) == []
    # what is not known is not compared
    assert name_notes(model, MapFacts([2000], {}, "")) == []
    # another map of the assembly, names of UCSC
    assert name_notes(model, MapFacts([2000], {"z": 9}, "sim")) == []
    assert name_notes(model, MapFacts([2000], {"chra": 9}, "")) == []
    notes = planned(tmp_path, maps, "named.cool", any_assembly=True).notes
    assert "the map is of assembly made, the bundle of sim" in notes[0]
    assert (
        "no chromosome of the map (chrA) has a name that the bundle was trained on (a)" in notes[1]
    )


def test_a_file_that_a_rule_makes_is_left_to_the_job(tmp_path):
    assert map_facts(str(tmp_path / "later.mcool")) == MapFacts((), {}, "")


def test_windows_are_those_of_the_training(tmp_path):
    model = bundle(tmp_path, ["pool", "downsample"])
    assert low_resolution(model, [1000, 2000, 4000], "x") == "pool"
    pool, same = (applied_settings(model, kind) for kind in ("pool", "downsample"))
    assert (pool["factor"], pool["shift"]) == (2, (0.5, -1.0, -2.0))
    assert (same["factor"], same["shift"]) == (1, (1.0, 0.5, 0.25))
    assert pool["window"] == 24
    assert (pool["inner"], pool["lower_quantile"]) == (20, 0.01)
