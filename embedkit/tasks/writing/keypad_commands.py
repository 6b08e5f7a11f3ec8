"""`embedkit t9`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from embedkit.cli.output import Json, note, print_json, print_table, printable
from embedkit.cli.progress import Steps
from embedkit.cli.words import Count
from embedkit.errors import UsageError
from embedkit.numerals import difference, difference_ends, ends, percent
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, open_run
from embedkit.tasks.language_model.study import sample_texts
from embedkit.tasks.writing.keypad import digit_groups
from embedkit.tasks.writing.study import WORDS

if TYPE_CHECKING:
    from embedkit.tasks.writing.score import KeypadScore


def t9(
    *digits: str,
    context: str = "",
    run: str | None = None,
    k: Count = 10,
    evaluate: bool = False,
    split: Literal["valid", "test"] = "valid",
    words: int = WORDS,
    seed: int = 0,
    json: Json = False,
) -> None:
    """Rank what digits can mean.

    Args:
        digits: The keys of each word: 2 abc, 3 def, 4 ghi, 5 jkl, 6 mno, 7 pqrs, 8 tuv, 9 wxyz; 0 is a space.
            Case, accents, and apostrophes and hyphens inside a word are not typed.
        context: What stands before.
        run: A language model's run, by name or path; by default the newest.
        k: How many to show.
        evaluate: Instead type held-out text, measure keystrokes and accuracy, and render a report.
        split: Which held-out text.
        words: So many held-out words at least, in passages that the seed draws.
        seed: Draws the passages.
    """
    if evaluate:
        if digits or context:
            raise UsageError("--evaluate types held-out text; leave the digits and --context out")
        _evaluate(open_run(run, kinds=["language-model"]), split, words, seed, json)
        return
    groups = digit_groups(digits)
    if k < 1:
        raise UsageError(f"-k {k}: must be at least 1")
    model = open_run(run, kinds=["language-model"])
    from embedkit.tasks.writing.study import open_keypad

    keypad = open_keypad(model, steps=Steps())
    ranked = keypad.rank(groups, context, most=k)
    frequent = keypad.rank_by_frequency(groups, most=k)
    if json:
        by_frequency = [{"text": text, "log10_count": total} for text, total in frequent]
        about = {"run": model.name, "digits": groups, "context": context}
        print_json({**about, "in_context": [asdict(each) for each in ranked], "by_frequency": by_frequency})
        return
    rows = [
        (str(i + 1), *_cell(ranked, i), printable(frequent[i][0]) if i < len(frequent) else "")
        for i in range(max(len(ranked), len(frequent)))
    ]
    title = f"{' '.join(groups)} after “{printable(context)}”" if context else f"{' '.join(groups)} at a line's start"
    print_table((">", "in context", ">share", "by frequency"), rows, title=f"{title}: {model.name}")


def _cell(ranked: list, i: int) -> tuple[str, str]:
    return (printable(ranked[i].text), percent(ranked[i].share)) if i < len(ranked) else ("", "")


def _evaluate(run: Run, split: str, words: int, seed: int, json: bool) -> None:
    from embedkit.report import render, writing_report
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
    known = f"{score.n:,} of {score.words:,} words scored ({percent(score.coverage)}; the rest are out of vocabulary)"
    rows = [
        (
            name,
            f"{found.first:,}",
            percent(found.first / score.n),
            ends(found.first_interval, 1, scale=100),
            f"{found.kspc:.4f}",
            ends(found.kspc_interval, 4),
        )
        for name, found in (("by frequency", score.by_frequency), ("in context", score.in_context))
    ]
    told = score.difference
    rows.append(
        (
            "difference",
            f"+{told.only_in_context:,} −{told.only_by_frequency:,}",
            difference(told.first_share, 1, scale=100),
            difference_ends(told.first_interval, 1, scale=100),
            difference(told.kspc, 4),
            difference_ends(told.kspc_interval, 4),
        )
    )
    columns = ("ranking", ">first", ">top-1", ">95 % interval", ">KSPC", ">95 % interval")
    print_table(columns, rows, title=f"{score.run}, {score.split} text: {known}")
    print(
        f"{score.ambiguous:,} of the words share their keys with another word. Without a dictionary (multi-tap) they "
        f"all take {score.multitap_kspc:.3f} keystrokes a character. Intervals: over {score.passages:,} passages."
    )
