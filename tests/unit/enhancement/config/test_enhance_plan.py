import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import plan_enhance

MODELS = {"image": {3: "m/image.seed3.keras", 5: "m/image.seed5.keras"}, "hicplus": {3: "h.keras"}}
SAMPLES = {"one": "results/one.mcool"}


def plan(maps, model="image"):
    return plan_enhance({"maps": maps, "model": model}, samples=SAMPLES, models=MODELS,
                        locate=lambda text, _: f"/at/{text}", where="c.yaml: enhance")  # fmt: skip


def test_maps_are_samples_or_files():
    found = plan(["one", "my maps/deep hic.mcool", "x.cool"])
    assert found.maps == {"one": "results/one.mcool", "deep_hic": "/at/my maps/deep hic.mcool",
                          "x": "/at/x.cool"}  # fmt: skip
    assert plan([]).maps == {}


def test_a_model_is_one_of_the_run_or_a_file():
    first = plan(["one"])
    assert (first.network, first.model, first.trained_here) == (
        "m/image.seed3.keras",
        "image.seed3",
        True,
    )
    assert plan(["one"], "image.seed5").network == "m/image.seed5.keras"
    other = plan(["one"], "models/mine.keras")
    assert (other.network, other.model, other.trained_here) == (
        "/at/models/mine.keras",
        "mine",
        False,
    )


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
