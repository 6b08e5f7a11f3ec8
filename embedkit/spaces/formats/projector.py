"""The three files that TensorBoard's embedding projector reads; projector.tensorflow.org takes the first two."""

import json
from pathlib import Path

from embedkit.files import whole_file, write_text
from embedkit.spaces.space import EmbeddingSpace

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_tensorboard(space: EmbeddingSpace, path: Path) -> None:
    """A folder with vectors.tsv, metadata.tsv (label and columns) and projector_config.pbtxt.

    Tabs and line ends within a label are written as \\t and \\n, a backslash as \\\\: rows must stay in step.
    """
    row = "\t".join(["%.9g"] * space.dimensions) + "\n"
    with whole_file(path / "vectors.tsv") as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(row % tuple(vector.tolist()) for vector in space.vectors)
    # The projector takes the first row for a heading only where there are several columns.
    heading = ["\t".join(["label", *space.columns])] if space.columns else []
    cells = zip(space.labels, *(column.tolist() for column in space.columns.values()), strict=True)
    lines = ["\t".join(str(cell).translate(_ESCAPES) for cell in row_of) for row_of in cells]
    write_text(path / "metadata.tsv", "".join(line + "\n" for line in heading + lines))
    write_text(
        path / "projector_config.pbtxt",
        f"embeddings {{\n  tensor_name: {json.dumps(space.name, ensure_ascii=False)}\n"
        '  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n',
    )
