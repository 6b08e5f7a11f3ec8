"""What goes wrong, done on purpose, and what the kit makes of it.

    python -m benchmarks.faults                        # all parts
    python -m benchmarks.faults --parts explorer

Every part is bounded, keeps to this machine and a folder of its own, and stops by itself.
"""

import argparse
import os
from importlib import import_module

PARTS = {
    "disk": "benchmarks.shortages:main",
    "explorer": "benchmarks.bad_neighbors:main",
}
"""By name of a part, what runs it and prints its figures."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    for part in parser.parse_args().parts:
        module, name = PARTS[part].split(":")
        print(f"{part} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)
        getattr(import_module(module), name)()


if __name__ == "__main__":
    main()
