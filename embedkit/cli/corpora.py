"""`embedkit corpora`, `corpora fetch` and `corpora show`."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter

from embedkit.cli.app import Command, group_epilogue, register
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.numerals import data_size

COMMANDS = (
    Command(
        "list",
        "embedkit.cli.corpora:list_corpora",
        "List the corpora and question sets that have a card.",
        "embedkit corpora list",
    ),
    Command(
        "fetch",
        "embedkit.cli.corpora:fetch",
        "Download a corpus, verify it, and prepare it for use.",
        "embedkit corpora fetch wikipedia-sample",
    ),
    Command(
        "show",
        "embedkit.cli.corpora:show",
        "Show a corpus: counts by split, the most frequent tokens, a few lines.",
        "embedkit corpora show wikipedia-sample --lines 2",
    ),
)

SHOWN_CHARACTERS = 160
"""A longer line is cut where it is shown."""


def list_corpora(*, json: Json = False) -> None:
    """List the corpora."""
    from embedkit.corpora import at_hand, list_cards

    cards = [(card, at_hand(card)) for card in list_cards()]
    if json:
        rows = [{**asdict(card), "size": card.size, "at_hand": here} for card, here in cards]
        print_json(rows)
        return
    print_table(
        ("name", "kind", ">size", "at hand", "licence", "what"),
        [(c.name, c.kind, data_size(c.size), "yes" if here else "no", c.licence, c.title) for c, here in cards],
    )
    note(
        "`embedkit corpora fetch NAME` gets one; a --corpus may also be a .txt file, a folder, or - for standard input"
    )


def fetch(name: str, /, *, json: Json = False) -> None:
    """Fetch a corpus.

    Args:
        name: The corpus, as `embedkit corpora` lists it.
    """
    from embedkit.corpora import fetch as get
    from embedkit.corpora import load_card

    card = load_card(name)
    with progress(f"fetching {name}") as show:
        folder = get(card, progress=show)
    if json:
        print_json({"name": name, "folder": str(folder)})
    else:
        note(f"{name} is ready, its checksum {'as the card states' if _verified(card) else 'not stated by the card'}")
        print(folder)


def _verified(card: Any) -> bool:
    return all(download.checksum for download in card.downloads)


def show(
    name: str,
    /,
    *,
    top: Annotated[int, Parameter(name=("--top", "-k"))] = 20,
    lines: int = 5,
    json: Json = False,
) -> None:
    """Show a corpus.

    Args:
        name: A corpus's name, a .txt file, or a folder.
        top: How many of the most frequent tokens to show; tokens are split at spaces.
        lines: How many lines of the training text to show.
    """
    from embedkit.corpora import statistics
    from embedkit.corpora.opening import open_corpus
    from embedkit.corpora.scripts import unspaced_note

    with progress(f"reading {name}") as show_progress:
        corpus = open_corpus(name, progress=show_progress)
        counts = statistics(corpus, frequent=top, lines=lines, progress=show_progress)
    about = {"name": corpus.name, "licence": corpus.licence, "citation": corpus.citation, "checksum": corpus.checksum}
    if json:
        print_json({**about, **asdict(counts)})
        return
    if corpus.unspaced:
        note(unspaced_note(corpus))
    print_table(("", ""), [(key, value) for key, value in about.items() if value])
    rows = [(c.split, f"{c.lines:,}", f"{c.tokens:,}", f"{c.characters:,}") for c in counts.splits]
    print_table(("split", ">lines", ">tokens", ">characters"), rows)
    print(f"{counts.distinct_tokens:,} distinct tokens in train; the most frequent:")
    print("  " + "  ".join(f"{token} {count:,}" for token, count in counts.frequent))
    print("The first lines:")
    for line in counts.first_lines:
        print("  " + (line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"))


app = App(name="corpora", help_epilogue=group_epilogue("corpora"), default_command=list_corpora)
for _command in COMMANDS:
    register(app, _command)
