"""Peaks, and signal in the bins of a contact map; run only if a paper needs them."""

from workflow_scripts.signal.plan import check_tracks, second_names, track_samples

TRACK_SAMPLES = [s for s in track_samples(SAMPLES) if assembly_of(s)]
PEAK_SAMPLES = [s for s in TRACK_SAMPLES if kind_of(s) in READS]
TRACK_SETTINGS = {
    key: config["signal"][key] for key in ("value", "bases_without_value", "beyond_end")
}
OVER_CONTROL = config["signal"]["value"] == "signal" and config["signal"]["over_control"]

try:
    # of controls, signal around transcription starts is counted as well
    tracks = list(dict.fromkeys(TRACK_SAMPLES + TSS_SAMPLES))
    check_tracks(tracks, SAMPLES, RUNS, (config["samples"], config["runs"]))
except UserError as error:
    fail(error)


rule call_peaks:
    input:
        code=code("signal/call_peaks.py"),
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
        blacklist=lambda w: blacklist_of(w.sample),
        reads=lambda w: signal_files(w.sample),
        control=lambda w: [
            file for s in [SAMPLES.control[w.sample]] if s for file in signal_files(s)
        ],
        index=lambda w: [
            f"{file}.bai"
            for s in (w.sample, SAMPLES.control[w.sample])
            if s and kind_of(s) != "tagalign"
            for file in signal_files(s)
        ],
    output:
        peaks=f"{RESULTS}/tracks/peaks/{{sample}}.bed",
    log:
        f"{LOGS}/call_peaks/{{sample}}.log",
    benchmark:
        f"{BENCH}/call_peaks/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(PEAK_SAMPLES),
    conda:
        "../envs/signal.yaml"
    resources:
        # MACS2 keeps the reads' ends and the pileup in memory
        mem_mb=lambda w, input, attempt: attempt * (2000 + int(4 * input.size_mb)),
        runtime=240,
    params:
        sample=lambda w: w.sample,
        target=lambda w: SAMPLES.target[w.sample],
        settings=config["signal"]["peaks"],
        clip=config["signal"]["beyond_end"] == "clip",
    script:
        "../workflow_scripts/signal/call_peaks.py"


rule bin_signal:
    input:
        code=code("signal/bin_signal.py"),
        sizes=lambda w: f"{RESULTS}/genome/{assembly_of(w.sample)}/chrom.sizes",
        blacklist=lambda w: blacklist_of(w.sample),
        files=lambda w: (called_peaks([w.sample]) or signal_files(w.sample)),
        minus=lambda w: minus_files(w.sample),
        control=lambda w: [
            file
            for s in [SAMPLES.control[w.sample]]
            if s and w.sample in PEAK_SAMPLES and OVER_CONTROL
            for file in signal_files(s)
        ],
        index=lambda w: [
            f"{file}.bai"
            for s in (w.sample, SAMPLES.control[w.sample])
            if s and w.sample in PEAK_SAMPLES and kind_of(s) != "tagalign"
            if config["signal"]["value"] == "signal"
            for file in signal_files(s)
        ],
    output:
        track=f"{RESULTS}/tracks/{{resolution}}/{{sample}}.tsv.gz",
    log:
        f"{LOGS}/bin_signal/{{resolution}}/{{sample}}.log",
    benchmark:
        f"{BENCH}/bin_signal/{{resolution}}/{{sample}}.tsv"
    wildcard_constraints:
        sample=one_of(TRACK_SAMPLES),
        resolution="[0-9]+",
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * (2000 + int(20 * input.size_mb)),
        runtime=120,
    params:
        sample=lambda w: w.sample,
        kind=lambda w: kind_of(w.sample),
        names=lambda w: second_names(runs_of(w.sample), SAMPLES.target[w.sample]),
        resolution=lambda w: int(w.resolution),
        settings=TRACK_SETTINGS,
    script:
        "../workflow_scripts/signal/bin_signal.py"
