"""The table of methods that answer analogy questions: what each one's scores are made of, and who proposed it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.analogies.block_rows import BlockRows, Row, class_scores
from embedkit.analysis.analogies.lrcos import OtherPairs
from embedkit.registry import Registry

__all__ = ["METHODS", "AnalogyMethod", "Form", "Learnt", "register_analogy_method"]


@dataclass(frozen=True)
class Learnt:
    """A row of each query pair, made of what the other pairs of its category teach.

    Attributes:
        learn: OtherPairs → an array with one row for each of the A query pairs.
        score: (that array, BlockRows) → (A, columns) float32.
        stepwise: whether `learn` calls `step` of the pairs once for each query pair.
        draws: whether it draws something by the seed of the pairs: a score is then the mean of several draws.
    """

    learn: Callable[[OtherPairs], np.ndarray]
    score: Callable[[np.ndarray, BlockRows], np.ndarray]
    stepwise: bool = False
    draws: bool = False

    def __call__(self, rows: BlockRows) -> np.ndarray:
        return self.score(rows.of.learnt[self], rows)


@dataclass(frozen=True)
class Form:
    """A score is sign · left + right, or (left - centre) · right where it is a `product`; without a left row, right.

    The rows are of a question's word a′ or b ("a2", "b"), its example pair (a, a′) ("pair"), or its query pair
    ("query"): a kind of block_rows.py by its name, a function of BlockRows that makes another, or for query pairs
    `Learnt`.
    `centred` says of which vectors the centre b · (a′ - a) is, "unit" or "raw"; by default it is 0.
    """

    right: Row
    right_of: str = "b"
    left: Row | None = None
    left_of: str = "pair"
    sign: int = 1
    product: bool = False
    centred: str | None = None


@dataclass(frozen=True)
class AnalogyMethod:
    """A way to answer: its name, what it does in one line, who proposed it, and how its scores are put together."""

    name: str
    description: str
    source: str
    form: Form

    @property
    def learnt(self) -> Learnt | None:
        """What it learns from other pairs; None where it learns nothing."""
        return self.form.right if isinstance(self.form.right, Learnt) else None

    @property
    def draws(self) -> bool:
        """Whether its answers depend on a seed."""
        return self.learnt is not None and self.learnt.draws

    @property
    def alone(self) -> bool:
        """Whether it answers a question by itself, without other pairs of its category."""
        return self.form.right_of != "query"


METHODS: Registry[AnalogyMethod] = Registry("analogy method", "embedkit.analogy_methods")
"""Every method by name, in the order in which score sheets list them."""
register_analogy_method = METHODS.add
"""Another method is one line: `register_analogy_method(AnalogyMethod("name", "what it does", "source", Form(…)))`."""

_LEVY = "Levy & Goldberg 2014"
_ADD = f"Mikolov et al. 2013; {_LEVY}"
_DIRECTION = f"Mikolov, Yih & Zweig 2013; {_LEVY}"
_DROZD = "Drozd, Gladkova & Matsuoka 2016"
_LINZEN = "Linzen 2016"

_AVERAGE = Learnt(lambda pairs: pairs.mean_offset_queries(pairs.unit), lambda queries, rows: rows.product(queries))
_RAW_AVERAGE = Learnt(
    lambda pairs: pairs.mean_offset_queries(pairs.vectors), lambda queries, rows: rows.product(queries)
)
_CLASS = Learnt(lambda pairs: pairs.class_boundaries(pairs.unit), class_scores, stepwise=True, draws=True)
_RAW_CLASS = Learnt(
    lambda pairs: pairs.class_boundaries(pairs.vectors),
    lambda boundaries, rows: class_scores(boundaries, rows, raw=True),
    stepwise=True,
    draws=True,
)

for _method in (
    AnalogyMethod(
        "3CosAdd",
        "cos(x, a′) − cos(x, a) + cos(x, b)",
        _ADD,
        Form("cosine", left="offset"),
    ),
    AnalogyMethod(
        "3CosAdd raw",
        "cos(x, a′ − a + b), vectors at their lengths",
        _ADD,
        Form("raw", left="raw offset"),
    ),
    AnalogyMethod(
        "3CosMul",
        "c(x, a′) · c(x, b) / (c(x, a) + 0.001), c = (cos + 1) / 2",
        _LEVY,
        Form("near", left="ratio", product=True),
    ),
    AnalogyMethod(
        "PairDirection",
        "cos(x − b, a′ − a), unit vectors; x = b has no direction and never wins",
        _DIRECTION,
        Form("inverse distance", left="offset", product=True, centred="unit"),
    ),
    AnalogyMethod(
        "PairDirection raw",
        "cos(x − b, a′ − a), vectors at their lengths; x = b has no direction and never wins",
        _DIRECTION,
        Form("raw inverse distance", left="raw product", product=True, centred="raw"),
    ),
    AnalogyMethod(
        "3CosAvg",
        "cos(x, b + mean offset of the category's other pairs), unit vectors",
        _DROZD,
        Form(_AVERAGE, "query"),
    ),
    AnalogyMethod(
        "3CosAvg raw",
        "cos(x, b + mean offset of the category's other pairs), vectors at their lengths",
        _DROZD,
        Form(_RAW_AVERAGE, "query"),
    ),
    AnalogyMethod(
        "LRCos",
        "P(x is of the class of the category's other targets) · cos(x, b), learnt from unit vectors",
        _DROZD,
        Form(_CLASS, "query"),
    ),
    AnalogyMethod(
        "LRCos raw",
        "P(x is of the class of the category's other targets) · cos(x, b), learnt from vectors at their lengths",
        _DROZD,
        Form(_RAW_CLASS, "query"),
    ),
    AnalogyMethod("only-b", "cos(x, b): baseline, b's nearest word", _LINZEN, Form("cosine")),
    AnalogyMethod(
        "ignore-a",
        "cos(x, a′) + cos(x, b): baseline, without an offset",
        _LINZEN,
        Form("cosine", left="cosine", left_of="a2"),
    ),
    AnalogyMethod(
        "reversed",
        "cos(x, a) − cos(x, a′) + cos(x, b): baseline, the offset turned round",
        _LINZEN,
        Form("cosine", left="offset", sign=-1),
    ),
):
    register_analogy_method(_method)
