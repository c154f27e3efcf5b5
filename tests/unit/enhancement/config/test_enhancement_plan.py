import pandas as pd
import pytest
from small_maps import SETTINGS

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import parse_arc, plan_maps

ROWS = [("x", "Hi-C", "sim"), ("y", "Micro-C", "sim"), ("z", "Hi-C", "other"), ("r", "RNA-seq", "")]
SHEET = pd.DataFrame(ROWS, columns=["sample", "assay", "assembly"]).set_index("sample", drop=False)
GENOMES = {"sim": {"fasta": "a.fa"}, "other": {"fasta": "", "sizes": {}}}
BASE = {**SETTINGS, "maps": ["x", "y"], "crop": 2, "sequence": {"head": []}, "embeddings": ""}
# published networks on counts
COUNTS = {
    "resolutions": [1000, 10_000, 20_000],
    "resolution": 10_000,
    "low_resolution": {"method": "downsample"},
    "image": {"published": {"deephic": "deephic_raw_16", "hicplus": "", "input": "counts"}},
}
MODELS = {"sequence": {"head": ["akita"]}, "embeddings": "e.h5"}


def plan(resolutions=(1000, 2000), sheet=SHEET, **changes):
    settings = {**BASE, **{k: v for k, v in changes.items() if not isinstance(v, dict)}}
    for key, value in changes.items():
        if isinstance(value, dict):
            settings[key] = {**BASE.get(key, {}), **value}
    return plan_maps(sheet, settings, list(resolutions), GENOMES, "c.yaml: enhancement")


def test_maps_and_downsampled_maps():
    found = plan()
    assert (found.assembly, found.maps, found.downsampled) == ("sim", ["x", "y"], [])
    assert plan(sheet=SHEET.drop("z"), maps=[]).maps == ["x", "y"]
    assert plan(low_resolution={"also_downsample": ["y"]}).downsampled == ["y"]
    # no FASTA where none is needed
    assert not plan(maps=["z"]).has_fasta
    assert found.has_fasta
    assert plan(**COUNTS).downsampled == ["x", "y"]
    # without pooling, the coarser map is not needed
    low = {"method": "downsample"}
    assert plan(resolutions=[1000], low_resolution=low).downsampled == ["x", "y"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maps": ["r"]}, "'r' is not a sample with a contact map; available: x, y, z"),
        ({"maps": []}, "assemblies 'sim' and 'other'; expected: one"),
        *[
            (
                {"maps": ["z"], key: value},
                "assembly 'other' of the maps has no FASTA, which sequence models read; fix: set"
                " assemblies.other.fasta in the config, or leave them out",
            )
            for key, value in MODELS.items()
        ],
        (
            {"sheet": SHEET.loc[["r"]], "maps": []},
            "no sample with a contact map; expected: a sample of assay Hi-C or Micro-C",
        ),
        ({"resolutions": [2000]}, "resolution: 1000 is not in contacts.resolutions"),
        ({"resolutions": [1000]}, "low_resolution.factor: 2000 is not in contacts.resolutions"),
        ({"crop": 7}, "crop: 7 bins cropped .* at most 6"),
        (
            {"window_bins": 15, "image": {"published": {"hicsr_dae": True}}},
            "window_bins: 15, of which the published autoencoder .* an even number",
        ),
        *[
            ({**COUNTS, **changes}, f"{text}, of which published networks read no counts; expected")
            for changes, text in [
                ({"low_resolution": {}}, "low_resolution.method: pool"),
                ({"resolution": 1000}, "resolution: 1000"),
                ({"window_bins": 202}, "window_bins: 202"),
            ]
        ],
        ({"low_resolution": {"also_downsample": ["z"]}}, "'z' is not one of the maps"),
        (
            {"low_resolution": {"method": "downsample", "also_downsample": ["x"]}},
            "with method downsample, which takes all maps",
        ),
        ({"split": {"valid": []}}, "split.valid: empty"),
        ({"split": {"test": ["chr1:80k-120k"]}}, "is in valid and test"),
        ({"split": {"test": ["chr2"]}}, "'chr2' is not an arc; expected: chrom:start-end"),
        ({"split": {"test_maps": ["z"]}}, "test_maps: 'z' is not one of the maps"),
        ({"split": {"test_maps": ["x", "y"]}}, "test_maps: all maps"),
        ({"split": {"scheme": "random", "fractions": [0.5, 0.5]}}, "a sum below 1"),
    ],
)
def test_a_mistake_gets_one_line(changes, message):
    with pytest.raises(UserError, match=message) as caught:
        plan(**changes)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("c.yaml: enhancement")


def test_arcs_may_span_the_origin_and_have_units():
    assert parse_arc("chr:1.5M-20k", "here") == ("chr", 1_500_000, 20_000)
    assert parse_arc("a:b:1,000-2,000", "here") == ("a:b", 1000, 2000)
    for wrong in ("chr:5-5", "chr:1..2-3", "chr:-3"):
        with pytest.raises(UserError, match="here"):
            parse_arc(wrong, "here")
