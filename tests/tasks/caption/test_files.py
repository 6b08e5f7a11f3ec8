"""Captioned images and vectors from the files that people have, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embedkit.errors import CorpusError, UsageError
from embedkit.tasks.caption import images
from embedkit.tasks.caption.corpus import CaptionCorpus
from embedkit.tasks.caption.files import open_captions, read_vectors


def opened(source: Path, *, side: int = 8, colour: bool = False, folder: Path | None = None) -> CaptionCorpus:
    return open_captions(
        str(source), side=side, colour=colour, images=None if folder is None else str(folder), most=1000
    )


def draw(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for shade, name in enumerate(names, 1):
        Image.new("RGB", (16, 16), (10 * shade % 256, shade - 1, 0)).save(folder / name)


def write_csv(folder: Path, *rows: str, head: str = "file,caption,split") -> Path:
    draw(folder, "a.png", "b.png", "c.png")
    (folder / "captions.csv").write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return folder


def test_a_folder_with_several_captions_an_image(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "pets", "a.png,two dogs,train", '"a.png","a pair  of dogs",train', "b.png,a cat,val")
    corpus = opened(folder, colour=True)
    assert (corpus.name, list(corpus.splits), corpus.vector_size) == ("pets", ["train", "valid"], None)
    train = corpus.splits["train"]
    assert (train.captions, train.names) == ((("two dogs", "a pair of dogs"),), ("a.png",))
    assert train.inputs.shape == (1, 3, 8, 8)
    assert train.inputs[0, :, 4, 4].tolist() == [10, 0, 0]
    assert list(corpus.text.lines("train")) == ["two dogs", "a pair of dogs"]
    assert corpus.checksum != opened(folder, side=16).checksum


def test_without_splits_all_captions_of_an_image_are_in_one(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(60)]
    draw(tmp_path, *names)
    rows = [f"{name},caption {i}" for name in names for i in range(2)]
    (tmp_path / "captions.csv").write_text("\n".join(("image,caption", *rows)), encoding="utf-8")
    corpus = opened(tmp_path)
    assert sum(len(part) for part in corpus.splits.values()) == 60
    assert all(len(several) == 2 for part in corpus.splits.values() for several in part.captions)


def test_an_image_under_two_names_is_in_one_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = [f"{number}{copy}.png" for number in range(40) for copy in "ab"]
    for number in range(40):
        image = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
        image.save(tmp_path / f"{number}a.png")
        image.save(tmp_path / f"{number}b.png", compress_level=0)
    (tmp_path / "captions.csv").write_text("\n".join(("file,caption", *(f"{n},a dog" for n in names))))
    corpus = opened(tmp_path)
    split_of = {name: split for split, part in corpus.splits.items() for name in part.names}
    assert [split_of[f"{number}a.png"] for number in range(40)] == [split_of[f"{number}b.png"] for number in range(40)]
    assert set(split_of.values()) == {"train", "valid", "test"}
    assert (corpus.copies("valid"), corpus.copies("train", 3)) == (0, 3)


def test_copies_that_the_given_splits_hold_are_counted(tmp_path: Path) -> None:
    folder = write_csv(tmp_path, "a.png,a dog,train", "b.png,a cat,valid", "c.png,a cow,test", "d.png,the dog,test")
    (folder / "d.png").write_bytes((folder / "a.png").read_bytes())
    corpus = opened(folder)
    assert [corpus.copies(split) for split in ("valid", "test")] == [0, 1]
    assert corpus.copies("test", 1) == 0


def test_coco(tmp_path: Path) -> None:
    draw(tmp_path / "val2014", *(f"{i}.jpg" for i in range(40)))
    notes = {
        "images": [{"id": 100 + i, "file_name": f"{i}.jpg"} for i in range(40)],
        "annotations": [{"image_id": 100 + i, "id": i, "caption": f"thing {i}\n"} for i in range(40)],
    }
    (tmp_path / "annotations").mkdir()
    file = tmp_path / "annotations" / "captions_val2014.json"
    file.write_text(json.dumps(notes), encoding="utf-8")
    corpus = opened(file)
    pairs = {
        name: texts for part in corpus.splits.values() for name, texts in zip(part.names, part.captions, strict=True)
    }
    assert pairs["7.jpg"] == ("thing 7",)
    notes["annotations"].append({"image_id": 7, "caption": "no such image"})
    file.write_text(json.dumps(notes), encoding="utf-8")
    with pytest.raises(CorpusError, match="annotation 40: there is no image 7"):
        opened(file)


def test_flickr8k_in_both_its_forms(tmp_path: Path) -> None:
    draw(tmp_path / "Flicker8k_Dataset", "a.jpg", "b.jpg", "c.jpg")
    splits = {
        "dataset": "flickr8k",
        "images": [
            {"filename": f"{name}.jpg", "split": split, "sentences": [{"raw": f"{name} dog .", "tokens": []}]}
            for name, split in (("a", "train"), ("b", "val"), ("c", "test"))
        ],
    }
    karpathy = tmp_path / "dataset_flickr8k.json"
    karpathy.write_text(json.dumps(splits), encoding="utf-8")
    corpus = opened(karpathy)
    assert {split: part.names for split, part in corpus.splits.items()} == {
        "train": ("a.jpg",),
        "valid": ("b.jpg",),
        "test": ("c.jpg",),
    }
    assert corpus.splits["test"].captions == (("c dog .",),)
    draw(tmp_path / "Flicker8k_Dataset", *(f"{i}.jpg" for i in range(40)))
    tokens = tmp_path / "Flickr8k.token.txt"
    tokens.write_text("".join(f"{i}.jpg#{k}\tdog {k} .\n" for i in range(40) for k in range(2)), encoding="utf-8")
    train = opened(tokens).splits["train"]
    assert train.captions[0] == ("dog 0 .", "dog 1 .")


def test_vectors(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 5))
    captions = np.array([[f"thing {i}", "" if i % 2 else f"object {i}"] for i in range(60)])
    np.savez(tmp_path / "v.npz", vectors=vectors, captions=captions)
    corpus = opened(tmp_path / "v.npz")
    assert corpus.vector_size == 5
    assert corpus.splits["train"].inputs.dtype == np.float32
    assert {len(several) for several in corpus.splits["train"].captions} == {1, 2}
    assert read_vectors(tmp_path / "v.npz") == pytest.approx(vectors, abs=1e-6)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"vectors": np.ones((3, 2))}, "no array 'captions'; it has vectors"),
        ({"vectors": np.ones((3, 2)), "captions": np.array(["a", "b"])}, "strings for 3 vectors"),
        ({"vectors": np.full((2, 2), np.nan), "captions": np.array(["a", "b"])}, "finite floats"),
        ({"vectors": np.ones((2, 2)), "captions": np.array(["a", " "])}, "row 1: its caption is empty"),
        ({"vectors": np.ones((2, 2)), "captions": np.array(["a", {}], dtype=object)}, "not a readable .npz"),
    ],
)
def test_wrong_vectors(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "v.npz", allow_pickle=True, **arrays)
    with pytest.raises(CorpusError, match=message):
        opened(tmp_path / "v.npz")


@pytest.mark.parametrize(
    ("head", "row", "message"),
    [
        ("file,text", "a.png,a dog", r"captions\.csv:1: no column 'caption'; it has file, text"),
        ("file,caption", "a.png", r"captions\.csv:2: a row with fewer cells"),
        ("file,caption", "a.png,  ", r"captions\.csv:2: the caption of 'a\.png' is empty"),
        ("file,caption", "z.png,a dog", r"captions\.csv:2: 'z\.png' is not in"),
        ("file,caption", "../a.png,a dog", r"captions\.csv:2: '\.\./a\.png' leads out of"),
        ("file,caption", "/etc/passwd,a dog", "leads out of"),
        ("file,caption", ",a dog", "is not in"),
        ("file,caption", "a\0.png,a dog", "is not in"),
        ("file,caption,split", "a.png,a dog,trian", r"captions\.csv:2: split 'trian'"),
        ("file,caption", "a.png,a dog", "nothing in it is for"),
    ],
)
def test_a_wrong_table(tmp_path: Path, head: str, row: str, message: str) -> None:
    draw(tmp_path, "a.png")
    with pytest.raises(CorpusError, match=message):
        opened(write_csv(tmp_path / "folder", row, head=head))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    draw(tmp_path, "secret.png")
    folder = write_csv(tmp_path / "folder", "link.png,a dog,train")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(CorpusError, match="leads out of"):
        opened(folder)


def test_what_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no captions\.csv in it"):
        opened(tmp_path)
    with pytest.raises(UsageError, match="no such file or folder"):
        opened(tmp_path / "nothing.json")
    (tmp_path / "other.json").write_text('{"images": 3}', encoding="utf-8")
    with pytest.raises(CorpusError, match="neither COCO captions nor Karpathy's"):
        opened(tmp_path / "other.json")
    (tmp_path / "cut.json").write_text('{"images": [', encoding="utf-8")
    with pytest.raises(CorpusError, match="not JSON"):
        opened(tmp_path / "cut.json")
    (tmp_path / "empty.csv").write_text("file,caption\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="there is no caption in it"):
        opened(tmp_path / "empty.csv")


def test_an_image_is_scaled_to_fit_and_the_rest_is_black(tmp_path: Path) -> None:
    Image.new("L", (20, 10), 200).save(tmp_path / "wide.png")
    image = images.read_image(tmp_path / "wide.png", 8, colour=False)
    assert image.shape == (1, 8, 8)
    assert image[0, :, 4].tolist() == [0, 0, 200, 200, 200, 200, 0, 0]
    Image.new("RGBA", (8, 8), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    assert not images.read_image(tmp_path / "clear.png", 8, colour=True).any()
    (tmp_path / "again.png").write_bytes(images.png(image))
    assert (images.read_image(tmp_path / "again.png", 8, colour=False) == image).all()


def test_what_is_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "text.png"
    text.write_text("no image", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"text\.png: not a readable .* image \(cannot identify it\)"):
        images.read_image(text, 8, colour=False)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:700])
    with pytest.raises(CorpusError, match=r"cut\.png: not a readable"):
        images.read_image(tmp_path / "cut.png", 8, colour=False)
    with pytest.raises(CorpusError, match="no such image"):
        images.read_image(tmp_path / "nothing.png", 8, colour=False)
    monkeypatch.setattr(images, "MOST_PIXELS", 1000)
    with pytest.raises(CorpusError, match="40 × 40 pixels are more than 1,000"):
        images.read_image(tmp_path / "whole.png", 8, colour=False)


def test_what_is_unpacked_is_bounded_and_a_photograph_is_not_unpacked_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Image.fromarray(np.full((320, 320), 200, dtype=np.uint8))
    for name in ("it.png", "it.jpg"):
        picture.save(tmp_path / name)
    monkeypatch.setattr(images, "MOST_UNPACKED", 10_000)
    with pytest.raises(CorpusError, match=r"it\.png: 320 × 320 pixels are more than 10,000, which a PNG may have"):
        images.read_image(tmp_path / "it.png", 8, colour=False)
    assert (images.read_image(tmp_path / "it.jpg", 8, colour=False) == 200).all()
