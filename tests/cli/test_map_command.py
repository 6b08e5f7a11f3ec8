"""`embedkit map`: every method, what it keeps where, and that a stored map stays."""

import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from embedkit.analysis.maps.projection import METHODS
from embedkit.cli.maps import make_map
from tests.command_line import Call


def as_json(call: Call, *words: str) -> Any:
    done = call(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_card_is_a_table_with_its_chance_and_its_sample(call: Call) -> None:
    out = call("map", "vectors", "--method", "pca").out
    assert "fidelity" in out
    assert "… on a shuffled map" in out
    assert "keep none of their" in out
    assert "explained variance" in out
    assert "against cosine distances in the full space, seed 0." in out
    found = as_json(call, "map", "vectors", "--method", "pca")
    at = found["fidelity"]["at"][0]
    assert at["chance"] == pytest.approx(at["k"] / (found["points"] - 1))
    assert found["points_fidelity"]["kept_chance"] == pytest.approx(
        found["points_fidelity"]["k"] / (found["points"] - 1)
    )
    assert found["parameters"]["solver_chosen"] == "automatically"
    assert found["parameters"]["machine"]
    assert found["stability"] is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--method", "umap", "--seed", "1"], "vectors-umap"),
        (["--method", "pca", "--dimensions", "3", "--solver", "randomised", "--seed", "2"], "vectors-pca-3d"),
        (["--method", "pca-umap", "--components", "4", "--seed", "1"], "vectors-pca-umap"),
        (["--method", "tsne", "--perplexity", "4"], "vectors-tsne"),
        (["--method", "axes", "--axis", "man→woman", "--axis", "king,he->queen,she"], "vectors-axes"),
        (["--method", "axes", *["--axis", "man:woman", "--axis", "boy:girl", "--axis", "his:her"]], "vectors-axes-3d"),
    ],
)
def test_each_method_has_a_file_of_its_own(call: Call, words: list[str], name: str) -> None:
    found = as_json(call, "map", "vectors", *words, "--points", "15")
    path = Path(found["path"])
    assert path.stem == name
    with np.load(path) as arrays:
        assert arrays["points"].shape == (15, 3 if name.endswith("3d") else 2)
        assert arrays["kept"].shape == arrays["intruders"].shape == (15,)


def test_the_command_offers_the_methods_of_the_table() -> None:
    assert set(get_args(get_type_hints(make_map)["method"])) == set(METHODS)


def test_axes_lead_through_words_that_are_not_on_the_map(call: Call) -> None:
    done = call("map", "vectors", "--method", "axes", "--axis", "man:woman", "--axis", "boy:girl", "--points", "3")
    assert done.code == 0, done.err
    assert "cosine between axes: 1–2" in done.out


def test_stability_is_kept_with_the_map(call: Call) -> None:
    found = as_json(call, "map", "vectors", "--method", "pca", "--stability", "2")
    assert found["stability"]["seeds"]["jaccard"]["mean"] == 1.0
    assert found["stability"]["subsamples"]["jaccard"]["mean"] < 1
    assert found["seconds"] > 0
    with np.load(found["path"]) as arrays:
        assert arrays["stable_subsamples"].shape == (found["points"],)
    done = call("map", "vectors", "--method", "pca", "--stability", "2")
    assert "stability over 90% of the points: Jaccard of the" in done.out
    assert "took" in done.err


def test_clusters_and_maps_find_each_other_whichever_comes_first(call: Call) -> None:
    first = as_json(call, "map", "phrases", "--method", "pca")
    assert first["fidelity"]["neighborhood_hit"] is None
    assert as_json(call, "clusters", "phrases", "--min-size", "5", "--no-test")["clusters"]
    with np.load(first["path"]) as arrays:
        kept = json.loads(str(arrays["about"]))["fidelity"]["neighborhood_hit"]
    done = call("map", "phrases", "--method", "pca")
    assert "neighbourhood hit by cluster, 15 nearest: " in done.out
    again = as_json(call, "map", "phrases", "--method", "pca")["fidelity"]["neighborhood_hit"]
    assert kept["labels"] == "cluster"
    assert kept["asked"] > 10
    assert again == kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--method pca --neighbors 3", "--neighbors is no option of --method pca, which has --solver, --seed"),
        ("--method tsne --axis man:woman", "--axis is no option of --method tsne"),
        ("--method pca --seed 3", "exact PCA draws nothing"),
        ("--method axes", "--axis man:woman"),
        ("--method axes --axis man:woman", "1 axis; a map has 2 or 3"),
        ("--method axes --axis man:womann --axis boy:girl", "did you mean woman"),
        ("--method axes --axis man:woman --axis boy:girl --dimensions 3", "dimensions is 3, but there are 2 axes"),
        ("--method axes --axis man:woman --axis boy:girl --stability 3", "always stable"),
        ("--method pca --stability 1", "--stability 1"),
        ("--method pca --dimensions 4", "dimensions is 4"),
        ("--points -1", "--points -1"),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, words: str, said: str) -> None:
    done = call("map", "vectors", *words.split())
    assert done.code == 2
    assert said in done.err.strip().splitlines()[-1]


def test_a_report_keeps_the_map_that_was_made_by_hand(call: Call) -> None:
    for method in (["pca"], ["umap", "--seed", "5", "--neighbors", "4"]):
        made = as_json(call, "map", "vectors", "--method", *method, "--points", "14")
    path = Path(made["path"])
    before = path.read_bytes()
    steps = as_json(call, "report", "vectors")["seconds"]
    assert not [step for step in steps if "/vectors: map " in step]
    assert path.read_bytes() == before
    # A number of points that is asked for is another map.
    steps = as_json(call, "report", "vectors", "--points", "12")["seconds"]
    assert len([step for step in steps if "map 12 words by" in step]) == 2
    assert path.read_bytes() != before
    # None of them is left out by 0.
    steps = as_json(call, "report", "vectors", "--points", "0")["seconds"]
    assert len([step for step in steps if "map 19 words by" in step]) == 2
    assert "-1 points are no map" in call("report", "vectors", "--points", "-1").err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("tsne --perplexity 5000", "--perplexity 5000 is more than 19 points of 10 dimensions allow; 6 is used"),
        ("umap --neighbors 5000", "--neighbors 5000 is more than 19 points of 10 dimensions allow; 18 is used"),
        ("pca-umap --components 11", "--components 11 is more than 19 points of 10 dimensions allow; 10 is used"),
    ],
)
def test_what_the_points_do_not_allow_is_lowered_and_said(call: Call, options: str, message: str) -> None:
    assert message in call("map", "vectors", "--method", *options.split()).err.splitlines()
    allowed = options.replace("5000", "5").replace("11", "9")
    assert "allow;" not in call("map", "vectors", "--method", *allowed.split()).err
