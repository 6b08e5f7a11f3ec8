"""`embedkit neighbors`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from embedkit.cli.opening import HowRead, opened
from embedkit.cli.output import Json, print_json, print_table
from embedkit.errors import UsageError, unknown
from embedkit.numerals import shortened
from embedkit.spaces.reading import AS_IT_IS
from embedkit.spaces.source import embedding_source

if TYPE_CHECKING:
    import numpy as np

Words = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""Words may be "-" and "+"; `refuse_options` catches an option that was mistyped among them."""
Count = Annotated[int, Parameter(name="-k")]
Several = Annotated[list[str], Parameter(negative="", consume_multiple=False)]
"""An option that may stand several times. Each time it takes one word, so that words of the command can follow it."""


def neighbors(
    *words: Words,
    space: str | None = None,
    k: Count = 10,
    restrict: int | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Show the nearest words.

    Args:
        words: One or more words of the space, or whatever its points are; for a seq2seq run, phrases in quotes, also
            ones it has not seen.
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        k: How many neighbours to show.
        restrict: Search only the first N words (the most frequent, if the space is sorted by frequency); by default
            all.
    """
    from embedkit.analysis.neighbors import nearest, nearest_to

    refuse_options(words, "neighbors")
    if not words:
        raise UsageError("name a word, such as `embedkit neighbors river`")
    full = opened(space, reading)
    unseen = _encoded(space, [word for word in words if word not in full])
    answers = {
        word: nearest_to(full, unseen[word], k=k, restrict=restrict)
        if word in unseen
        else nearest(full, word, k=k, restrict=restrict)
        for word in words
    }
    if json:
        plain = {word: [asdict(answer) for answer in near] for word, near in answers.items()}
        print_json({"space": full.name, "restrict": restrict, "neighbors": plain})
        return
    for word, near in answers.items():
        rows = [(str(i), answer.word, f"{answer.cosine:.3f}") for i, answer in enumerate(near, 1)]
        print_table((">", full.noun, ">cosine"), rows, title=f"{shortened(word)}: nearest in {full.name}")


def _encoded(source: str | None, texts: list[str]) -> "dict[str, np.ndarray]":
    """The bottleneck vectors of texts that the training phrases of a seq2seq run do not have; none for other spaces."""
    from embedkit.spaces.open import find_run

    if not texts or (source is not None and embedding_source(source) is not None):
        return {}
    run, which = find_run(source)
    if which not in run.task.text_spaces:
        return {}
    space = run.task.load("encode")(run, texts)
    return dict(zip(space.labels, space.vectors, strict=True))


def refuse_options(words: tuple[str, ...], command: str) -> None:
    """Where "-" may be a word, a mistyped option lands among the words: find it and name the nearest.

    Raises:
        UsageError: a word of two or more characters starts with a dash.
    """
    from embedkit.cli.app import app

    for word in words:
        if word.startswith("-") and word != "-":
            arguments = app[command].assemble_argument_collection()
            options = [name for argument in arguments for name in argument.names if name.startswith("-")]
            raise unknown("option", word, options, hint="(put spaces around a minus: king - man + woman)")
