"""What goes wrong, done on purpose, and what the kit makes of it.

    python -m benchmarks.faults                        # all parts
    python -m benchmarks.faults --parts explorer
    python -m benchmarks.faults --parts kills --count 1000

Every part is bounded, keeps to this machine and a folder of its own, and stops by itself.
"""

import argparse
import os
from importlib import import_module

from benchmarks.forks import ONE_THREAD

PARTS = {
    "kills": "benchmarks.kills:main",
    "pairs": "benchmarks.pairs:main",
    "disk": "benchmarks.shortages:main",
    "explorer": "benchmarks.bad_neighbors:main",
}
"""By name of a part, what runs it and prints its figures."""
COUNTS = {"kills": 1000, "pairs": 200}
"""Of the parts that can be longer or shorter, how many there are of what they count."""
FORKED = ("kills", "pairs", "disk")
"""Parts whose commands are forked from one process."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--count", type=int, help="how many kills (1,000), how many pairs (200)")
    options = parser.parse_args()
    environment = dict(os.environ)
    for part in options.parts:
        module, name = PARTS[part].split(":")
        print(f"{part} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)
        if part in FORKED:
            os.environ.update(ONE_THREAD)  # before numpy and torch are loaded
        getattr(import_module(module), name)(*((options.count or COUNTS[part],) if part in COUNTS else ()))
        os.environ.clear()
        os.environ.update(environment)


if __name__ == "__main__":
    main()
