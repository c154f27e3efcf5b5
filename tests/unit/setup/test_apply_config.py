"""The config that `make apply` writes."""

import inspect
import re
import subprocess

import pytest
import yaml

from workflow_scripts.chromaloom.ml.bundles import Bundle
from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.setup.apply_config import (
    NAMES,
    READS,
    RUN_NAME,
    apply_config,
    check_options,
    check_variables,
    find_bundle,
    main,
)


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


@pytest.mark.parametrize(
    ("paper", "given", "words"),
    [
        ("deepchrome", {"fasta": "g.fa", "gtf": "g.gtf"}, "SAMPLES and RUNS .*, FASTA and GTF$"),
        ("deepexpression", {"fasta": "g.fa"}, r"PROMOTERS \(a FASTA\), or FASTA and GTF"),
        ("conformation", {"sizes": "s"}, "SAMPLES and RUNS .*, and SIZES or FASTA$"),
    ],
)
def test_what_a_model_needs_is_named(tmp_path, paper, given, words):
    with pytest.raises(UserError, match=f"nothing to apply the model to; expected: {words}"):
        apply_config(bundle(paper, tmp_path), name="x", **given)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["MODEL", "SAMPLE"], "SAMPLE: no such option; expected: .*; did you mean SAMPLES?"),
        (["MATCHDEPTH"], "MATCHDEPTH: no such option; .*; did you mean MATCH_DEPTH?"),
        (["map"], "map: no such option; .*; did you mean MAP?"),
    ],
)
def test_a_misspelt_option_is_refused(names, words):
    check_variables(["MODEL", "NAME", "CONFIG", "CORES", "VERBOSE", "SAMPLES"])
    with pytest.raises(UserError, match=words):
        check_variables(names)


def test_a_config_that_is_no_file_is_refused(tmp_path):
    (tmp_path / "a").touch()
    check_variables([], f"{tmp_path / 'a'}")
    with pytest.raises(UserError, match=r"make apply: CONFIG: file .*/b' does not exist; expected"):
        check_variables([], f"{tmp_path / 'a'} {tmp_path / 'b'}")


def test_make_gives_the_names_of_the_variables_of_its_command(root):
    done = subprocess.run(
        ["make", "-n", "-o", "setup", "-f", str(root / "Makefile"), "apply", "SAMPLE=a b"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert '"VARIABLES=SAMPLE"' in done.stdout


def test_a_mistake_ends_the_program_with_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"error: make apply: MODEL: .*no model.yaml"):
        main(str(tmp_path / "c.yaml"), "x", str(tmp_path), "SAMPLES=", "RUNS=")
    assert not (tmp_path / "c.yaml").exists()


def test_a_name_is_that_of_a_run_and_no_path(tmp_path, root):
    schema = (root / "resources/schemas/config.schema.yaml").read_text()
    assert f"^{RUN_NAME}$" in schema
    with pytest.raises(SystemExit, match=r"error: make apply: NAME: '\.\./x' is no name of a run"):
        main(str(tmp_path / "c.yaml"), "../x", "deepexpression-K562-seq", "PROMOTERS=p.fa")
    assert not (tmp_path / "c.yaml").exists()


def test_the_config_is_written_as_yaml(tmp_path):
    from workflow_scripts.chromaloom.ml.bundles import write_bundle

    facts = {"paper": "conformation", "model": "forward", "inputs": {"signal_value": "signal"}}
    network = tmp_path / "n.keras"
    network.write_bytes(b"PK\x05\x06" + bytes(18))  # an empty zip archive
    write_bundle(tmp_path / "b", facts, {"seed1": network}, "card")
    (tmp_path / "s.tsv").write_text("sample\tcell\na\tA\n")
    options = [f"SAMPLES={tmp_path / 's.tsv'}", "RUNS=r=1.tsv", "FASTA=g.fa", "MAP="]
    main(str(tmp_path / "r/c.yaml"), "x", str(tmp_path / "b"), *options)
    config = yaml.safe_load((tmp_path / "r/c.yaml").read_text())
    assert config["signal"] == {"value": "signal"}
    assert config["papers"] == []
    assert config["runs"] == "r=1.tsv"


def test_the_makefile_gives_the_options_that_models_read(root):
    (line,) = re.findall(r"^OPTIONS := (.*)$", (root / "Makefile").read_text(), re.M)
    assert set(line.split()) == {o for text in READS.values() for o in text.split()} | {"CONFIG"}
    arguments = inspect.signature(apply_config).parameters
    options = set(line.split()) - {"CONFIG"}
    assert {NAMES.get(option, option.lower()) for option in options} <= arguments.keys()
    table = (
        (root / "docs/apply.md").read_text().split("### Options of make apply")[1].split("## ")[0]
    )
    assert not [option for option in line.split() if f"`{option}" not in table]


def test_the_name_of_a_bundle_that_comes_with_the_workflow_stands_for_its_folder(
    root, tmp_path, monkeypatch
):
    monkeypatch.chdir(root)
    assert find_bundle("deepchrome-K562") == "resources/bundles/deepchrome-K562"
    assert find_bundle("resources/bundles/deepchrome-K562") == "resources/bundles/deepchrome-K562"
    (tmp_path / "deepchrome-K562").mkdir()
    monkeypatch.chdir(tmp_path)
    # a path of the user comes first
    assert find_bundle("deepchrome-K562") == "deepchrome-K562"


@pytest.mark.parametrize(
    ("model", "message"),
    [("deepchrome-k562", "'deepchrome-k562' is neither a .*; did you mean deepchrome-K562?"),
     ("", "MODEL: is not set; expected: the folder or .zip of a bundle")],
)  # fmt: skip
def test_an_unknown_model_is_refused_with_those_that_there_are(model, message):
    with pytest.raises(UserError, match=message) as caught:
        find_bundle(model)
    assert "deepchrome-K562, " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("paper", "kind", "given", "words"),
    [
        ("deepchrome", "", {"MAP": "m.mcool", "RUNS": "r"}, "MAP=m.mcool: is not read .*: SAMPLES"),
        ("conformation", "", {"MATCH_DEPTH": "1"}, "MATCH_DEPTH=1: is not read"),
        ("deepexpression", "", {"REGIONS": "chr1"}, "REGIONS=chr1: is not read .*PROMOTERS"),
        ("enhancement", "image", {"MAP": "m", "FASTA": "g"}, "FASTA=g: is not read .*: MAP, ANY"),
        ("enhancement", "sequence", {"SAMPLES": "s"}, "SAMPLES=s: is not read .*: FASTA, GTF, REG"),
    ],
)
def test_an_option_that_the_model_does_not_read_is_refused(tmp_path, paper, kind, given, words):
    with pytest.raises(UserError, match=words) as caught:
        check_options(bundle(paper, tmp_path, kind=kind), {**given, "SIZES": ""})
    assert "\n" not in str(caught.value)


def test_regions_and_a_map_are_those_of_the_profiles_of_one_cell(tmp_path, root):
    model, sheet = bundle("conformation", tmp_path), tmp_path / "s.tsv"
    sheet.write_text("sample\tcell\tassembly\na\tA\tdm6\n")
    given = {"name": "x", "samples": str(sheet), "runs": "r.tsv", "contacts": "m.mcool"}
    config = apply_config(model, regions="chr2L chr3R:1M-2M", **given)
    assert config["apply"]["A"] == {
        "bundle": str(model.folder), "cell": "A", "map": "m.mcool",
        "regions": ["chr2L", "chr3R:1M-2M"],
    }  # fmt: skip
    complete_config(config, load_schema(root / "resources/schemas"), "x")
    sheet.write_text("sample\tcell\tassembly\na\tA\tdm6\nb\tB\tdm6\n")
    with pytest.raises(UserError, match=r"MAP: m.mcool: the sheet has 2 cells \(A, B\); expected"):
        apply_config(model, **given)


@pytest.mark.parametrize("text", [None, "sample\tkind\na\tA\n", "sample\tcell\n", ""])
def test_a_file_that_is_no_sample_sheet_is_refused(tmp_path, text):
    words = "SAMPLES: file .*/s.tsv' does not exist; expected: a sample sheet; fix: see docs/own-"
    if text is not None:
        (tmp_path / "s.tsv").write_text(text)
        words = r"SAMPLES: .*/s.tsv: no sample sheet with cells; expected"
    with pytest.raises(UserError, match=words):
        apply_config(bundle("deepchrome", tmp_path), name="x", samples=str(tmp_path / "s.tsv"),
                     runs="r.tsv")  # fmt: skip
