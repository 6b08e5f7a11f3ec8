"""`embedkit complete` and `embedkit surprisal`."""

import math
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regex

from embedkit.cli.choices import Seed
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.cli.typed import ends_like_file, refuse_file_names
from embedkit.corpora.scripts import has_unspaced_letters
from embedkit.errors import CorpusError, UsageError
from embedkit.files import require_file
from embedkit.numerals import counted, percent
from embedkit.progress import Progress
from embedkit.runs.folder import Run, open_run
from embedkit.text.perplexity import perplexity, written_perplexity

if TYPE_CHECKING:
    from embedkit.tasks.language_model.regions import Regions
    from embedkit.tasks.language_model.surprisal import Totals, WordSurprisal

SURPRISAL_COLUMNS = (
    *("sentence", "position", "word", "surprisal_nats", "surprisal_bits"),
    *("tokens", "first", "unknown", "entropy_nats"),
)
_FINAL_MARK = regex.compile(r"[\p{Sentence_Terminal}…][\"'\p{Pe}\p{Pf}]*$")
_EVERY = 1_000  # words between two signs of progress


def complete(
    *prompt: str,
    run: str | None = None,
    tokens: int = 60,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: Seed = 0,
) -> None:
    """Continue a text.

    Args:
        prompt: How the text starts; without one, the model starts its own.
        run: A language model's run, by name or path; by default the newest.
        tokens: How many tokens to add.
        temperature: Below 1 is safer, above 1 riskier, 0 always takes the likeliest token.
        top_k: Sample from the k likeliest tokens.
        top_p: Sample from the fewest tokens whose probabilities add up to p.
        seed: The same seed gives the same text.
    """
    text = " ".join(prompt)
    if prompt and not text.strip():
        raise UsageError("the prompt is empty; give some text, or none at all and the model starts one of its own")
    if len(prompt) == 1:
        refuse_file_names(*prompt)
    model = open_run(run, kinds=["language-model"])
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.sampling import continue_text
    from embedkit.text.typed import unknown_tokens

    language_model, vocabulary = load_language_model(model)
    pieces = continue_text(
        language_model, vocabulary, text, tokens=tokens, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )
    note(f"{model.name}, temperature {temperature:g}, seed {seed}")
    if unknown := unknown_tokens(vocabulary, text):
        note(f"unknown to {model.name}: {', '.join(unknown)}")
    print(text, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()


def surprisal(
    *text: str,
    run: str | None = None,
    out: Path | None = None,
    carried: bool = False,
    json: Json = False,
) -> None:
    """Measure the surprisal of words.

    Args:
        text: A text file with one sentence per line, plain or compressed; or sentences, each in quotes.
        run: A language model's run, by name or path; by default the newest.
        out: Write the table to this file as CSV. By default, for a text file the CSV goes to standard output, and for
            sentences in quotes a readable table is printed.
        carried: Read the text as a whole, carrying the state from line to line. By default each sentence is read by
            itself, as if a new line began.
    """
    file, sentences = _text(text)
    model = open_run(run, kinds=["language-model"])
    from embedkit.files import whole_file
    from embedkit.spreadsheets import write_csv
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.surprisal import Reader, Totals

    totals = Totals()
    with progress(f"reading {file or 'sentences'} with {model.name}") as show:
        reader = Reader.of(*load_language_model(model), sentences)
        words = _watched(totals.counted(reader.read(carried=carried)), show)
        if out is not None:
            with whole_file(out) as temporary, open(temporary, "w", encoding="utf-8", newline="") as handle:
                write_csv(handle, SURPRISAL_COLUMNS, map(_row, words))
        elif json or file is None:
            kept = list(words)
        else:
            write_csv(sys.stdout, SURPRISAL_COLUMNS, map(_row, words))
    if json:
        rows = {} if out is not None else {"rows": [_record(word) for word in kept]}
        print_json({**_about(model, file, carried, reader.regions, totals), "out": out and str(out), **rows})
        return
    if out is None and file is None:
        _print_words(kept, model)
    for line in _notes(model, carried, reader.regions, totals):
        note(line)
    if out is not None:
        print(out)


def _text(given: tuple[str, ...]) -> tuple[Path | None, Iterable[str]]:
    """The file that is meant, or None, and the lines.

    Raises:
        UsageError: nothing is given, several files are, or there is no such file.
    """
    from embedkit.corpora.textfile import TextFile

    if not any(sentence.strip() for sentence in given):
        raise UsageError('give a text file with a sentence a line, or a sentence in quotes, such as "The dog barked."')
    if len(given) == 1 and os.path.isfile(given[0]):
        path = Path(given[0])
        return path, _not_empty(TextFile(path)(), path)
    for each in given:
        if not each.strip():
            raise UsageError(f"{each!r} has no word; leave it out")
        if os.path.isdir(each) or ends_like_file(each):
            require_file(each)
        if not _is_sentence(each):
            several = len(given) > 1 and os.path.isfile(each)
            of_words = "no such file, and a sentence has more than one word, or ends as one"
            raise UsageError(f"{each}: {'one file at a time' if several else of_words}")
    return None, [line for sentence in given for line in sentence.splitlines()]


def _not_empty(lines: Iterable[str], path: Path) -> Iterable[str]:
    """Raises:
    CorpusError: at the end, where there was no word.
    """
    empty = True
    for line in lines:
        empty = empty and not line.strip()
        yield line
    if empty:
        raise CorpusError(f"{path}: no word in it; give a text with a sentence a line")


def _is_sentence(text: str) -> bool:
    """Whether a text is more than a word: it has a space in it, letters of a script without spaces, or a final mark."""
    text = text.strip()
    return any(map(str.isspace, text)) or has_unspaced_letters(text) or _FINAL_MARK.search(text) is not None


def _watched(words: "Iterator[WordSurprisal]", show: Progress) -> "Iterator[WordSurprisal]":
    for number, word in enumerate(words, 1):
        if number % _EVERY == 0:
            show(None, f"{number:,} words")
        yield word


def _row(word: "WordSurprisal") -> tuple[Any, ...]:
    return (
        *(word.sentence, word.position, word.word, word.nats, word.bits),
        *(word.tokens, word.first, word.unknown, word.entropy),
    )


def _record(word: "WordSurprisal") -> dict[str, Any]:
    return dict(zip(SURPRISAL_COLUMNS, _row(word), strict=True))


def _about(run: Run, file: Path | None, carried: bool, regions: "Regions", totals: "Totals") -> dict[str, Any]:
    return {
        "run": run.name,
        "level": regions.vocabulary.level,
        "file": file and str(file),
        "state": "carried" if carried else "each sentence by itself",
        "split_at_spaces_alone": regions.split,
        "unspaced_script": regions.script or None,
        **asdict(totals),
        "nats_per_token": totals.nats_per_token,
        "perplexity": _finite(totals.nats_per_token),
    }


def _finite(nats: float | None) -> float | None:
    """The perplexity of a loss; None where there is none, or no float holds it."""
    value = math.inf if nats is None else perplexity(nats)
    return None if math.isinf(value) else value


def _print_words(words: "list[WordSurprisal]", run: Run) -> None:
    print_table(
        (">sentence", ">position", "word", ">nats", ">bits", ">tokens", "", ">entropy before it, nats"),
        [
            (
                f"{word.sentence:,}",
                f"{word.position:,}",
                word.word,
                f"{word.nats:.3f}",
                f"{word.bits:.3f}",
                f"{word.tokens}",
                "unknown" if word.unknown else "first" if word.first else "",
                f"{word.entropy:.3f}",
            )
            for word in words
        ],
        title=f"Surprisal of words by {run.name}",
    )


def _notes(run: Run, carried: bool, regions: "Regions", totals: "Totals") -> Iterator[str]:
    state = "the state carried from line to line" if carried else "each by itself"
    yield f"{counted(totals.words, 'word')} of {counted(totals.sentences, 'sentence')}, {state}, by {run.name}"
    if totals.nats_per_token is not None:
        per = f"{totals.nats_per_token:.4f} nats a token over {counted(totals.tokens, 'token')}, ends of lines included"
        yield f"{per}: perplexity {written_perplexity(totals.nats_per_token)}"
    if totals.unknown:
        share = percent(totals.unknown / totals.words)
        yield f"{counted(totals.unknown, 'word')} ({share}) with a token that the run does not know, marked unknown"
    if regions.script:
        unit = "word of the run, which may be a whole clause" if regions.vocabulary.level == "word" else "character"
        yield f"{regions.script} is not parted by spaces: a row is a {unit}"
