import keras
import pytest

from workflow_scripts.chromaloom.ml.network_input import add_input_facts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import (
    INPUT_KEYS,
    input_facts,
    plan_enhance,
    unknown_input,
)

MODELS = {"image": {3: "m/image.seed3.keras", 5: "m/image.seed5.keras"}, "hicplus": {3: "h.keras"}}
SAMPLES = {"one": "results/one.mcool"}


SECTION = {
    "resolution": 5000, "window_bins": 200, "coarsegrain": {"cutoff": 2, "max_levels": 8},
    "low_resolution": {"method": "pool", "factor": 2, "also_downsample": []},
    "observed": {"lower_quantile": 0},
}  # fmt: skip


def plan(maps, model="image", section=SECTION, folder="/at/"):
    return plan_enhance({"maps": maps, "model": model}, section, samples=SAMPLES, models=MODELS,
                        locate=lambda text, _: f"{folder}{text}", where="c.yaml: enhance"
                        )  # fmt: skip


@pytest.fixture
def trained(tmp_path):
    """A function that writes a .keras file of a run with other settings than SECTION."""

    def write(**changes):
        path = tmp_path / "other.keras"
        given = keras.Input((8, 8, 1))
        keras.Model(given, keras.layers.Cropping2D(2)(given)).save(path)
        add_input_facts(path, input_facts(SECTION | changes))
        return str(path)

    return write


def test_maps_are_samples_or_files():
    found = plan(["one", "my maps/deep hic.mcool", "x.cool"])
    assert found.maps == {"one": "results/one.mcool", "deep_hic": "/at/my maps/deep hic.mcool",
                          "x": "/at/x.cool"}  # fmt: skip
    assert plan([]).maps == {}
    # two maps of one file
    groups = plan(["x.mcool::/resolutions/10000", "x.mcool::cells/1"]).maps
    assert groups == {"x_resolutions_10000": "/at/x.mcool::/resolutions/10000",
                      "x_cells_1": "/at/x.mcool::cells/1"}  # fmt: skip


def test_a_model_is_one_of_the_run_or_a_file():
    first = plan(["one"])
    assert (first.network, first.model) == ("m/image.seed3.keras", "image.seed3")
    assert plan(["one"], "image.seed5").network == "m/image.seed5.keras"
    other = plan(["one"], "models/mine.keras")
    assert (other.network, other.model) == ("/at/models/mine.keras", "mine")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resolution": 10000}, "enhancement.resolution 10000; expected: 5000"),
        ({"low_resolution": {"method": "pool", "factor": 4, "also_downsample": []}},
         "low_resolution.factor 4; expected: 2"),
        ({"low_resolution": {"method": "downsample", "factor": 2, "also_downsample": []}},
         "low_resolution.method downsample; expected: pool"),
        ({"coarsegrain": {"cutoff": 3, "max_levels": 8}}, "coarsegrain .*3"),
        ({"observed": {"lower_quantile": 0.01}}, "observed.lower_quantile 0.01; expected: 0"),
    ],
)  # fmt: skip
def test_a_network_trained_on_other_input_is_refused_before_any_job(trained, changes, words):
    # FAULTS C10: any .keras of matching shape was accepted
    path = trained(**changes)
    with pytest.raises(UserError, match=words) as error:
        plan(["one"], path, folder="")
    assert str(error.value).startswith(f"c.yaml: enhance.model: {path} was trained with ")
    assert "\n" not in str(error.value)


def test_a_network_trained_on_the_same_input_is_accepted_and_still_loads(trained):
    path = trained()
    assert plan(["one"], path, folder="").network == path
    assert keras.models.load_model(path).input_shape == (None, 8, 8, 1)
    # of both kinds of low resolution: either may be enhanced
    both = {"low_resolution": SECTION["low_resolution"] | {"also_downsample": ["x"]}}
    path = trained(**both)
    for method in ("pool", "downsample"):
        low = {"method": method, "factor": 2, "also_downsample": []}
        assert plan(["one"], path, SECTION | {"low_resolution": low}, folder="").network == path


def test_a_network_without_facts_is_accepted(trained, tmp_path):
    given = keras.Input((8, 8, 1))
    keras.Model(given, given).save(tmp_path / "foreign.keras")
    path = str(tmp_path / "foreign.keras")
    assert plan(["one"], path, folder="").network == path


@pytest.mark.parametrize(
    ("maps", "model", "words"),
    [
        (
            ["two"],
            "image",
            "'two' is neither a .cool or .mcool file nor a sample .*; available samples: one",
        ),
        (["a/x.cool", "b/x.cool"], "image", "two maps are named 'x'"),
        (["one"], "hybrid", "'hybrid' is not an image model of this run; expected: image, hicplus"),
        (["one"], "image.seed4", "unknown seed; expected: image.seed3, image.seed5"),
        (["one"], "image.best", "is not an image model"),
        (["one"], "image.seed", "unknown seed"),
    ],
)
def test_a_mistake_gets_one_line(maps, model, words):
    with pytest.raises(UserError, match=words) as error:
        plan(maps, model)
    assert str(error.value).startswith("c.yaml: enhance.")
    assert "\n" not in str(error.value)


def test_a_published_network_is_taken_by_its_name():
    found = plan(["one"], "deephic_raw_16")
    assert found.model == "deephic_raw_16"
    assert found.network == "/at/{data}/weights/deephic_raw_16.pth"
    # trained on counts of 10 kb, whatever the run's own windows are
    other = plan(["x.cool"], "hicplus_hindiii", {**SECTION, "window_bins": 40})
    assert other.network == "/at/{data}/weights/hicplus_pytorch_HindIII_model_40000"
    with pytest.raises(
        UserError, match=r"a published network .*deephic_raw_16, .*or a \.keras file"
    ):
        plan(["one"], "deephic_raw_17")


def test_what_a_file_does_not_know_of_its_training_is_named(trained, tmp_path):
    assert tuple(input_facts(SECTION)) == INPUT_KEYS
    assert unknown_input(trained()) == []
    given = keras.Input((8, 8, 1))
    keras.Model(given, keras.layers.Cropping2D(2)(given)).save(tmp_path / "foreign.keras")
    # the window is known by the shape
    assert unknown_input(str(tmp_path / "foreign.keras")) == [
        key for key in INPUT_KEYS if key != "window_bins"
    ]
    add_input_facts(tmp_path / "foreign.keras", {"resolution": 5000})
    assert "resolution" not in unknown_input(str(tmp_path / "foreign.keras"))
