"""What is kept with a run comes back as it was, and a damaged file says so."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.neighbors import nearest, nearest_to, neighbor_table
from embedkit.errors import SpaceError, UsageError
from embedkit.runs.arrays import load_arrays, save_arrays
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.contents import Block
from embedkit.spaces.formats.npz import read_npz, write_blocks, write_npz
from embedkit.spaces.open import open_space
from embedkit.spaces.space import singles
from embedkit.spaces.stored import load_run_space, path_of_space, save_run_space

HOSTILE = ("the", "</script><script>alert(1)</script>", "a b", "\n", "", "naïve", "日本", "'\"\\")


@pytest.fixture
def space() -> EmbeddingSpace:
    vectors = np.random.default_rng(0).normal(size=(len(HOSTILE), 4))
    columns = {"count": np.arange(len(HOSTILE), 0, -1), "part": np.array(["x"] * len(HOSTILE))}
    return EmbeddingSpace("try/input", HOSTILE, vectors, columns, {"seed": 1, "corpus": "étude"})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "runs" / "try")
    run.write_config({"kind": "word2vec"})
    run.write_metrics({"seconds": 1.0})
    return run


def test_a_space_comes_back(run: Run, space: EmbeddingSpace) -> None:
    save_run_space(run, "vectors", space)
    back = load_run_space(run, "vectors")
    assert (back.name, back.labels, back.provenance) == (space.name, space.labels, space.provenance)
    assert (back.vectors == space.vectors).all()
    assert back.columns["count"].tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert back.columns["part"].tolist() == ["x"] * 8


def test_damaged_files_are_named(run: Run, space: EmbeddingSpace) -> None:
    path = save_run_space(run, "vectors", space)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable"):
        load_run_space(run, "vectors")
    np.savez(path, vectors=np.eye(2), labels=np.array(["a", None], dtype=object))
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable .*allow_pickle"):
        load_run_space(run, "vectors")


def test_a_nul_that_numpy_would_drop_is_kept(run: Run) -> None:
    columns = {"part": np.array(["x\0", ""], dtype=object)}
    save_run_space(run, "vectors", EmbeddingSpace("nul", ("a", "a\0"), np.eye(2), columns))
    back = load_run_space(run, "vectors")
    assert (back.labels, back.index_of("a\0"), back.columns["part"].tolist()) == (("a", "a\0"), 1, ["x\0", ""])


def test_a_long_label_costs_its_own_length(run: Run) -> None:
    labels = (*(f"w{number}" for number in range(19_999)), "é" * 5_000)
    title = np.array(["", *["t"] * 19_998, "t" * 5_000], dtype=object)
    path = save_run_space(run, "vectors", EmbeddingSpace("long", labels, np.ones((20_000, 2)), {"title": title}))
    # 4 bytes a character for each of 20,000 would be 400 MB.
    assert path.stat().st_size < 1_000_000
    back = load_run_space(run, "vectors")
    assert back.labels == labels
    assert back.columns["title"].tolist() == title.tolist()
    assert back.columns["title"].nbytes < 1_000_000


def test_numpy_reads_what_is_kept(run: Run) -> None:
    path = save_run_space(run, "vectors", EmbeddingSpace("try", ("a", "日本"), np.array([[3, 4], [0, 0.1]])))
    with np.load(path, allow_pickle=False) as arrays:
        assert (arrays["vectors"].dtype, arrays["vectors"].tolist()[0]) == (np.float32, [3, 4])
        assert arrays["norms"].tolist() == pytest.approx([5, 0.1])
        text, ends = arrays["labels.utf8"].tobytes(), arrays["labels.ends"].tolist()
    assert (text.decode(), ends) == ("a日本", [1, 7])


def test_files_of_earlier_versions_are_read(run: Run) -> None:
    path = save_run_space(run, "vectors", EmbeddingSpace("new", ("x", "y"), np.eye(2)))
    np.savez(
        path,
        vectors=np.eye(2, dtype=np.float32),
        labels=np.array(["a", "bc"]),
        name=np.array("try/vectors"),
        provenance=np.array("{}"),
        **{"column:count": np.array([2, 1]), "column:part": np.array(["x", ""])},
    )
    back = load_run_space(run, "vectors")
    assert (back.name, back.labels, back.index_of("bc")) == ("try/vectors", ("a", "bc"), 1)
    assert [column.tolist() for column in back.columns.values()] == [[2, 1], ["x", ""]]


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays of any size are mapped, and every space is a large one."""
    monkeypatch.setattr("embedkit.spaces.formats.npz._MAPPED", 0)
    monkeypatch.setattr("embedkit.spaces.space.LARGE", 0)


@pytest.mark.usefixtures("mapped")
def test_vectors_stay_in_their_file(run: Run, space: EmbeddingSpace) -> None:
    save_run_space(run, "vectors", space)
    back = load_run_space(run, "vectors")
    assert isinstance(back.vectors.base, np.memmap)
    assert back.vectors.base.offset % 64 == 0
    assert not back.vectors.flags.writeable
    assert "unit" not in back.__dict__
    first = back.head(3)
    assert (first.labels, first.columns["part"].tolist()) == (HOSTILE[:3], ["x"] * 3)
    assert np.shares_memory(first.vectors, back.vectors)
    assert (first.norms == back.norms[:3]).all()
    assert back.take(np.array([5, 1])).labels == (HOSTILE[5], HOSTILE[1])
    assert (back.named("other").name, back.name) == ("other", "try/input")
    assert back.unit_rows(np.array([2])) == pytest.approx(space.unit[[2]])


@pytest.mark.usefixtures("mapped")
def test_half_precision_is_kept_where_it_was_so(run: Run) -> None:
    halves = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float16)
    labels = tuple(map(str, range(50)))
    for which, vectors in (("whole", halves.astype(np.float32)), ("vectors", halves)):
        path = save_run_space(run, which, EmbeddingSpace("half", labels, vectors))
        with np.load(path) as arrays:
            assert arrays["vectors"].dtype == np.float16
        back = load_run_space(run, which)
        assert (back.kept.dtype, back.dimensions, back.head(2).kept.dtype) == (np.float16, 3, np.float16)
        assert back.rows(slice(1, 3)).tolist() == halves[1:3].tolist()
        assert back.vectors.dtype == np.float32
        assert (back.vectors == halves).all()
    with np.load(save_run_space(run, "finer", EmbeddingSpace("finer", ("a",), np.array([[0.1]])))) as arrays:
        assert arrays["vectors"].dtype == np.float32


def test_every_half_becomes_the_same_single() -> None:
    halves = np.arange(65_536, dtype=np.uint16).view(np.float16)
    np.testing.assert_array_equal(singles(halves), halves.astype(np.float32))
    finite = halves[np.isfinite(halves)].reshape(-1, 2)
    np.testing.assert_array_equal(singles(finite).view(np.uint32), finite.astype(np.float32).view(np.uint32))


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"labels.ends": np.array([1, 3, 2])}, "do not rise"),
        ({"labels.ends": np.array([1, 2, 9])}, "do not rise from 0 to the 3 bytes"),
        ({"labels.ends": np.array([-1, 2, 3])}, "do not rise"),
        ({"labels.ends": np.array([1.0, 2.0, 3.0])}, "not bytes and where strings end"),
        ({"labels.utf8": np.frombuffer(b"a\xffb", dtype=np.uint8)}, "labels 1 is not UTF-8"),
        ({"labels.utf8": np.frombuffer("aé".encode(), dtype=np.uint8)}, "labels 1 is not UTF-8"),
        ({"labels.ends": np.array([1, 3])}, r"of 2 values for vectors of shape \(3, 2\)"),
        ({"vectors": np.ones(6, dtype=np.float32)}, "labels of 3 values for vectors of shape"),
        ({"norms": np.ones((3, 1), dtype=np.float32)}, "norms of float32 and shape"),
        ({"column:count": np.array([1])}, "count of 1 values"),
        ({"provenance": np.array("{")}, "not JSON"),
    ],
)
def test_what_does_not_fit_together_is_refused(run: Run, arrays: Mapping[str, np.ndarray], why: str) -> None:
    path = save_run_space(run, "vectors", EmbeddingSpace("try", ("a", "b", "c"), np.arange(1, 7).reshape(3, 2)))
    whole = load_arrays(path)
    labels = whole.pop("labels")
    save_arrays(path, whole | {"labels.utf8": labels.text, "labels.ends": labels.ends} | arrays)
    with pytest.raises(SpaceError, match=rf"vectors\.npz.*{why}"):
        load_run_space(run, "vectors")


@pytest.mark.usefixtures("mapped")
def test_random_damage_of_a_mapped_file_is_said(run: Run, space: EmbeddingSpace) -> None:
    path = save_run_space(run, "vectors", space)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    messages = []
    for _ in range(150):
        damaged = bytearray(whole)
        at = int(rng.integers(len(whole)))
        damaged[at : at + int(rng.integers(0, 5))] = rng.bytes(int(rng.integers(0, 5)))
        path.write_bytes(damaged)
        try:
            load_run_space(run, "vectors")
        except SpaceError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert all(str(path) in message for message in messages)


@pytest.mark.parametrize("points", [None, 5, 9])
def test_a_space_is_written_block_by_block(run: Run, points: int | None) -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    places = np.arange(1, 6)
    blocks = [
        Block(("a", "é"), vectors[:2], places[:2], {"part": np.array(["x", ""])}),
        Block(("c", "", "e\0"), vectors[2:], places[2:], {"part": np.array(["long", "y", "z"])}),
    ]
    path = path_of_space(run, "vectors")
    write_blocks(path, iter(blocks), lambda: ("try/vectors", {"file": "f.bin"}), points=points)
    assert load_arrays(path)["vectors"].shape == (5, 3)  # and its checksum is right
    back = load_run_space(run, "vectors")
    assert (back.name, back.labels, back.provenance["file"]) == ("try/vectors", ("a", "é", "c", "", "e\0"), "f.bin")
    assert (back.vectors == vectors).all()
    assert back.norms == pytest.approx(np.linalg.norm(vectors, axis=1))
    assert back.columns["part"].tolist() == ["x", "", "long", "y", "z"]


def test_room_that_was_reserved_and_not_taken_is_given_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.runs.arrays._RESERVED", 1)
    path = path_of_space(run, "vectors")
    block = Block(("a", "b"), np.ones((2, 3), dtype=np.float32), np.arange(2))
    write_blocks(path, [block], lambda: ("try/vectors", {}), points=100_000)
    assert path.stat().st_size < 10_000
    assert load_run_space(run, "vectors").labels == ("a", "b")


def test_of_blocks_that_break_off_nothing_is_left(run: Run) -> None:
    def blocks() -> Iterator[Block]:
        yield Block(("a",), np.ones((1, 2), dtype=np.float32), np.arange(1))
        raise SpaceError("the second is damaged")

    with pytest.raises(SpaceError, match="the second is damaged"):
        write_blocks(path_of_space(run, "vectors"), blocks(), lambda: ("try/vectors", {}))
    assert list((run.path / "spaces").iterdir()) == []


@pytest.mark.usefixtures("mapped")
def test_one_question_to_a_large_space_has_the_same_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.analysis.neighbors._SCANNED", 100)
    vectors = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float16).astype(np.float32)
    vectors[7] = vectors[5] * 2  # as near to anything as row 5, and behind it
    labels = tuple(f"w{number}" for number in range(400))
    space = EmbeddingSpace("try/vectors", labels, vectors)
    monkeypatch.setattr("embedkit.spaces.space.LARGE", 1 << 24)
    expected = [
        nearest(space, "w3", k=400),
        nearest(space, "w3", restrict=50),
        nearest_to(space, vectors[3] + vectors[9]),
    ]
    question, table = solve(space, "w1 - w2 + w300", restrict=200), neighbor_table(space, np.arange(40))
    monkeypatch.setattr("embedkit.spaces.space.LARGE", 0)
    for kept in (vectors, vectors * np.float32(1.1)):  # the one as float16, the other not
        save_run_space(run, "vectors", EmbeddingSpace("try/vectors", labels, kept))
        large = load_run_space(run, "vectors")
        answers = [
            nearest(large, "w3", k=400),
            nearest(large, "w3", restrict=50),
            nearest_to(large, vectors[3] + vectors[9]),
        ]
        for these, those in zip(answers, expected, strict=True):
            assert [answer.word for answer in these] == [answer.word for answer in those]
            assert [answer.cosine for answer in these] == pytest.approx([answer.cosine for answer in those], abs=1e-6)
        solved = solve(large, "w1 - w2 + w300", restrict=200)
        for these, those in ((solved.answers, question.answers), (solved.honest, question.honest)):
            assert [answer.word for answer in these] == [answer.word for answer in those]
        for rows in (np.arange(40), np.arange(3)):
            ids, cosines = neighbor_table(large, rows)
            assert (ids == table[0][rows]).all()
            assert cosines == pytest.approx(table[1][rows], abs=1e-6)
        assert "unit" not in large.__dict__


def test_spaces_open_by_what_a_person_types(run: Run, space: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_run_space(run, "vectors", space)
    monkeypatch.chdir(run.path.parent.parent)
    for source in (None, "try", "try/vectors", "runs/try", "runs/try/vectors", str(run.path), str(path)):
        assert open_space(source).labels == space.labels
    with pytest.raises(UsageError, match="did you mean try"):
        open_space("tyr")
    with pytest.raises(UsageError, match="did you mean vectors"):
        open_space("try/vector")
    with pytest.raises(UsageError, match=r"nowhere/else\.txt: no such file, and no folder nowhere"):
        open_space("nowhere/else.txt")


def test_columns_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    columns = {name: np.array(["x", "y"]) if name in "bdfh" else np.arange(2) for name in "hgfedcba"}
    write_npz(EmbeddingSpace("s", ("p", "q"), np.eye(2), columns), tmp_path / "s.npz")
    assert list(read_npz(tmp_path / "s.npz").columns) == list("hgfedcba")
