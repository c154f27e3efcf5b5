import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.places import check_places, held_out

SIZES = {"a": 1_000_000, "b": 400_000, "c": 300_000}


def check(window_bins=40, **split):
    given = {"scheme": "chromosome", "valid": ["b"], "test": ["c"], "gap": 0, "circular": []}
    settings = {"split": given | split, "resolution": 5000, "window_bins": window_bins}
    check_places(settings, SIZES, "c.yaml: enhancement")


# FAULTS F3
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test": ["chrC"]}, r"split\.test: unknown chromosome 'chrC'; available: a, b, c"),
        ({"scheme": "arc", "valid": ["a:0-300k"], "test": ["d:0-300k"]},
         r"split\.test: 'd:0-300k': unknown chromosome"),
        ({"scheme": "arc", "valid": ["a:0-300k"], "test": ["b:100k-500k"]},
         r"split\.test: 'b:100k-500k' ends beyond b; expected: at most 400,000"),
        ({"window_bins": 70}, r"window_bins: 70 bins of 5000 bp .* split\.test, at most 300,000"),
        ({"window_bins": 90}, r"window_bins: 90 bins .* split\.valid, at most 400,000"),
        ({"window_bins": 210, "scheme": "random"}, r"window_bins: 210 .* the chromosomes"),
        ({"scheme": "arc", "valid": ["a:0-300k"], "test": ["b:0-100k"]},
         r"window_bins: 40 bins .* split\.test, at most 100,000"),
    ],
)  # fmt: skip
def test_held_out_regions_off_the_genome_are_rejected_when_it_is_known(changes, message):
    with pytest.raises(UserError, match=rf"^c\.yaml: enhancement\.{message}"):
        check(**changes)


def test_held_out_regions_that_fit_are_accepted():
    check()
    check(scheme="random", test=["z"])
    # an arc across the origin of a circle is one region
    check(scheme="arc", valid=["b:0-200k"], test=["a:900k-100k"], circular=["a"])


def test_the_chromosomes_of_held_out_regions_are_those_that_maps_must_have():
    arcs = {"scheme": "arc", "valid": ["a:900k-100k"], "test": ["b:0-1M"]}
    assert held_out({"split": arcs}) == {"a": "split.valid", "b": "split.test"}
    assert held_out({"split": arcs | {"scheme": "random"}}) == {}
