"""Conformation: scores, and the tables that figures are drawn from."""

# every predicted map with its seeds, and every fitted σ
CF_MODELS = CF_MAP_MODELS | CF_PAIR_SEEDS
CF_RUNS = [(c, m, s) for c in CF_CELLS for m, seeds in CF_MODELS.items() for s in seeds]
CF_SEEDED = [(c, s) for c in CF_CELLS for s in CF_SEEDS]


rule tabulate_region_map:
    input:
        code=code("conformation/figures/tabulate_region_map.py"),
        data=f"{CF}/data/{{cell}}.npz",
        predictions=[
            f"{CF}/predictions/{{cell}}/{model}.seed{CF_SEED}.npz"
            for model in ("forward", "forward_pairwise")
        ],
    output:
        table=f"{CF}/tables/{{cell}}.map.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_region_map/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_region_map/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        models=["forward", "forward_pairwise"],
        region=CF_CONFIG["figures"]["region"],
        longest=CF_CONFIG["figures"]["longest"],
    script:
        "../../workflow_scripts/conformation/figures/tabulate_region_map.py"


rule tabulate_window_tracks:
    input:
        code=code("conformation/figures/tabulate_window_tracks.py"),
        data=f"{CF}/data/{{cell}}.npz",
        predictions=[
            f"{CF}/predictions/{{cell}}/{model}.seed{s}.npz"
            for model, seeds in CF_MODELS.items()
            for s in seeds
        ],
        backward=[f"{CF}/sigma/{{cell}}.seed{s}.windows.tsv" for s in CF_SEEDS],
    output:
        table=f"{CF}/tables/{{cell}}.tracks.tsv.gz",
    log:
        f"{LOGS}/conformation/tabulate_window_tracks/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/tabulate_window_tracks/{{cell}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        runs=[(model, s) for model, seeds in CF_MODELS.items() for s in seeds],
        seeds=CF_SEEDS,
    script:
        "../../workflow_scripts/conformation/figures/tabulate_window_tracks.py"


rule evaluate_conformation:
    input:
        code=code("conformation/evaluation/evaluate_conformation.py"),
        data=[f"{CF}/data/{c}.npz" for c in CF_CELLS],
        annotations=[f"{CF}/annotation/{c}.tsv.gz" for c in CF_CELLS],
        layers=[f"{CF}/tables/{c}.layers.tsv" for c in CF_CELLS],
        predictions=[f"{CF}/predictions/{c}/{m}.seed{s}.npz" for c, m, s in CF_RUNS],
        sigma=[f"{CF}/sigma/{c}.seed{s}.tsv.gz" for c, s in CF_SEEDED],
        windows=[f"{CF}/sigma/{c}.seed{s}.windows.tsv" for c, s in CF_SEEDED],
        records=[f"{CF}/sigma/{c}.seed{s}.run.json" for c, s in CF_SEEDED],
        weights=[f"{CF}/weights/{c}.seed{s}.tsv" for c, s in CF_SEEDED],
        scores=[f"{CF}/gradients/{c}.check.tsv" for c in CF_CELLS],
        published=PAPERS["conformation"].published,
        roles=f"{WORLD}/truth/roles.tsv" if "demo" in config else [],
    output:
        metrics=PAPERS["conformation"].metrics,
        distance=f"{CF}/tables/distance.tsv",
    log:
        f"{LOGS}/conformation/evaluate_conformation.log",
    benchmark:
        f"{BENCH}/conformation/evaluate_conformation.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=30,
    params:
        cells=list(CF_CELLS),
        runs=CF_RUNS,
        seeded=CF_SEEDED,
        min_distance=CF_CONFIG["evaluate"]["min_distance"],
        distances=CF_CONFIG["evaluate"]["distances"],
        seed=config["seed"],
    script:
        "../../workflow_scripts/conformation/evaluation/evaluate_conformation.py"
