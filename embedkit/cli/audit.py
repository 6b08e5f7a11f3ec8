"""`embedkit audit`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from embedkit.cli.choices import Seed
from embedkit.cli.opening import HowRead, of_words, opened
from embedkit.cli.output import Json, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, difference, difference_ends, percent
from embedkit.spaces.reading import AS_IT_IS

if TYPE_CHECKING:
    from embedkit.analysis.association.weat import Association, RandomEffects


def audit(
    space: str | None = None,
    /,
    *,
    weat: str = "caliskan2017",
    lowercase: bool | None = None,
    resamples: int = 1000,
    seed: Seed = 0,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Audit what a space associates.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        weat: caliskan2017 for all ten tests of Caliskan et al. 2017, the name of one, such as career-family, or a TOML
            file of your own.
        lowercase: Lower-case the words first; by default if the words of the space are lower case.
        resamples: Number of draws, for the intervals and for the random words.
        seed: Seeds the random draws.
    """
    from embedkit.analysis.association.weat import associate
    from embedkit.analysis.association.word_sets import association_tests

    if resamples < 100:
        raise UsageError(f"--resamples {resamples}: an interval of 95 % needs 100 or more")
    tests = association_tests(weat)
    words = of_words(opened(space, reading), "association tests")
    outcomes = []
    with progress(f"association tests on {words.name}") as show:
        for number, test in enumerate(tests):
            show(number / len(tests), test.name)
            outcomes.append(associate(words, test, lowercase=lowercase, resamples=resamples, seed=seed))
    if json:
        rows = [{**asdict(each), "no_headline": each.no_headline} for each in outcomes]
        print_json({"space": words.name, "source": tests[0].source, "tests": rows})
        return
    _print(outcomes, tests[0].source)


def _print(outcomes: "list[Association]", source: str) -> None:
    first = outcomes[0]
    published = any(each.published is not None for each in outcomes)
    print_table(
        (
            *("test", ">effect size", ">95 % interval", ">p", ">known words", ">random targets", ">as large"),
            *(">random attributes", ">as large", *([">published, GloVe"] if published else [])),
        ),
        [(*_row(each), *([difference(each.published, 2)] if published else [])) for each in outcomes],
        title=f"Association tests on {first.space}",
    )
    for each in outcomes:
        if each.no_headline:
            print(f"{each.test}: not to be quoted; {each.no_headline}")
    like = "of like frequency" if first.by_frequency else "of any frequency, since none is known"
    print(
        "The effect size is the difference of the targets' associations in standard deviations; its interval is a "
        f"bootstrap over words. p is one-sided, over divisions of the targets. Random words are {like}, in the place "
        "of the targets or of the attributes: 95 % of their effect sizes, and how many are as large. "
        f"{first.resamples:,} draws, seed {first.seed}."
    )
    if source:
        print(f"Sets: {source}")


def _row(each: "Association") -> tuple[str, ...]:
    known, total = sum(s.known for s in each.coverage), sum(s.total for s in each.coverage)
    return (
        each.test,
        difference(each.effect, 2),
        difference_ends(each.interval, 2),
        MISSING if each.p is None else f"{each.p:.2g}" + ("" if each.exact else " (drawn)"),
        f"{known} of {total}",
        *_random(each.random_targets),
        *_random(each.random_attributes),
    )


def _random(effects: "RandomEffects | None") -> tuple[str, str]:
    if effects is None:
        return MISSING, MISSING
    return difference_ends(effects.interval, 2), percent(effects.as_large)
