"""`embedkit similarity`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from embedkit.analysis.postprocessing import postprocessed
from embedkit.cli.choices import Postprocess, Seed
from embedkit.cli.opening import HowRead, of_words, opened
from embedkit.cli.output import Json, print_json, print_table
from embedkit.cli.words import Several
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, difference, difference_ends, ends, percent
from embedkit.spaces.reading import AS_IT_IS

if TYPE_CHECKING:
    from embedkit.analysis.similarity import Correlation, SimilarityDifference, SimilarityScore

SETS = ("wordsim353", "simlex999")
"""The sets that are asked where none is named: how related words are, and how alike."""


def similarity(
    *sets: str,
    space: Several | None = None,
    restrict: int | None = None,
    lowercase: bool | None = None,
    resamples: int = 2000,
    seed: Seed = 0,
    postprocess: Postprocess | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Score spaces on word similarity.

    Args:
        sets: Word-similarity sets by name, or files with two words and a number per line; by default wordsim353 and
            simlex999.
        space: A run, RUN/output, or an embedding file; by default the newest run of words. Repeat to compare several.
        restrict: Use only the first N words (the most frequent, if the space is sorted by frequency); by default all.
        lowercase: Lower-case the pairs first; by default if the words of the space are lower case.
        resamples: Bootstrap draws over word pairs for the intervals.
        seed: Seeds the random draws.
        postprocess: Subtract the mean vector (centred), or also remove the top components (all-but-the-top, Mu &
            Viswanath 2018).
    """
    from embedkit.analysis.similarity import SimilaritySet, compare_similarity, score_similarity
    from embedkit.corpora import similarity_file

    if resamples < 100:
        raise UsageError(f"--resamples {resamples}: an interval of 95 % needs 100 or more")
    options: dict[str, Any] = {"restrict": restrict, "lowercase": lowercase, "resamples": resamples, "seed": seed}
    pair_sets = [SimilaritySet.read(similarity_file(name)) for name in dict.fromkeys(sets or SETS)]
    sources: list[str | None] = list(dict.fromkeys(space or []))
    first, *others = [
        postprocessed(of_words(opened(source, reading), "similarity sets"), postprocess) for source in sources or [None]
    ]
    scores = [score_similarity(each, pairs, **options) for pairs in pair_sets for each in (first, *others)]
    differences = [compare_similarity(first, other, pairs, **options) for pairs in pair_sets for other in others]
    if json:
        print_json(
            {
                "scores": [{**asdict(score), "no_headline": score.no_headline} for score in scores],
                "differences": [{**asdict(less), "no_headline": less.no_headline} for less in differences],
            }
        )
        return
    _print_scores(scores)
    if differences:
        _print_differences(differences)


def _print_scores(scores: "list[SimilarityScore]") -> None:
    print_table(
        ("set", "space", ">ρ", ">95 % interval", ">covered", ">pairs", ">coverage", ">strict ρ", ">95 % interval"),
        [
            (
                score.questions,
                score.space,
                *_cells(score.correlation),
                f"{score.covered:,}",
                f"{score.total:,}",
                percent(score.coverage),
                *_cells(score.strict),
            )
            for score in scores
        ],
        title="Spearman's ρ between cosines and people's ratings",
    )
    for score in scores:
        if score.no_headline:
            print(f"{score.questions}, {score.space}: {score.no_headline}")
    one = scores[0]
    among = "All words" if one.restrict is None else f"The first {one.restrict:,} words"
    print(
        f"ρ is over the covered pairs. {among} are looked at. Strict ρ is over all pairs, where an uncovered one gets "
        f"the mean cosine. Intervals: bootstrap over word pairs, {one.resamples:,} resamples, seed {one.seed}."
    )


def _print_differences(differences: "list[SimilarityDifference]") -> None:
    print_table(
        ("set", "one", "other", ">ρ of one", ">of other", ">difference", ">95 % interval", ">covered", ">pairs"),
        [
            (
                comparison.questions,
                comparison.one,
                comparison.other,
                *((MISSING, MISSING) if comparison.rhos is None else (f"{rho:.3f}" for rho in comparison.rhos)),
                difference(comparison.difference),
                difference_ends(comparison.interval, 2),
                f"{comparison.covered:,}",
                f"{comparison.total:,}",
            )
            for comparison in differences
        ],
        title="One less the other, on the pairs that both cover",
    )
    for comparison in differences:
        if comparison.no_headline:
            print(f"{comparison.questions}, {comparison.one} and {comparison.other}: {comparison.no_headline}")


def _cells(correlation: "Correlation | None") -> tuple[str, str]:
    return (MISSING, MISSING) if correlation is None else (f"{correlation.rho:.3f}", ends(correlation.interval, 2))
