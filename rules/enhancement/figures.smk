"""Enhancement: figures and tables, and the tables that they are drawn from."""

from workflow_scripts.enhancement.config.plan import (
    first_files as enhancement_first_files,
    low_resolution_text as enhancement_low_text,
    trained_runs as enhancement_trained_runs,
)

EN_DRAWN = enhancement_first_files({**EN_SEQUENCE_PREDICTIONS, **EN_IMAGE_PREDICTIONS})
EN_RUNS_TRAINED = enhancement_trained_runs(EN_TRAINED)
# runs of the image model and of the hybrids, which have figures of their own
EN_RUNS_IMAGE = [run for run in EN_RUNS_TRAINED if run[0] == "image"]
EN_RUNS_HYBRID = [run for run in EN_RUNS_TRAINED if run[0].startswith("hybrid")]

EN_SEQUENCE_DRAWN = [model for model in EN_DRAWN if model.startswith("sequence_")]
EN_HYBRID_DRAWN = [model for model in EN_DRAWN if model.startswith("hybrid")]


rule tabulate_enhancement_layers:
    input:
        code=code("enhancement/figures/tabulate_layers.py"),
        networks=enhancement_models((model, seeds[0]) for model, seeds in EN_TRAINED.items()),
        windows=f"{EN}/data/windows.tsv",
    output:
        table=f"{EN}/tables/layers.tsv",
        sizes=f"{EN}/tables/sizes.tsv",
    log:
        f"{LOGS}/enhancement/tabulate_enhancement_layers.log",
    benchmark:
        f"{BENCH}/enhancement/tabulate_enhancement_layers.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        names=list(EN_TRAINED),
        image_settings=EN_IMAGE_SETTINGS.get(EN_IMAGE_MODEL),
        window_bins=EN_CONFIG["window_bins"],
        resolution=EN_CONFIG["resolution"],
        image_crop=EN_IMAGE_CROP,
        sequence_crop=EN_CONFIG["crop"],
        ignore_diags=EN_CONFIG["metrics"]["ignore_diags"],
    script:
        "../../workflow_scripts/enhancement/figures/tabulate_layers.py"


rule tabulate_enhancement_maps:
    input:
        code=code("enhancement/figures/tabulate_maps.py"),
        sequence=EN_SEQUENCE_DATA,
        image=EN_IMAGE_DATA,
        predictions=list(EN_DRAWN.values()),
    output:
        sequence_maps=f"{EN}/tables/maps.sequence.tsv.gz",
        image_maps=f"{EN}/tables/maps.image.tsv.gz",
    log:
        f"{LOGS}/enhancement/tabulate_enhancement_maps.log",
    benchmark:
        f"{BENCH}/enhancement/tabulate_enhancement_maps.tsv"
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        models=list(EN_DRAWN),
        settings={k: EN_CONFIG["figures"][k] for k in ("map", "windows", "examples")},
    script:
        "../../workflow_scripts/enhancement/figures/tabulate_maps.py"


add_figure(
    "enhancement/fig1",
    "Figure 1: data and models (schematic)",
    inputs=dict(
        windows=f"{EN}/data/windows.tsv",
        image=f"{EN}/tables/maps.image.tsv.gz",
        sequence=f"{EN}/tables/maps.sequence.tsv.gz",
    ),
    params=dict(
        resolution=EN_CONFIG["resolution"],
        window_bins=EN_CONFIG["window_bins"],
        low=enhancement_low_text(EN_CONFIG),
    ),
)

add_figure(
    "enhancement/fig2",
    "Figure 2: sequence models (schematic)",
    inputs=dict(layers=f"{EN}/tables/layers.tsv"),
    shown=bool(EN_SEQUENCE_DRAWN),
)

add_figure(
    "enhancement/fig3",
    "Figure 3: training of the image model",
    inputs=dict(
        layers=f"{EN}/tables/layers.tsv",
        histories={(m, s): f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_IMAGE},
    ),
    shown="image" in EN_DRAWN,
)

add_figure(
    "enhancement/fig4",
    "Figure 4: inference (schematic)",
    inputs=dict(
        image=f"{EN}/tables/maps.image.tsv.gz",
        sequence=f"{EN}/tables/maps.sequence.tsv.gz",
        layers=f"{EN}/tables/layers.tsv",
    ),
    params=dict(
        model=f"sequence_{EN_HYBRID['sequence']}",
        image_model=EN_HYBRID["image"],
        hybrid=next(iter(EN_HYBRID_MODELS), ""),
    ),
    shown=bool(EN_SEQUENCE_DRAWN and EN_HYBRID_DRAWN),
)

add_figure(
    "enhancement/fig5",
    "Figure 5: maps of the sequence models",
    inputs=dict(maps=f"{EN}/tables/maps.sequence.tsv.gz"),
    shown=bool(EN_SEQUENCE_DRAWN),
)

add_figure(
    "enhancement/fig6",
    "Figure 6: maps of all methods",
    inputs=dict(maps=f"{EN}/tables/maps.image.tsv.gz"),
    params=dict(window=0, zoom_bins=EN_CONFIG["figures"]["zoom_bins"]),
)

add_figure(
    "enhancement/fig7",
    "Figure 7: hybrid with one input zeroed",
    inputs=dict(maps=f"{EN}/tables/maps.image.tsv.gz", zeroed=f"{EN}/zeroed.tsv"),
    params=dict(window=0),
    shown=any("_without_" in model for model in EN_HYBRID_DRAWN),
)

add_figure(
    "enhancement/fig8",
    "Figure 8: training of the hybrids",
    inputs=dict(
        histories={(m, s): f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_HYBRID}
    ),
    shown=bool(EN_HYBRID_DRAWN),
)

add_figure(
    "enhancement/table1",
    "Table I: scores of the sequence models",
    inputs=dict(metrics=PAPERS["enhancement"].metrics, published=PAPERS["enhancement"].published),
    shown=bool(EN_SEQUENCE_DRAWN),
)

add_figure(
    "enhancement/table2",
    "Table II: scores of the image models",
    inputs=dict(metrics=PAPERS["enhancement"].metrics, published=PAPERS["enhancement"].published),
)

add_figure(
    "enhancement/table3",
    "Table III: random split and split by region",
    inputs=dict(metrics=PAPERS["enhancement"].metrics, published=PAPERS["enhancement"].published),
    shown="sequence_akita_random" in EN_DRAWN,
)

add_figure(
    "enhancement/distance",
    "Distance: correlation by distance",
    inputs=dict(scores=f"{EN}/by_distance.tsv"),
)

add_figure(
    "enhancement/learning",
    "Learning: learning curves",
    inputs=dict(
        histories={(m, s): f"{EN}/models/{m}.seed{s}.history.tsv" for m, s in EN_RUNS_TRAINED}
    ),
    shown=bool(EN_RUNS_TRAINED),
)
