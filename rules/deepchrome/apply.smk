"""DeepChrome: bundles of its networks, and bundles on the marks of other cells."""

from workflow_scripts.deepchrome.apply.inputs import plan_application

DC_BUNDLE = f"{RESULTS}/bundles/deepchrome-{{cell}}-deepchrome"
BUNDLES += [f"{DC_BUNDLE}/model.yaml".format(cell=cell) for cell in DC_CELLS]
DC_APPLY = {}
try:
    for name, entry in applications_of("deepchrome").items():
        where = f"{CONFIG_FILE}: apply.{name}"
        DC_APPLY[name] = plan_application(
            entry, SAMPLES, RUNS, config["tss_bins"], TSS_SAMPLES, where
        )
except UserError as error:
    fail(error)
STAGE_TARGETS += [
    f"{RESULTS}/apply/{name}/{file}" for name in DC_APPLY for file in ("genes.tsv.gz", "marks.tsv")
]
for name, plan in DC_APPLY.items():
    # genes of ready tables have no genome
    for sample, _ in plan.cell.signal[:1]:
        GENE_TRACKS[name] = (assembly_of(sample), True)
        BROWSER_FILES[name] = (assembly_of(sample), gene_tracks(name))


rule bundle_deepchrome:
    input:
        code=code("deepchrome/apply/bundle_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
        networks=[f"{DC}/models/{{cell}}/deepchrome.seed{s}.keras" for s in DC_CONFIG["seeds"]],
        metrics=PAPERS["deepchrome"].metrics,
        predictions=f"{DC}/predictions/{{cell}}.deepchrome.tsv.gz",
    output:
        bundle_files(DC_BUNDLE, [f"seed{s}" for s in DC_CONFIG["seeds"]]),
        model=f"{DC_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/deepchrome/bundle_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/bundle_deepchrome/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(DC_CELLS),
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seeds=DC_CONFIG["seeds"],
        # of counted signal the config and the sheet say what it is
        signal=lambda w: (
            DC_CONFIG["marks_tables"].get(w.cell, {})
            if DC_CELLS[w.cell].tables
            else {
                "bin_size": config["tss_bins"]["bin_size"],
                "orient": config["tss_bins"]["orient"],
                "assembly": SAMPLES.assembly[DC_CELLS[w.cell].signal[0][0]],
            }
        ),
        label_order=DC_CONFIG["label_order"],
        settings=dict(
            preset=DC_CONFIG["preset"],
            network=DC_CONFIG["network"],
            **training_settings(DC_CONFIG["preset"], DC_CONFIG["training"]),
        ),
    script:
        "../../workflow_scripts/deepchrome/apply/bundle_deepchrome.py"


rule apply_deepchrome:
    input:
        code=code("deepchrome/apply/apply_deepchrome.py"),
        model=lambda w: DC_APPLY[w.application].bundle.files,
        files=lambda w: (
            DC_APPLY[w.application].cell.tables
            or [f"{RESULTS}/signal/{s}.tss.npz" for s, _ in DC_APPLY[w.application].cell.signal]
        ),
    output:
        genes=f"{RESULTS}/apply/{{application}}/genes.tsv.gz",
        summary=f"{RESULTS}/apply/{{application}}/marks.tsv",
    log:
        f"{LOGS}/deepchrome/apply_deepchrome/{{application}}.log",
    benchmark:
        f"{BENCH}/deepchrome/apply_deepchrome/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(DC_APPLY),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        bundle=lambda w: str(DC_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        kind=lambda w: DC_APPLY[w.application].cell.kind,
        marks=lambda w: [mark for _, mark in DC_APPLY[w.application].cell.signal],
        cell=lambda w: APPLY[w.application].settings["cell"],
        match_depth=lambda w: DC_APPLY[w.application].match_depth,
        unknown=lambda w: DC_APPLY[w.application].unknown,
    script:
        "../../workflow_scripts/deepchrome/apply/apply_deepchrome.py"
