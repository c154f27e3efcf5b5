"""DeepChrome's tuning of the network."""

from workflow_scripts.deepchrome.config.tuning import plan_settings, plan_tuned_cells, setting_name

if "deepchrome" in config["papers"]:
    try:
        DC_SETTINGS = plan_settings(
            DC_CONFIG["tuning"],
            DC_CONFIG["network"],
            config["tss_bins"]["n_bins"],
            f"{CONFIG_FILE}: deepchrome.tuning",
        )
        DC_TUNED = plan_tuned_cells(
            DC_CONFIG["tuning"], list(DC_CELLS), f"{CONFIG_FILE}: deepchrome.tuning"
        )
    except UserError as error:
        refuse(error)
else:
    DC_SETTINGS, DC_TUNED = {}, []

if DC_TUNED:
    DC_SCORES += [f"{DC}/tuning.metrics.tsv"]


rule tune_deepchrome:
    input:
        code=code("deepchrome/training/tune_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        table=f"{DC}/tuning/{{cell}}.tsv",
    log:
        f"{LOGS}/deepchrome/tune_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/tune_deepchrome/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=growing(4000),
        runtime=1440,
    params:
        settings=DC_SETTINGS,
        training=training_settings(
            DC_CONFIG["preset"], {**DC_CONFIG["training"], **DC_CONFIG["tuning"]["training"]}
        ),
        seed=DC_CONFIG["seeds"][0],
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DC}/checkpoints/{{cell}}.tuning",
    script:
        "../../workflow_scripts/deepchrome/training/tune_deepchrome.py"


rule tabulate_tuning:
    input:
        code=code("deepchrome/evaluation/tabulate_tuning.py"),
        tables=[f"{DC}/tuning/{cell}.tsv" for cell in DC_TUNED],
    output:
        tuning=f"{DC}/tuning.tsv",
        tests=f"{DC}/tuning.tests.tsv",
        scores=f"{DC}/tuning.metrics.tsv",
    log:
        f"{LOGS}/deepchrome/tabulate_tuning.log",
    benchmark:
        f"{BENCH}/deepchrome/tabulate_tuning.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        own=setting_name({**DC_CONFIG["network"], "convolutions": 1}),
        seed=DC_CONFIG["seeds"][0],
    script:
        "../../workflow_scripts/deepchrome/evaluation/tabulate_tuning.py"
