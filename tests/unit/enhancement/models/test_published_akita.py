"""Akita's weights from a file of its structure, which Keras itself writes here."""

import h5py
import numpy as np
import pytest
from akita_file import SIZES, SMALL, write_akita

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.models.published_akita import (
    AKITA_TARGETS,
    build_akita,
    load_akita,
    read_layer_arrays,
)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A plain network with random weights and statistics, and its .h5 file."""
    path = tmp_path_factory.mktemp("akita") / "model_best.h5"
    return write_akita(path), path


def test_weights_of_the_published_form_give_the_same_maps(published, tmp_path):
    network, path = published
    codes = np.random.default_rng(0).integers(0, 4, (2, 128)).astype("uint8")
    wanted = network.predict_on_batch(np.eye(4, dtype="float32")[codes])
    i, j = np.triu_indices(12, 2)
    found = load_akita(path, network=SMALL, **SIZES).predict_on_batch(codes)
    assert found.shape == (2, 12, 12, 5)
    np.testing.assert_allclose(found[:, i, j], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found, found.transpose(0, 2, 1, 3), atol=1e-5)
    # a file with the weights only has the same groups at its root
    with h5py.File(path) as old, h5py.File(tmp_path / "weights.h5", "w") as new:
        for name in old["model_weights"]:
            old.copy(f"model_weights/{name}", new)
        for name, value in old["model_weights"].attrs.items():
            new.attrs[name] = value
    again = load_akita(tmp_path / "weights.h5", network=SMALL, **SIZES).predict_on_batch(codes)
    np.testing.assert_array_equal(again, found)


def test_other_files_and_networks_are_refused(published, tmp_path):
    _, path = published
    other = {**SMALL, "filters": 7}
    with pytest.raises(
        UserError, match=r"has an array of shape \(11, 4, 6\); expected: \(11, 4, 7\)"
    ):
        load_akita(path, network=other, **SIZES)
    with pytest.raises(UserError, match="too few layers of kind conv"):
        load_akita(path, network={**SMALL, "map_dilations": [1, 2, 3]}, **SIZES)
    with pytest.raises(UserError, match="further layer 'conv2d"):
        load_akita(path, network={**SMALL, "map_dilations": [1]}, **SIZES)
    (tmp_path / "text.h5").write_text("weights")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    for name in ("text.h5", "empty.h5", "absent.h5"):
        with pytest.raises(UserError, match="no weights by layer"):
            load_akita(tmp_path / name, network=SMALL, **SIZES)
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.attrs["layer_names"] = [b"gru"]
        group = file.create_group("gru")
        group.attrs["weight_names"] = [b"a", b"b", b"c"]
        for name in "abc":
            group[name] = np.zeros(2)
    assert list(read_layer_arrays(tmp_path / "odd.h5")) == ["gru"]
    with pytest.raises(UserError, match="layer 'gru' has 3 arrays"):
        load_akita(tmp_path / "odd.h5", network=SMALL, **SIZES)


def test_the_network_has_the_published_number_of_parameters():
    akita = build_akita()
    # printed in Akita's repository
    assert akita.count_params() == 751_653
    assert sum(np.prod(w.shape) for w in akita.non_trainable_weights) == 5_504
    assert akita.output_shape == (None, 448, 448, len(AKITA_TARGETS))
