"""Units of a run that follow features of held-out text: the text is read, and the states of every unit are probed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from embedkit.analysis.cells.probes import Excerpt, ProbeSheet, UnitProbe, Unscored, probe
from embedkit.analysis.cells.unit_scores import Halves
from embedkit.corpora import open_corpus
from embedkit.corpora.textfile import TextFile
from embedkit.errors import CorpusError, UsageError
from embedkit.files import require_file, sha256
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.text.features import FEATURES, Feature, Tokens, after, read_features
from embedkit.text.vocabulary import Vocabulary

TOKENS = 100_000
LEAST = 400
"""Tokens that a probe needs at least."""
EXCERPT_TOKENS = {"char": 420, "word": 90, "bpe": 130}
EXCERPT_STEP = 20
"""Tokens between the places where an excerpt may start, in a text without line ends."""


def probe_run(
    run: Run,
    *,
    features: Sequence[str] = tuple(FEATURES),
    following: Sequence[str] = (",",),
    signal: str | None = None,
    layer: int = -1,
    tokens: int = TOKENS,
    text: Path | None = None,
    name: str = "held-out",
    seed: int = 0,
    progress: Progress = no_progress,
) -> ProbeSheet:
    """The unit that follows each feature best, over text that the run did not learn from.

    Args:
        features: names in text.features.FEATURES.
        following: tokens; what comes after each is a feature too.
        signal: which signal of each unit is probed, such as "hidden"; by default the cell state where there is one.
        tokens: at most so many, of the run's validation text and then of its test text.
        text: a text file to read instead.

    Raises:
        UsageError: there is no such feature, token, signal or layer, or the text is too short.
        CorpusError: the run's text cannot be read again.
    """
    from embedkit.studies.tracing import check_layer, read, states_over

    progress(None, "reading the text")
    lines, source = _lines(run, text)
    reading = read(run, lambda vocabulary: _ids(vocabulary, lines, tokens))
    vocabulary, ids = reading.vocabulary, reading.ids
    if len(ids) < LEAST:
        raise UsageError(f"{source}: {len(ids):,} tokens are too few for a probe; it takes {LEAST:,}")
    text_tokens = Tokens.of(vocabulary, ids.tolist())
    probed_features = list(read_features(text_tokens, features))
    for token in following:
        probed_features += after(vocabulary, ids, token)
    signal_name = signal or ("cell" if reading.core.cell == "lstm" else "hidden")
    states = states_over(
        reading, signal_name, layer=layer, progress=lambda share, text="": progress((share or 0) / 2, "reading states")
    )
    halves = Halves.of(states)
    results: list[UnitProbe | Unscored] = []
    for number, feature in enumerate(probed_features):
        progress(0.5 + number / len(probed_features) / 2, feature.description)
        results.append(
            probe(
                halves,
                feature.values,
                binary=feature.binary,
                name=feature.name,
                description=feature.description,
                seed=seed + number,
            )
        )
    probes = tuple(result for result in results if isinstance(result, UnitProbe))
    by_name = {feature.name: feature for feature in probed_features}
    return ProbeSheet(
        name=name,
        signal=signal_name,
        layer=check_layer(reading.core, layer),
        units=states.shape[1],
        level=vocabulary.level,
        tokens=len(ids),
        source=source,
        seed=seed,
        probes=probes,
        unscored=tuple(result for result in results if isinstance(result, Unscored)),
        excerpts=tuple(_excerpt(unit_probe, by_name[unit_probe.feature], text_tokens, states) for unit_probe in probes),
        features=tuple(features),
        following=tuple(following),
        text="" if text is None else str(text.resolve()),
        checksum="" if text is None else sha256([text]),
    )


def _lines(run: Run, text: Path | None) -> tuple[Iterator[str], str]:
    if text is not None:
        require_file(text, "--text")
        return TextFile(text)(), text.name
    corpus = run.config["training"]["corpus"]
    if corpus == "-":
        raise CorpusError(f"run {run.name} learned from standard input, which is gone; give a text with --text FILE")
    try:
        opened = open_corpus(corpus)
    except (CorpusError, UsageError) as error:
        raise CorpusError(f"{error}; or give a text with --text FILE") from None
    held_out = [split for split in ("valid", "test") if split in opened.splits]
    return chain.from_iterable(opened.lines(split) for split in held_out), f"held-out text of {opened.name}"


def _ids(vocabulary: Vocabulary, lines: Iterator[str], most: int) -> list[int]:
    ids: list[int] = []
    for chunk in vocabulary.encode_lines(lines):
        ids += chunk[: most - len(ids)].tolist()
        if len(ids) == most:
            break
    return ids


def _excerpt(unit_probe: UnitProbe, feature: Feature, tokens: Tokens, states: np.ndarray) -> Excerpt:
    """The held-out tokens from a line's start on over which the feature varies most, with its unit's values there."""
    length = min(EXCERPT_TOKENS[tokens.level], len(tokens) - len(tokens) // 2)
    starts = np.arange(len(tokens) // 2, len(tokens) - length + 1)
    at_line = np.array(["\n" in tokens.texts[at - 1] for at in starts])
    starts = starts[at_line] if at_line.any() else starts[::EXCERPT_STEP]
    spread = [np.nanstd(feature.values[at : at + length]) for at in starts]
    start = int(starts[int(np.nanargmax(spread))])
    rows = slice(start, start + length)
    return Excerpt(
        feature=feature.name,
        unit=unit_probe.unit,
        texts=tokens.texts[rows],
        glue=" " if tokens.level == "word" else "",
        values=tuple(round(float(value), 4) for value in states[rows, unit_probe.unit]),
        truth=tuple(round(float(value), 4) if np.isfinite(value) else None for value in feature.values[rows]),
    )
