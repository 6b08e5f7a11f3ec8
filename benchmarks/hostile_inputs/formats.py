"""Every format that is read: where its sound files come from, and its share of all inputs."""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.hostile_inputs import archives, captions, embeddings, runs, sounds, tables, texts
from benchmarks.hostile_inputs.sample import Sample

SHARES = {
    **{"embeddings": 0.22, "texts": 0.13, "pairs": 0.1, "questions": 0.14, "TOML": 0.13, "archives": 0.08},
    **{"captions": 0.07, "sound": 0.07, "tokenizers": 0.042, "runs": 0.015, "pages": 0.003},
}
"""By row of the table. To verify a page takes two seconds, a report one, a text a hundredth of one."""
_SOURCES: tuple[Callable[[Path], Iterator[Sample]], ...] = (
    *(embeddings.samples, texts.samples, tables.samples, archives.samples, captions.samples, sounds.samples),
)
TRAINED = ("tokenizers", "runs", "pages")
"""Formats whose files only a training makes."""


def samples(folder: Path, prepared: Path | None) -> dict[str, list[Sample]]:
    """By format all that is damaged.

    Args:
        folder: an empty one, for files on the way.
        prepared: where `runs.prepare` has trained; without it there are none of `TRAINED`.
    """
    by_format: dict[str, list[Sample]] = {}
    every = [each for source in _SOURCES for each in source(folder)]
    for sample in [*every, *(runs.samples(prepared) if prepared is not None else ())]:
        by_format.setdefault(sample.format, []).append(sample)
    return by_format
