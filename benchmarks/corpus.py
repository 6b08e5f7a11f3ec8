"""Vocabulary and ids of a large text, beside the tokenizers library's own batch encoding; and a million words.

    python -m benchmarks.corpus --corpus ../shared/corpora/wikipedia-100m
    python -m benchmarks.corpus --corpus ../shared/corpora/wikipedia-100m --parts words

A text of a gigabyte is made of the corpus: its lines over and over in another order, the words that stand once with
another z at their end each time, so that words grow in number as in a longer text. Of `text` the library's bare batch
encoding is timed on a stretch of it that lies in memory as lines; the kit's figures hold the reading of the file and
the writing of the ids. Of `words` a language model of the default preset is trained for some steps on the most frequent
100,000 and 1,000,000 words of the same text, one after the other.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from embedkit.config.architecture import Level
from embedkit.config.optimisation import Precision
from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.corpora.textfile import TextFile
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary

HELD_OUT_LINES = 400
_EVERY = 0.1  # seconds between looks at memory
_BATCH = 1 << 20  # characters of the library's batches


def make_text(corpus: Corpus, path: Path, megabytes: int) -> None:
    """Write a text of so many megabytes made of the training lines of a corpus."""
    lines = list(corpus.lines("train"))
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line.split(" "))
    once = {word for word, number in counts.items() if number == 1 and word.isalpha()}
    shuffled = random.Random(1)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for turn in itertools.count():
            for line in lines:
                words = [word + "z" * turn if word in once else word for word in line.split(" ")]
                out.write(" ".join(words) + "\n")
                if out.tell() >= megabytes * 10**6:
                    return
            shuffled.shuffle(lines)


@dataclass(frozen=True)
class Work:
    """What a function took in a process of its own, with those that it started.

    Attributes:
        result: what it returned.
        seconds: that passed.
        cores: seconds that all cores worked for one that passed.
        peak: GiB that they held at most together, what they share counted once.
    """

    result: Any
    seconds: float
    cores: float
    peak: float


def measured(function: Callable[..., Any], *arguments: Any) -> Work:
    """Call a function in a process of its own.

    Raises:
        RuntimeError: it failed; its traceback has been printed.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    before, started = os.times(), time.perf_counter()
    process = context.Process(target=_send, args=(sender, function, *arguments))
    process.start()
    sender.close()
    peak = 0.0
    while not receiver.poll(_EVERY):
        assert process.pid is not None
        peak = max(peak, _held(process.pid))
    try:
        result = receiver.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} failed") from None
    process.join()
    seconds, after = time.perf_counter() - started, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return Work(result, seconds, worked / seconds, peak)


def _send(sender: Any, function: Callable[..., Any], *arguments: Any) -> None:
    sender.send(function(*arguments))


def _held(process: int) -> float:
    """GiB of a process and all that it started, by Linux's proportional count; 0 where it does not say."""
    total = 0.0
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) / 2**20 if line.startswith("Pss:") else 0
        for task in Path(f"/proc/{process}/task").iterdir():
            total += sum(_held(int(child)) for child in (task / "children").read_text().split())
    except (OSError, ValueError):
        pass
    return total


def vocabulary_and_ids(path: Path, level: Level, folder: Path) -> dict[str, float]:
    """Build the vocabulary of a text and encode it; the seconds of both, and those of the processor in all."""
    corpus = _one_split(path)
    started = _clocks()
    vocabulary = Vocabulary.build(corpus, level=level)
    built = _clocks()
    ids = encode_split(corpus, "train", vocabulary, folder / f"{level}.ids")
    encoded = _clocks()
    vocabulary.save(folder / f"{level}.json")
    took = {"build": built - started, "encode": encoded - built}
    numbers = {f"{part}_{clock}": took[part][i] for part in took for i, clock in enumerate(("seconds", "processor"))}
    return numbers | {"tokens": len(ids), "vocabulary": len(vocabulary)}


def _clocks() -> np.ndarray:
    """Seconds that have passed, and those that this process and what it started have worked, of all cores."""
    return np.array([time.perf_counter(), sum(os.times()[:4])])


def _one_split(path: Path) -> Corpus:
    return Corpus(path.stem, {"train": TextFile(path)}, False, "", "", "", str(path))


def library_speed(path: Path, tokenizer_file: Path, megabytes: int) -> tuple[float, float]:
    """Bytes a second of `encode_batch_fast` over the first megabytes of a text, which lie in memory as lines, and of a
    second of the processor."""
    tokenizer, size, batches, batch, characters = Tokenizer.from_file(str(tokenizer_file)), 0, [], [], 0
    for line in TextFile(path)():
        batch.append(line + "\n")
        size, characters = size + len(line.encode()) + 1, characters + len(line)
        if characters > _BATCH:
            batches.append(batch)
            batch, characters = [], 0
        if size > megabytes * 10**6:
            break
    batches.append(batch)
    started = _clocks()
    for batch in batches:
        tokenizer.encode_batch_fast(batch)
    seconds, processor = _clocks() - started
    return size / seconds, size / processor


def text(path: Path, levels: list[Level], peer_megabytes: int) -> None:
    """Print what vocabulary and ids of a text take, beside the library."""
    size = path.stat().st_size
    for level in levels:
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            folder = Path(scratch)
            work = measured(vocabulary_and_ids, path, level, folder)
            peer, peer_processor = measured(library_speed, path, folder / f"{level}.json", peer_megabytes).result
        took = work.result
        built, encoded = took["build_seconds"], took["encode_seconds"]
        print(
            f"{level}: {took['vocabulary']:,} tokens, learnt in {built:.0f} s ({size / built / 1e6:.1f} MB/s); "
            f"{took['tokens']:,} ids in {encoded:.0f} s ({size / encoded / 1e6:.1f} MB/s), the library alone "
            f"{peer / 1e6:.1f} MB/s: {size / encoded / peer:.2f} of it, and "
            f"{size / took['encode_processor'] / peer_processor:.2f} by the processor's time; {work.cores:.2f} cores "
            f"busy, peak {work.peak:.2f} GiB",
            flush=True,
        )


def words(path: Path, sizes: list[int], steps: int, precision: Precision) -> None:
    """Print the speed and memory of training on the most frequent words of a text, by how many they are."""
    speeds = []
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        folder = Path(scratch)
        (folder / "train.txt").symlink_to(path.resolve())
        with open(folder / "valid.txt", "w", encoding="utf-8") as valid:
            valid.writelines(f"{line}\n" for line in itertools.islice(TextFile(path)(), HELD_OUT_LINES))
        for size in sizes:
            work = measured(train_on, folder, size, steps, precision)
            metrics = work.result
            speeds.append(metrics["tokens_per_second"])
            print(
                f"{metrics['vocabulary_size']:,} words: {speeds[-1]:,.0f} tokens/s in {precision} over {steps} steps "
                f"({speeds[0] / speeds[-1]:.2f} times the seconds of {sizes[0]:,}), peak {work.peak:.2f} GiB, "
                f"perplexity on {metrics['valid_tokens']:,} training tokens {metrics['valid_perplexity']:.0f}",
                flush=True,
            )


def train_on(folder: Path, size: int, steps: int, precision: Precision) -> dict[str, Any]:
    """Train the default preset on a folder's text with so many words; the figures of the run."""
    from embedkit.training.driver import train

    model, training = LANGUAGE_MODEL_PRESETS["word"]
    budget = replace(training, corpus=str(folder), steps=steps, evaluations=1, precision=precision)
    return train(replace(model, vocabulary_size=size), budget, folder / f"run-{size}").metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia-sample")
    parser.add_argument("--parts", nargs="*", default=["text", "words"], choices=["text", "words"])
    parser.add_argument("--megabytes", type=int, default=1000, help="of the text that is made")
    parser.add_argument("--peer-megabytes", type=int, default=100, help="of it that the library alone encodes")
    parser.add_argument("--levels", nargs="*", default=["word", "bpe"], choices=["word", "char", "bpe"])
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000], help="words of the models")
    parser.add_argument("--steps", type=int, default=100, help="that the models are trained")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "text.txt"
        make_text(open_corpus(options.corpus), path, options.megabytes)
        print(f"{path.stat().st_size / 1e6:,.0f} MB of text", flush=True)
        if "text" in options.parts:
            text(path, options.levels, options.peer_megabytes)
        if "words" in options.parts:
            words(path, options.sizes, options.steps, options.precision)


if __name__ == "__main__":
    main()
