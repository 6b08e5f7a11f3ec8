"""What is kept of probes: which units of a run follow which feature of a text."""

from dataclasses import dataclass
from pathlib import Path

from embedkit.analysis.cells.probes import UnitProbe, Unscored
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run


@dataclass(frozen=True)
class Excerpt:
    """Some held-out text with what a unit did after each token.

    Attributes:
        texts: the tokens as they stand in the text; `glue` goes between them.
        values, truth: of the unit, and of the feature; None where the feature has no value.
    """

    feature: str
    unit: int
    texts: tuple[str, ...]
    glue: str
    values: tuple[float, ...]
    truth: tuple[float | None, ...]


@dataclass(frozen=True)
class ProbeSheet:
    """Probes of one signal of one layer.

    Attributes:
        signal: as analysis.gates calls it, such as "cell"; `layer` is its number, from 0.
        units: how many there are to choose from.
        tokens: of the text, both halves.
        source: what the text is, for readers.
    """

    name: str
    signal: str
    layer: int
    units: int
    level: str
    tokens: int
    source: str
    seed: int
    probes: tuple[UnitProbe, ...]
    unscored: tuple[Unscored, ...]
    excerpts: tuple[Excerpt, ...]


def save_probes(run: Run, sheet: ProbeSheet) -> Path:
    """Keep a sheet as probes/NAME.json."""
    return save_record(run.path / "probes" / f"{sheet.name}.json", sheet)


def load_probes(run: Run, name: str) -> ProbeSheet:
    """Raises:
    UsageError: the run has no such sheet.
    RunError: it is damaged, or of another version.
    """
    return load_record(run.artefact("probes", name, ".json", "probe"), ProbeSheet)
