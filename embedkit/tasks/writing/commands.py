"""`embedkit writer`, a prompt that offers three ways to go on as one types, and `embedkit t9`."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from embedkit.cli.choices import Seed
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.cli.terminal import unguarded
from embedkit.cli.typed import refuse_file_names
from embedkit.cli.unused import refuse_unused
from embedkit.cli.words import Count
from embedkit.controls import printable
from embedkit.errors import UsageError
from embedkit.numerals import difference, difference_ends, ends, percent
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, open_run
from embedkit.tasks.language_model.study import sample_texts
from embedkit.tasks.writing.keypad import digit_groups
from embedkit.tasks.writing.study import WORDS

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.buffer import Buffer

    from embedkit.tasks.writing.continuations import Continuation, Writer
    from embedkit.tasks.writing.score import KeypadScore

MOST_OFFERS = 3
HELP = "1 2 3 takes an offer · Tab the first · Esc hides them, for digits · Ctrl-D ends and prints the text"


def writer(
    *text: str,
    run: str | None = None,
    words: Annotated[int, Parameter(name="--words")] = 3,
    json: Json = False,
) -> None:
    """Offer continuations.

    Args:
        text: How the text starts. If standard input is not a terminal, offers are printed for it or, without it, for
            each line of standard input.
        run: A language model's run, by name or path; by default the newest.
        words: Most words in an offer.
    """
    if not 1 <= words <= 20:
        raise UsageError(f"--words {words}: must be from 1 to 20")
    if len(text) == 1:
        refuse_file_names(*text)
    model = open_run(run, kinds=["language-model"])
    from embedkit.tasks.writing.continuations import Writer

    start = " ".join(text)
    offering = Offering(Writer.open(model), words)
    if json or not sys.stdin.isatty():
        lines = [start] if text else (line.rstrip("\r\n") for line in sys.stdin)
        _print_offers(offering, lines, model.name, json)
        return
    note(f"{model.name}: {HELP}")
    draft, stopped = write(offering, start)
    print(draft)
    if stopped:
        raise KeyboardInterrupt("what was written is above")


class Offering:
    """The offers for a text, computed once while it stays the same, and whether they are hidden."""

    def __init__(self, writer: "Writer", words: int) -> None:
        self._writer, self._words = writer, words
        self._last: tuple[str, list[Continuation]] | None = None
        self.hidden = False

    def of(self, text: str) -> "list[Continuation]":
        """Offers as a terminal can show them."""
        if self._last is None or self._last[0] != text:
            self._last = (text, self._writer.offers(text, most=MOST_OFFERS, words=self._words))
        return self._last[1]


def _print_offers(offering: Offering, lines: Any, name: str, json: bool) -> None:
    rows = []
    for line in lines:
        offers = [line[: each.kept] + each.text for each in offering.of(line)]
        if json:
            rows.append({"text": line, "offers": [asdict(each) for each in offering.of(line)]})
            continue
        for number, offer in enumerate(offers, 1):
            print(f"{number} {offer}", flush=True)
    if json:
        print_json({"run": name, "rows": rows})


def write(offering: Offering, text: str = "", **session: Any) -> tuple[str, bool]:
    """A prompt in which a person goes on with a text, until Ctrl-D or Ctrl-C.

    Args:
        session: `input` and `output` of prompt_toolkit; by default the terminal.

    Returns:
        The text, and whether it was ended by Ctrl-C.
    """
    from prompt_toolkit.output import create_output

    session.setdefault("output", create_output(unguarded(sys.stdout), always_prefer_tty=True))
    prompt = _session(offering, **session)
    prompt.app.ttimeoutlen = 0.05  # seconds after which Esc is known to stand alone
    try:
        return prompt.prompt("", default=text)
    except EOFError:  # the terminal has gone
        return prompt.default_buffer.text, False


def _session(offering: Offering, **options: Any) -> "PromptSession[Any]":
    from prompt_toolkit import PromptSession

    def toolbar() -> Any:
        if offering.hidden:
            return [("", " offers are back at the next space")]
        offers = offering.of(prompt.default_buffer.document.text_before_cursor)
        labels = [(f" {number} ", f"{each.text.strip()}  ") for number, each in enumerate(offers, 1)]
        parts = [part for number, offer in labels for part in (("reverse", number), ("", f" {printable(offer)}"))]
        return [(style, text.replace("\n", " ")) for style, text in parts] or [("", " no offer")]

    prompt: PromptSession[Any] = PromptSession(
        multiline=True,
        bottom_toolbar=toolbar,
        key_bindings=_keys(offering),
        erase_when_done=True,
        **options,
    )
    return prompt


def _keys(offering: Offering) -> Any:
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    visible = Condition(lambda: not offering.hidden)

    def take_offer(number: int) -> Any:
        return lambda event: _take(event.current_buffer, offering, number)

    for number in range(MOST_OFFERS):
        keys.add(str(number + 1), filter=visible)(take_offer(number))
    keys.add("tab", filter=visible)(take_offer(0))

    @keys.add("escape", eager=True, filter=visible)
    def _hide(event: Any) -> None:
        offering.hidden = True

    @keys.add(" ")
    @keys.add("enter")
    def _show(event: Any) -> None:
        offering.hidden = False
        event.current_buffer.insert_text("\n" if event.key_sequence[0].key in ("c-m", "enter") else " ")

    @keys.add("c-d")
    def _end(event: Any) -> None:
        event.app.exit(result=(event.current_buffer.text, False))

    @keys.add("c-c")
    def _stop(event: Any) -> None:
        event.app.exit(result=(event.current_buffer.text, True))

    return keys


def _take(buffer: "Buffer", offering: Offering, number: int) -> None:
    """Put an offer into the text before the cursor, in place of what it does not keep."""
    before = buffer.document.text_before_cursor
    offers = offering.of(before)
    if number < len(offers):
        offer = offers[number]
        buffer.delete_before_cursor(len(before) - offer.kept)
        buffer.insert_text(printable(offer.text))


def t9(
    *digits: str,
    context: str = "",
    run: str | None = None,
    k: Count | None = None,
    evaluate: bool = False,
    split: Literal["valid", "test"] | None = None,
    words: int | None = None,
    seed: Seed | None = None,
    json: Json = False,
) -> None:
    """Rank the words for some digits.

    Args:
        digits: The keys of each word: 2 abc, 3 def, 4 ghi, 5 jkl, 6 mno, 7 pqrs, 8 tuv, 9 wxyz; 0 is a space.
            Case, accents, and apostrophes and hyphens inside a word are not typed.
        context: The text before these words.
        run: A language model's run, by name or path; by default the newest.
        k: How many to show; by default 10.
        evaluate: Instead, type held-out text, measure keystrokes and accuracy, and render a report.
        split: With --evaluate: which held-out text; by default valid.
        words: With --evaluate: at least N held-out words, in randomly drawn passages; by default 2,000.
        seed: With --evaluate: seeds the draw of the passages; by default 0.
    """
    if evaluate:
        if digits or context:
            raise UsageError("--evaluate types held-out text; leave the digits and --context out")
        refuse_unused("digits, and --evaluate types held-out text", k=k)
        most_words = WORDS if words is None else words
        _evaluate(open_run(run, kinds=["language-model"]), split or "valid", most_words, seed or 0, json)
        return
    refuse_unused("--evaluate, and digits are read", split=split, words=words, seed=seed)
    groups = digit_groups(digits)
    most = 10 if k is None else k
    if most < 1:
        raise UsageError(f"-k {k}: must be at least 1")
    model = open_run(run, kinds=["language-model"])
    from embedkit.tasks.writing.study import open_keypad

    keypad = open_keypad(model, steps=Steps())
    ranked = keypad.rank(groups, context, most=most)
    frequent = keypad.rank_by_frequency(groups, most=most)
    if json:
        by_frequency = [{"text": text, "log10_count": total} for text, total in frequent]
        about = {"run": model.name, "digits": groups, "context": context}
        print_json({**about, "in_context": [asdict(each) for each in ranked], "by_frequency": by_frequency})
        return
    rows = [
        (str(i + 1), *_cell(ranked, i), frequent[i][0] if i < len(frequent) else "")
        for i in range(max(len(ranked), len(frequent)))
    ]
    title = f"{' '.join(groups)} after “{context}”" if context else f"{' '.join(groups)} at a line's start"
    print_table((">", "in context", ">share", "by frequency"), rows, title=f"{title}: {model.name}")


def _cell(ranked: list, i: int) -> tuple[str, str]:
    return (ranked[i].text, percent(ranked[i].share)) if i < len(ranked) else ("", "")


def _evaluate(run: Run, split: str, words: int, seed: int, json: bool) -> None:
    from embedkit.report import render
    from embedkit.tasks.writing.sections import writing_report
    from embedkit.tasks.writing.study import evaluate_keypad

    steps = Steps()
    score = evaluate_keypad(run, split=split, words=words, seed=seed, steps=steps)
    sample_texts(run, steps)
    path = render(writing_report(run), REPORTS / f"{run.name}-writing.html")
    if json:
        print_json({**asdict(score), "report": str(path)})
        return
    _print_score(score)
    note(f"open it in a browser: {path.resolve().as_uri()}")


def _print_score(score: "KeypadScore") -> None:
    scored = f"{score.n:,} of {score.words:,} words scored ({percent(score.coverage)}; the rest are out of vocabulary)"
    rows = [
        (
            name,
            f"{ranking.first:,}",
            percent(ranking.first / score.n),
            ends(ranking.first_interval, 1, scale=100),
            f"{ranking.kspc:.4f}",
            ends(ranking.kspc_interval, 4),
        )
        for name, ranking in (("by frequency", score.by_frequency), ("in context", score.in_context))
    ]
    gain = score.difference
    rows.append(
        (
            "difference",
            f"+{gain.only_in_context:,} −{gain.only_by_frequency:,}",
            difference(gain.first_share, 1, scale=100),
            difference_ends(gain.first_interval, 1, scale=100),
            difference(gain.kspc, 4),
            difference_ends(gain.kspc_interval, 4),
        )
    )
    columns = ("ranking", ">first", ">top-1", ">95 % interval", ">KSPC", ">95 % interval")
    print_table(columns, rows, title=f"{score.run}, {score.split} text: {scored}")
    print(
        f"{score.ambiguous:,} of the words share their keys with another word. Without a dictionary (multi-tap) they "
        f"all take {score.multitap_kspc:.3f} keystrokes a character. Intervals: over {score.passages:,} passages."
    )
