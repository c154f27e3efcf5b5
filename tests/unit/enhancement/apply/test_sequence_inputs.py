"""Plans of bundles of sequence models: what is refused before any job."""

import pytest

from workflow_scripts.chromaloom.genomics.nucleotides import check_letters
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle
from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply.sequence_inputs import (
    SCANNED,
    Region,
    fasta_sizes,
    find_regions,
    plan_application,
    stated_keys,
)

SIZES = {"chr1": 1_000_999, "chr2": 400_000, "small": 5_000}
INPUTS = {"assembly": "hg38", "resolution": 1_000, "window_bins": 100}
ENTRY = {"assembly": "hg38", "fasta": "", "regions": [], "target": "", "any_assembly": False,
         "cell": "", "match_depth": False}  # fmt: skip
GENOMES = {"hg38": {"fasta": "hg38.fa"}, "hg19": {"fasta": "hg19.fa"}, "bare": {"fasta": ""}}
DNA = "ACGTNacgtnRYK"


def planned(tmp_path, *, inputs=(), targets=("mean",), stated=(), sizes=SIZES, **entry):
    facts = {"inputs": {**INPUTS, **dict(inputs)}, "outputs": {"targets": list(targets)}}
    if "text" in entry:
        (tmp_path / "x.fa").write_text(entry.pop("text"))
        entry |= {"fasta": str(tmp_path / "x.fa"), "assembly": ""}
    application = Application(Bundle(tmp_path, facts), {**ENTRY, **entry})
    return plan_application(application, GENOMES, lambda _: sizes, dict(stated), "c.yaml: apply.x")


def test_a_genome_or_a_fasta_is_planned(tmp_path):
    plan = planned(tmp_path, regions=["chr1:0.1M-0.3M", "chr2"])
    assert (plan.assembly, plan.fasta, plan.target) == ("hg38", "", "mean")
    assert planned(tmp_path, assembly="").assembly == "hg38"  # that of the bundle
    assert planned(tmp_path, assembly="hg19", any_assembly=True).assembly == "hg19"
    assert planned(tmp_path, targets=["HFF", "H1hESC"], target="H1hESC").target == "H1hESC"
    assert planned(tmp_path, targets=["HFF", "H1hESC"]).target == "HFF"
    # lengths that are not known yet are checked by the job
    assert planned(tmp_path, sizes={}, regions=["chrX"]).regions == ["chrX"]
    plan = planned(tmp_path, text=f">a b\n{DNA * 10_000}\n>tiny\nA\n")
    assert (plan.assembly, plan.fasta) == ("", str(tmp_path / "x.fa"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"assembly": "hg19"}, r"assembly is 'hg19', that of the bundle 'hg38' .* any_assembly: t"),
        ({"assembly": "bare"}, "no DNA: assembly 'bare' has no fasta; expected: assembly, a key"),
        ({"assembly": "", "inputs": {"assembly": ""}}, "no DNA: assembly '' has no fasta"),
        ({"fasta": "x.fa"}, "fasta: set with assembly; expected: one of them"),
        ({"cell": "K562"}, "cell: 'K562', but the model of the bundle reads DNA only"),
        ({"map": "low"}, "map: 'low', but the model of the bundle reads DNA only"),
        ({"match_depth": True}, "match_depth: True, but the model of the bundle reads DNA only"),
        ({"target": "HFF"}, r"target: 'HFF' is no map of the bundle .*expected: mean"),
        ({"inputs": {"embeddings": {"positions": 9}}}, "reads embeddings of a language model"),
        ({"stated": {"resolution": 5_000}}, "enhancement.resolution is 5000, that of the bundle"),
        ({"stated": {"window_bins": 200}}, r"enhancement.window_bins is 200, .*own \(100\)"),
        ({"regions": ["chr9"]}, "regions: 'chr9': no chromosome 'chr9'; available: chr1, chr2, sm"),
        ({"regions": ["chr1:1M-2M"]}, "regions: 'chr1:1M-2M' is outside the genome; .*1,000,999"),
        ({"regions": ["chr1:0-99k"]}, "'chr1:0-99k' has 99 whole bins of 1,000 bp; .* 100,000 bp"),
        ({"regions": ["small"]}, r"'small' has 5 whole bins .* at least 100,000 bp \(100 bins"),
        ({"regions": ["chr1:500-100500"]}, "'chr1:500-100500' has 99 whole bins"),
        ({"regions": ["chr1", "chr1:0-200k"]}, "'chr1:0-200k' and 'chr1' overlap"),
        ({"regions": ["1-2"]}, "regions: '1-2': no chromosome '1-2'"),
        ({"sizes": {"a": 500, "b": 99_999}}, "no sequence is long enough, the longest is 'b' of"),
        ({"text": f">a\n{DNA}\n"}, "no sequence is long enough, the longest is 'a' of 13 bp"),
        ({"text": f">a\n{DNA}\nACUG\n"}, r"fasta: .*x.fa: line 3: 'U' is no nucleotide .*letter 3"),
        ({"text": ">a\nMKVLHE\n"}, r"x.fa: line 2: 'L' is no nucleotide of DNA \(letter 4\)"),
        ({"text": f">a\n{DNA}\n>a\n{DNA}\n"}, "x.fa: line 3: a second sequence 'a'"),
    ],
)  # fmt: skip
def test_what_a_bundle_cannot_read_is_refused_in_one_line(tmp_path, changes, message):
    with pytest.raises(UserError, match=message) as caught:
        planned(tmp_path, **changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)


def test_regions_are_whole_bins_in_the_order_of_the_genome():
    found = find_regions(["chr2:100,001-350k", "chr1:0-100k", "chr1:100k-200k"], SIZES, INPUTS, "w")
    assert found == [Region("chr1", 0, 100), Region("chr1", 100, 100), Region("chr2", 101, 249)]
    # a chromosome's last bin is shorter
    assert find_regions([], SIZES, INPUTS, "w") == [Region("chr1", 0, 1000), Region("chr2", 0, 400)]


def test_a_large_fasta_is_left_to_the_job_unless_it_has_an_index(tmp_path):
    path = tmp_path / "large.fa"
    with path.open("wb") as handle:
        handle.truncate(SCANNED + 1)
    assert fasta_sizes(str(path), "w") == {}
    (tmp_path / "large.fa.fai").write_text("a\t99\t3\t60\t61\n")
    assert fasta_sizes(str(path), "w") == {"a": 99}


def test_codes_of_ambiguous_bases_are_nucleotides():
    check_letters("ACGTNRYSWKMBDHVacgtnryswkmbdhv", "w")
    with pytest.raises(UserError, match=r"^w: '-' is no nucleotide of DNA \(letter 2\)"):
        check_letters("A-", "w")


def test_only_keys_that_are_not_the_defaults_are_compared_and_only_without_training(root):
    schema = load_schema(root / "resources/schemas")
    config = complete_config(
        {"name": "x", "papers": [], "enhancement": {"resolution": 1000, "window_bins": 200}},
        schema, "c",
    )  # fmt: skip
    assert stated_keys(config, schema) == {"resolution": 1000}
    assert stated_keys({**config, "papers": ["enhancement"]}, schema) == {}
