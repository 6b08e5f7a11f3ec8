"""How long it takes to tell how new held-out texts are, beside as many training texts as a large corpus has.

    python -m benchmarks.novelty
    python -m benchmarks.novelty --trained 1000000

Texts are of 2 to 11 words drawn by Zipf's law from 20,000; once their tokens are the words, once the characters.
Seconds are those of the processor, of one thread.
"""

import argparse
import time
from collections import Counter

import numpy as np

from embedkit.analysis.novelty import novelty

WORDS = 20_000


def texts(count: int, rng: np.random.Generator) -> list[str]:
    shares = 1 / np.arange(1, WORDS + 1)
    lengths = rng.integers(2, 12, size=count)
    drawn = rng.choice(WORDS, p=shares / shares.sum(), size=lengths.sum())
    return [" ".join(f"w{word}" for word in part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=int, default=100_000, help="training texts")
    parser.add_argument("--held-out", type=int, default=2_000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    trained, held_out = texts(arguments.trained, rng), texts(arguments.held_out, rng)
    for name, split in (("words", str.split), ("characters", list)):
        sides = [[split(text) for text in side] for side in (held_out, trained)]
        started = time.process_time()
        kinds = Counter(novelty(*sides))
        seconds = time.process_time() - started
        tokens = sum(map(len, sides[1]))
        print(f"{name}: {seconds:.2f} s for {len(held_out):,} texts beside {len(trained):,} of {tokens:,} tokens")
        print(f"  {', '.join(f'{kind} {count:,}' for kind, count in kinds.most_common())}")


if __name__ == "__main__":
    main()
