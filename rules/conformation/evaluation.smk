"""Conformation: predicted maps, σ, and the metrics of all models."""

from workflow_scripts.conformation.config.models import APPLICABLE, comparable_cells

for cell, plan in CF_CELLS.items():
    RUN_BROWSER_FILES.setdefault(plan.assembly, []).extend(
        [
            f"{CF}/sigma/{cell}.sigma.bw",
            f"{CF}/sigma/{cell}.backward.bw",
            *called_peaks(plan.samples),
        ]
    )

# models that can be applied to other profiles
CF_TRAINED = [run for run in CF_MODELS.maps if run[0] in APPLICABLE]
CF_COMPARED = comparable_cells(CF_CELLS) if CF_CONFIG["cross_cell"]["enabled"] else []
PAPERS["conformation"].targets += [
    f"{CF}/maps/{cell}.{model}.mcool" for cell in CF_CELLS for model in dict(CF_TRAINED)
]
PAPERS["conformation"].targets += [f"{CF}/cross_cell.tsv"] if CF_COMPARED else []


rule predict_conformation_maps:
    input:
        code=code("conformation/evaluation/predict_maps.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        weights=[
            f"{CF}/models/{{cell}}/{m}.seed{s}.keras"
            for m, s in CF_MODELS.forward + CF_MODELS.controls
        ],
    output:
        maps=[
            f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz"
            for m, s in CF_MODELS.forward + CF_MODELS.controls
        ],
    log:
        f"{LOGS}/conformation/predict_conformation_maps/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/predict_conformation_maps/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        networks=CF_MODELS.forward + CF_MODELS.controls,
        shuffled=[m for m in CF_MODELS.window if m.endswith("_shuffled")],
    script:
        "../../workflow_scripts/conformation/evaluation/predict_maps.py"


rule predict_conformation_sigma:
    input:
        code=code("conformation/evaluation/predict_sigma.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        forward=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
        backward=[f"{CF}/models/{{cell}}/backward.seed{s}.keras" for s in CF_SEEDS],
    output:
        sigma=[f"{CF}/sigma/{{cell}}.seed{s}.tsv.gz" for s in CF_SEEDS],
        weights=[f"{CF}/weights/{{cell}}.seed{s}.tsv" for s in CF_SEEDS],
        windows=[f"{CF}/sigma/{{cell}}.seed{s}.windows.tsv" for s in CF_SEEDS],
        record=[f"{CF}/sigma/{{cell}}.seed{s}.run.json" for s in CF_SEEDS],
        from_backward=[
            f"{CF}/predictions/{{cell}}/forward_from_backward.seed{s}.npz" for s in CF_SEEDS
        ],
        from_smoothed=[
            f"{CF}/predictions/{{cell}}/forward_from_smoothed.seed{s}.npz" for s in CF_SEEDS
        ],
        layers=f"{CF}/tables/{{cell}}.layers.tsv",
    log:
        f"{LOGS}/conformation/predict_conformation_sigma/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/predict_conformation_sigma/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        widths=CF_CONFIG["smoothing_widths"],
        seeds=CF_SEEDS,
    script:
        "../../workflow_scripts/conformation/evaluation/predict_sigma.py"


rule write_conformation_tracks:
    input:
        code=code("conformation/evaluation/write_tracks.py"),
        tables=[f"{CF}/sigma/{{cell}}.seed{s}.tsv.gz" for s in CF_SEEDS],
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_CELLS[w.cell].assembly}/chrom.sizes",
    output:
        sigma=f"{CF}/sigma/{{cell}}.sigma.bw",
        backward=f"{CF}/sigma/{{cell}}.backward.bw",
    log:
        f"{LOGS}/conformation/write_conformation_tracks/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/write_conformation_tracks/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    script:
        "../../workflow_scripts/conformation/evaluation/write_tracks.py"


rule write_conformation_maps:
    input:
        code=code("conformation/evaluation/write_maps.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        predictions=[f"{CF}/predictions/{{cell}}/{m}.seed{s}.npz" for m, s in CF_TRAINED],
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_CELLS[w.cell].assembly}/chrom.sizes",
    output:
        maps=[f"{CF}/maps/{{cell}}.{model}.mcool" for model in dict(CF_TRAINED)],
    log:
        f"{LOGS}/conformation/write_conformation_maps/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/write_conformation_maps/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        networks=CF_TRAINED,
        models=list(dict(CF_TRAINED)),
    script:
        "../../workflow_scripts/conformation/evaluation/write_maps.py"


rule predict_conformation_across_cells:
    input:
        code=code("conformation/evaluation/predict_across_cells.py"),
        datasets=[f"{CF}/data/{c}.npz" for c in CF_CELLS],
        weights=[
            f"{CF}/models/{c}/{m}.seed{s}.{'npz' if m == 'ridge' else 'keras'}"
            for c in CF_CELLS
            for m, s in CF_TRAINED
        ],
    output:
        scores=f"{CF}/cross_cell.tsv",
    log:
        f"{LOGS}/conformation/predict_conformation_across_cells.log",
    benchmark:
        f"{BENCH}/conformation/predict_conformation_across_cells.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=120,
    params:
        input_keys=dict(
            datasets=list(CF_CELLS), weights=[(c, m, s) for c in CF_CELLS for m, s in CF_TRAINED]
        ),
        cells=CF_COMPARED,
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        distances=CF_CONFIG["evaluate"]["distances"],
    script:
        "../../workflow_scripts/conformation/evaluation/predict_across_cells.py"


rule evaluate_conformation:
    input:
        code=code("conformation/evaluation/evaluate_conformation.py"),
        datasets=[f"{CF}/data/{c}.npz" for c in CF_CELLS],
        annotations=[f"{CF}/annotation/{c}.tsv.gz" for c in CF_CELLS],
        layers=[f"{CF}/tables/{c}.layers.tsv" for c in CF_CELLS],
        predictions=[f"{CF}/predictions/{c}/{m}.seed{s}.npz" for c, m, s in CF_MODELS.cell_maps],
        sigma=[f"{CF}/sigma/{c}.seed{s}.tsv.gz" for c, s in CF_MODELS.cell_seeds],
        windows=[f"{CF}/sigma/{c}.seed{s}.windows.tsv" for c, s in CF_MODELS.cell_seeds],
        records=[f"{CF}/sigma/{c}.seed{s}.run.json" for c, s in CF_MODELS.cell_seeds],
        weights=[f"{CF}/weights/{c}.seed{s}.tsv" for c, s in CF_MODELS.cell_seeds],
        scores=[f"{CF}/gradients/{c}.check.tsv" for c in CF_CELLS],
        published=PAPERS["conformation"].published,
        roles=[f"{WORLD}/truth/roles.tsv"] if "demo" in config else [],
    output:
        metrics=PAPERS["conformation"].metrics,
        by_distance=f"{CF}/tables/distance.tsv",
    log:
        f"{LOGS}/conformation/evaluate_conformation.log",
    benchmark:
        f"{BENCH}/conformation/evaluate_conformation.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=30,
    params:
        input_keys={
            **{name: list(CF_CELLS) for name in ("datasets", "annotations", "layers")},
            "predictions": CF_MODELS.cell_maps,
            **{name: CF_MODELS.cell_seeds for name in ("sigma", "windows", "records", "weights")},
        },
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        distances=CF_CONFIG["evaluate"]["distances"],
        refitted=CF_REFITTED,
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/evaluation/evaluate_conformation.py"
