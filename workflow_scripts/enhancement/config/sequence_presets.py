"""Sequence models of Kriukov et al.: widths, depths and training, and the names of the variants."""

import copy

HEADS = ("akita", "graph")
WHERE = "enhancement.sequence"

# The trunk of Akita (Fudenberg 2020), 96 filters wide, and both heads. The last convolution of the
# trunk is 5 wide, as in Akita's own settings and in the paper's parameter count; its text says 1.
FULL = {
    "filters": 96,
    "stem_filters": 0,
    "stem_kernel": 11,
    "kernel": 5,
    "residual_filters": 48,
    "dilations": [1, 2, 3, 5, 9, 16, 29, 50],
    "dropout": 0.4,
    "width": 64,
    "last_kernel": 5,
    "map_filters": 48,
    "map_residual_filters": 24,
    "map_dilations": [1, 2, 3, 5, 9, 16],
    "map_dropout": 0.1,
    "graph_layers": 4,
    "graph_heads": 2,
    "edge_width": 8,
    "attention_dropout": 0.3,
    "graph_dropout": 0.1,
    "directed": False,
    "momentum": 0.9265,
    "epsilon": 1e-5,
}
TRAINING = {
    "learning_rate": 1e-3,
    "batch_size": 2,
    "epochs": 100,
    "patience": 0,
    "clip": 10.0,
    "shift": 11,
    "reverse_complement": True,
    "diagonal": 2,
    "watch": "mae",
}
PAPER = {"network": FULL, "training": TRAINING}
# The public code: attention from earlier to later positions alone, and gradients that are never
# clipped. Its edge features, scrambled by a reshape, are not made so here.
RELEASED = {"network": {**FULL, "directed": True}, "training": {**TRAINING, "clip": 0.0}}
# The paper's, stopped where validation gets no better
DEFAULT = {"network": FULL, "training": {**TRAINING, "patience": 15}}
PRESETS = {"default": DEFAULT, "paper": PAPER, "released_code": RELEASED}


def sequence_settings(section: dict) -> dict[str, dict]:
    """Network and training of the config's section `sequence`: a preset's, with its values."""
    settings = copy.deepcopy(PRESETS[section["preset"]])
    for part in settings:
        settings[part] |= section[part]
    return settings


def variants(section: dict, seeds: list[int], embeddings: str) -> dict[str, dict]:
    """What is trained: name of the model to head, seeds, and what is particular.

    Parameters
    ----------
    section
        Config section `sequence`.
    seeds
        Of the models; controls have the first `control_seeds` of them.
    embeddings
        Config key `embeddings`: with a file, its values take the place of DNA in one model more.

    Returns
    -------
    dict
        `head`; `seeds`; `column`: of the dataset that has the parts; `shuffled`: DNA permuted
        between the windows of a part; `embedded`: input is the embeddings' file.
    """
    plain = {"column": "part", "shuffled": False, "embedded": False, "seeds": seeds}
    few = {**plain, "seeds": seeds[: section["control_seeds"]]}
    first = section["head"][0]
    found = {f"sequence_{head}": {**plain, "head": head} for head in section["head"]}
    if few["seeds"]:
        found[f"sequence_{first}_shuffled"] = {**few, "head": first, "shuffled": True}
        if section["random_split"]:
            found[f"sequence_{first}_random"] = {**few, "head": first, "column": "part_random"}
    if embeddings:
        found["sequence_embeddings"] = {**plain, "head": first, "embedded": True}
    return found
