"""Tables as text: what parts columns, whether a heading comes first and how fractions are written, told by content."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import read_space, write_space
from embedkit.spaces.open import open_space

VECTORS = [[0.1, 0.2, 0.3], [0.2, 0.1, 0.3]]


def written(folder: Path, content: str | bytes, name: str = "words.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("word,d1,d2,d3\nking,0.1,0.2,0.3\nqueen,0.2,0.1,0.3\n", {}),
        ("word;a;b;c\nking;0.1;0.2;0.3\nqueen;0.2;0.1;0.3\n", {}),
        ("word\td1\td2\td3\nking\t0.1\t0.2\t0.3\nqueen\t0.2\t0.1\t0.3", {}),
        ("king,0.1,0.2,0.3\nqueen,0.2,0.1,0.3\n", {}),
        ("king\t0.1\t0.2\t0.3\nqueen\t0.2\t0.1\t0.3\n", {}),
        ("word|x0|x1|x2\r\nking|0.1|0.2|0.3\r\nqueen|0.2|0.1|0.3\r\n", {}),
        ("\ufeffword;a;b;c\r\nking;0,1;0,2;0,3\r\nqueen;0,2;,1;3E-1\r\n", {}),
        ("sep=;\nword;a;b;c\nking;0,1;0,2;0,3\nqueen;0,2;0,1;0,3\n", {}),
        ('word,vector\nking,"[0.1, 0.2, 0.3]"\nqueen,"[0.2,0.1,0.3]"\n', {}),
        ("word;vector\nking;0.1 0.2 0.3\nqueen;0.2 0.1 0.3\n", {}),
        ('word,vector\nking,"[0.1 0.2\n 0.3]"\nqueen,[0.2 0.1 0.3]\n', {}),
        ('word,v\nking,"array([0.1, 0.2, 0.3], dtype=float32)"\nqueen,"array([0.2, 0.1, 0.3], dtype=float32)"\n', {}),
        ('word,v\nking,"{0.1,0.2,0.3}"\nqueen,"{0.2,0.1,0.3}"\n', {}),
        (",0,1,2\nking,0.1,0.2,0.3\nqueen,0.2,0.1,0.3\n", {}),
        ("Unnamed: 0,word,0,1,2\n0,king,0.1,0.2,0.3\n1,queen,0.2,0.1,0.3\n", {}),
        ("word,dim1,dim3,dim2,rank\nking,0.1,0.3,0.2,1\nqueen,0.2,0.3,0.1,2\n", {"rank": [1, 2]}),
        ('word,d1,d2,d3,part\n"king",+0.1, 0.2,0.3,noun\nqueen,0.2,0.1,0.3,""\n', {"part": ["noun", ""]}),
        ("word,d1,d2,d3,<b>&\nking,0.1,0.2,0.3,NA\nqueen,0.2,0.1,0.3,nan\n", {"<b>&": ["NA", ""]}),
        (
            "word,d1,d2,d3,code,code\nking,0.1,0.2,0.3,007,x\nqueen,0.2,0.1,0.3,010,y\n",
            {"code": ["007", "010"], "code (2)": ["x", "y"]},
        ),
        ("word,d1,d2,d3,old\nking,0.1,0.2,0.3,True\nqueen,0.2,0.1,0.3,false\n", {"old": [True, False]}),
        ("\n\nword,d1,d2,d3\n\nking,0.1,0.2,0.3\n\nqueen,0.2,0.1,0.3\n\n", {}),
        ("# of a model\n\nword,d1,d2,d3\nking,0.1,0.2,0.3\nqueen,0.2,0.1,0.3\n", {}),
        ("word, d1, d2, d3, part\nking, 0.1, 0.2, 0.3, noun\nqueen, 0.2, 0.1, 0.3, noun\n", {"part": ["noun"] * 2}),
        ("word,d1,d2,d3,\nking,0.1,0.2,0.3,\nqueen,0.2,0.1,0.3,\n", {}),
        ("king|0.1 0.2 0.3\nqueen|0.2 0.1 0.3\n", {}),
        ("king|noun 0.1 0.2 0.3\nqueen|noun 0.2 0.1 0.3\n", None),
        (
            "word,d1,d2,d3,tweet_id\nking,0.1,0.2,0.3,1234567890123456789\nqueen,0.2,0.1,0.3,2\n",
            {"tweet_id": [1234567890123456789, 2]},
        ),
        ("word,d1,d2,d3,old\nking,0.1,0.2,0.3,True\nqueen,0.2,0.1,0.3,\n", {"old": ["yes", ""]}),
    ],
)
def test_tables_are_read_however_they_are_written(content: str, columns: dict | None, tmp_path: Path) -> None:
    space = read_space(written(tmp_path, content))
    if columns is None:  # no table: a bar within a label
        assert space.labels == ("king|noun", "queen|noun")
        return
    assert space.labels == ("king", "queen")
    assert space.vectors == pytest.approx(np.array(VECTORS), abs=1e-6)
    assert {name: values.tolist() for name, values in space.columns.items()} == columns


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_other_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, "titel;d1;d2;d3\nCafé;0,1;0,2;0,3\nÖl;0,2;0,1;0,3\n".encode(encoding))
    options = {"encoding": "latin-1"} if encoding == "latin-1" else {}
    assert read_space(path, **options).labels == ("Café", "Öl")


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["2020-05-01", "2021-12-24"], ["2020-05-01", "2021-12-24"]),
        (["2020-05", ""], ["2020-05-01", "NaT"]),
        (["2020-05-01T23:59:59.5+02:00", "2021-12-24T00:00:00Z"], ["2020-05-01", "2021-12-24"]),
        (["1.5.2020", "24.12.2021"], ["2020-05-01", "2021-12-24"]),
        (["05/01/2020", "12/24/2021"], ["2020-05-01", "2021-12-24"]),
        (["01/05/2020", "24/12/2021"], ["2020-05-01", "2021-12-24"]),
        (["01/05/2020", "02/06/2020"], None),
        (["2020-05-01", "soon"], None),
        (["2020-13-01", "2020-05-01"], None),
    ],
)
def test_texts_that_are_all_dates_are_dates(dates: list[str], days: list[str] | None, tmp_path: Path) -> None:
    rows = "".join(f"{word};0.1;0.2;0.3;{date}\n" for word, date in zip(("king", "queen"), dates, strict=True))
    seen = read_space(written(tmp_path, f"word;d1;d2;d3;seen\n{rows}")).columns["seen"]
    if days is None:
        assert seen.tolist() == dates
    else:
        assert seen.astype("datetime64[D]").astype(str).tolist() == days


def test_texts_of_several_lines_and_of_any_length_are_whole(tmp_path: Path) -> None:
    long = "many words, " * 100_000
    rows = [f'"first\nsecond; ""third""",{i},0.5,1' for i in range(3)] + [f'"{long}",9,9,9']
    space = read_space(written(tmp_path, "\n".join(["text,d1,d2,d3", *rows]) + "\n"))
    first = 'first\nsecond; "third"'
    assert space.labels == (first, f"{first} (2)", f"{first} (3)", long)


def test_a_quoted_end_of_line_far_below_is_no_fault(tmp_path: Path) -> None:
    rows = [f"w{i},{i},0.5,1" for i in range(500)] + ['"two\nlines",1,2,3', "last,3,2,1"]
    path = written(tmp_path, "\n".join(["text,d1,d2,d3", *rows]) + "\n")
    assert read_space(path).labels[-2:] == ("two\nlines", "last")


@pytest.mark.parametrize(
    ("row", "message", "fault"),
    [
        ("man,0.1", "row 2: 2 columns where 4 are due", "row with too few values"),
        ("man,0.1,0.2,0.3,0.4", "row 2: 5 columns where 4 are due", "row with too many values"),
        ("man,0.1,x,0.3", "row 2: 'x' in column 'd2' is no number", "row whose values are not numbers"),
        ("man,0.1,,0.3", "row 2: a value of 'man' is not finite", "value that is not finite"),
        ("man,0.1,#DIV/0!,0.3", "row 2: a value of 'man' is not finite", "value that is not finite"),
        ("man,0,0,0", "row 2: the vector of 'man' is zero", "zero vector"),
        (",0.1,0.2,0.3", "row 2: the label is missing", "row without a label"),
        ("king,0.1,0.2,0.3", "row 2: the label 'king' stands on row 1 too; .*--text 'word'", "label that stands twice"),
    ],
)
def test_a_faulty_row_is_named_or_left_out(row: str, message: str, fault: str, tmp_path: Path) -> None:
    rest = "".join(f"w{i},0.5,{i},1\n" for i in range(20))
    path = written(tmp_path, f"word,d1,d2,d3\nking,0.1,0.2,0.3\n{row}\n{rest}")
    with pytest.raises(SpaceError, match=rf"words\.csv: {message}.*--repair"):
        read_space(path)
    space = read_space(path, repair=True)
    assert (space.labels[:2], len(space)) == (("king", "w0"), 21)
    (repair,) = space.provenance["repairs"]
    assert (repair["kind"], repair["count"], repair["first"][0][:5]) == (fault, 1, "row 2")


def test_vectors_alone_ask_for_their_labels(tmp_path: Path) -> None:
    path = written(tmp_path, "0.1\t0.2\t0.3\n0.2\t0.1\t0.3\n", "vectors.tsv")
    with pytest.raises(
        SpaceError, match=r"vectors\.tsv: there are no labels in it, .*'0\.1 0\.2 0\.3 …'; .* --labels FILE"
    ):
        read_space(path)
    labels = written(tmp_path, "a dog\na dog\n", "labels.txt")
    assert read_space(path, labels=labels).labels == ("a dog", "a dog (2)")
    for content in ("0.1,0.2,0.3\n0.2,0.1,0.3\n", "  1.0e-1  2e-1   0.3\n0.2  .1  0.3\n"):
        space = read_space(written(tmp_path, content, "other.txt"), labels=labels)
        assert space.vectors == pytest.approx(np.array(VECTORS), abs=1e-6)
    with pytest.raises(SpaceError, match=r"labels\.txt: 3 labels for the 2 vectors of .*vectors\.tsv"):
        read_space(path, labels=written(tmp_path, "a\nb\nc\n", "labels.txt"))
    with pytest.raises(UsageError, match=r"--labels .*none\.txt: no such file"):
        read_space(path, labels=tmp_path / "none.txt")
    numbers = read_space(written(tmp_path, "17,0.1,0.2,0.3\n18,0.2,0.1,0.3\n"))
    assert numbers.labels == ("17", "18")


def test_which_columns_are_vectors_may_have_to_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "title,a1,a2,a3,b1,b2,b3\nx,1,2,3,4,5,6\ny,3,2,1,6,5,4\n")
    with pytest.raises(SpaceError, match=r"columns a dimension begin with 'a', 'b'; say which by --vector"):
        read_space(path)
    space = read_space(path, vector="b")
    assert space.vectors.tolist() == [[4, 5, 6], [6, 5, 4]]
    assert list(space.columns) == ["a1", "a2", "a3"]
    table = ",".join(["title", "body", *(f"c{i}x" for i in range(12))])
    with pytest.raises(SpaceError, match=r"no column holds vectors: .*'c7x' and 4 more"):
        read_space(written(tmp_path, f"{table}\n{','.join(['x', 'y', *map(str, range(12))])}\n"))
    with pytest.raises(UsageError, match="no column 'd' for --vector"):
        read_space(path, vector="d")


def test_numbers_without_a_common_name_are_a_vector_where_nothing_else_is_there(tmp_path: Path) -> None:
    flowers = (
        "sepal_length,sepal_width,petal_length,petal_width,species\n5.1,3.5,1.4,.2,setosa\n4.9,3,1.4,.2,virginica\n"
    )
    assert read_space(written(tmp_path, flowers)).vectors[0] == pytest.approx([5.1, 3.5, 1.4, 0.2])
    with pytest.raises(SpaceError, match="no column holds vectors"):
        read_space(written(tmp_path, "title,year,score,votes\na,2000,1.5,3\nb,2001,2.5,4\n"))
    whole = read_space(written(tmp_path, "word,1,2,3\nking,1,0,0\nqueen,0,1,1\n"))
    assert (whole.labels, whole.vectors.tolist()) == (("king", "queen"), [[1, 0, 0], [0, 1, 1]])
    rows = "".join(f"w{row},{row % 3},0.5,0.25,{row / 7}\n" for row in range(30))
    assert read_space(written(tmp_path, rows)).columns["2"].tolist() == [row % 3 for row in range(30)]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (
            '"name" "x1" "x2" "x3" "kind"\n"1" "the king" 0.1 0.2 0.5 "noun"\n"2" "a queen" 0.3 0.4 0.5 "noun"\n',
            {"kind": ["noun", "noun"]},
        ),
        (
            '"name" "x1" "x2" "x3" "kind"\n"the king" 0.1 0.2 0.5 "noun"\n"a queen" 0.3 0.4 0.5 "noun"\n',
            {"kind": ["noun", "noun"]},
        ),
        ('"x1" "x2" "x3"\n"the king" 0.1 0.2 0.5\n"a queen" 0.3 0.4 0.5\n', {}),
        ("x1 x2 x3\nthe_king 0.1 0.2 0.5\na_queen 0.3 0.4 0.5\n", {}),
        ('"x1","x2","x3"\n"the king",0.1,0.2,0.5\n"a queen",0.3,0.4,0.5\n', {}),
        (
            '"x1","x2","x3","kind"\r\n"the king",0.1,0.2,0.5,"noun, it"\r\n"a queen",0.3,0.4,0.5,"noun, it"\r\n',
            {"kind": ["noun, it", "noun, it"]},
        ),
        ('"x1";"x2";"x3"\n"the king";0,1;0,2;0,5\n"a queen";0,3;0,4;0,5\n', {}),
        ("x1\tx2\tx3\nthe king\t0.1\t0.2\t0.5\na queen\t0.3\t0.4\t0.5\n", {}),
        ("x1\tx2\tx3\tkind\nthe king\t0.1\t0.2\t0.5\tnoun\na queen\t0.3\t0.4\t0.5\tnoun\n", {"kind": ["noun", "noun"]}),
    ],
)
@pytest.mark.parametrize("name", ["words.txt", "words.tsv"])
def test_tables_are_read_as_r_writes_them(content: str, columns: dict, name: str, tmp_path: Path) -> None:
    """By write.table, with the names of its rows and none for their column, or without."""
    space = read_space(written(tmp_path, content, name))
    assert [label.replace("_", " ") for label in space.labels] == ["the king", "a queen"]
    assert np.allclose(space.vectors, [[0.1, 0.2, 0.5], [0.3, 0.4, 0.5]])
    assert {key: [str(value) for value in values] for key, values in space.columns.items() if key in columns} == columns


@pytest.mark.parametrize("content", ["x1\tx2\tx3\nking\t0.1\t0.2\t\nqueen\t0.3\t0.4\t\n", "a b\nking 0.1\nqueen 0.2\n"])
def test_a_delimiter_at_the_end_and_a_heading_in_full_are_no_names_of_rows(content: str, tmp_path: Path) -> None:
    with pytest.raises(SpaceError):
        read_space(written(tmp_path, content, "words.tsv"))


def test_text_that_is_not_utf8_names_its_line_and_the_option(tmp_path: Path) -> None:
    path = written(tmp_path, "titel;d1;d2;d3\nTee;1;2;3\nCafé;1;2;3\n".encode("cp1252"))
    with pytest.raises(SpaceError, match=r"words\.csv:3: .*Caf.* is not UTF-8; name its encoding by --encoding"):
        read_space(path)


def test_a_vector_that_numpy_cut_short_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, 'title,embedding\nx,"[0.1 0.2 ... 0.3]"\ny,"[0.1 0.2 ... 0.3]"\n')
    with pytest.raises(SpaceError, match=r"the vector in column 'embedding' was cut short .*\.tolist\(\)"):
        read_space(path)


def test_texts_without_vectors_are_embedded_by_the_kit(tmp_path: Path) -> None:
    axes = EmbeddingSpace("axes", ("east", "north"), np.array([[2.0, 0.0], [0.0, 4.0]]))
    write_space(axes, tmp_path / "axes.vec", format="word2vec")
    path = written(tmp_path, "text;kind\nNorth east.;a\neast;b\nup;b\n")
    with pytest.raises(SpaceError, match=r"no column holds vectors.*--encode-with RUN embeds its texts"):
        read_space(path)
    space = open_space(path, encode_with=str(tmp_path / "axes.vec"), repair=True)
    assert (space.labels, space.noun) == (("North east.", "east"), "document")
    assert space.vectors.tolist() == [[1, 2], [2, 0]]
    assert space.columns["kind"].tolist() == ["a", "b"]
    assert space.provenance["embedded"]["known"] == 3
    assert [repair["kind"] for repair in space.provenance["repairs"]] == ["zero vector"]


@pytest.mark.parametrize("name", ["texts.csv", "texts.txt"])
def test_a_table_of_one_column_is_one(name: str, tmp_path: Path) -> None:
    axes = EmbeddingSpace("axes", ("east", "north"), np.array([[2.0, 0.0], [0.0, 4.0]]))
    write_space(axes, tmp_path / "axes.vec", format="word2vec")
    path = written(tmp_path, 'Text\nNorth, east.\n"east, ""so""\nto say"\n\neast; west\n', name)
    with pytest.raises(SpaceError, match=r"no column holds vectors.*it has 'Text'; --encode-with RUN embeds its texts"):
        read_space(path)
    space = open_space(path, encode_with=str(tmp_path / "axes.vec"))
    assert space.labels == ("North, east.", 'east, "so"\nto say', "east; west")
    assert space.vectors.tolist() == [[1, 2], [2, 0], [2, 0]]
    with pytest.raises(SpaceError, match="words alone"):
        read_space(written(tmp_path, "king\nqueen\nman\n", name))


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (
            'word,d1,d2,d3,votes,price\nking,0.1,0.2,0.3,"1,500","1,234.5"\nqueen,0.2,0.1,0.3,7,-0.5\n',
            {"votes": [1500, 7], "price": [1234.5, -0.5]},
        ),
        (
            "word;d1;d2;d3;votes;price\nking;0,1;0,2;0,3;1.500;1.234,5\nqueen;0,2;0,1;0,3;7;-0,5\n",
            {"votes": [1500, 7], "price": [1234.5, -0.5]},
        ),
        # Only the vector would tell how fractions are written, and it is in one cell.
        (
            'word\tvector\tvotes\nking\t"[0.1, 0.2, 0.3]"\t1,500\nqueen\t"[0.2, 0.1, 0.3]"\t2,250\n',
            {"votes": [1500, 2250]},
        ),
        ("word,d1,d2,d3,n\nking,0.1,0.2,0.3,-\nqueen,0.2,0.1,0.3,12\n", {"n": [None, 12]}),
        ("word,d1,d2,d3,n\nking,0.1,0.2,0.3,N/A\nqueen,0.2,0.1,0.3,1.5\n", {"n": [None, 1.5]}),
        ("word,d1,d2,d3,land\nking,0.1,0.2,0.3,NA\nqueen,0.2,0.1,0.3,DE\n", {"land": ["NA", "DE"]}),
        ("word,d1,d2,d3,none\nking,0.1,0.2,0.3,-\nqueen,0.2,0.1,0.3,-\n", {"none": ["-", "-"]}),
        ("word,d1,d2,d3,code\nking,0.1,0.2,0.3,1,5\nqueen,0.2,0.1,0.3,2,5\n", None),
        ('word,nan,d1,d2,d3\nking,x,0.1,0.2,0.3\nqueen,"1,500",0.2,0.1,0.3\n', {"nan": ["x", "1,500"]}),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, content: str, columns: dict[str, list] | None) -> None:
    path = written(tmp_path, content)
    if columns is None:
        with pytest.raises(SpaceError):
            read_space(path)
        return
    space = read_space(path)
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))
    values = {name: [None if each != each else each for each in own.tolist()] for name, own in space.columns.items()}
    assert values == columns


def test_dates_may_be_missing_by_a_mark(tmp_path: Path) -> None:
    path = written(tmp_path, "word,d1,d2,d3,day\nking,0.1,0.2,0.3,NA\nqueen,0.2,0.1,0.3,1931-05-02\n")
    days = read_space(path).columns["day"]
    assert days.astype(str).tolist() == ["NaT", "1931-05-02T00:00:00.000"]


def test_words_that_other_programs_take_for_missing_are_words(tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text('word,kind,d1,d2,d3\nnan,a,1,2,3\nnull,NaN,2,2,3\nNA,,3,2,3\n"None",b,4,2,3\n-,a,5,2,3\n')
    space = read_space(file)
    assert space.labels == ("nan", "null", "NA", "None", "-")
    assert space.columns["kind"].tolist() == ["a", "", "", "b", "a"]


WORDS = ("king", "queen", "dog")
DISTINCT = [[0.5, -1.25, 2.0], [1.5, 1.0, 0.25], [0.25, 3.0, 1.5]]


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("country,region,2019,2020,2021", "{0},east,{1},{2},{3}"),
        ("country,region,1.0,2.5,embedding", '{0},east,7,8,"[{1}, {2}, {3}]"'),
        ("product,2023,embedding", '{0},12,"[{1}, {2}, {3}]"'),
        ("country,2019,2020,dim_0,dim_1,dim_2", "{0},12,13,{1},{2},{3}"),
        ("country,10,20,30", "{0},{1}5,{2}5,{3}5"),
        ("# word,d0,d1,d2", "{0},{1},{2},{3}"),
        ("title, price, embedding", '{0}, 0.5, "[{1}, {2}, {3}]"'),
        ("title,price,embedding", '{0},0.5,"[{1}, {2}, {3}]",'),
        ('"1","2","3"', '"{0}",{1},{2},{3}'),
        ('"1"\t"2"\t"3"', '"{0}"\t{1}\t{2}\t{3}'),
        ('"d ""1""","d2","d3"', '"{0}",{1},{2},{3}'),
        ('"d1","d2","d3"\r', '"{0}",{1},{2},{3}\r'),
        ("d1 d2 d3", "{0} {1:,} {2:,} {3:,}"),
        (",word,d1,d2,d3", '0,{0},"{1:,}","{2:,}","{3:,}"'),
        (",emb,emb,emb\n,d0,d1,d2", "{0},{1},{2},{3}"),
        (",emb,emb,emb\n,d0,d1,d2\nword,,,", "{0},{1},{2},{3}"),
        ("title,topic,0,1,2", "{0},a,{1},{2},{3}"),
        (None, '"{0}" {1} {2} {3}'),
        (None, '"{0}";"[{1}, {2}, {3}]"'),
        (None, "{0}\t{1},{2},{3}"),
        (None, "{0};{1},{2},{3}"),
        (None, "{0}|{1},{2},{3}"),
        (None, "{0} {1},{2},{3}"),
        (None, "{0}\t[{1}, {2}, {3}]"),
        (None, "{0} [{1}, {2}, {3}]"),
        (None, "{0}: [{1}, {2}, {3}]"),
        (None, '{0} "[{1}, {2}, {3}]"'),
        (None, '"{0}"\t{1}\t{2}\t{3}'),
    ],
)
def test_headings_of_numbers_and_vectors_parted_otherwise_than_columns(
    tmp_path: Path, heading: str | None, row: str
) -> None:
    rows = [row.replace(":,", "").format(word, *vector) for word, vector in zip(WORDS, DISTINCT, strict=True)]
    if ":," in row:
        rows = [each.replace(".", ",") for each in rows]
    text = "\n".join([*([] if heading is None else [heading]), *rows]) + "\n"
    space = read_space(written(tmp_path, text.replace("\r\n", "\r")))
    assert space.labels == WORDS
    assert space.vectors == pytest.approx(np.array(DISTINCT), abs=0.06)  # with a further digit behind some


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("2019,0.5,1.5,2.5\n2020,1.5,2.5,0.5\n", ("2019", "2020")),  # a word and its vector a row
        ("king,1,2,3\nqueen,4,5,6\n", ("king", "queen")),
        ("iPhone 5\t0.1\t0.2\t0.3\niPhone 6\t0.4\t0.5\t0.6\n", ("iPhone 5", "iPhone 6")),
        ("iPhone 5,0.1,0.2,0.3\niPhone 6,0.4,0.5,0.6\n", ("iPhone 5", "iPhone 6")),
    ],
)
def test_a_first_row_of_numbers_is_a_point(tmp_path: Path, text: str, labels: tuple[str, ...]) -> None:
    assert read_space(written(tmp_path, text)).labels == labels


def test_a_faulty_first_row_is_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path, "king,0.1,x,0.3,0.4\n" + "queen,0.1,0.2,0.3,0.4\n" * 20)
    with pytest.raises(SpaceError, match=r"row 1: 'x' in column '3' is no number"):
        read_space(path)


def test_quotes_behind_a_backslash_are_quotes(tmp_path: Path) -> None:
    rows = [f'"He said \\"no, {row}\\" twice","C:\\dir","[{row}, 0.5]"' for row in range(3)]
    space = read_space(written(tmp_path, "\n".join(["title,path,embedding", *rows]) + "\n"))
    assert space.labels == tuple(f'He said "no, {row}" twice' for row in range(3))
    doubled = [f'"He said ""no, {row}"" twice","C:\\dir\\","[{row}, 0.5]"' for row in range(3)]
    space = read_space(written(tmp_path, "\n".join(["title,path,embedding", *doubled]) + "\n"))
    assert space.labels == tuple(f'He said "no, {row}" twice' for row in range(3))
    assert space.columns["path"].tolist() == ["C:\\dir\\"] * 3


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("own", [True, False])
def test_what_python_escapes_is_read_as_it_was(tmp_path: Path, quoting: int, delimiter: str, own: bool) -> None:
    labels = [
        'the "king" said',
        "plain",
        'a, "b"; c',
        'back\\slash "x"',
        '"all"',
        "ends in \\",
        "a \\\\ b",
        'G\\"odel',
        "x",
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, escapechar="\\", doublequote=False, quoting=quoting)
    writer.writerow(["title", *["note"] * own, "d0", "d1", "d2"])
    for row, label in enumerate(labels):
        writer.writerow([label, *[labels[-1 - row]] * own, row / 8, 0.25, 0.5])
    space = read_space(written(tmp_path, out.getvalue()))
    assert (list(space.labels), space.dimensions) == (labels, 3)
    assert list(space.columns.get("note", ())) == labels[::-1] * own


@pytest.mark.parametrize(
    ("row", "label", "path"),
    [
        (r'"say \"hi\", \"{0}\"","C:\king\x","[{0}, 0.5]"', 'say "hi", "{0}"', r"C:\king\x"),
        (r'w{0},"C:\d\","[{0}, 0.5]"', "w{0}", "C:\\d\\"),
        ("w{0}\tC:\\dir\t[{0}, 0.5]", "w{0}", r"C:\dir"),
        (r"G\"odel {0}" + "\tC:\\dir\t[{0}, 0.5]", r"G\"odel {0}", r"C:\dir"),
    ],
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_backslash_that_escapes_no_quote_is_one(tmp_path: Path, row: str, label: str, path: str, end: str) -> None:
    heading = "title\tpath\tvector" if "\t" in row else "title,path,vector"
    rows = [row.format(number) for number in range(4)]
    space = read_space(written(tmp_path, "\n".join([heading, *rows]) + end))
    assert space.labels == tuple(label.format(number) for number in range(4))
    assert space.columns["path"].tolist() == [path] * 4


def test_pairs_in_quotes_are_no_fractions(tmp_path: Path) -> None:
    rows = [f'club {row},"{row},{row + 1}",12.125,"[0.{row}, 0.5]"' for row in range(4)]
    space = read_space(written(tmp_path, "\n".join(["title,score,price,embedding", *rows]) + "\n"))
    assert space.columns["score"].tolist() == ["0,1", "1,2", "2,3", "3,4"]
    assert space.columns["price"].tolist() == [12.125] * 4


def test_labels_of_which_most_are_numbers_are_labels(tmp_path: Path) -> None:
    names = [str(1900 + row) if row % 5 < 3 else f"word{row}" for row in range(50)]
    space = read_space(written(tmp_path, "".join(f"{name},0.5,{row}.5,-0.25,1.5\n" for row, name in enumerate(names))))
    assert (space.labels, space.dimensions) == (tuple(names), 4)


def test_a_first_row_that_counts_among_rows_that_do_is_a_point(tmp_path: Path) -> None:
    assert read_space(written(tmp_path, "king,0,1,2\nqueen,3,4,5\n")).labels == ("king", "queen")


def test_columns_that_are_named_are_no_dimensions(tmp_path: Path) -> None:
    path = written(tmp_path, "film,alpha,beta,gamma\n" + "".join(f"{1900 + row},0.5,{row}.5,1.5\n" for row in range(4)))
    for option in ({"label": "film"}, {"text": "film"}, {"id": "film"}):
        assert read_space(path, **option).labels == ("1900", "1901", "1902", "1903")  # type: ignore[arg-type]
    assert read_space(path, columns=["film"]).columns["film"].tolist() == [1900, 1901, 1902, 1903]
    path = written(tmp_path, "word,dim_0,dim_1\na,0.5,1\nb,1,0.5\n")
    with pytest.raises(UsageError, match=r"no column 'dim_9' .*; --vector dim_ takes all whose names begin so"):
        read_space(path, vector="dim_9")


def test_two_dimensions_of_pandas(tmp_path: Path) -> None:
    assert read_space(written(tmp_path, ",0,1\nking,0.5,1\nqueen,1,0.5\n")).vectors.tolist() == [[0.5, 1], [1, 0.5]]


@pytest.mark.parametrize("delimiter", [",", "\t", " "])
def test_a_comment_above_a_matrix_is_none_of_it(tmp_path: Path, delimiter: str) -> None:
    np.savetxt(tmp_path / "matrix.txt", DISTINCT, delimiter=delimiter, header="my vectors\nof 2020")
    (tmp_path / "labels.txt").write_text("\n".join(WORDS) + "\n")
    space = read_space(tmp_path / "matrix.txt", labels=tmp_path / "labels.txt")
    assert (space.labels, space.vectors.tolist()) == (WORDS, DISTINCT)


@pytest.mark.parametrize("odd", ["x", "#DIV/0!", "inf"])
def test_a_fault_in_a_dimension_of_few_rows_is_a_fault(tmp_path: Path, odd: str) -> None:
    rows = [f"w{row},{row}.5,1,{odd if row == 3 else row},2.5" for row in range(7)]
    path = written(tmp_path, "\n".join(["word,dim_0,dim_1,dim_2,dim_3", *rows]) + "\n")
    with pytest.raises(SpaceError, match="row 4"):
        read_space(path)
    assert read_space(path, repair=True).vectors.shape == (6, 4)
