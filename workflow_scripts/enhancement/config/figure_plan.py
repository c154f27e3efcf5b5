"""Which figures a run has, and what they are drawn from."""

from collections.abc import Mapping, Sequence


def first_files(predictions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Predictions of each model's first seed; models without any are left out."""
    return {model: files[0] for model, files in predictions.items() if files}


def trained_runs(trained: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """Model and seed of every training."""
    return [(model, seed) for model, seeds in trained.items() for seed in seeds]


def low_text(settings: Mapping) -> str:
    """How low resolution is made, in a few words, from the section `enhancement`."""
    low, size = settings["low_resolution"], settings["resolution"]
    if low["method"] == "pool":
        return f"{size * low['factor'] / 1000:g} kb bins"
    return f"{low['fraction']:g} of contacts"
