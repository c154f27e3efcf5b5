"""Write a session of the genome browser IGV (desktop): a genome, and files as tracks."""

import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from workflow_scripts.chromaloom.io.files import atomic_path, open_text
from workflow_scripts.chromaloom.workflow.job import run_script

# IGV's class of a track, and the panel that it stands in, by the suffix of its file
KINDS = {
    ".bw": ("org.broad.igv.track.DataSourceTrack", "DataPanel"),
    ".bed": ("org.broad.igv.track.FeatureTrack", "FeaturePanel"),
    ".gtf": ("org.broad.igv.track.FeatureTrack", "FeaturePanel"),
    ".bedpe": ("org.broad.igv.bedpe.InteractionTrack", "DataPanel"),
}
PEAKS = {9: "broadpeak", 10: "narrowpeak"}  # by the number of columns
# Okabe and Ito's palette, red, green, blue: tracks take turns
COLORS = ("0,114,178", "213,94,0", "0,158,115", "204,121,167", "86,180,233", "230,159,0")


def format_of(path: str) -> str:
    """Name in IGV of a file's format: its suffix, but MACS2's peaks have a suffix of BED."""
    suffix = Path(path.removesuffix(".gz")).suffix
    if suffix == ".bed":
        with open_text(path) as handle:
            columns = next(handle, "").count("\t") + 1
        return PEAKS.get(columns, "bed")
    return suffix.removeprefix(".")


def session_text(genome: str, files: Sequence[str], folder: str | Path) -> str:
    """Return the XML of a session.

    Parameters
    ----------
    genome
        Name of a genome that IGV knows, or path of a FASTA file or of a `.chrom.sizes` file.
    files
        Files with a suffix of `KINDS`.
    folder
        Folder of the session: IGV resolves paths relative to the file of the session.
    """

    def relative(path: str) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    root = ElementTree.Element(
        "Session",
        genome=relative(genome) if os.sep in genome else genome,
        hasGeneTrack="true", hasSequenceTrack="true", locus="All", version="8",
    )  # fmt: skip
    resources = ElementTree.SubElement(root, "Resources")
    panels = {
        name: ElementTree.SubElement(root, "Panel", name=name)
        for name in ("DataPanel", "FeaturePanel")
    }
    for number, file in enumerate(files):
        path, form = relative(file), format_of(file)
        suffix = Path(file.removesuffix(".gz")).suffix
        kind, panel = KINDS[suffix]
        ElementTree.SubElement(resources, "Resource", path=path, type=form)
        track = {"id": path, "name": Path(file).name, "clazz": kind, "visible": "true",
                 "color": COLORS[number % len(COLORS)]}  # fmt: skip
        if suffix == ".bw":
            track |= {"autoScale": "true", "renderer": "BAR_CHART", "windowFunction": "mean",
                      "height": "60"}  # fmt: skip
        if form == "bed":  # shades of the column score
            track |= {"displayMode": "EXPANDED", "useScore": "true"}
        ElementTree.SubElement(panels[panel], "Track", track)
    for panel in panels.values():
        if not len(panel):
            root.remove(panel)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


def main(
    files: list[str], genes: list[str], sequence: list[str], *, genome: str, session: str
) -> None:
    """Write a session.

    Parameters
    ----------
    files, genes
        Tracks; GTF of the genome, at most one.
    sequence, genome
        FASTA or `.chrom.sizes` of the genome, else its name in IGV.
    session
        Output.
    """
    text = session_text([*sequence, genome][0], [*genes, *files], Path(session).parent)
    with atomic_path(session) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    run_script(main, snakemake)
