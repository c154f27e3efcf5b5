"""Names, colors and markers of models, the same in all figures of a paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflow_scripts.chromaloom.plot.style import GRAY


@dataclass(frozen=True)
class ModelStyles:
    """Styles of a paper's models.

    Attributes
    ----------
    styles : mapping of str to (label, color, marker)
        In the order in which figures show the models. A model that is not listed is drawn in gray
        under its own name.
    control : str
        Suffix of the models that are negative controls; a control has the color and marker of its
        model.
    """

    styles: Mapping[str, tuple[str, str, str]]
    control: str = "_shuffled"

    def base(self, model: str) -> str:
        """Name of a model without the suffix of a control."""
        return model.removesuffix(self.control)

    def is_control(self, model: str) -> bool:
        """Whether a model is a negative control."""
        return model.endswith(self.control)

    def label(self, model: str) -> str:
        """Label of a model in figures."""
        return self.styles[model][0] if model in self.styles else model.replace("_", " ")

    def color(self, model: str) -> str:
        """Color of a model."""
        return self.styles.get(self.base(model), ("", GRAY, "."))[1]

    def marker(self, model: str) -> str:
        """Marker of a model."""
        return self.styles.get(self.base(model), ("", GRAY, "."))[2]

    def sort(self, models: Iterable[str]) -> list[str]:
        """Models in the order of `styles`, others last by name."""
        rank = {name: number for number, name in enumerate(self.styles)}
        return sorted(models, key=lambda model: (rank.get(model, len(rank)), model))
