"""The snapshots of a language model's input embeddings as spaces, in the order in which training made them."""

from collections.abc import Iterator
from dataclasses import dataclass

from embedkit.errors import RunError, SpaceError, UsageError
from embedkit.numerals import with_article
from embedkit.runs.arrays import load_arrays
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.vocabulary import Vocabulary

FOLDER = "snapshots"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The input embeddings after `step` steps and `tokens_seen` tokens, at `share` of the budget."""

    step: int
    tokens_seen: int
    share: float
    space: EmbeddingSpace


def snapshot_steps(run: Run) -> list[int]:
    """The steps at which snapshots were kept, in order; empty where none were."""
    return sorted(int(name) for name in run.artefacts(FOLDER, ".npz") if name.isdecimal())


def load_snapshots(run: Run) -> Iterator[Snapshot]:
    """Every snapshot, the earliest first, one at a time.

    Raises:
        UsageError: the run is of a kind that keeps none.
        RunError: it has fewer than two, or one is damaged.
    """
    steps = snapshot_steps(run)
    if len(steps) < 2:
        has = "has no snapshots" if not steps else "has one snapshot"
        train = "train one with `embedkit train lm --snapshots 8`"
        if not run.task.snapshots:
            other = f"only language models keep any (it is {with_article(run.kind)} run)"
            raise UsageError(f"{run.path} {has} of its training, and {other}; {train}")
        raise RunError(f"{run.path} {has} of its training; {train}")
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    for step in steps:
        yield _load(run, step, vocabulary)


def _load(run: Run, step: int, vocabulary: Vocabulary) -> Snapshot:
    path = run.path / FOLDER / f"{step}.npz"
    try:
        arrays = load_arrays(path, needed=("vectors", "step", "tokens_seen", "share"))
        space = EmbeddingSpace(
            name=f"{run.name}/input after {step:,} steps",
            labels=vocabulary.tokens,
            vectors=arrays["vectors"],
            columns={"count": vocabulary.counts},
            provenance={"run": run.name, "which": "input", "step": step},
        )
        return Snapshot(step, int(arrays["tokens_seen"]), float(arrays["share"]), space)
    except (SpaceError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another vocabulary ({error}); train the run again") from None
