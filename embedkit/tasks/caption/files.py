"""Read captioned images, or vectors, from files that somebody else made.

A folder with captions.csv     columns file and caption, and perhaps split; a row a caption
COCO                           captions_*.json: "images" with id and file_name, "annotations" with image_id and caption
Karpathy's splits              dataset_flickr8k.json and the like: "images" with filename, split and sentences
Flickr8k                       Flickr8k.token.txt: image.jpg#0, a tab, a caption
An .npz                        arrays vectors (N, V) and captions (N,) or (N, several), and perhaps split (N,)
"""

import csv
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.corpora.opening import SPLITS
from embedkit.corpora.parallel import held_out_split
from embedkit.errors import CorpusError, UsageError
from embedkit.files import OutsideError, file_inside, read_json
from embedkit.tasks.caption.corpus import CaptionCorpus, Captioned
from embedkit.tasks.caption.images import read_image

CSV = "captions.csv"
KNOWN_SPLITS = {**SPLITS, "restval": "train"}
FOLDERS = (".", "images", "Images", "Flicker8k_Dataset", "Flickr8k_Dataset", "../images")
"""Where the images of a file may lie, beside it."""


@dataclass(frozen=True)
class Row:
    """A caption of an image, and the line or entry it is from: "captions.csv:3"."""

    file: str
    caption: str
    split: str | None
    where: str


def open_captions(source: str, *, side: int, colour: bool, images: str | None, most: int) -> CaptionCorpus:
    """The captioned images or vectors that `source` names.

    What has no split is split by a hash of the pixels as the network gets them, or of the vector's values, 90, 5 and
    5 %: all captions of an image are in one split, also where it has two names.

    Args:
        side: images are scaled to this many pixels a side.
        images: the folder of the images; by default it is looked for beside the file.
        most: at most so many images, the first.

    Raises:
        UsageError: there is no such file or folder, or it is of no kind that is read.
        CorpusError: a file is damaged, names an image that is not there or leads out of its folder, or has an empty
            caption.
    """
    path = Path(source)
    if path.is_dir():
        if not (path / CSV).is_file():
            raise UsageError(f"{path}: there is no {CSV} in it; it says which image has which caption")
        path = path / CSV
    if not path.is_file():
        raise UsageError(f"{source}: no such file or folder; without --corpus scenes are made here")
    if path.suffix == ".npz":
        return _vectors(path, most)
    if path.suffix not in READERS:
        raise UsageError(f"{path}: captions are read from a folder with {CSV}, or from .csv, .json, .txt and .npz")
    rows_by_image = _by_image(READERS[path.suffix](path), most)
    if not rows_by_image:
        raise CorpusError(f"{path}: there is no caption in it")
    folder = _folder(path, images, next(iter(rows_by_image)))
    splits: dict[str, list[tuple[np.ndarray, tuple[str, ...], str]]] = {"train": [], "valid": [], "test": []}
    for name, rows in rows_by_image.items():
        image = read_image(_inside(folder, rows[0]), side, colour=colour)
        split = rows[0].split or _split_by_content(image)
        splits[split].append((image, tuple(row.caption for row in rows), name))
    return _corpus(path, splits)


def _read_csv(path: Path) -> Iterator[Row]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = list(reader.fieldnames or ())
            file = next((name for name in ("file", "image") if name in columns), "file")
            for needed in (file, "caption"):
                if needed not in columns:
                    raise CorpusError(f"{path}:1: no column {needed!r}; it has {', '.join(columns) or 'none'}")
            for row in reader:
                where = f"{path}:{reader.line_num}"
                if row[file] is None or row["caption"] is None:
                    raise CorpusError(f"{where}: a row with fewer cells than columns")
                yield Row(row[file], row["caption"], _split(row.get("split"), where), where)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from None
    except csv.Error as error:
        raise CorpusError(f"{path}:{reader.line_num}: not CSV ({error})") from None


def _read_tokens(path: Path) -> Iterator[Row]:
    """Flickr8k's own file, or the one of the same images with a header and commas."""
    try:
        with open(path, encoding="utf-8") as handle:
            first = handle.readline()
            if "\t" not in first and "caption" in first:
                yield from _read_csv(path)
                return
            handle.seek(0)
            for number, line in enumerate(handle, 1):
                name, tab, caption = line.rstrip("\n").partition("\t")
                if not tab:
                    raise CorpusError(f"{path}:{number}: no tab between an image and its caption: {line[:60]!r}")
                yield Row(name.rpartition("#")[0] or name, caption, None, f"{path}:{number}")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from None


def _read_json(path: Path) -> Iterator[Row]:
    try:
        document = read_json(path)
    except ValueError as error:
        raise CorpusError(f"{path}: not JSON ({error})") from None
    try:
        karpathy = any("sentences" in image for image in document["images"][:1])
        yield from (_karpathy if karpathy else _coco)(path, document)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise CorpusError(f"{path}: neither COCO captions nor Karpathy's splits ({error!r})") from None


def _coco(path: Path, document: Mapping[str, Any]) -> Iterator[Row]:
    names = {image["id"]: str(image["file_name"]) for image in document["images"]}
    for number, annotation in enumerate(document["annotations"]):
        where = f"{path}, annotation {number}"
        if annotation["image_id"] not in names:
            raise CorpusError(f"{where}: there is no image {annotation['image_id']!r}")
        yield Row(names[annotation["image_id"]], str(annotation["caption"]), None, where)


def _karpathy(path: Path, document: Mapping[str, Any]) -> Iterator[Row]:
    for number, image in enumerate(document["images"]):
        where = f"{path}, image {number}"
        name = "/".join(part for part in (image.get("filepath", ""), image["filename"]) if part)
        for sentence in image["sentences"]:
            yield Row(name, str(sentence["raw"]), _split(image.get("split"), where), where)


READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".txt": _read_tokens,
    ".json": _read_json,
}


def _split(name: str | None, where: str) -> str | None:
    if not name:
        return None
    if name not in KNOWN_SPLITS:
        raise CorpusError(f"{where}: split {name!r}; there are {', '.join(KNOWN_SPLITS)}")
    return KNOWN_SPLITS[name]


def _split_by_content(values: np.ndarray) -> str:
    return held_out_split(values.tobytes().hex())


def _by_image(rows: Iterator[Row], most: int) -> dict[str, list[Row]]:
    """The captions of each of the first `most` images, stripped."""
    rows_by_image: dict[str, list[Row]] = {}
    for row in rows:
        caption = " ".join(row.caption.split())
        if not caption:
            raise CorpusError(f"{row.where}: the caption of {row.file!r} is empty; write one or take the line out")
        rows_by_image.setdefault(row.file, []).append(Row(row.file, caption, row.split, row.where))
    return dict(islice(rows_by_image.items(), most))


def _folder(path: Path, images: str | None, first: str) -> Path:
    """The folder that the images' names are relative to: the first that has the first of them."""
    if images is not None:
        if not Path(images).is_dir():
            raise UsageError(f"--images {images}: no such folder")
        return Path(images)
    coco = f"../{path.stem.removeprefix('captions_')}"
    folders = [path.parent / name for name in (*FOLDERS, coco)]
    return next((folder for folder in folders if (folder / first).is_file()), path.parent)


def _inside(folder: Path, row: Row) -> Path:
    """The image of a row.

    Raises:
        CorpusError: it is not there, or its name leads out of the folder.
    """
    try:
        path = file_inside(folder, row.file)
    except OutsideError as error:
        raise CorpusError(f"{row.where}: {error}; only images inside it are read") from None
    if path is None:
        raise CorpusError(f"{row.where}: {row.file!r} is not in {folder}; name the images' folder with --images")
    return path.resolve()


def read_vectors(path: Path) -> np.ndarray:
    """The (N, V) float32 array "vectors" of an .npz.

    Raises:
        CorpusError: the file is missing or damaged, or its array is of another kind.
    """
    return _checked(path, _arrays(path, ("vectors",))["vectors"])


def _checked(path: Path, vectors: np.ndarray) -> np.ndarray:
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or not vectors.size or not np.isfinite(vectors).all():
        raise CorpusError(
            f"{path}: vectors of shape {vectors.shape}, {vectors.dtype}; they must be (N, V) finite floats"
        )
    return vectors.astype(np.float32)


def _vectors(path: Path, most: int) -> CaptionCorpus:
    arrays = _arrays(path, ("vectors", "captions"))
    vectors, captions = _checked(path, arrays["vectors"]), arrays["captions"]
    captions = captions[:, None] if captions.ndim == 1 else captions
    if captions.ndim != 2 or captions.dtype.kind != "U" or len(captions) != len(vectors):
        raise CorpusError(
            f"{path}: captions of shape {captions.shape}; there must be strings for {len(vectors)} vectors"
        )
    split_names = arrays.get("split")
    if split_names is not None and split_names.shape != (len(vectors),):
        raise CorpusError(
            f"{path}: split of shape {split_names.shape}; there must be one for each of {len(vectors)} vectors"
        )
    splits: dict[str, list[tuple[np.ndarray, tuple[str, ...], str]]] = {"train": [], "valid": [], "test": []}
    for number, vector in enumerate(vectors[:most]):
        where = f"{path}, row {number}"
        texts = tuple(text for text in (" ".join(each.split()) for each in captions[number].tolist()) if text)
        if not texts:
            raise CorpusError(f"{where}: its caption is empty; write one or take the row out")
        split = None if split_names is None else _split(str(split_names[number]), where)
        splits[split or _split_by_content(vector)].append((vector, texts, f"row {number}"))
    return _corpus(path, splits)


def _arrays(path: Path, needed: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays of an .npz that are needed, and its splits if it has any. Nothing is unpickled."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            for name in needed:
                if name not in archive.files:
                    raise CorpusError(f"{path}: no array {name!r}; it has {', '.join(archive.files) or 'nothing'}")
            return {name: archive[name] for name in (*needed, "split") if name in archive.files}
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise CorpusError(f"{path}: not a readable .npz ({error}); make it again") from None


def _corpus(path: Path, splits: Mapping[str, Sequence[tuple[np.ndarray, tuple[str, ...], str]]]) -> CaptionCorpus:
    digest = hashlib.sha256()
    captioned = {}
    for split, rows in splits.items():
        digest.update(split.encode())
        for values, texts, name in rows:
            digest.update(values.tobytes() + "\n".join((name, *texts, "")).encode("utf-8", "surrogatepass"))
        if rows:
            values, captions, names = zip(*rows, strict=True)
            captioned[split] = Captioned(np.stack(values), captions, names)
    name = path.resolve().parent.name if path.name == CSV else path.stem
    return CaptionCorpus(
        name=name,
        source=str(path),
        checksum=f"sha256:{digest.hexdigest()}",
        licence="not stated",
        citation="",
        splits=captioned,
    )
