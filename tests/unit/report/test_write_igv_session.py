"""Sessions of IGV: well-formed, with paths relative to the session that lead to the files."""

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from workflow_scripts.chromaloom.genomics.browser_files import write_bedpe, write_bigwig
from workflow_scripts.report.write_igv_session import main

NARROW = "chr1\t10\t20\tp\t900\t.\t5.1\t3\t2\t4\n"


@pytest.fixture
def files(tmp_path):
    """A genome, and a file of each kind that has its own class of track."""
    bins = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [100], "value": [0.5]})
    write_bigwig(bins, {"chr1": 1000}, tmp_path / "run/a & b.bw")
    (tmp_path / "run/genes.bed").write_text("chr1\t10\t11\tg\t900\t+\n")
    (tmp_path / "run/peaks.bed").write_text(NARROW)
    pair = {"chrom1": ["chr1"], "start1": [0], "end1": [9], "chrom2": ["chr1"], "start2": [50],
            "end2": [59], "name": ["g"], "score": [2.0]}  # fmt: skip
    write_bedpe(pd.DataFrame(pair), tmp_path / "run/loops.bedpe")
    (tmp_path / "genome").mkdir()
    (tmp_path / "genome/genome.fa").write_text(">chr1\nA\n")
    (tmp_path / "genome/genes.gtf.gz").write_text("")
    return [str(tmp_path / f"run/{name}") for name in
            ("a & b.bw", "genes.bed", "peaks.bed", "loops.bedpe")]  # fmt: skip


def written(tmp_path, files, **given):
    session = tmp_path / "run/apply/x/igv_session.xml"
    genome = tmp_path / "genome"
    known = {"genes": [str(genome / "genes.gtf.gz")], "sequence": [str(genome / "genome.fa")]}
    main(files, **{**known, "genome": "world", **given}, session=str(session))
    return session, ElementTree.parse(session).getroot()


def test_paths_are_relative_to_the_session_and_lead_to_the_files(files, tmp_path, monkeypatch):
    # the rules give paths relative to the working directory
    monkeypatch.chdir(tmp_path)
    session, root = written(
        Path(), [str(Path(file).relative_to(tmp_path)) for file in files],
        genes=["genome/genes.gtf.gz"], sequence=["genome/genome.fa"],
    )  # fmt: skip
    paths = [resource.get("path") for resource in root.iter("Resource")]
    assert not [path for path in [*paths, root.get("genome")] if Path(path).is_absolute()]
    found = [(tmp_path / session.parent / path).resolve() for path in paths]
    assert found == [(tmp_path / "genome/genes.gtf.gz").resolve(), *map(Path, files)]
    assert (session.parent / root.get("genome")).resolve() == tmp_path / "genome/genome.fa"


def test_every_file_is_a_track_of_its_kind(files, tmp_path):
    _, root = written(tmp_path, files)
    resources = {r.get("path"): r.get("type") for r in root.iter("Resource")}
    assert list(resources.values()) == ["gtf", "bw", "bed", "narrowpeak", "bedpe"]
    tracks = {track.get("id"): track for track in root.iter("Track")}
    assert tracks.keys() == resources.keys()
    assert len({track.get("name") for track in tracks.values()}) == 5
    assert "a & b.bw" in [track.get("name") for track in tracks.values()]
    for path, form in resources.items():
        track = tracks[path]
        assert (track.get("autoScale") == "true") is (form == "bw")
        assert (track.get("useScore") == "true") is (form == "bed")
    assert len({track.get("color") for track in tracks.values()}) == 5
    panels = {panel.get("name"): len(panel) for panel in root.iter("Panel")}
    assert panels == {"DataPanel": 2, "FeaturePanel": 3}


def test_a_genome_that_igv_knows_is_named(files, tmp_path):
    _, root = written(tmp_path, files[:1], genome="hg38", genes=[], sequence=[])
    assert root.get("genome") == "hg38"
    assert [panel.get("name") for panel in root.iter("Panel")] == ["DataPanel"]
