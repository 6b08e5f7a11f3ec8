"""A map that is measured again has the figures that it had, and those of its faces."""

from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.maps.fidelity import Fidelity
from embedkit.analysis.maps.measurement import measured_again
from embedkit.analysis.maps.projection import Projection, pca, tsne
from embedkit.spaces import EmbeddingSpace


def space() -> EmbeddingSpace:
    vectors = np.random.default_rng(0).normal(size=(40, 6))
    vectors[7] = vectors[3]  # a copy
    return EmbeddingSpace("try", tuple(f"w{i}" for i in range(40)), vectors)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("make", [pca, tsne])
def test_it_comes_out_as_it_was_whatever_the_file_says(make, dimensions: int) -> None:
    made = make(space(), dimensions=dimensions)
    forged = replace(
        made, fidelity=replace(made.fidelity, at=made.fidelity.at[:1], distance_rank_correlation=1.0), local=None
    )
    forged = replace(forged, faces=tuple(replace(face, fidelity=None, local=None) for face in made.faces))
    again = measured_again(forged, space())
    assert again.fidelity == made.fidelity
    assert (again.kept == made.kept).all()
    assert (again.intruders == made.intruders).all()
    assert len(again.faces) == len(made.faces) == (3 if dimensions == 3 else 0)
    for one, other in zip(again.faces, made.faces, strict=True):
        assert (one.fidelity, one.explained_variance) == (other.fidelity, other.explained_variance)
        assert (one.kept == other.kept).all()
        assert (one.points == other.points).all()


def test_faces_that_were_not_kept_are_not_made() -> None:
    made = replace(tsne(space(), dimensions=3), faces=())
    assert measured_again(made, space()).faces == ()


def test_what_was_not_measured_stays_so() -> None:
    by_hand = Projection("try", "pca", ("a", "b"), np.eye(2), {})
    assert measured_again(by_hand, space()) is by_hand
    few = pca(space().head(2))
    assert few.fidelity is None
    three = pca(space().take(np.array([0, 1, 3, 7])))
    assert isinstance(three.fidelity, Fidelity)
    # Of three points two are copies, so there are not three distinct ones.
    assert pca(space().take(np.array([0, 3, 7]))).fidelity is None
