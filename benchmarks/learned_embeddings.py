"""What one text and so many minutes teach each model about words: analogies and similarity of all its spaces, alike.

    python -m benchmarks.learned_embeddings --corpus ../shared/corpora/wikipedia-100m --minutes 60
    python -m benchmarks.learned_embeddings --corpus ../shared/corpora/wikitext-2 --minutes 2 --lines 20000

Trained on the same lines, one after the other: word2vec (skip-gram) and fastText, as many epochs as fit into the
minutes or --epochs; a word language model with tables of its own on either side; an encoder-decoder of its phrases.
Runs that are finished in --keep are taken as they are, so that `benchmarks.minimal_pairs --keep DIR/lm` asks the same
model for its grammar. Scored are the vectors; of the language model the input table, the output table, their sum, and
the mean of each word's states over the text (Bommasani, Davis & Cardie 2020); of the encoder-decoder its codes of
single words. Each as it is, centred, and without its largest components (Mu & Viswanath 2018).

Google's questions are asked by 3CosAdd among the 30,000 most frequent words of each space; WordSim-353 and SimLex-999
by Spearman's ρ. A difference is to skip-gram as it is, on the questions that both cover, with its interval over word
pairs. Words are those that stand five times or more, of the language model ten times.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from embedkit.analysis.analogies.answer_sheet import AnswerSheet
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import answer, difference, sheet
from embedkit.analysis.intervals import Estimate
from embedkit.analysis.postprocessing import POSTPROCESSES, postprocessed
from embedkit.analysis.similarity import SimilaritySet, score_similarity
from embedkit.corpora import open_corpus, questions_file, similarity_file
from embedkit.numerals import TOO_FEW, ends, points_estimate
from embedkit.runs.folder import Run
from embedkit.spaces.open import open_run_space
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.training import train_word2vec
from embedkit.training.driver import train

RESTRICT = 30_000
TRIALS = 3
MIN_COUNT = Word2VecTraining.min_count
MODELS = ("skip-gram", "fasttext", "lm", "phrases")
"""The baseline first."""
METHOD = "3CosAdd"
SETS = ("wordsim353", "simlex999")
SPACES = {"lm": ("input", "output", "sum", "contextual"), "phrases": ("words",)}


def text_of(corpus: str, lines: int | None, folder: Path) -> str:
    """The first lines of a corpus as one of its own, with its validation text; all of it where no number is given."""
    if lines is None:
        return corpus
    opened = open_corpus(corpus)
    folder.mkdir()
    for split, most in (("train", lines), ("valid", max(lines // 20, 100))):
        text = "".join(f"{line}\n" for line in islice(opened.lines(split), most))
        (folder / f"{split}.txt").write_text(text, encoding="utf-8")
    return str(folder)


def word_vectors(training: Word2VecTraining, minutes: float, path: Path) -> Run:
    """gensim's, by as many epochs as fit, one at least: tried until they take four fifths of the minutes, thrice at
    most."""
    for _ in range(TRIALS):
        shutil.rmtree(path, ignore_errors=True)
        run = train_word2vec(training, path)
        used = run.metrics["seconds"] / (60 * minutes)
        if used >= 0.8:
            break
        training = replace(training, epochs=max(training.epochs + 1, int(training.epochs / used)))
    return run


def trained(name: str, corpus: str, options: argparse.Namespace, path: Path) -> Run:
    """One of MODELS, trained on this corpus."""
    if name == "lm":
        model, training = LANGUAGE_MODEL_PRESETS["word"]
        # Of one length, so that the two tables have a sum.
        shape = replace(model, tied=False, embedding_size=model.hidden_size, min_count=2 * MIN_COUNT)
        budget = replace(training, corpus=corpus, minutes=options.minutes, batch_size=2 * training.batch_size)
        return train(shape, budget, path)
    if name == "phrases":
        phrases, training_of_phrases = SEQ2SEQ_PRESETS["phrases"]
        of_text = replace(training_of_phrases, corpus=corpus, phrases=True, epochs=None, minutes=options.minutes)
        return train(replace(phrases, min_count=MIN_COUNT), of_text, path)
    vectors = Word2VecTraining(corpus=corpus, method=name, epochs=1, workers=options.workers)  # type: ignore[arg-type]
    if options.epochs:
        return train_word2vec(replace(vectors, epochs=options.epochs), path)
    return word_vectors(vectors, options.minutes, path)


def spaces_of(run: Run) -> Iterator[EmbeddingSpace]:
    for which in SPACES.get(run.name, ("vectors",)):
        space = open_run_space(run, which)
        for how in (None, *POSTPROCESSES):
            yield postprocessed(space, how)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="../shared/corpora/wikipedia-100m")
    parser.add_argument("--minutes", type=float, default=60.0, help="of training, each")
    parser.add_argument("--lines", type=int, help="only the first lines of the training text")
    parser.add_argument("--epochs", type=int, help="of word2vec and fastText, instead of those that fit")
    parser.add_argument("--workers", type=int, default=2, help="threads of gensim")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="some of them")
    parser.add_argument("--keep", type=Path, help="train into this folder, or take the runs that are there")
    options = parser.parse_args()
    questions = AnalogySet.read(questions_file("google-analogies"), name="google-analogies")
    similarity = [SimilaritySet.read(similarity_file(name)) for name in SETS]
    names = "".join(f"{name:>22}" for name in SETS)
    print(f"{'space':<38}{'right, % (95 %)':>22}{'covered':>9}{'less skip-gram (95 %)':>26}{names}", flush=True)
    started, baseline = time.perf_counter(), None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        corpus = text_of(options.corpus, options.lines, folder / "text")
        for name in options.models:
            run = Run((options.keep or folder) / name)
            if not run.finished:
                run = trained(name, corpus, options, run.path)
            print(f"{run.name}: {run.metrics['seconds'] / 60:.1f} min", flush=True)
            for space in spaces_of(run):
                answers = answer(space, questions, methods=[METHOD], restrict=RESTRICT)
                micro = sheet(answers).micro
                row = micro.by(METHOD)
                accuracy = "–" if row is None else _share(row.accuracy)
                if baseline is None and name == MODELS[0]:
                    baseline = answers
                less = "" if baseline is None or answers is baseline else _less(answers, baseline)
                cells = "".join(f"{_rho(space, pairs):>22}" for pairs in similarity)
                print(f"  {space.name:<36}{accuracy:>22}{micro.covered:>9,}{less:>26}{cells}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


def _share(estimate: Estimate) -> str:
    within = TOO_FEW if estimate.interval is None else ends(estimate.interval, 1, scale=100)
    return f"{100 * estimate.value:.1f} ({within})"


def _less(one: AnswerSheet, other: AnswerSheet) -> str:
    return points_estimate(difference(one, other).micro.get(METHOD))


def _rho(space: EmbeddingSpace, pairs: SimilaritySet) -> str:
    score = score_similarity(space, pairs)
    return "–" if score.headline is None else f"{score.headline.rho:.2f} ({ends(score.headline.interval, 2)})"


if __name__ == "__main__":
    main()
