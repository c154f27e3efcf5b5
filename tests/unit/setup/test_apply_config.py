"""The config that `make apply` writes."""

import pytest
import yaml

from workflow_scripts.chromaloom.ml.bundles import Bundle
from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.setup.apply_config import apply_config, main


def bundle(paper, tmp_path, kind="", **inputs):
    return Bundle(tmp_path / "bundle", {"paper": paper, "kind": kind, "inputs": inputs})


def test_every_cell_of_the_sheet_has_an_entry_and_the_bins_are_those_of_the_bundle(tmp_path, root):
    sheet = tmp_path / "s.tsv"
    sheet.write_text("sample\tcell\tassembly\na\tA\thg38\nb\tB\thg38\nc\tA\thg38\n")
    model = bundle("deepchrome", tmp_path, bin_size=50, n_bins=80, orient=True, assembly="hg19")
    config = apply_config(
        model, name="x", samples=str(sheet), runs="r.tsv", fasta="g.fa", gtf="g.gtf"
    )
    assert config["tss_bins"] == {"bin_size": 50, "n_bins": 80, "orient": True}
    assert {name: entry["cell"] for name, entry in config["apply"].items()} == {"A": "A", "B": "B"}
    assert config["assemblies"] == {"hg38": {"fasta": "g.fa", "gtf": "g.gtf"}}
    complete_config(config, load_schema(root / "resources/schemas"), "x")


def test_a_model_of_sequences_reads_a_fasta_or_a_genome_without_sheets(tmp_path, root):
    model = bundle("deepexpression", tmp_path, assembly="hg19", resolution=None)
    designed = apply_config(model, name="x", promoters="p.fa")
    assert designed["apply"] == {"promoters": {"bundle": str(model.folder), "fasta": "p.fa"}}
    genome = apply_config(model, name="x", fasta="g.fa", gtf="g.gtf")
    assert genome["apply"]["genes"]["assembly"] == "hg19"
    assert genome["assemblies"].keys() == {"hg19"}
    for config in (designed, genome):
        assert "loops" not in config
        complete_config(config, load_schema(root / "resources/schemas"), "x")


def test_a_model_of_maps_reads_a_genome_or_regions_of_it(tmp_path, root):
    model = bundle("enhancement", tmp_path, kind="sequence", assembly="hg38")
    whole = apply_config(model, name="x", fasta="g.fa")
    assert whole["apply"]["maps"] == {
        "bundle": str(model.folder), "assembly": "hg38", "regions": [],
    }  # fmt: skip
    assert whole["assemblies"] == {"hg38": {"fasta": "g.fa"}}
    part = apply_config(model, name="x", fasta="g.fa", regions="chr1:1,000,000-2M chr2")
    assert part["apply"]["maps"]["regions"] == ["chr1:1,000,000-2M", "chr2"]
    for config in (whole, part):
        complete_config(config, load_schema(root / "resources/schemas"), "x")
    with pytest.raises(UserError, match=r"make apply: nothing to .*; expected: FASTA \(a genome\)"):
        apply_config(model, name="x", samples="s.tsv", runs="r.tsv")


def test_profiles_need_chromosome_lengths_alone_and_keys_of_entries_can_be_set(tmp_path, root):
    (tmp_path / "s.tsv").write_text("sample\tcell\tassembly\na\tA\tdm6\n")
    (tmp_path / "dm6.sizes").write_text("chr2L\t23513712\n")
    config = apply_config(
        bundle("conformation", tmp_path), name="x", samples=str(tmp_path / "s.tsv"), runs="r.tsv",
        sizes=str(tmp_path / "dm6.sizes"), any_assembly="1",
    )  # fmt: skip
    assert config["assemblies"] == {"dm6": {"sizes": {"chr2L": 23513712}}}
    assert config["apply"]["A"]["any_assembly"] is True
    assert "match_depth" not in config["apply"]["A"]
    complete_config(config, load_schema(root / "resources/schemas"), "x")


@pytest.mark.parametrize("text", [None, "chr2L 5\n", "chr2L\tlong\n"])
def test_a_file_that_is_no_table_of_lengths_is_refused(tmp_path, text):
    if text:
        (tmp_path / "sizes").write_text(text)
    (tmp_path / "s.tsv").write_text("sample\tcell\na\tA\n")
    with pytest.raises(
        UserError, match=r"SIZES: .*/sizes: no table of chromosome lengths; expected"
    ):
        apply_config(bundle("conformation", tmp_path), name="x", samples=str(tmp_path / "s.tsv"),
                     runs="r.tsv", sizes=str(tmp_path / "sizes"))  # fmt: skip


def test_a_model_of_contact_maps_reads_one_and_a_hybrid_its_genome(tmp_path, root):
    model = bundle("enhancement", tmp_path, kind="image", assembly="hg38")
    image = apply_config(model, name="x", contacts="m.mcool")
    assert image["apply"] == {"map": {"bundle": str(model.folder), "map": "m.mcool"}}
    assert "assemblies" not in image
    both = bundle("enhancement", tmp_path, kind="hybrid", assembly="hg38", dna={"length": 9})
    hybrid = apply_config(both, name="x", contacts="m.mcool", fasta="g.fa", any_assembly="1")
    assert hybrid["apply"]["map"]["any_assembly"] is True
    assert hybrid["apply"]["map"]["assembly"] == "hg38"
    assert hybrid["assemblies"] == {"hg38": {"fasta": "g.fa"}}
    for config in (image, hybrid):
        complete_config(config, load_schema(root / "resources/schemas"), "x")
    with pytest.raises(
        UserError, match=r"make apply: nothing to .*; expected: MAP \(a .cool, .mco"
    ):
        apply_config(model, name="x", fasta="g.fa")
    with pytest.raises(UserError, match=r"expected: MAP .*, and FASTA .*, which a hybrid reads"):
        apply_config(both, name="x", contacts="m.mcool")


def test_nothing_to_apply_a_model_to_is_refused(tmp_path):
    with pytest.raises(UserError, match="make apply: nothing to apply the model to; expected: SAM"):
        apply_config(bundle("conformation", tmp_path), name="x", samples="s.tsv")


def test_a_mistake_ends_the_program_with_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"error: make apply: MODEL: .*no model.yaml"):
        main(str(tmp_path / "c.yaml"), "x", str(tmp_path), "", "", "", "", "")
    assert not (tmp_path / "c.yaml").exists()


def test_the_config_is_written_as_yaml(tmp_path):
    from workflow_scripts.chromaloom.ml.bundles import write_bundle

    facts = {"paper": "conformation", "model": "forward", "inputs": {"signal_value": "signal"}}
    network = tmp_path / "n.keras"
    network.write_bytes(b"PK\x05\x06" + bytes(18))  # an empty zip archive
    write_bundle(tmp_path / "b", facts, {"seed1": network}, "card")
    main(str(tmp_path / "r/c.yaml"), "x", str(tmp_path / "b"), "", "", "g.fa", "g.gtf", "")
    config = yaml.safe_load((tmp_path / "r/c.yaml").read_text())
    assert config["signal"] == {"value": "signal"}
    assert config["papers"] == []
