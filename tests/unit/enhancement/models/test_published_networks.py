"""Published networks against PyTorch (recipe: tests/benchmarks/reference_published_networks.py)."""

from pathlib import Path

import keras
import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.torch_weights import read_state_dict
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.published import PUBLISHED
from workflow_scripts.enhancement.models.image_models import HICPLUS_CROP, build_hicplus
from workflow_scripts.enhancement.models.published_networks import (
    build_published_dae,
    dae_layers,
    deephic_layers,
    hicplus_layers,
    load_published,
    published_features,
    set_torch_weights,
)

REFERENCE = Path(__file__).parent / "published_networks.npz"
METHODS = {
    "deephic_raw_16.pth": "deephic",
    "deephic_kr_100.pth": "deephic",
    "hicplus_pytorch_HindIII_model_40000": "hicplus",
    "hicplus_model3400.model": "hicplus",
    "hicsr_DAE.pth": "hicsr_dae",
}


@pytest.fixture(scope="module")
def weights(real_data):
    folder = real_data / "weights"
    if not folder.is_dir():
        pytest.skip(f"no published weights at {folder}")
    return folder


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE) as file:
        return dict(file)


def network_input(method, counts):
    """Counts, clipped at 100, in the range of a network: [0, 1], counts, or [-1, 1]."""
    clipped = np.minimum(counts, 100).astype("float32")[..., None]
    return {"deephic": clipped / 100, "hicplus": clipped, "hicsr_dae": 2 * clipped / 100 - 1}[
        method
    ]


@pytest.mark.real
@pytest.mark.parametrize("name", METHODS)
def test_published_networks_give_what_pytorch_gives(name, weights, reference):
    method = METHODS[name]
    network = load_published(method, weights / name, 40)
    found = network.predict_on_batch(network_input(method, reference["counts"]))[..., 0]
    # of HiCPlus in counts, up to 74
    largest = max(1, np.abs(reference[name]).max())
    assert found.shape == reference[name].shape
    assert np.abs(found - reference[name]).max() / largest < 1e-5


@pytest.mark.real
def test_the_autoencoder_s_features_are_those_of_hicsr_s_loss(weights, reference):
    dae = load_published("hicsr_dae", weights / "hicsr_DAE.pth", 40)
    outputs = [dae.get_layer(f"feature_{number}").output for number in range(1, 6)]
    values = network_input("hicsr_dae", reference["counts"][:1])
    found = keras.Model(dae.input, outputs).predict_on_batch(values)
    means = np.stack([one.mean((1, 2))[0] for one in found])
    np.testing.assert_allclose(means, reference["features"], rtol=1e-4, atol=1e-5)
    # of maps in [0, 1], as the workflow's losses read them
    features = published_features(weights / "hicsr_DAE.pth", 40)
    again = features.predict_on_batch((values + 1) / 2)
    assert not features.trainable_weights
    for one, two in zip(found, again, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)


def test_maps_that_the_published_autoencoder_cannot_halve_are_refused():
    with pytest.raises(UserError, match="maps of 27 bins, which the published autoencoder"):
        published_features("absent.pth", 27)


@pytest.mark.real
def test_all_files_of_the_names_are_loaded(weights):
    for name, model in PUBLISHED.items():
        network = load_published(model.method, weights / model.file, model.tile + 2 * model.margin)
        assert network.output_shape[1] == model.tile, name
        assert not network.trainable_weights


@pytest.mark.real
def test_weights_of_another_method_are_refused(weights):
    with pytest.raises(UserError, match=r"weights of deephic: .*'conv1\.weight' has shape"):
        load_published("deephic", weights / PUBLISHED["hicplus_3400"].file, 40)
    with pytest.raises(UserError, match="weights of hicplus: "):
        load_published("hicplus", weights / PUBLISHED["deephic_raw_16"].file, 40)
    with pytest.raises(UserError, match=r"no array 'conv1\.weight'"):
        load_published("deephic", weights / "hicsr_DAE.pth", 40)


@pytest.fixture
def hicplus():
    network = build_hicplus(size=20, crop=HICPLUS_CROP)
    state = {}
    for layer, name in zip([x for x in network.layers if x.weights], hicplus_layers(), strict=True):
        kernel, bias = layer.get_weights()
        state |= {f"{name}.weight": kernel.transpose(3, 2, 0, 1) + 1, f"{name}.bias": bias + 2}
    return network, state


def test_arrays_are_set_and_missing_or_other_ones_are_refused(hicplus):
    network, state = hicplus
    set_torch_weights(network, hicplus_layers(), state, "w.pth")
    kernel, bias = network.layers[1].get_weights()
    np.testing.assert_array_equal(kernel.transpose(3, 2, 0, 1), state["conv1.weight"])
    np.testing.assert_array_equal(bias, state["conv1.bias"])
    for change, words in (
        ({"conv3.bias": None}, r"w.pth: no array 'conv3\.bias'"),
        ({"conv4.bias": bias}, r"w.pth: unknown array 'conv4\.bias'"),
        ({"conv2.weight": state["conv1.weight"]}, r"'conv2\.weight' has shape \(8, 1, 9, 9\)"),
        # one more axis, or the axes of another convention
        ({"conv1.bias": bias[None]}, r"'conv1\.bias' has shape \(1, 8\)"),
        ({"conv1.weight": kernel}, r"'conv1\.weight' has shape \(9, 9, 1, 8\)"),
    ):
        changed = {k: v for k, v in {**state, **change}.items() if v is not None}
        with pytest.raises(UserError, match=words):
            set_torch_weights(network, hicplus_layers(), changed, "w.pth")


def test_counters_of_training_steps_are_ignored(hicplus):
    network, state = hicplus
    extra = {**state, "bn.num_batches_tracked": np.array(3)}
    set_torch_weights(network, hicplus_layers(), extra, "w.pth")


def test_the_published_layers_have_the_published_number_of_parameters():
    # 418,049 of DeepHiC are tested with its generator; 20 arrays of the autoencoder
    dae = build_published_dae(size=40)
    assert dae.count_params() == 296_641
    assert (dae.output_shape, len(dae_layers())) == ((None, 40, 40, 1), 10)
    assert len(deephic_layers()) == 24


@pytest.mark.real
def test_a_state_dict_has_every_parameter_of_deephic(weights):
    state = read_state_dict(weights / "deephic_raw_16.pth")
    trained = {k: v for k, v in state.items() if k.rsplit(".")[-1] in ("weight", "bias")}
    assert sum(value.size for value in trained.values()) == 418_049
