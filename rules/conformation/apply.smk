"""Conformation: bundles of its models, and bundles on the profiles of other cells."""

from workflow_scripts.conformation.apply.inputs import (
    BACKWARD,
    RunMaps,
    names_of,
    plan_application as plan_profiles,
)

CF_BUNDLE = f"{RESULTS}/bundles/conformation-{{cell}}-{{kind}}"
# model in the names of bundles -> model in those of the run's files, seeds, and settings
CF_BUNDLED = {
    "forward": ("forward", CF_SEEDS, dict(preset=CF_CONFIG["preset"], **CF_TRAINING["forward"])),
    "linear": ("linear", CF_SEEDS, dict(preset=CF_CONFIG["preset"], **CF_TRAINING["forward"])),
    "pairwise": ("forward_pairwise", CF_SEEDS, CF_CONFIG["pairwise"]),
    "ridge": ("ridge", [0], CF_CONFIG["ridge"]),
}
BUNDLES += [
    f"{CF_BUNDLE}/model.yaml".format(cell=cell, kind=kind)
    for cell in CF_CELLS
    for kind in CF_BUNDLED
]
CF_APPLY = {}
CF_MAPS = RunMaps(
    samples={s: f"{CONTACTS}/{s}.mcool" for s in CONTACT_SAMPLES},
    resolutions=CT_CONFIG["resolutions"],
    locate=locate,
    sizes_of=PLACE_CHECKS.known_sizes,
    made=lambda path: path.startswith(tuple(f"{folder}/" for folder in GENERATED_DIRS)),
)
try:
    for name, entry in applications_of("conformation").items():
        where = f"{CONFIG_FILE}: apply.{name}"
        CF_APPLY[name] = plan_profiles(entry, SAMPLES, config["signal"], where, CF_MAPS)
except UserError as error:
    fail(error)
CF_APPLIED = f"{RESULTS}/apply/{{application}}"
STAGE_TARGETS += [f"{RESULTS}/apply/{name}/predicted.mcool" for name in CF_APPLY]
STAGE_TARGETS += [
    f"{RESULTS}/apply/{name}/contacts.mcool" for name, plan in CF_APPLY.items() if plan.has_expected
]
STAGE_TARGETS += [
    f"{RESULTS}/apply/{name}/scores.tsv" for name, plan in CF_APPLY.items() if plan.map
]
for name, plan in CF_APPLY.items():
    if files := [f"{RESULTS}/apply/{name}/{f}" for f in plan.tracks] + called_peaks(plan.samples):
        BROWSER_FILES[name] = (plan.assembly, files)


rule bundle_conformation:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        contacts=f"{RESULTS}/contacts/cells/{{cell}}.mcool",
        networks=lambda w: [
            f"{CF}/models/{w.cell}/{model}.seed{seed}.keras"
            for model, seeds, _ in [CF_BUNDLED[w.kind]]
            for seed in seeds
        ],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, [f"seed{s}" for s in CF_SEEDS]),
        model=f"{CF_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/conformation/bundle_conformation/{{cell}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/conformation/bundle_conformation/{{cell}}.{{kind}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        kind="linear|pairwise",
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seeds=lambda w: CF_BUNDLED[w.kind][1],
        assembly=lambda w: CF_CELLS[w.cell].assembly,
        signal={key: config["signal"][key] for key in ("value", "over_control")},
        scale=CF_CONFIG["scale"],
        regions=CF_CONFIG["regions"],
        expected=CF_CONFIG["expected"],
        evaluation={key: CF_CONFIG["evaluate"][key] for key in ("min_distance", "distances")},
        settings=lambda w: CF_BUNDLED[w.kind][2],
    script:
        "../../workflow_scripts/conformation/apply/bundle_conformation.py"


use rule bundle_conformation as bundle_conformation_forward with:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        contacts=f"{RESULTS}/contacts/cells/{{cell}}.mcool",
        networks=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
        backward=[f"{CF}/models/{{cell}}/backward.seed{s}.keras" for s in CF_SEEDS],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, [f"{name}seed{s}" for name in ("", BACKWARD) for s in CF_SEEDS]),
        model=f"{CF_BUNDLE}/model.yaml",
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        kind="forward",


use rule bundle_conformation as bundle_conformation_ridge with:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        contacts=f"{RESULTS}/contacts/cells/{{cell}}.mcool",
        networks=[f"{CF}/models/{{cell}}/ridge.seed0.npz"],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, ["seed0"], "npz"),
        model=f"{CF_BUNDLE}/model.yaml",
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        kind="ridge",


rule apply_conformation:
    input:
        code=code("conformation/apply/apply_conformation.py"),
        model=lambda w: CF_APPLY[w.application].bundle.files,
        tracks=lambda w: [
            f"{RESULTS}/tracks/{plan.bundle.inputs['resolution']}/{sample}.tsv.gz"
            for plan in [CF_APPLY[w.application]]
            for sample in plan.samples
        ],
        contacts=lambda w: [file for file in [CF_APPLY[w.application].map.split("::")[0]] if file],
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_APPLY[w.application].assembly}/chrom.sizes",
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
    log:
        f"{LOGS}/conformation/apply_conformation/{{application}}.log",
    benchmark:
        f"{BENCH}/conformation/apply_conformation/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(names_of(CF_APPLY, sigma=False, contacts=False)),
    conda:
        f"../../envs/enhance{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=240,
    params:
        bundle=lambda w: str(CF_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        cell=lambda w: APPLY[w.application].settings["cell"],
        factors=lambda w: CF_APPLY[w.application].factors,
        regions=lambda w: CF_APPLY[w.application].regions,
        map_file=lambda w: CF_APPLY[w.application].map,
    script:
        "../../workflow_scripts/conformation/apply/apply_conformation.py"


use rule apply_conformation as apply_conformation_with_map with:
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
        scores=f"{CF_APPLIED}/scores.tsv",
    wildcard_constraints:
        application=one_of(names_of(CF_APPLY, sigma=False, contacts=True)),


use rule apply_conformation as apply_conformation_forward with:
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
        sigma=f"{CF_APPLIED}/sigma.bw",
        sigma_bins=f"{CF_APPLIED}/sigma.tsv.gz",
    wildcard_constraints:
        application=one_of(names_of(CF_APPLY, sigma=True, contacts=False)),


use rule apply_conformation as apply_conformation_forward_with_map with:
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
        sigma=f"{CF_APPLIED}/sigma.bw",
        sigma_bins=f"{CF_APPLIED}/sigma.tsv.gz",
        scores=f"{CF_APPLIED}/scores.tsv",
        backward=f"{CF_APPLIED}/backward.bw",
        backward_bins=f"{CF_APPLIED}/backward.tsv.gz",
        map_discrepancy=f"{CF_APPLIED}/discrepancy.map.bw",
        sigma_discrepancy=f"{CF_APPLIED}/discrepancy.sigma.bw",
        discrepancies=f"{CF_APPLIED}/discrepancy.tsv.gz",
    wildcard_constraints:
        application=one_of(names_of(CF_APPLY, sigma=True, contacts=True)),


rule scale_conformation_map:
    input:
        code=code("conformation/apply/scale_map.py"),
        predicted=f"{CF_APPLIED}/predicted.mcool",
        model=lambda w: CF_APPLY[w.application].bundle.files,
        contacts=lambda w: [file for file in [CF_APPLY[w.application].map.split("::")[0]] if file],
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_APPLY[w.application].assembly}/chrom.sizes",
    output:
        scaled=f"{CF_APPLIED}/contacts.mcool",
    log:
        f"{LOGS}/conformation/scale_conformation_map/{{application}}.log",
    benchmark:
        f"{BENCH}/conformation/scale_conformation_map/{{application}}.tsv"
    wildcard_constraints:
        application=one_of([name for name, plan in CF_APPLY.items() if plan.has_expected]),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        bundle=lambda w: str(CF_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        map_file=lambda w: CF_APPLY[w.application].map,
    script:
        "../../workflow_scripts/conformation/apply/scale_map.py"
