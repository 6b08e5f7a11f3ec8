"""Verification of scores of minimal pairs: the sentences are read again."""

from collections.abc import Iterator

from embedkit.corpora import minimal_pairs_file
from embedkit.errors import EmbedkitError
from embedkit.files import sha256
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED, Remade, Verdict, brief, verdict
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPairSet
from embedkit.tasks.language_model.minimal_pairs.score import SCORES, GroupScore, MinimalPairScore

FLIPPED = 1e-3
"""So many pairs of a group may fall to the other side, and one: other processors sum in another order."""


def _scores(run: Run, name: str) -> Verdict:
    from embedkit.tasks.language_model.minimal_pairs.study import score_pairs

    stored = SCORES.load(run, name)
    try:
        path = minimal_pairs_file(stored.source)
        if sha256([path]) != stored.checksum:
            return UNCHECKED, f"{stored.pairs} is not what it was when the run was scored"
        pairs = MinimalPairSet.read(path)
    except EmbedkitError as error:
        return UNCHECKED, f"its pairs are not at hand: {brief(error)}"
    if not (run.path / "weights.safetensors").exists():
        return UNCHECKED, "the run's weights are gone"
    result, why = compared(stored, score_pairs(run, pairs, source=stored.source))
    if result == MATCH and stored.run != run.name:
        return UNCHECKED, f"{why}, but for the name that the run had"
    return result, why


def compared(stored: MinimalPairScore, remade: MinimalPairScore) -> Verdict:
    """Whether two scores of one run on one set are the same, but for pairs on the edge."""
    before, now = list(_groups(stored)), list(_groups(remade))
    if (stored.pairs, [key for key, _ in before]) != (remade.pairs, [key for key, _ in now]):
        return DIFFERS, "its groups are not those of the set"
    odd = [key for (key, one), (_, other) in zip(before, now, strict=True) if not _same(one, other)]
    # The interval over paradigms follows from theirs.
    ends = [value for each in (stored, remade) if each.over_paradigms for value in vars(each.over_paradigms).values()]
    if not odd and any(abs(one - other) > 2 * FLIPPED for one, other in zip(ends[:2], ends[2:], strict=True)):
        odd = ["the interval over paradigms"]
    so = f"{stored.all.right.n:,} pairs read again: the same"
    return verdict(not odd, so, f"read again, {len(odd)} groups have other figures, first {''.join(odd[:1])}")


def _groups(score: MinimalPairScore) -> Iterator[tuple[str, GroupScore]]:
    for kind in ("fields", "phenomena", "paradigms"):
        yield from ((f"{kind}: {group.name}", group) for group in getattr(score, kind))
    yield "all", score.all


def _same(one: GroupScore, other: GroupScore) -> bool:
    counts = [(each.right.n, each.ties, each.unknown, each.known.n if each.known else 0, each.example)
              for each in (one, other)]  # fmt: skip
    rights = [(each.right, each.known) for each in (one, other)]
    allowed = 1 + FLIPPED * one.right.n
    near = all(abs(a.right - b.right) <= allowed and _follows(a) for a, b in zip(*rights, strict=True) if a and b)
    return counts[0] == counts[1] and near


def _follows(proportion: object) -> bool:
    """Whether an interval is that of its share."""
    from embedkit.analysis.proportion import Proportion

    assert isinstance(proportion, Proportion)
    again = Proportion.of(proportion.right, proportion.n).interval
    return abs(again.low - proportion.interval.low) + abs(again.high - proportion.interval.high) < 1e-6


REMADE = (Remade("minimal-pairs", ".json", _scores),)
