"""Files that the config names for `enhance` are accepted when the workflow is loaded."""

import zipfile

import cooler
import numpy as np
import pandas as pd
import pytest
from loaded_workflow import load_workflow


def test_a_map_and_a_network_of_the_user_are_no_text_files(tmp_path):
    path, network = tmp_path / "mine.cool", tmp_path / "mine.keras"
    bins = cooler.binnify(pd.Series({"c": 10_000}), 1000)
    pixels = pd.DataFrame({"bin1_id": [0, 1], "bin2_id": [1, 4], "count": [3, 1]})
    cooler.create_cooler(str(path), bins, pixels)
    with zipfile.ZipFile(network, "w") as archive:
        archive.writestr("model.weights.h5", bytes(100))
    embeddings = tmp_path / "embeddings.h5"
    embeddings.write_bytes(path.read_bytes())
    section = {
        "enhance": {"maps": [str(path)], "model": str(network)}, "embeddings": str(embeddings),
    }  # fmt: skip
    found = load_workflow({"papers": ["enhancement"], "enhancement": section})
    assert found.variables["EN_ENHANCE"].maps == {"mine": str(path)}
    assert found.variables["EN_ENHANCE"].network == str(network)


@pytest.mark.real
def test_enhance_with_a_published_network_trains_nothing(real_data):
    if not (real_data / "weights").is_dir() or not (real_data / "human").is_dir():
        pytest.skip("no published weights or no human map")
    section = {
        "enhance": {
            "maps": ["{data}/human/GM12878.hg19.chr21.10kb.cool"], "model": "deephic_raw_16",
        }
    }  # fmt: skip
    found = load_workflow({"papers": ["enhancement"], "enhancement": section})
    rule = found.get_rule("apply_enhancement_image")
    inputs = dict(rule.input.items())
    assert str(inputs["network"]).endswith("weights/deephic_raw_16.pth")
    assert np.ndim(inputs["code"]) == 1
