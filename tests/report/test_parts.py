"""Attention, beams and scores by length: what the figures hold, and what they say to those who do not see them."""

import numpy as np
import pytest

from embedkit.errors import ReportError
from embedkit.tasks.seq2seq.attention_figure import attention_map
from embedkit.tasks.seq2seq.beam_figure import beam_table, beam_tree, hypothesis, likeliest, path, rows
from embedkit.tasks.seq2seq.length_figure import length_bars
from tests.report import synthetic

#                start
#              /       \
#     0 "a" −0.5       1 "b" −1.0
#      |        \         |
#  2 "c" −2.0  3 "</s>" −1.2   4 "d" −1.1
#                               |
#                              5 "</s>" −1.15
TREE = [
    {"parent": None, "token": "a", "log_probability": -0.5, "rank": 1, "kept": True, "final": False, "step": 0},
    {"parent": None, "token": "b", "log_probability": -1.0, "rank": 2, "kept": True, "final": False, "step": 0},
    {"parent": 0, "token": "c", "log_probability": -2.0, "rank": 3, "kept": False, "final": False, "step": 1},
    {"parent": 0, "token": "</s>", "log_probability": -1.2, "rank": 2, "kept": True, "final": True, "step": 1},
    {"parent": 1, "token": "d", "log_probability": -1.1, "rank": 1, "kept": True, "final": False, "step": 1},
    {"parent": 4, "token": "</s>", "log_probability": -1.15, "rank": 1, "kept": True, "final": True, "step": 2},
]


def renderers(plot, kind: str) -> list:
    return [each for each in plot.renderers if type(each.glyph).__name__ == kind]


def test_the_best_hypothesis_is_the_likeliest_that_is_final() -> None:
    assert likeliest(TREE) == 5
    assert path(TREE, 5) == [1, 4, 5]
    assert hypothesis(TREE, 5) == "b d </s>"
    assert likeliest(TREE[:3]) == 2  # none is final: the best of the last step
    assert rows(TREE) == [0, 1, 2, 1, 0, 0]


def test_a_tree_draws_every_edge_and_emphasises_the_path_that_won() -> None:
    figure = beam_tree(TREE, "A search")
    edges = renderers(figure.model, "Bezier")
    drawn = {
        each.glyph.line_width: list(zip(each.data_source.data["x0"], each.data_source.data["y1"], strict=True))
        for each in edges
    }
    assert drawn[3.5] == [(0, 0), (1, 0)]  # 1 → 4 → 5
    assert sum(len(each.data_source.data["x0"]) for each in edges) == 4
    tips = [tip for each in renderers(figure.model, "Scatter") for tip in each.data_source.data["tip"]]
    assert "d\nlog probability -1.10, of which -0.10 by this token\nrank 1 in step 1, kept, best\nb d" in tips
    assert "“b d </s>” with log probability -1.15" in figure.description
    assert figure.heading == "A search"
    other = beam_tree(TREE, "x", winner=3, joiner="")
    assert "“a</s>”" in other.description
    assert [name for name, _ in figure.legend] == ["the best hypothesis", "kept", "dropped", "ends a hypothesis"]


def test_a_tree_in_words() -> None:
    assert beam_table(TREE).rows == (("b d </s>", "−1.15", "3"), ("a </s>", "−1.20", "2"))


def test_a_large_tree_fits() -> None:
    nodes = synthetic.beam_nodes(steps=20, beams=5)
    figure = beam_tree(nodes, "Five beams")
    assert max(rows(nodes)) == 6
    assert figure.height < 500


@pytest.mark.parametrize(
    ("nodes", "message"), [([], "needs nodes"), ([{**TREE[0], "parent": 0}], "node 0 of step 0 has no earlier node 0")]
)
def test_a_tree_that_is_none_is_named(nodes: list, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        beam_tree(nodes, "x")


def test_attention_stands_by_place_so_that_tokens_may_repeat() -> None:
    figure = attention_map(("a", "b", "a"), ("b", "$$x$$"), np.array([[0, 1, 0], [0.5, 0, 0.25]]), "Weights")
    labels = figure.model.xaxis[0].major_label_overrides
    assert [label.text for label in labels.values()] == ["a", "b", "a"]
    assert {type(label).__name__ for label in figure.model.yaxis[0].major_label_overrides.values()} == {"PlainText"}
    (image,) = renderers(figure.model, "Image")
    assert image.data_source.data["image"][0].tolist() == [[0, 1, 0], [0.5, 0, 0.25]]
    assert figure.model.y_range.start > figure.model.y_range.end  # the first row on top
    assert image.glyph.color_mapper.high == 1
    assert figure.description.endswith("Most weight: b on b; $$x$$ on a")
    assert figure.data == {"source": ["a", "b", "a"], "target": ["b", "$$x$$"], "limit": 1.0}


@pytest.mark.parametrize(
    ("weights", "message"),
    [(np.ones((3, 2)), "weights \\(3, 2\\) for 2 tokens written, 3 read"), (np.full((2, 3), np.nan), "not finite")],
)
def test_attention_that_does_not_fit_is_named(weights: np.ndarray, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        attention_map(("a", "b", "c"), ("d", "e"), weights, "x")


def test_lengths_stand_in_their_order_and_an_empty_one_keeps_its_place() -> None:
    figure = length_bars(synthetic.LENGTHS)
    assert figure.model.y_range.factors == [row[0] for row in synthetic.LENGTHS][::-1]
    (bars,) = renderers(figure.model, "HBar")
    assert list(bars.data_source.data["share"]) == [0.981, 0.874, 0.521, 0.132, 0.0]
    assert bars.data_source.data["tip"][1] == "4–6 words\n87.4 % (84.6 – 89.8 %)\nof 610"
    (whiskers,) = renderers(figure.model, "Segment")
    assert whiskers.data_source.data["high"][-1] == 0.265
    assert figure.legend == ()
    assert "<b>none</b> –" in figure.description
    with pytest.raises(ReportError, match="each of another length"):
        length_bars([synthetic.LENGTHS[0]] * 2)
