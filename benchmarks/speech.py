"""Spoken digits: word error on strings of the publisher's test recordings and of speakers never heard, beside two plain
recognisers on the same features, and what recognising takes.

    python -m benchmarks.speech --corpus ../shared/corpora/free-spoken-digits

The targets are 2 % on the publisher's split after ten minutes on two cores, 10 % on a speaker never heard, and a
real-time factor of 0.05 on one core. Budgets are in steps, so that figures are the same on any machine; seconds of the
processor stand beside those of the clock, for a machine that does other things at the same time. Trainings that are
done are kept in --runs, and the same command goes on; `--steps 150 --speaker-steps 100` ends in minutes and shows that
all of it runs.

Beside it: a linear layer on the same frames with the same loss, and the textbook's nearest template by dynamic time
warping on single digits (Sakoe & Chiba 1978), ten templates of each digit by each speaker that is trained on.

For speakers never heard a training varies more than the defaults do, and synthetic voices say a share of its strings
(NEVER_HEARD; `--voices 0` where espeak-ng is not installed). It spells below its words, and takes the spread of each
band from the utterance (SHAPE). Which voices there are is a matter of what is installed; their number is printed.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.machine import matrix_product_gflops
from embedkit.analysis.proportion import Proportion
from embedkit.files import read_json, write_json
from embedkit.numerals import percent, percent_ends
from embedkit.runs.folder import Run
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.config import SPEECH_PRESETS, SpeechModel, SpeechTraining
from embedkit.tasks.speech.corpus import Recording
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.labels import Search
from embedkit.tasks.speech.network import Listening, Recogniser
from embedkit.tasks.speech.objective import SpeechObjective, measure, set_normalisation
from embedkit.tasks.speech.predictions import Transcriber
from embedkit.tasks.speech.score import ErrorRate, SpeechScore, score_speech
from embedkit.tasks.speech.strings import Strings, held_out_utterances
from embedkit.tasks.speech.study import evaluate_recogniser
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import resume, train
from embedkit.training.setup import seeded

TEMPLATES = 10
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
NEVER_HEARD: dict[str, Any] = {
    **{"stretch": 0.15, "tempo": 0.35, "response": 6.0, "masked_frames": 5, "word_level_range": 8.0},
    **{"batch_size": 32, "learning_rate": 4e-3},
}
SHAPE: dict[str, Any] = {"reduction": 3, "spelling": 0.5, "scaling": "utterance"}
"""Of theirs: steps short enough for letters, which the first layer learns."""
LONG = 600
"""Seconds of the file on which the peak of memory is taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="free-spoken-digits")
    parser.add_argument("--runs", type=Path, default=Path("runs/speech-benchmark"))
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--speaker-steps", type=int, default=1_500)
    parser.add_argument("--voices", type=float, default=0.45, help="share of the strings said by synthetic voices")
    parser.add_argument("--speakers", nargs="*", default=list(SPEAKERS), help="held out, each in turn")
    parser.add_argument("--beams", type=int, default=1)
    parser.add_argument("--parts", nargs="*", choices=tuple(PARTS), default=list(PARTS), help="some of it")
    options = parser.parse_args()
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s ({torch.get_num_threads()} threads)", flush=True)
    model, preset = SPEECH_PRESETS["digits"]
    base = replace(preset, corpus=options.corpus, minutes=None, steps=options.steps, evaluations=1, device="cpu")
    for part in options.parts:
        PARTS[part](model, base, options)


def publisher(model: SpeechModel, base: SpeechTraining, options: argparse.Namespace) -> None:
    """The publisher's split, and what recognising takes."""
    run = trained(model, base, options.runs / "publisher")
    print(f"publisher's split, {base.steps:,} steps: {score_line(run, scored(run, options.beams))}", flush=True)
    print(f"  single digits: {share_line(single_digits(run))}", flush=True)
    print(cost_lines(run), flush=True)


def baselines(model: SpeechModel, base: SpeechTraining, options: argparse.Namespace) -> None:
    """The publisher's split by the two plain recognisers."""
    print(
        f"  linear readout of the same frames with CTC, {base.steps:,} steps: {linear_readout(model, base)}", flush=True
    )
    print(f"  {template_line(model, base)}", flush=True)


def speakers(model: SpeechModel, base: SpeechTraining, options: argparse.Namespace) -> None:
    """Every speaker held out in turn, and the templates of the others beside it."""
    rates = []
    for speaker in options.speakers:
        varied = {**NEVER_HEARD, "steps": options.speaker_steps, "voices": options.voices}
        training = replace(base, held_out_speaker=speaker, **varied)
        run = trained(replace(model, **SHAPE), training, options.runs / f"without-{speaker}")
        score = scored(run, options.beams)
        voices = run.provenance["corpus"].get("voices", {"voices": 0})["voices"]
        effort = f"{training.steps:,} steps, {voices} synthetic voices"
        print(f"without {speaker}, {effort}: {score_line(run, score)}", flush=True)
        print(f"  single digits: {share_line(single_digits(run))}", flush=True)
        print(f"  {template_line(model, training)}", flush=True)
        rates.append(score.overall.rate)
    if rates:
        worst = options.speakers[int(np.argmax(rates))]
        mean = percent(float(np.mean(rates)))
        print(f"speakers never heard: mean of {len(rates)} {mean}, worst {percent(max(rates))} ({worst})")


PARTS: dict[str, Callable[[SpeechModel, SpeechTraining, argparse.Namespace], None]] = {
    "publisher": publisher,
    "baselines": baselines,
    "speakers": speakers,
}


def trained(model: SpeechModel, training: SpeechTraining, path: Path) -> Run:
    """The finished run at `path`, trained first where it is not; the seconds of the processor are kept with it."""
    run = Run(path)
    if not run.finished:
        started = time.process_time()
        run = resume(run) if (path / "config.toml").exists() else train(model, training, path)
        write_json(path / "benchmark.json", {"processor_seconds": time.process_time() - started})
    options = asdict(training)
    others = [key for key, value in run.config["training"].items() if key in options and options[key] != value]
    if set(others) - {"corpus", "evaluations", "precision", "bf16"}:
        raise SystemExit(f"{path} was trained with other options ({', '.join(others)}); remove it or give other --runs")
    return run


def scored(run: Run, beams: int) -> SpeechScore:
    """All of the test strings."""
    return evaluate_recogniser(run, "test", search=Search(beams), most=None)


def score_line(run: Run, score: SpeechScore) -> str:
    """Word error with its interval, by speaker where there are several, and what training took."""
    seconds = read_json(run.path / "benchmark.json")["processor_seconds"]
    by_speaker = ", ".join(f"{rate.name} {percent(rate.rate)}" for rate in score.speakers)
    effort = f"{seconds:.0f} s of the processor, {run.metrics['seconds']:.0f} s of the clock"
    text = f"word error {rate_line(score.overall)}, {score.exact} of {score.utterances} strings right; {effort}"
    return text + (f"; {by_speaker}" if len(score.speakers) > 1 else "")


def rate_line(rate: ErrorRate) -> str:
    interval = f"95 % {percent_ends(rate.interval)} over {rate.recordings} recordings"
    return f"{percent(rate.rate, 2)} ({rate.errors} of {rate.words}, {interval})"


def share_line(share: Proportion) -> str:
    return f"{share.right} of {share.n} right, {percent(share.share)} (95 % {percent_ends(share.interval)})"


def cost_lines(run: Run) -> str:
    """Seconds of the processor for a second of sound, on one thread, from samples to words; and the peak of memory of
    a process that writes down a long file."""
    plain = Transcriber(run)
    corpus = open_speech(plain.config, plain.training)
    utterances = held_out_utterances(corpus.splits["test"], corpus.rate, plain.training, "test", words=True)[:60]
    seconds = sum(len(each.samples) for each in utterances) / corpus.rate
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    factors = []
    for transcriber in (plain, Transcriber(run, Search(8))):
        started = time.process_time()
        for utterance in utterances:
            transcriber.samples(utterance.samples)
        factors.append((time.process_time() - started) / seconds)
    torch.set_num_threads(threads)
    greedy, searched = factors
    return (
        f"  real-time factor on one thread, {len(utterances)} strings one by one: {greedy:.4f} by the likeliest path, "
        f"{searched:.4f} with 8 beams\n"
        f"  peak memory of `transcribe` on {LONG} s: {peak_of_transcribing(run, corpus.splits['test']):.2f} GiB"
    )


def peak_of_transcribing(run: Run, recordings: Sequence[Recording]) -> float:
    """GiB of a process that writes down LONG seconds of these recordings, one after the other."""
    sound = np.concatenate([recording.samples for recording in recordings])
    rate = run.config["model"]["sample_rate"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        path.write_bytes(wav(np.resize(sound, LONG * rate), rate))
        words = [sys.executable, "-m", "embedkit", "transcribe", str(path), "--run", str(run.path)]
        subprocess.run(words, check=True, capture_output=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2


class LinearReadout(Recogniser):
    """The same frames with nothing but a linear layer on them."""

    def __init__(self, config: SpeechModel, labels: int) -> None:
        super().__init__(config, labels)
        self.layers = nn.ModuleList()
        self.dropout = nn.Dropout(0.0)
        self.readout = nn.Linear(config.mels * config.reduction, labels + 1)

    def initial(self, batch: int) -> Listening:
        return replace(super().initial(batch), states=())


def linear_readout(model: SpeechModel, training: SpeechTraining) -> str:
    """The word error of a linear readout that is trained for as many steps."""
    corpus = open_speech(model, training)
    vocabulary = Vocabulary.build(corpus.text, level="word")
    with seeded(training.seed):
        network = LinearReadout(model, len(vocabulary))
        strings = Strings(corpus.splits["train"], corpus.rate, training)
        set_normalisation(network, [strings.string(11, number) for number in range(200)])
        objective = SpeechObjective(network, training, corpus, vocabulary)
        steps = training.steps or 0
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        epoch = done = 0
        while done < steps:
            for batch in objective.batches(epoch, 0):
                optimiser.zero_grad()
                objective.step(batch, (), done / steps)
                optimiser.step()
                schedule.step()
                done += 1
                if done == steps:
                    break
            epoch += 1
    utterances = held_out_utterances(corpus.splits["test"], corpus.rate, training, "test", words=True)
    figures = measure(network, utterances, vocabulary)
    return f"word error {percent(figures['word_error_rate'], 2)} ({figures['word_errors']} of {figures['words']})"


def template_line(model: SpeechModel, training: SpeechTraining) -> str:
    """How many test recordings are nearest to a template of their own digit."""
    corpus = open_speech(model, training)
    network = Recogniser(model, 1)  # for its features alone
    chosen = templates(corpus.splits["train"])
    test = corpus.splits["test"]
    right = sum(nearest(features(network, recording), chosen, network) == recording.text for recording in test)
    _FEATURES.clear()
    share = share_line(Proportion.of(right, len(test)))
    return f"nearest of {len(chosen)} templates by dynamic time warping, single digits: {share}"


def single_digits(run: Run) -> Proportion:
    """How many of the test recordings, one by one, a run recognises."""
    transcriber = Transcriber(run)
    corpus = open_speech(transcriber.config, transcriber.training)
    plain = replace(transcriber.training, speed=0.0, level_range=0.0, pause=0.1)
    strings = Strings(corpus.splits["test"], corpus.rate, plain)
    count = len(corpus.splits["test"])
    utterances = [strings.joined([number], np.random.default_rng(number)) for number in range(count)]
    score = score_speech(
        utterances,
        [each.text for each in utterances],
        transcriber.texts(utterances),
        name="",
        split="test",
        beams=1,
        seconds=0.0,
    )
    return Proportion.of(score.exact, score.utterances)


def templates(recordings: Sequence[Recording]) -> list[Recording]:
    """The first TEMPLATES of each word by each speaker."""
    counts: dict[tuple[str, str], int] = {}
    chosen = []
    for recording in recordings:
        key = recording.text, recording.speaker
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= TEMPLATES:
            chosen.append(recording)
    return chosen


_FEATURES: dict[int, np.ndarray] = {}


def features(network: Recogniser, recording: Recording) -> np.ndarray:
    """(F, M) log-mel frames, every second one, less their mean over the recording."""
    if id(recording) not in _FEATURES:
        with torch.no_grad():
            frames = network.features(torch.from_numpy(recording.samples)[None])[0, ::2].numpy()
        _FEATURES[id(recording)] = frames - frames.mean(axis=0)
    return _FEATURES[id(recording)]


def nearest(frames: np.ndarray, chosen: Sequence[Recording], network: Recogniser) -> str:
    """The word of the template of the least warped distance, divided by the lengths of both."""
    costs = [warped(frames, features(network, template)) for template in chosen]
    return chosen[int(np.argmin(costs))].text


def warped(one: np.ndarray, other: np.ndarray) -> float:
    """The cheapest way through the distances of (F, M) and (G, M) frames, diagonal steps counted twice."""
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T
    return _cheapest(np.sqrt(np.maximum(squares, 0))) / (len(one) + len(other))


def _through(costs: np.ndarray) -> float:
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            cost = costs[i, j]
            total[i + 1, j + 1] = min(total[i, j] + 2 * cost, total[i, j + 1] + cost, total[i + 1, j] + cost)
    return float(total[rows, columns])


def _compiled() -> Callable[[np.ndarray], float]:
    from numba import njit

    compiled: Callable[[np.ndarray], float] = njit(_through)
    return compiled


_cheapest = _compiled()

if __name__ == "__main__":
    main()
