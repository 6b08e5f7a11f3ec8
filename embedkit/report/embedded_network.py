"""A trained network inside a page: its weights in 16 bits and its vocabulary, for the page's own engine (engine.js)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from embedkit.errors import RunError
from embedkit.report.embedded import LEVELS
from embedkit.report.packing import packed
from embedkit.runs.folder import Run
from embedkit.text.words import WORD

if TYPE_CHECKING:
    from embedkit.text.vocabulary import Vocabulary

Typed = Literal["text", "sum", "program"]
"""What a reader types to an encoder-decoder."""
WEIGHTS = "weights.safetensors"
MEGABYTES = 8.0
"""What a network may take in a page where nothing else is said."""
SOURCES = ("config.toml", WEIGHTS, "tokenizer.json", "vocabulary.tsv", "target/*")
"""What a network is made from."""
_GPT2_PIECES = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+"
    r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
)


@dataclass(frozen=True, eq=False)
class EmbeddedNetwork:
    """A network in a page.

    Attributes:
        kind: which of the engine's networks it is: a key of NETWORKS in engine.js.
        settings: what else that one is built from, JSON-ready: cell, blocks of the softmax, vocabularies.
        weights: matrices and vectors by their names in the run.
        example: what may stand at first where a reader types to it; empty where the network does not say.
    """

    kind: str
    settings: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]
    example: str = ""

    @cached_property
    def parameters(self) -> int:
        """How many weights."""
        return sum(weight.size for weight in self.weights.values())

    @property
    def bytes(self) -> int:
        """What the weights take in a page: 16 bits a weight of a matrix and 32 of the rest, in base64."""
        return sum(map(embedded_bytes, self.weights.values()))

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; the same whenever the weights are the same. Arrays are little-endian in base64."""
        weights = {name: embedded_matrix(weight) for name, weight in sorted(self.weights.items())}
        return {"kind": self.kind, **self.settings, "weights": weights}


def embedded_bytes(weight: np.ndarray) -> int:
    """What `embedded_matrix` takes in a page."""
    if weight.ndim == 1:
        return _base64(4 * weight.size)
    return _base64(2 * weight.size) + _base64(4 * len(weight))


def _base64(size: int) -> int:
    return -(-size // 3) * 4


def embedded_matrix(weight: np.ndarray) -> dict[str, Any]:
    """A matrix in levels with a scale a row, or a vector in single precision, as engine.js reads them."""
    if weight.ndim == 1:
        return {"shape": list(weight.shape), "values": packed(weight, "<f4")}
    scales, levels = in_levels(weight)
    return {"shape": list(weight.shape), "scales": packed(scales, "<f4"), "levels": packed(levels, "<i2")}


def in_levels(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(R, C) weights → (R,) scales and (R, C) int16: the largest of a row takes all of int16's range.

    Of float16, which takes as much room, what comes back is some four times as far off where most of a row is far below
    its largest; of 8 bits the probabilities of a word model are off by up to 0.005 (`python -m benchmarks.live`).
    """
    matrix = matrix.astype(np.float32)
    largest = np.abs(matrix).max(axis=1, initial=0)
    scales = (np.where(largest > 0, largest, 1) / LEVELS).astype(np.float32)
    return scales, np.rint(matrix / scales[:, None]).clip(-LEVELS, LEVELS).astype(np.int16)


def read_weights(run: Run) -> dict[str, np.ndarray] | None:
    """A run's weights by their names, tied ones once; None where it keeps none.

    Raises:
        RunError: the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = run.path / WEIGHTS
    if not path.exists():
        return None
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"{path}: damaged ({error}); train the run again") from None


def embedded_vocabulary(vocabulary: "Vocabulary") -> dict[str, Any]:
    """A vocabulary as the page's scripts cut a text by it, JSON-ready."""
    block: dict[str, Any] = {
        "level": vocabulary.level,
        "tokens": list(vocabulary.tokens),
        "lowercase": vocabulary.lowercase,
        "pretokenized": vocabulary.pretokenized,
        "unk": vocabulary.unk,
        "lineEnd": vocabulary.line_end,
    }
    if vocabulary.level == "word":
        block |= {"rule": in_javascript(vocabulary.rule), "typedRule": in_javascript(WORD)}
    if vocabulary.level == "bpe":
        block |= {"merges": [" ".join(merge) for merge in vocabulary.merges], "pieces": _GPT2_PIECES}
    return block


def in_javascript(expression: str) -> str:
    """A rule of `words.WORD_RULES` with what Python's classes of characters mean, which JavaScript's do not."""
    space = r"\p{White_Space}\u001c-\u001f"
    return expression.replace(r"\d", r"\p{Nd}").replace(r"\S", f"[^{space}]").replace(r"\s", space)
