"""`embedkit transcribe`, and `evaluate` of a recogniser."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.cli.unused import refuse_unused
from embedkit.controls import printable
from embedkit.errors import UsageError
from embedkit.files import require_file
from embedkit.numerals import duration, ends, percent
from embedkit.runs.folder import Run, open_run
from embedkit.tasks.speech.labels import BONUS, WEIGHT, Search

if TYPE_CHECKING:
    from embedkit.tasks.speech.predictions import Transcriber, Transcript
    from embedkit.tasks.speech.score import ErrorRate, SpeechScore

KINDS = ("recogniser",)
BEAMS = 8
"""Of a search in which a language model takes part, where none are given."""
SHOWN_CONFUSIONS = 10


def transcribe(
    *files: Path,
    run: str | None = None,
    utterance: int | None = None,
    beams: int | None = None,
    language_model: str | None = None,
    language_weight: float | None = None,
    word_bonus: float | None = None,
    captions: Literal["srt", "vtt"] | None = None,
    out: Path | None = None,
    times: bool = False,
    stream: bool = False,
    json: Json = False,
) -> None:
    """Write down what is said in files of sound.

    Args:
        files: WAV files; with soundfile installed, FLAC, Ogg and others too. They may be long: they are read in blocks.
        run: A recogniser run, by name or path; by default the newest.
        utterance: Transcribe one of the held-out utterances of the run's corpus instead, by number.
        beams: Width of the prefix beam search; 1 takes the likeliest label at every step. By default 1, with a language
            model 8.
        language_model: A language-model run, of words or characters, to use in the search.
        language_weight: Weight of its log-probability relative to the recogniser's; by default 0.3.
        word_bonus: Nats added per word, to offset the language model's cost; by default 0.
        captions: Print captions of one file with times, as SubRip or WebVTT.
        out: Write the captions to this file; with --utterance, the utterance as a WAV file.
        times: Print each word with the seconds between which its label was the likeliest.
        stream: Print each word as soon as it is heard; needs a run trained with --no-bidirectional.
    """
    if bool(files) == (utterance is not None):
        raise UsageError("give files of sound, or --utterance with a number; such as `embedkit transcribe digits.wav`")
    if captions is not None and len(files) > 1:
        raise UsageError(f"--captions {captions} is of one file; {len(files)} are named")
    if out is not None and captions is None and utterance is None:
        raise UsageError("--out writes captions, or the utterance that --utterance names; add one of them")
    if utterance is not None and (captions is not None or stream):
        raise UsageError("--utterance plays what is not in a file; leave out --captions and --stream")
    if stream and (json or captions is not None or beams is not None or language_model is not None):
        raise UsageError(
            "--stream prints words as they come; leave out --json, --captions, --beams and --language-model"
        )
    if captions is not None:
        refuse_unused("a text, and captions are printed", times=times, json=json)
    if stream or json:
        refuse_unused(f"a text for reading, not with --{'stream' if stream else 'json'}", times=times)
    search = search_of(beams, language_model, language_weight, word_bonus)
    recogniser = open_run(run, kinds=KINDS)
    from embedkit.tasks.speech.predictions import Transcriber

    transcriber = Transcriber(recogniser, search)
    for file in files:
        require_file(file)
    if stream:
        for file in files:
            for word in transcriber.pieces(file):
                print(f"{word.start:8.2f}  {printable(word.text)}", flush=True)
        return
    if utterance is not None:
        _of_corpus(transcriber, utterance, out, times, json)
        return
    with progress("listening"):
        transcripts = [transcriber.file(file) for file in files]
    if json:
        rows = [{"file": str(file), **asdict(each)} for file, each in zip(files, transcripts, strict=True)]
        print_json({"run": recogniser.name, "rows": rows})
    elif captions is not None:
        _write_captions(transcripts[0], captions, out)
    else:
        for file, each in zip(files, transcripts, strict=True):
            _print_transcript(file, each, times, alone=len(files) == 1)


def search_of(beams: int | None, language_model: str | None, weight: float | None, bonus: float | None) -> Search:
    """How a recogniser searches, as the options say.

    Raises:
        UsageError: a number is out of range, there is no such language model, or what it counts is given without one.
    """
    if language_model is None:
        refuse_unused("a language model, and --language-model names none", language_weight=weight, word_bonus=bonus)
        return Search(1 if beams is None else beams)
    model = open_run(language_model, kinds=("language-model",))
    return Search(
        BEAMS if beams is None else beams,
        model,
        WEIGHT if weight is None else weight,
        BONUS if bonus is None else bonus,
    )


def _of_corpus(transcriber: "Transcriber", number: int, out: Path | None, times: bool, json: bool) -> None:
    """A held-out utterance: its hypothesis and its reference."""
    from embedkit.files import whole_file
    from embedkit.tasks.speech.audio import wav
    from embedkit.tasks.speech.spaces import held_out

    split, utterances = held_out(transcriber)
    if not 0 <= number < len(utterances):
        raise UsageError(f"--utterance {number}: {split} has 0 to {len(utterances) - 1}")
    chosen = utterances[number]
    if out is not None:
        with whole_file(out) as temporary:
            temporary.write_bytes(wav(chosen.samples, transcriber.rate))
        note(f"written: {out}")
    transcript = transcriber.samples(chosen.samples)
    if json:
        row = {"utterance": number, "reference": chosen.text, "speaker": chosen.speaker, **asdict(transcript)}
        print_json({"run": transcriber.run.name, "rows": [row]})
        return
    _print_transcript(Path(f"{split} {number}"), transcript, times, alone=True)
    print(f"reference: {printable(chosen.text)}")


def _print_transcript(file: Path, transcript: "Transcript", times: bool, *, alone: bool) -> None:
    if times:
        rows = [(f"{word.start:.2f}", f"{word.stop:.2f}", word.text) for word in transcript.words]
        print_table((">from", ">to", "word"), rows, title="" if alone else printable(str(file)))
        return
    text = printable(transcript.text)
    print(text if alone else f"{printable(str(file))}: {text}")
    if not transcript.text:
        note(f"{file}: no word was recognised in {duration(transcript.seconds)} of sound")


def _write_captions(transcript: "Transcript", kind: str, out: Path | None) -> None:
    from embedkit.files import write_text
    from embedkit.tasks.speech.subtitles import srt, vtt

    text = (srt if kind == "srt" else vtt)(transcript.words)
    if out is None:
        print(printable(text), end="")
    else:
        write_text(out, text)
        note(f"written: {out}")


def evaluate(run: Run, evaluation: Evaluation) -> None:
    """Score a recogniser on held-out utterances: word errors, by speaker, by length and by pause."""
    from embedkit.tasks.speech.study import evaluate_recogniser

    search = search_of(evaluation.beams, evaluation.language_model, evaluation.language_weight, evaluation.word_bonus)
    with progress(f"scoring {run.name}"):
        score = evaluate_recogniser(run, evaluation.split, search=search, most=evaluation.most)
    if evaluation.json:
        print_json(asdict(score))
    else:
        _print_score(score)


def _print_score(score: "SpeechScore") -> None:
    print_table(
        ("of", ">words", ">wrong", ">word error", ">95 % interval", ">recordings"),
        [
            *_rows("all", (score.overall,)),
            *_rows("speaker", score.speakers),
            *_rows("length", score.lengths),
            *_rows("pause", score.pauses),
        ],
        title=f"{score.name}/{score.split}: {score.utterances:,} utterances, {duration(score.seconds)}, {score.search}",
    )
    print(
        f"{score.exact:,} of {score.utterances:,} utterances without an error; {score.substitutions:,} words for "
        f"others, {score.deletions:,} left out, {score.insertions:,} put in"
    )
    wrong = sorted((each for each in score.confusions if each.reference != each.hypothesis), key=lambda each: -each.n)
    if wrong:
        rows = [(each.reference, each.hypothesis, f"{each.n:,}") for each in wrong[:SHOWN_CONFUSIONS]]
        print_table(("reference", "hypothesis", ">times"), rows)


def _rows(group: str, rates: "tuple[ErrorRate, ...]") -> list[tuple[str, ...]]:
    return [
        (
            rate.name if group == "all" else f"{group} {rate.name}",
            f"{rate.words:,}",
            f"{rate.errors:,}",
            percent(rate.rate),
            ends(rate.interval, 1, scale=100),
            f"{rate.recordings:,}",
        )
        for rate in rates
    ]
