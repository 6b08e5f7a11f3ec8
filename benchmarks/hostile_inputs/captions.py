"""Captioned images in tables of four kinds, and captioned vectors."""

import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs.sample import Item, Sample
from embedkit.tasks.caption.files import open_captions, read_vectors

SIDE = 8
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM")


def samples(folder: Path) -> Iterator[Sample]:
    images = {f"picture-{number}.{kind.lower()}": _image(kind, number) for number, kind in enumerate(8 * FORMATS)}
    captions = {name: (f"a red ball, number {name}", f"eine « Kugel » {name}") for name in images}
    splits = dict(zip(images, 12 * ("train", "train", "val", "test"), strict=True))
    rows = [f'{name},"{caption}",{splits[name]}' for name in images for caption in captions[name]]
    tables = {
        "captions.csv": "\n".join(["file,caption,split", *rows]) + "\n",
        "coco.json": _coco({name: captions[name] for name in images}),
        "karpathy.json": _karpathy({name: captions[name] for name in images}, splits),
        "tokens.txt": "".join(f"{name}#{n}\t{text}\n" for name in images for n, text in enumerate(captions[name])),
    }
    for name, table in tables.items():
        files = {f"set/{name}": table.encode(), **{f"set/images/{each}": data for each, data in images.items()}}
        # One value of these tables is of one image, which may have two captions.
        sample = partial(
            Sample, "captions", files=files, read=partial(_read, f"set/{name}"), whole=name.endswith("txt")
        )
        yield sample(name, damaged=(f"set/{name}",), slack=2)
        yield sample(f"images of {name}", damaged=tuple(f"set/images/{each}" for each in images), by_file=True)
    held = io.BytesIO()
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    np.savez(held, vectors=vectors, captions=np.array([[f"a thing {n}", ""] for n in range(40)]))
    yield Sample("captions", "vectors", {"v.npz": held.getvalue()}, _read_vectors, sealed=True, whole=False)


def _image(kind: str, number: int) -> bytes:
    from PIL import Image

    pixels = np.random.default_rng(number).integers(0, 255, size=(12, 10, 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, format=kind)
    return held.getvalue()


def _coco(captions: dict[str, tuple[str, ...]]) -> str:
    images = [{"id": number, "file_name": name} for number, name in enumerate(captions)]
    rows = [(n, text) for n, name in enumerate(captions) for text in captions[name]]
    return json.dumps({"images": images, "annotations": [{"image_id": n, "caption": text} for n, text in rows]})


def _karpathy(captions: dict[str, tuple[str, ...]], splits: dict[str, str]) -> str:
    images = [
        {"filename": name, "split": splits[name], "sentences": [{"raw": text} for text in captions[name]]}
        for name in captions
    ]
    return json.dumps({"images": images})


def _read(name: str, folder: Path) -> list[Item]:
    corpus = open_captions(str(folder / name), side=SIDE, colour=True, images=None, most=1000)
    return [
        (image, (image, texts, values.tobytes()))
        for split in corpus.splits.values()
        for values, texts, image in zip(split.inputs, split.captions, split.names, strict=True)
    ]


def _read_vectors(folder: Path) -> list[Item]:
    corpus = open_captions(str(folder / "v.npz"), side=SIDE, colour=True, images=None, most=1000)
    read_vectors(folder / "v.npz")
    return [
        (" ".join(texts), values.tobytes())
        for split in corpus.splits.values()
        for values, texts in zip(split.inputs, split.captions, strict=True)
    ]
