"""Static models as model2vec and sentence-transformers publish them.

A matrix of tokens stands in safetensors, and the tokens in a tokenizer.json beside it.
"""

from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.files import parse_json
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.npy import contents_of_matrix
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import listed

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
_NAMES = ("embeddings", "embedding.weight", "embedding", "weight")
_ENDINGS = ("embed_tokens.weight", "word_embeddings.weight", "wte.weight", "embeddings.weight", "shared.weight")


def holds_static_model(folder: Path) -> bool:
    return (folder / _TOKENIZER).is_file() and any(folder.glob("*.safetensors"))


def is_safetensors(start: bytes) -> bool:
    return len(start) > 9 and int.from_bytes(start[:8], "little") < 100_000_000 and start[8:10] == b'{"'


def read_static_model(path: Path, handle: IO[bytes] | None, reading: Reading, repairs: Repairs) -> Contents:
    """The tokens of a static model with their vectors: as the model weighs them, where it does.

    Raises:
        SpaceError: damaged, no tokenizer.json beside the weights, or no matrix of the tokens.
    """
    repairs.place = "point"
    folder = path if path.is_dir() else path.parent
    weights = _weights_file(path) if path.is_dir() else path
    data = weights.read_bytes() if handle is None else handle.read()
    tensors = _tensors(weights, data)
    name = _matrix_name(weights, tensors, reading.vector)
    vectors = _array(weights, name, tensors[name])
    mapping, scales = tensors.get("mapping"), tensors.get("weights")
    with np.errstate(over="ignore", invalid="ignore"):
        if mapping is not None:  # several tokens share a vector
            rows = _array(weights, "mapping", mapping).astype(np.int64)
            if rows.ndim != 1 or (len(rows) and not 0 <= rows.min() <= rows.max() < len(vectors)):
                raise SpaceError(f"{weights}: its mapping names vectors that are not there; get it again")
            vectors = vectors[rows]
        if scales is not None and scales["shape"] == [len(vectors)]:
            vectors = vectors.astype(np.float32) * _array(weights, "weights", scales).astype(np.float32)[:, None]
        vectors = vectors.astype(np.float32, copy=False)
    if reading.labels:
        return contents_of_matrix(weights, vectors, reading, repairs, format="safetensors")
    tokens = _tokens(folder / _TOKENIZER, reading)
    if len(tokens) > len(vectors):
        raise SpaceError(
            f"{weights}: {len(vectors):,} vectors in {name!r} for the {len(tokens):,} tokens of {_TOKENIZER}; "
            "are both of one model?"
        )
    labels = [tokens.get(row, "") for row in range(len(vectors))]
    missing = [row for row, label in enumerate(labels) if row not in tokens]
    if missing:
        repairs.meet("label missing", missing[0] + 1, f"no token of {_TOKENIZER} has this number")
    block = Block(labels, vectors, np.arange(1, len(labels) + 1))
    block = block if not missing else block.take(np.setdiff1d(np.arange(len(labels)), missing))
    return Contents((block,), "safetensors", noun="token", points=len(block))


def _weights_file(folder: Path) -> Path:
    if (folder / _WEIGHTS).is_file():
        return folder / _WEIGHTS
    files = sorted(folder.glob("*.safetensors"))
    if len(files) > 1:
        raise SpaceError(f"{folder}: holds {listed(file.name for file in files)}; name one of these files")
    return files[0]


def _tensors(path: Path, data: bytes) -> dict[str, dict[str, Any]]:
    import safetensors

    try:
        return dict(safetensors.deserialize(data))
    except safetensors.SafetensorError as error:
        raise SpaceError(f"{path}: not readable safetensors ({error}); get it again") from None


def _matrix_name(path: Path, tensors: dict[str, dict[str, Any]], chosen: str) -> str:
    matrices = [name for name, tensor in tensors.items() if len(tensor["shape"]) == 2]
    if chosen:
        if chosen not in matrices:
            raise UsageError(f"{path}: no matrix {chosen!r} for --vector; it has {listed(matrices)}")
        return chosen
    if len(matrices) == 1:
        return matrices[0]
    named = [name for name in _NAMES if name in matrices]
    named += [name for name in matrices if name.endswith(_ENDINGS)]
    if not named:
        raise SpaceError(f"{path}: no matrix of tokens; name one by --vector; it has {listed(matrices)}")
    return named[0]


def _array(path: Path, name: str, tensor: dict[str, Any]) -> np.ndarray:
    dtype, data, shape = tensor["dtype"], tensor["data"], tensor["shape"]
    dtype = str(dtype).rsplit(".", 1)[-1].upper()
    if dtype in ("BF16", "BFLOAT16"):
        # The upper half of a float32.
        return (np.frombuffer(data, dtype="<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if dtype not in _DTYPES:
        raise SpaceError(f"{path}: {name!r} is of type {dtype}, which is not read; save it as float32")
    return np.frombuffer(data, dtype=_DTYPES[dtype]).reshape(shape)


def _tokens(path: Path, reading: Reading) -> dict[int, str]:
    """The tokens of a tokenizer.json by their numbers.

    Raises:
        SpaceError: it is missing or has no vocabulary.
    """
    try:
        about = parse_json(path.read_bytes())
    except OSError:
        raise SpaceError(
            f"{path}: no such file; the tokens of a static model stand in it, beside its weights; "
            "others are named by --labels FILE"
        ) from None
    except ValueError as error:
        raise SpaceError(f"{path}: not JSON ({error}); get it again") from None
    try:
        vocabulary = about["model"]["vocab"]
        if isinstance(vocabulary, dict):
            tokens = {int(number): str(token) for token, number in vocabulary.items()}
        else:
            tokens = {number: str(token) for number, (token, _) in enumerate(vocabulary)}
        for added in about.get("added_tokens") or ():
            tokens.setdefault(int(added["id"]), str(added["content"]))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise SpaceError(f"{path}: no vocabulary of tokens in it; get it again") from None
    return tokens
