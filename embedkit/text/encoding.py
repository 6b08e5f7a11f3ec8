"""A corpus's split as one long array of token ids on the disk."""

from contextlib import closing
from pathlib import Path

import numpy as np

from embedkit.corpora.corpus import Corpus
from embedkit.errors import CorpusError
from embedkit.files import whole_file
from embedkit.processes import launch
from embedkit.progress import Progress, no_progress
from embedkit.text.vocabulary import Vocabulary


def encode_split(
    corpus: Corpus,
    split: str,
    vocabulary: Vocabulary,
    path: Path,
    *,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> np.ndarray:
    """Encode a split into a file and map it: (N,) uint16, or int32 for more than 65,536 tokens.

    The text streams through, so memory stays bounded whatever its size. Of several processes the first writes the file,
    and the others map it.

    Args:
        workers: processes that encode a long text, by default one a core; the ids do not depend on it.
        progress: told the number of tokens so far.

    Raises:
        CorpusError: the split has no token.
    """
    dtype = np.dtype(np.uint16 if len(vocabulary) <= 2**16 else np.int32)
    if not launch().writes:
        return np.memmap(path, dtype=dtype, mode="r")
    total = 0
    with whole_file(path) as temporary, open(temporary, "wb") as out:
        with closing(vocabulary.encode_lines(corpus.lines(split), workers)) as blocks:
            for ids in blocks:
                out.write(ids.astype(dtype).data)
                total += len(ids)
                progress(None, f"{total:,} tokens")
        if not total:
            raise CorpusError(
                f"{corpus.source}: the {split} split is empty; take a longer text, of a hundred lines or more, or a "
                "folder with a train.txt and a valid.txt that have text"
            )
    return np.memmap(path, dtype=dtype, mode="r")
