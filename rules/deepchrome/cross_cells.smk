"""DeepChrome's networks of one cell, tested on every other."""

DC_CROSS = DC_CONFIG["cross_cell"]["enabled"] and len(DC_CELLS) > 1


rule cross_cells:
    input:
        code=code("deepchrome/evaluation/cross_cells.py"),
        datasets=[f"{DC}/data/{cell}.npz" for cell in DC_CELLS],
        weights=[
            f"{DC}/models/{cell}/deepchrome.seed{seed}.keras"
            for cell in DC_CELLS
            for seed in DC_CONFIG["seeds"]
        ],
    output:
        table=f"{DC}/cross_cell.tsv",
    log:
        f"{LOGS}/deepchrome/cross_cells.log",
    benchmark:
        f"{BENCH}/deepchrome/cross_cells.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        # every cell's genes at once: 40 MB of 19,802 genes as float32, and their test third again
        mem_mb=growing(2000 + 60 * len(DC_CELLS)),
        runtime=240,
    params:
        cells=list(DC_CELLS),
        seeds=DC_CONFIG["seeds"],
    script:
        "../../workflow_scripts/deepchrome/evaluation/cross_cells.py"
