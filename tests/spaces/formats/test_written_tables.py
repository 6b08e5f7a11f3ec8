"""Tables written in every way that programs have, drawn at random: what was written is what is read."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from embedkit.spaces.formats.detect import read_space

POINTS, DIMENSIONS = 12, 4
NAMES = ("king", "queen", "dog", "cat", "river", "London", "house", "tree", "Paris", "war", "music", "moon")
LABELS = {
    "words": "{name}",
    "sentences": "a {name} ran",
    "with a number": "{name} {number}",
    "with a comma": "{name}, the {number}th",
    "with quotes": 'the "{name}" here',
    "with backslashes": "C:\\{name}\\",
    "with brackets": "[{name}] see",
    "with a colon": "{name}: {number}",
    "of two lines": "{name}\nand more",
    "with an apostrophe": "{name}'s 'x'",
    "with a semicolon": "{name}; {number}",
    "with a year": "{name} in {number}",
    "other scripts": "é日本🐶{name}",
}
OWN = {
    "topic": ("sport", "art", "sport"),
    "year": ("1999", "2005", "2001"),
    "price": ("12.50", "3.25", "7.75"),
    "note": ('he said "no", and left; 1,5', "well, [yes]", "C:\\dir"),
    "seen": ("2020-01-31", "2021-12-01", "2019-05-05"),
}


def table(rng: np.random.Generator) -> tuple[str, list[str], np.ndarray, dict[str, list[str]]]:
    """A text, and the labels, vectors and own columns in it."""
    kind_of_label = str(rng.choice(list(LABELS)))
    labels = [LABELS[kind_of_label]] * POINTS
    labels = [
        label.format(name=name, number=1900 + row) for row, (label, name) in enumerate(zip(labels, NAMES, strict=True))
    ]
    kind = rng.choice(["fractions", "whole", "exponents"])
    vectors = (
        rng.integers(1, 9, size=(POINTS, DIMENSIONS)) if kind == "whole" else rng.normal(size=(POINTS, DIMENSIONS))
    )
    spelled = [[f"{value:.3e}" if kind == "exponents" else f"{value:.4g}" for value in row] for row in vectors]
    form = rng.choice(["columns", "list", "spaces"])
    if form != "columns":
        spelled = [[f"[{(', ' if form == 'list' else ' ').join(row)}]"] for row in spelled]
    heading = rng.choice(["named", "numbered", "years", "none"])
    own = (
        {}
        if heading == "none"
        else {name: OWN[name] for name in rng.permutation(list(OWN))[: rng.integers(3)].tolist()}
    )
    values = {name: [str(rng.choice(each)) for _ in range(POINTS)] for name, each in own.items()}
    names = {"named": "dim_{}", "numbered": "{}", "years": "199{}", "none": ""}[str(heading)]
    dimensions = [names.format(at) for at in range(DIMENSIONS)] if form == "columns" else ["embedding"]
    out = io.StringIO(newline="")
    escaped = kind_of_label == "with quotes" and rng.random() < 0.5
    writer = csv.writer(
        out,
        doublequote=not escaped,
        escapechar="\\" if escaped else None,
        delimiter=str(rng.choice([",", ";", "\t", "|"])),
        quoting=int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=str(rng.choice(["\n", "\r\n"])),
    )
    if heading != "none":
        writer.writerow(["title", *own, *dimensions])
    for row, label in enumerate(labels):
        writer.writerow([label, *(values[name][row] for name in own), *spelled[row]])
    text = out.getvalue()
    return text if rng.random() < 0.7 else text.rstrip("\r\n"), labels, vectors, values


@pytest.mark.parametrize("seed", range(6))
def test_what_was_written_is_read(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(60):
        text, labels, vectors, own = table(rng)
        (tmp_path / "table.csv").write_bytes(text.encode())
        space = read_space(tmp_path / "table.csv")
        assert list(space.labels) == labels, text[:300]
        np.testing.assert_allclose(space.vectors, vectors, rtol=2e-3, err_msg=text[:300])
        assert set(space.columns) == set(own), text[:300]
        if "topic" in own:
            assert space.columns["topic"].tolist() == own["topic"]
        if "note" in own:
            assert space.columns["note"].tolist() == own["note"]
        if "year" in own:
            assert space.columns["year"].tolist() == list(map(int, own["year"]))
