"""Do phrases of a kind lie together? Neighbourhood purity of an encoder-decoder's vectors, against two baselines.

    python -m benchmarks.purity --corpus ../shared/corpora/tatoeba-eng-fra --minutes 20
    python -m benchmarks.purity --corpus ../shared/corpora/tatoeba-eng-fra --run NAME --vectors other.txt

An English-French encoder-decoder without attention is trained on the pairs (or --run is taken), and word vectors on the
English side of the same training pairs. Templated phrases of eight kinds (months, weekdays, years, past, future,
durations, quantities, places), 60 of each, are encoded; the baselines are a bag of words and the mean of the word
vectors. Purity: the share of a phrase's ten nearest neighbours by cosine that are of its kind, macro over kinds;
intervals by bootstrap over templates. With the own template left out "five days ago" does not count for "a few days
ago"; with the filler left out as well "in recent days" does not either.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from embedkit.analysis.purity import bag_of_words, knn_purity, mean_of_word_vectors, paired_difference
from embedkit.corpora import open_pairs
from embedkit.runs.folder import open_run
from embedkit.spaces.open import open_space
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.tasks.seq2seq.templates import LabelledPhrase, templated_phrases
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.training import train_word2vec
from embedkit.training.driver import train

RULES = ("all others", "own template left out", "own template and filler left out")


def groups_of(phrases: list[LabelledPhrase], rule: str) -> list[tuple[str, ...]] | None:
    """What a neighbour must not share with a phrase."""
    if rule == RULES[0]:
        return None
    return [(p.template,) if rule == RULES[1] else (p.template, p.filler) for p in phrases]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="English-French pairs")
    parser.add_argument("--minutes", type=float, default=20.0, help="training budget")
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    parser.add_argument("--run", help="a finished run in place of training one")
    parser.add_argument("--vectors", nargs="*", default=[], help="more word vectors to take means of: runs or files")
    options = parser.parse_args()

    phrases = templated_phrases()
    texts, kinds, templates = zip(*((p.text, p.kind, p.template) for p in phrases), strict=True)
    with tempfile.TemporaryDirectory() as scratch:
        if options.run:
            run = open_run(options.run, kinds=["seq2seq"])
        else:
            model, training = SEQ2SEQ_PRESETS["pairs"]
            budget = replace(training, corpus=options.corpus, minutes=options.minutes, precision=options.precision)
            run = train(model, budget, Path(scratch) / "translation")
        metrics = run.metrics
        print(
            f"{run.name}: {metrics['parameters']:,} parameters, {metrics['seconds'] / 60:.1f} min, "
            f"{metrics['epochs']:.1f} epochs, validation BLEU {metrics['valid_bleu']:.1f} (greedy, "
            f"{metrics['valid_bleu_signature']})"
        )
        text = Path(scratch) / "english"
        text.mkdir()
        pairs = open_pairs(options.corpus)
        for split in ("train", "valid"):
            lines = dict.fromkeys(pairs.source.lines(split))
            (text / f"{split}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        words = train_word2vec(Word2VecTraining(corpus=str(text), epochs=10, min_count=2), Path(scratch) / "words")
        vectors = {"the bottleneck": Translator(run).codes(texts), "bag of words": bag_of_words(texts)}
        for name, source in {
            "mean of word vectors, same text": str(words.path),
            **{v: v for v in options.vectors},
        }.items():
            vectors[name], covered = mean_of_word_vectors(texts, open_space(source))
            print(f"{name}: {covered.known:,} of {covered.words:,} words known, {covered.empty} phrases without any")
    for rule in RULES:
        print(f"\n{rule}:")
        groups = groups_of(phrases, rule)
        for name, rows in vectors.items():
            purity = knn_purity(rows, kinds, groups=groups, clusters=templates)
            assert purity.interval is not None
            print(
                f"  {name:<32} {100 * purity.value:5.1f} %  (95 % {100 * purity.interval.low:.1f} – "
                f"{100 * purity.interval.high:.1f}; chance {100 * purity.chance:.1f})"
            )
            if name != "the bottleneck":
                paired = paired_difference(rows, vectors["the bottleneck"], kinds, groups=groups, clusters=templates)
                assert paired.interval is not None
                low, high = paired.interval.low, paired.interval.high
                more = f"{100 * paired.value:5.1f}    (95 % {100 * low:.1f} – {100 * high:.1f})"
                print(f"  {'the bottleneck has more by':>32} {more}")


if __name__ == "__main__":
    main()
