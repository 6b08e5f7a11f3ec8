"""The vocabulary: what a token is, and which ids tokens have. Saved as a file that the tokenizers library loads."""

import json
import re
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from embedkit.config.architecture import LONGEST_STRETCH, Level
from embedkit.corpora.corpus import Corpus
from embedkit.corpora.scripts import note_unspaced
from embedkit.errors import EmbedkitWarning, VocabularyError, refuse_single_text, unknown
from embedkit.files import read_json, whole_file, write_text
from embedkit.numerals import listed
from embedkit.progress import Progress, counted_lines, no_progress, prefixed
from embedkit.text import byte_pairs
from embedkit.text.blocks import map_blocks
from embedkit.text.byte_pairs import byte_level
from embedkit.text.counting import (
    LINE_END,
    Splitter,
    code_points,
    count_characters,
    count_pieces,
    count_words,
    indexed_words,
    piece_ids,
)
from embedkit.text.words import WORD, WORD_RULES, split_words

UNK, EOS = "<unk>", "<eos>"
SPECIALS: dict[str, tuple[str, ...]] = {"word": (UNK, EOS), "char": (UNK,), "bpe": ()}
BPE_SIZE = 4000
COUNTS_FILE = "vocabulary.tsv"
# Python lower-cases the sigma at the end of a Greek word to another letter, the tokenizers library does not.
_FINAL_SIGMA = normalizers.Replace(Regex(r"(?<=[\p{L}\p{M}])Σ(?!\p{M}*\p{L})"), "ς")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Tokens and their ids: specials first, then by falling count in the training text, ties by token.

    Attributes:
        level: "word", "char" or "bpe" (byte-level byte-pair encoding; every text can be encoded).
        tokens: V strings. A bpe token is in the byte alphabet of GPT-2, where "Ġ" stands for a space.
        counts: (V,) int64, how often each stands in the training text; the unknown word's counts what it stands for.
        lowercase, pretokenized: how a text becomes words (see `words.split_words`).
        merges: the bpe merges, in order.
        rule: of `words.WORD_RULES`, by which running text becomes words; a run keeps the one that it was trained with.
    """

    level: Level
    tokens: tuple[str, ...]
    counts: np.ndarray
    lowercase: bool = False
    pretokenized: bool = False
    merges: tuple[tuple[str, str], ...] = ()
    rule: str = WORD

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        *,
        level: Level,
        size: int | None = None,
        min_count: int = 1,
        lowercase: bool | None = None,
        longest_stretch: int = LONGEST_STRETCH,
        workers: int | None = None,
        progress: Progress = no_progress,
    ) -> "Vocabulary":
        """Count the training split and keep the most frequent tokens.

        Args:
            size: how many tokens to keep, specials included; all by default (bpe: 4,000).
            min_count: tokens rarer than this are left out.
            lowercase: by default words are lower-cased, except in a pretokenized corpus.
            longest_stretch: byte pairs are learnt across at most so many characters without a space; 0 for any number.
            workers: processes that count a long text, by default one a core; what is counted does not depend on it.
            progress: told the number of lines read so far.

        Raises:
            VocabularyError: the training text has no token, or none is kept.
        """
        if level not in SPECIALS:
            raise unknown("level", level, SPECIALS)
        if lowercase is None:
            lowercase = level == "word" and not corpus.pretokenized
        pretokenized = level == "word" and corpus.pretokenized
        lines = counted_lines(corpus.lines("train"), progress)
        merges: tuple[tuple[str, str], ...] = ()
        if level == "word":
            note_unspaced(corpus)
            counts, ends = count_words(lines, _splitter(pretokenized, lowercase), workers)
        elif level == "char":
            counts, ends = count_characters(lines), 0
        else:
            characters = sum(len(line) + 1 for line in lines)
            every = max(1, -(-characters // byte_pairs.LEARNT_FROM))
            if every > 1:
                _tell_sample(corpus, every)
            learnt = counted_lines(corpus.lines("train"), prefixed(progress, "learning byte pairs: "))
            drawn = Random(0)  # by chance, as lines of several kinds may take turns
            sample = (line for line in learnt if every == 1 or drawn.random() * every < 1)
            if size is not None and size < len(byte_pairs.BYTES):
                _tell_floor(size)
            merges, cuts = byte_pairs.learn_merges(sample, size or BPE_SIZE, min_count, longest_stretch)
            if cuts:
                _tell_cuts(corpus, cuts, longest_stretch)
            again = counted_lines(corpus.lines("train"), prefixed(progress, "counting byte pairs: "))
            counts, ends = count_pieces(again, merges, workers), 0
        tokens, token_counts = _rank(counts, SPECIALS[level], None if level == "bpe" else size, min_count, ends)
        if not token_counts.sum():
            raise VocabularyError(f"{corpus.source}: the training text has no {level} to count")
        if len(tokens) == len(SPECIALS[level]):
            noun = "character" if level == "char" else level
            why = f"no {noun} stands {min_count:,} times in the training text; lower --min-count"
            if size is not None and size <= len(tokens):
                why = f"a vocabulary of {size} has no room for a {noun} beside {listed(tokens)}; take a larger one"
            raise VocabularyError(f"{corpus.source}: {why}")
        return cls(level, tokens, token_counts, lowercase, pretokenized, merges)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: i for i, token in enumerate(self.tokens)}

    def index_of(self, token: str) -> int | None:
        """The id of a token, or None where it is out of vocabulary."""
        return self._ids.get(token)

    @property
    def unk(self) -> int | None:
        """The id of the unknown token, which a bpe vocabulary has no need of."""
        return self.index_of(UNK) if self.level != "bpe" else None

    @property
    def eos(self) -> int | None:
        """The id that ends a line at word level."""
        return self.index_of(EOS) if self.level == "word" else None

    @property
    def line_end(self) -> int:
        """The id that ends a line at any level; the unknown token's where the training text was a single line."""
        if self.eos is not None:
            return self.eos
        index = self.index_of("\n" if self.level == "char" else "Ċ")
        return index if index is not None else (self.unk or 0)

    def encode(self, text: str) -> list[int]:
        """A text → token ids; a line's end inside it is kept, at its very end only at char and bpe level."""
        if self.level == "char":
            return self._character_ids(text).tolist()
        if self.level == "bpe":
            return list(self.tokenizer.encode(text).ids)
        ids: list[int] = []
        for i, line in enumerate(text.splitlines()):
            ids += [self.line_end] * (i > 0) + self._word_ids(line)
        return ids

    def encode_lines(self, lines: Iterable[str], workers: int | None = 1) -> Generator[np.ndarray, None, None]:
        """Lines without their ends → their ids with a line's end after each, a block of lines at a time.

        Args:
            workers: processes that encode a long text, None for one a core; the ids do not depend on it.

        Raises:
            UsageError: this is a single text.
        """
        refuse_single_text(lines)
        if self.level == "char":
            yield from map_blocks(lambda block: self._character_ids("\n".join(block) + "\n"), lines)
        elif self.level == "bpe":
            yield from map_blocks(partial(piece_ids, self.tokenizer), lines, workers)
        else:
            split = _splitter(self.pretokenized, self.lowercase, self.rule)
            for words, places in map_blocks(partial(indexed_words, split), lines, workers):
                yield self._ids_of_words(words)[places]

    def _ids_of_words(self, words: list[str]) -> np.ndarray:
        """(K,) ids of different words, `LINE_END` among them."""
        ids = np.fromiter(map(self._ids.get, words, repeat(self._ids[UNK])), dtype=np.int64, count=len(words))
        ids[words.index(LINE_END)] = self.line_end
        return ids

    def _word_ids(self, line: str) -> list[int]:
        get, unk = self._ids.get, self._ids[UNK]
        return [get(word, unk) for word in self.split(line)]

    @cached_property
    def _by_code_point(self) -> np.ndarray:
        table = np.full(0x110000, self._ids[UNK], dtype=np.int64)
        for token, i in self._ids.items():
            if len(token) == 1:
                table[ord(token)] = i
        return table

    def _character_ids(self, text: str) -> np.ndarray:
        if self.lowercase:
            text = text.lower()
        return self._by_code_point[code_points(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Ids → text: exact at char and bpe level, words with the spacing of ordinary print."""
        if self.level == "bpe":
            return self.tokenizer.decode(list(ids), skip_special_tokens=False)
        return self.join(self.tokens[i] for i in ids)

    def split(self, line: str) -> list[str]:
        """The tokens of a line as they stand in it, also those that are out of vocabulary."""
        if self.level == "bpe":
            return list(self.tokenizer.encode(line).tokens)
        if self.level == "word":
            return split_words(line, pretokenized=self.pretokenized, lowercase=self.lowercase, rule=self.rule)
        return list(line.lower() if self.lowercase else line)

    def join(self, tokens: Iterable[str]) -> str:
        """Words or characters, in or out of vocabulary, as text."""
        return "".join(tokens) if self.level == "char" else print_words(tokens)

    def printed(self, text: str) -> str:
        """A text as `decode` gives its tokens back, words out of vocabulary as they stand: what of it can be said."""
        return text if self.level == "bpe" else self.join(self.split(text))

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The same vocabulary as a tokenizer of the tokenizers library."""
        vocabulary = dict(self._ids)
        if self.level == "bpe":
            return byte_level(models.BPE(vocab=vocabulary, merges=list(self.merges)))
        tokenizer = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token=UNK))
        if self.lowercase:
            tokenizer.normalizer = normalizers.Sequence([_FINAL_SIGMA, normalizers.Lowercase()])
        if self.level == "char":
            tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
            tokenizer.decoder = decoders.Fuse()
        elif self.pretokenized:
            tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        else:
            tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(self.rule), behavior="removed", invert=True)
        return tokenizer

    def save(self, path: str | Path) -> None:
        """Write tokenizer.json, and the counts beside it in vocabulary.tsv (token, tab, count; escaped as in JSON)."""
        path = Path(path)
        rows = (f"{json.dumps(token, ensure_ascii=False)[1:-1]}\t{count}\n" for token, count in self._counted_tokens())
        write_text(path.with_name(COUNTS_FILE), "".join(rows))
        with whole_file(path) as temporary:
            self.tokenizer.save(str(temporary))

    def _counted_tokens(self) -> Iterator[tuple[str, int]]:
        return zip(self.tokens, self.counts.tolist(), strict=True)

    @classmethod
    def load(cls, path: str | Path) -> "Vocabulary":
        """Read what `save` wrote.

        Raises:
            VocabularyError: a file is missing, damaged, or the two do not belong together.
        """
        path = Path(path)
        try:
            stored = read_json(path)
            model, normalizer, splitter = stored["model"], stored["normalizer"], stored["pre_tokenizer"]
            level, pretokenized = _level_of(model, splitter), splitter["type"] == "WhitespaceSplit"
            rule = _rule_of(splitter) if level == "word" and not pretokenized else WORD
            tokens = _in_order(model["vocab"])
            merges = _joining(model.get("merges", []), model["vocab"])
        except FileNotFoundError:
            raise VocabularyError(f"{path}: no such file; was the run's folder moved or emptied?") from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise VocabularyError(f"{path}: not a vocabulary of this kit ({error})") from None
        return cls(
            level=level,
            tokens=tokens,
            counts=_read_counts(path.with_name(COUNTS_FILE), tokens),
            lowercase=normalizer is not None,
            pretokenized=pretokenized,
            merges=merges,
            rule=rule,
        )


def _splitter(pretokenized: bool, lowercase: bool, rule: str = WORD) -> Splitter:
    return partial(split_words, pretokenized=pretokenized, lowercase=lowercase, rule=rule)


def _in_order(ids: dict[str, int]) -> tuple[str, ...]:
    """Tokens by their ids, which must be 0, 1, 2, …"""
    tokens = sorted(ids, key=lambda token: ids[token])
    if [ids[token] for token in tokens] != list(range(len(tokens))):
        raise ValueError("the ids are not 0, 1, 2, …")
    return tuple(tokens)


def _joining(merges: list[Any], ids: dict[str, int]) -> tuple[tuple[str, str], ...]:
    """The bpe merges, each of two tokens into a third."""
    pairs = tuple((a, b) for a, b in merges)
    for number, (a, b) in enumerate(pairs, 1):
        if not {a, b, a + b} <= ids.keys():
            raise ValueError(f"merge {number}, of {a!r:.40} and {b!r:.40}, is not of its tokens")
    return pairs


def _level_of(model: dict[str, Any], splitter: dict[str, Any]) -> Level:
    if model["type"] == "BPE":
        return "bpe"
    if model["type"] != "WordLevel" or UNK not in model["vocab"]:
        raise ValueError(f"a model of type {model['type']}; there are BPE and WordLevel with {UNK}")
    return "char" if splitter.get("behavior") == "Isolated" else "word"


def _rule_of(splitter: dict[str, Any]) -> str:
    rule = splitter["pattern"]["Regex"]
    if rule not in WORD_RULES:
        raise ValueError("its words are split by a rule that this version does not know; was it made by a newer one?")
    return str(rule)


def _read_counts(path: Path, tokens: tuple[str, ...]) -> np.ndarray:
    try:
        rows = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        raise VocabularyError(f"{path}: no such file; it belongs beside tokenizer.json") from None
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: not UTF-8 (byte {error.start}); was it opened in another program?") from None
    if len(rows) != len(tokens):
        raise VocabularyError(f"{path}: {len(rows)} rows for {len(tokens)} tokens in tokenizer.json")
    counts = np.zeros(len(tokens), dtype=np.int64)
    for i, (row, token) in enumerate(zip(rows, tokens, strict=True)):
        written, _, count = row.rpartition("\t")
        if written != json.dumps(token, ensure_ascii=False)[1:-1] or not count.isdecimal():
            raise VocabularyError(f"{path}:{i + 1}: {row!r} is not the count of {token!r}")
        counts[i] = int(count)
    return counts


def _tell_sample(corpus: Corpus, every: int) -> None:
    warnings.warn(
        f"{corpus.source}: byte pairs are learnt from one in {every:,} lines by chance, some "
        f"{byte_pairs.LEARNT_FROM / 1e6:,.0f} million characters, so that memory is bounded; all of it is encoded",
        EmbedkitWarning,
        stacklevel=3,
    )


def _tell_cuts(corpus: Corpus, cuts: int, longest: int) -> None:
    warnings.warn(
        f"{corpus.source}: {cuts:,} times there are more than {longest:,} characters without a space; byte "
        "pairs across each such place were not learnt, the text is encoded whole (--longest-stretch 0 learns them too, "
        "and takes the square of that length)",
        EmbedkitWarning,
        stacklevel=3,
    )


def _tell_floor(size: int) -> None:
    warnings.warn(
        f"a vocabulary of {size}: byte pairs begin with the {len(byte_pairs.BYTES)} bytes, which are its tokens",
        EmbedkitWarning,
        stacklevel=3,
    )


def _rank(
    counts: Counter[str], specials: tuple[str, ...], size: int | None, min_count: int, line_ends: int
) -> tuple[tuple[str, ...], np.ndarray]:
    """Specials first, then tokens by falling count with ties by token, and the count of each."""
    ordinary = [(token, n) for token, n in counts.items() if token not in specials]
    ordinary.sort(key=lambda item: (-item[1], item[0]))
    room = None if size is None else max(0, size - len(specials))
    frequent = [(token, n) for token, n in ordinary[:room] if n >= min_count or not specials]
    left_out = sum(n for _, n in ordinary) - sum(n for _, n in frequent)
    special_counts = {UNK: counts[UNK] + left_out, EOS: counts[EOS] + line_ends}
    tokens = (*specials, *(token for token, _ in frequent))
    numbers = [special_counts[special] for special in specials] + [n for _, n in frequent]
    return tokens, np.array(numbers, dtype=np.int64)


_NO_SPACE_BEFORE = re.compile(r" ([.,;:!?%)\]}’”]|'(?:s|t|re|ve|ll|d|m)\b|n't\b)")
_NO_SPACE_AFTER = re.compile(r"([(\[{“‘$£€]) ")
_INNER = re.compile(r" @([-.,])@(?: |$)")  # at the end too: words are printed as they are drawn


def print_words(tokens: Iterable[str]) -> str:
    """Words with the spacing of ordinary print; a line's end is a line's end."""
    text = " ".join("\n" if token == EOS else token for token in tokens)
    text = _NO_SPACE_AFTER.sub(r"\1", _NO_SPACE_BEFORE.sub(r"\1", _INNER.sub(r"\1", text)))
    return re.sub(r" *\n *", "\n", text)
