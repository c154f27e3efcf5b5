"""Affinities of histone marks and chromatin factors: one row per target.

Affinities are enrichments over background at a fully bound position. The marks follow known roles
in epigenome maps, the factors those of fly chromatin (H1, CP190, Chro, BEAF and others).
"""

from dataclasses import asdict, dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

INPUT = "input"


@dataclass(frozen=True)
class Target:
    """Affinities of one mark or factor."""

    name: str
    kind: str  # mark or factor
    effect: str  # + for expression or open domains, - for repression
    note: str
    active: float = 0.0  # over domains of each state
    inactive: float = 0.0
    polycomb: float = 0.0
    heterochromatin: float = 0.0
    tss: float = 0.0  # at active TSS, scaled by transcription
    tss_profile: str = "peak"  # bimodal, flank, peak (see tracks.py)
    bivalent: float = 0.0  # at bivalent TSS, same profile
    enhancer: float = 0.0  # at active enhancers
    enhancer_profile: str = "peak"
    body: float = 0.0  # over transcribed genes, scaled by transcription
    body_profile: str = "rising"  # toward the 3' end; or falling, flat
    boundary: float = 0.0  # at the insulator sites of domain ends
    avoids_tss: float = 0.0  # fraction of the domain signal lost around active TSS

    @property
    def feature(self) -> str:
        """Main location of the target, as text."""
        places = {"active domains": self.active, "inactive domains": self.inactive,
                  "polycomb domains": self.polycomb, "heterochromatin": self.heterochromatin,
                  "active TSS": self.tss, "bivalent TSS": self.bivalent,
                  "active enhancers": self.enhancer, "transcribed bodies": self.body,
                  "domain boundaries": self.boundary}  # fmt: skip
        most = max(places.values())
        return ", ".join(place for place, value in places.items() if value >= 0.3 * most)


CATALOG = (
    Target("H3K4me3", "mark", "+", "two humps around the nucleosome-free region of active TSS",
           tss=22, tss_profile="bimodal", bivalent=6, enhancer=0.8),
    Target("H3K4me1", "mark", "+", "flanks of active TSS, and enhancers",
           active=0.3, tss=4, tss_profile="flank", bivalent=2, enhancer=7,
           enhancer_profile="bimodal"),
    Target("H3K36me3", "mark", "+", "bodies of transcribed genes, rising to the 3' end",
           body=6, active=0.2),
    Target("H3K27me3", "mark", "-", "broad over polycomb domains, highest at bivalent TSS",
           polycomb=3.5, inactive=0.3, bivalent=3, tss_profile="bimodal", avoids_tss=0.8),
    Target("H3K9me3", "mark", "-", "broad over heterochromatin, weak over inactive domains",
           heterochromatin=4.5, inactive=0.8, avoids_tss=0.8),
    Target("H3K27ac", "mark", "+", "active TSS and active enhancers (HiChIP target)",
           tss=14, tss_profile="bimodal", enhancer=10, enhancer_profile="bimodal"),
    Target("H3K9me1", "mark", "-", "inactive domains and heterochromatin",
           inactive=1.2, heterochromatin=2.0, polycomb=0.5, avoids_tss=0.7),
    Target("H3K36me2", "mark", "+", "active domains and the 5' part of transcribed genes",
           active=1.0, body=3, body_profile="falling"),
    Target("H4K16ac", "mark", "+", "active domains, dosage-like",
           active=1.5, tss=4, body=1.5, body_profile="flat"),
    Target("H1", "factor", "-", "linker histone: all but active domains",
           inactive=1.2, polycomb=1.0, heterochromatin=1.4, avoids_tss=0.9),
    Target("HP1", "factor", "-", "heterochromatin",
           heterochromatin=4.0, inactive=0.5, avoids_tss=0.8),
    Target("Pc", "factor", "-", "polycomb domains and bivalent TSS",
           polycomb=3.0, bivalent=7, avoids_tss=0.8),
    Target("Lamin", "factor", "-", "inactive domains at the nuclear rim",
           inactive=2.0, heterochromatin=1.5, avoids_tss=0.9),
    Target("RNAPII", "factor", "+", "active TSS, less over bodies",
           tss=14, body=1.5, body_profile="flat", enhancer=2),
    Target("NURF", "factor", "+", "remodeller at active TSS, enhancers and boundaries",
           active=0.3, tss=7, enhancer=4, boundary=4),
    Target("GAF", "factor", "+", "enhancers and active TSS",
           tss=5, enhancer=8, bivalent=3),
    Target("Chro", "factor", "+", "boundaries and active domains",
           active=0.6, tss=4, boundary=10),
    Target("CP190", "factor", "+", "boundaries and active TSS",
           active=0.2, tss=4, boundary=14),
    Target("BEAF", "factor", "+", "boundaries and active TSS",
           active=0.2, tss=5, boundary=12),
    Target("CTCF", "factor", "+", "the oriented sites at boundaries, weakly active domains and TSS",
           active=0.3, boundary=30, enhancer=0.5, tss=2),
    Target("Su_Hw", "factor", "-", "boundaries, with a base in inactive domains",
           inactive=1.0, polycomb=0.3, heterochromatin=0.6, boundary=10),
)  # fmt: skip
TARGETS = {target.name: target for target in CATALOG}


def find_target(name: str) -> Target:
    """The target of a name; the input has no affinities.

    Raises
    ------
    UserError
        Unknown mark or factor.
    """
    if name == INPUT:
        return Target(INPUT, "input", "", "background only")
    if name not in TARGETS:
        known = ", ".join([INPUT, *TARGETS])
        raise UserError(f"sample sheet: target {name!r} is unknown to the demo; expected: {known}")
    return TARGETS[name]


def role_table() -> pd.DataFrame:
    """Table of targets: columns target, kind, feature, effect, note, and the affinities."""
    table = pd.DataFrame([asdict(target) | {"target": target.name} for target in CATALOG])
    table["feature"] = [target.feature for target in CATALOG]
    first = ["target", "kind", "feature", "effect", "note"]
    return table[first + [c for c in table.columns if c not in [*first, "name"]]]
