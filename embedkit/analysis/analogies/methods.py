"""The methods that answer analogy questions, and the rows that each method's scores are made of."""

from dataclasses import dataclass

__all__ = ["METHODS", "Form", "Method"]


@dataclass(frozen=True)
class Form:
    """A score is sign · left + right, or (left - centre) · right where it is a `product`; without a left row, right.

    The rows are kinds of landings_rows.py, those of a question's word a′ or b, its given pair (a, a′), or its asked
    pair. `centred` says of which vectors the centre b · (a′ - a) is, "unit" or "raw"; by default it is 0.
    """

    right: str
    right_of: str = "b"
    left: str | None = None
    left_of: str = "pair"
    sign: int = 1
    product: bool = False
    centred: str | None = None


@dataclass(frozen=True)
class Method:
    """A way to answer, in one line, who proposed it, and how it is put together."""

    description: str
    source: str
    form: Form


_LEVY = "Levy & Goldberg 2014"
_ADD = f"Mikolov et al. 2013; {_LEVY}"
_DIRECTION = f"Mikolov, Yih & Zweig 2013; {_LEVY}"
_DROZD = "Drozd, Gladkova & Matsuoka 2016"
_LINZEN = "Linzen 2016"

METHODS: dict[str, Method] = {
    "3CosAdd": Method(
        "cos(x, a′) − cos(x, a) + cos(x, b)",
        _ADD,
        Form("cosine", left="offset"),
    ),
    "3CosAdd raw": Method(
        "cos(x, a′ − a + b), vectors at their lengths",
        _ADD,
        Form("raw", left="raw offset"),
    ),
    "3CosMul": Method(
        "c(x, a′) · c(x, b) / (c(x, a) + 0.001), c = (cos + 1) / 2",
        _LEVY,
        Form("near", left="ratio", product=True),
    ),
    "PairDirection": Method(
        "cos(x − b, a′ − a), unit vectors; x = b has no direction and never wins",
        _DIRECTION,
        Form("inverse distance", left="offset", product=True, centred="unit"),
    ),
    "PairDirection raw": Method(
        "cos(x − b, a′ − a), vectors at their lengths; x = b has no direction and never wins",
        _DIRECTION,
        Form("raw inverse distance", left="raw product", product=True, centred="raw"),
    ),
    "3CosAvg": Method(
        "cos(x, b + mean offset of the category's other pairs), unit vectors",
        _DROZD,
        Form("average", "asked"),
    ),
    "3CosAvg raw": Method(
        "cos(x, b + mean offset of the category's other pairs), vectors at their lengths",
        _DROZD,
        Form("raw average", "asked"),
    ),
    "LRCos": Method(
        "P(x is of the class of the category's other targets) · cos(x, b), learnt from unit vectors",
        _DROZD,
        Form("class", "asked"),
    ),
    "LRCos raw": Method(
        "P(x is of the class of the category's other targets) · cos(x, b), learnt from vectors at their lengths",
        _DROZD,
        Form("raw class", "asked"),
    ),
    "only-b": Method("cos(x, b): baseline, b's nearest word", _LINZEN, Form("cosine")),
    "ignore-a": Method(
        "cos(x, a′) + cos(x, b): baseline, without an offset",
        _LINZEN,
        Form("cosine", left="cosine", left_of="a2"),
    ),
    "reversed": Method(
        "cos(x, a) − cos(x, a′) + cos(x, b): baseline, the offset turned round",
        _LINZEN,
        Form("cosine", left="offset", sign=-1),
    ),
}
"""Every method by name."""
