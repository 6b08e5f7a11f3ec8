"""A large file in word2vec's binary format, made up block by block, as the largest of published ones are.

    python -m benchmarks.large_file FILE                        # 3,000,000 × 300: 3.6 GB
    python -m benchmarks.large_file FILE --points 100000 --dimensions 50

The labels are made of syllables, distinct, and shaped like those of the vectors of Google News: words in lower case,
names, and phrases such as New_York. The vectors are around 2,000 centres, so that neighbours have something to find.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BLOCK = 20_000
SYLLABLES = tuple(
    "al ber con da el for gra hin is jo ka lo mar new os per que ron sa tor ul ven wes xi york zen é 東 ий".split()  # noqa: SIM905
)
_CENTRES = 2_000


def labels(points: int) -> Iterator[str]:
    """Distinct labels: the number of each in syllables, the more of them the later it comes."""
    parts = SYLLABLES
    for number in range(points):
        syllables: list[str] = []
        rest = number
        while rest or not syllables:
            rest, digit = divmod(rest, len(parts))
            syllables.append(parts[digit])
        word = "".join(syllables)
        match number % 8:
            case 1 | 2:
                yield word.capitalize()
            case 3 | 4 if len(syllables) > 2:
                # The cut is at the same place in all phrases of as many syllables, so they stay distinct.
                yield "".join(syllables[:2]).capitalize() + "_" + "".join(syllables[2:]).capitalize()
            case 5:
                yield f"{word}_{number % 100:02d}"
            case _:
                yield word


def vectors(points: int, dimensions: int, *, seed: int = 0) -> Iterator[np.ndarray]:
    """(≤ BLOCK, D) float32 blocks."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((_CENTRES, dimensions), dtype=np.float32)
    for start in range(0, points, BLOCK):
        size = min(BLOCK, points - start)
        yield centres[rng.integers(_CENTRES, size=size)] + 0.7 * rng.standard_normal(
            (size, dimensions), dtype=np.float32
        )


def write(path: Path, points: int = 3_000_000, dimensions: int = 300, *, seed: int = 0) -> None:
    """Write the file, a block in memory at a time."""
    words = labels(points)
    with open(path, "wb") as handle:
        handle.write(f"{points} {dimensions}\n".encode())
        for block in vectors(points, dimensions, seed=seed):
            handle.write(b"".join(next(words).encode() + b" " + row.tobytes() + b"\n" for row in block.astype("<f4")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--points", type=int, default=3_000_000)
    parser.add_argument("--dimensions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write(options.file, options.points, options.dimensions, seed=options.seed)


if __name__ == "__main__":
    main()
