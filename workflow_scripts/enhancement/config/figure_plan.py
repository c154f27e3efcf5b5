"""Which figures a run has, and what they are drawn from."""

from collections.abc import Mapping, Sequence

HYBRID, ZEROED = "hybrid", "_without_"


def first_files(predictions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Predictions of each model's first seed; models without any are left out."""
    return {model: files[0] for model, files in predictions.items() if files}


def trained_runs(trained: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """Model and seed of every training."""
    return [(model, seed) for model, seeds in trained.items() for seed in seeds]


def enhancement_figures(models: Sequence[str]) -> list[str]:
    """Names of the figures that models with predictions allow."""
    sequence = [model for model in models if model.startswith("sequence_")]
    hybrid = [model for model in models if model.startswith(HYBRID)]
    named = {
        "fig1": True,
        "fig2": sequence,
        "fig3": "image" in models,
        "fig4": sequence and hybrid,
        "fig5": sequence,
        "fig6": True,
        "fig7": any(ZEROED in model for model in hybrid),
        "fig8": hybrid,
        "table1": sequence,
        "table2": True,
        "table3": "sequence_akita_random" in models,
        "distance": True,
        "learning": True,
    }
    return [name for name, wanted in named.items() if wanted]


def low_text(settings: Mapping) -> str:
    """How low resolution is made, in a few words, from the section `enhancement`."""
    low, size = settings["low_resolution"], settings["resolution"]
    if low["method"] == "pool":
        return f"{size * low['factor'] / 1000:g} kb bins"
    return f"{low['fraction']:g} of contacts"
