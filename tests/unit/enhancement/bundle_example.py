"""A small run of image models and hybrids: map, dataset, untrained networks, and their bundles."""

import copy
from pathlib import Path

import keras
import numpy as np
from keras import ops
from small_maps import BALANCE, BINS, SETTINGS, SIZE, SIZES, write_genome, write_small_map

from workflow_scripts.chromaloom.ml.network_input import add_input_facts
from workflow_scripts.enhancement.apply import bundle_image
from workflow_scripts.enhancement.data import build_enhancement, downsample_contacts
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import scale_shifts
from workflow_scripts.enhancement.models.hybrid import build_head, build_hybrid, sequence_channel
from workflow_scripts.enhancement.models.image_models import build_generator

SEEDS = [1, 2]
CROP = 3
INNER = BINS - 2 * CROP
METRICS = """model\tsample\tsplit\tseed\tmetric\tvalue\tn
image\tall\ttest\t1\tpearson\t0.8\t9
image\tall\ttest\t2\tpearson\t0.9\t9
image\tall\ttest_downsample\t1\tpearson\t0.7\t9
image\tall\ttrain\t1\tpearson\t1\t9
hicplus\tall\ttest\t1\tpearson\t0.5\t9
downsampled\tall\ttest\t0\tpearson\t0.75\t9
"""


def image_network(seed: int) -> keras.Model:
    """An image model with random weights, which changes its input."""
    network = build_generator(
        size=BINS, filters=2, blocks=1, tail=(2,), residual=True, symmetric=True,
        batch_norm=False, kernel_initializer="he_normal", seed=seed,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    network.set_weights([w + rng.normal(0, 0.2, w.shape) for w in network.get_weights()])
    return network


def sequence_network(seed: int) -> keras.Model:
    """DNA to maps of whole windows, from the fraction of G in each bin."""
    codes = keras.Input((BINS * SIZE,), dtype="uint8", name="codes")
    marked = ops.cast(ops.equal(codes, 2), "float32")
    fraction = ops.mean(ops.reshape(marked, (-1, BINS, SIZE)), axis=-1, keepdims=True)
    initializer = keras.initializers.RandomUniform(2, 4, seed=seed)
    x = keras.layers.Conv1D(1, 1, kernel_initializer=initializer)(fraction)
    return keras.Model(codes, ops.matmul(x, ops.transpose(x, (0, 2, 1))), name="sequence")


def hybrid_network(seed: int) -> keras.Model:
    """A hybrid with random weights, whose map depends on both of its inputs."""
    known = sequence_channel(sequence_network(seed), bins=BINS, size=INNER, clip_value=2)
    head = build_head(size=INNER, filters=4, initializer="image", seed=seed)
    first, first_bias, second, second_bias = head.get_weights()
    second[1, 1, 1:, 0] = 0.2
    head.set_weights([first, first_bias, second, second_bias])
    return build_hybrid(known, image_network(seed), head)


def write_run(folder: Path, also_downsample: bool = False) -> dict:
    """Files of a run by name: genome, map, dataset, networks."""
    fasta, _ = write_genome(folder)
    contacts = write_small_map(folder / "x.mcool", seed=1)
    low = []
    if also_downsample:
        low = [str(folder / "low.mcool")]
        downsample_contacts.main(
            contacts, sample="x", resolution=SIZE, fraction=0.25, balance=BALANCE, seed=3,
            threads=1, out=low[0],
        )  # fmt: skip
    settings = copy.deepcopy(SETTINGS)
    settings["low_resolution"]["also_downsample"] = ["x"] if low else []
    sizes = folder / "chrom.sizes"
    sizes.write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    build_enhancement.main(
        [contacts], low, str(sizes), fasta, samples=["x"], downsampled=["x"] if low else [],
        settings=settings, seed=1, windows_out=str(folder / "windows.tsv"), sequence_out=[],
        image_out=str(folder / "image.h5"),
    )  # fmt: skip
    (folder / "metrics.tsv").write_text(METRICS)
    networks = {"image": [], "hybrid": []}
    with EnhancementData(folder / "image.h5") as data:
        facts = {"scale_shift": scale_shifts(data)}
    for model, build in (("image", image_network), ("hybrid", hybrid_network)):
        for seed in SEEDS:
            networks[model].append(str(folder / f"{model}.seed{seed}.keras"))
            build(seed).save(networks[model][-1])
            if model == "image":
                add_input_facts(networks[model][-1], facts)
    return {"folder": folder, "fasta": fasta, "map": contacts, "low": low, "settings": settings,
            "dataset": str(folder / "image.h5"), "networks": networks}  # fmt: skip


def write_bundle_of(run: dict, model: str = "image", seeds: tuple[int, ...] = (1, 2)) -> Path:
    """Bundle of a model of `write_run`; returns its folder."""
    folder = run["folder"] / f"bundle-{model}-{len(seeds)}"
    bundle_image.main(
        run["dataset"], run["networks"][model][: len(seeds)], [run["map"]], run["low"],
        str(run["folder"] / "metrics.tsv"), name=model, seeds=list(seeds), dna=model == "hybrid",
        samples=["x"], downsampled=["x"] if run["low"] else [], crop=CROP,
        input_settings=run["settings"], balance=BALANCE, assembly="sim",
        settings={"epochs": 1}, model=str(folder / "model.yaml"),
    )  # fmt: skip
    return folder
