"""Files that hold no vectors that are read here, named for what they are."""

import re

_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (rb"version https://git-lfs\.github\.com/", "a pointer of Git LFS and not the file itself; run `git lfs pull`"),
    (rb"(\.\./|/)*\.git/annex/objects/", "a pointer of git-annex and not the file itself; run `git annex get`"),
    (
        rb"(?i)\s*(<!--.*?-->\s*)?(<\?xml[^>]*>\s*)?<(!doctype\s+html|html|head|body)\b",
        "an HTML page; download the file",
    ),
    (rb"(?i)\s*<(\?xml|svg|error)\b", "an XML document; download the file itself"),
    (rb"\x80[\x02-\x05](\x95|[\]}(c\x8a\x8c])", "a pickle, which can run code and is never opened; {convert}"),
    (
        rb"\([dl]p[0-9]+\n|c(copy_reg|__builtin__|builtins|(numpy|gensim)[\w.]*)\n",
        "a pickle, which can run code; {convert}",
    ),
    (rb"PK\x03\x04.{26}[^/]{1,200}/(data\.pkl|\.format_version)", "a file of torch.save, which is a pickle; {convert}"),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file; {convert}"),
    (rb"SQLite format 3\0", "an SQLite database; {convert}"),
    (rb"\x28\xb5\x2f\xfd", "compressed by Zstandard; decompress it by `zstd -d`"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (rb"Rar!\x1a\x07", "a RAR archive; unpack it"),
    (rb".{257}ustar", "a tar archive; unpack it by `tar -xf`"),
    (rb"%PDF-", "a PDF"),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a", "an image"),
    (rb"GGUF", "a GGUF model; {convert}"),
    (rb"MATLAB 5\.0 MAT-file", "a MATLAB file; {convert}"),
)
"""How files begin that people try, and what they are."""

_CONVERT = "where it comes from, save its words and vectors as .npz, .parquet or word2vec text"


def stranger(start: bytes) -> str | None:
    """What a file is that begins so and is none of vectors, and what to do; None where it may be one."""
    for pattern, name in _STRANGERS:
        if re.match(pattern, start, re.DOTALL):
            return name.format(convert=_CONVERT)
    return None
