"""Write requirements-hashes.txt: what the package needs on Linux (x86-64), in the tested versions, with the checksum
that the index states of each file that pip takes there. Needs pip 25 or newer, and the network.

    python .ci/hashes.py
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
HEAD = """\
# The tested versions of what embedkit needs, with the checksums of their files for Linux (x86-64), Python 3.11 to 3.13.
# Made by .ci/hashes.py; to be used as: pip install --require-hashes -r requirements-hashes.txt
"""


def files_for(python: str) -> list[tuple[str, str, str]]:
    """Name, version and sha256 of each file that pip takes for a version of Python."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    with tempfile.TemporaryDirectory() as folder:
        options = [
            "--only-binary=:all:",
            "--python-version",
            python,
            "--target",
            folder,
            "--report",
            f"{folder}/it.json",
        ]
        command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", *options]
        subprocess.run([*command, "-c", str(ROOT / "constraints.txt"), *needed], check=True)
        report = json.loads(Path(folder, "it.json").read_text(encoding="utf-8"))
    return [
        (
            entry["metadata"]["name"].lower(),
            entry["metadata"]["version"],
            entry["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for entry in report["install"]
    ]


def main() -> None:
    hashes: dict[tuple[str, str], set[str]] = {}
    for python in PYTHONS:
        for name, version, digest in files_for(python):
            hashes.setdefault((name, version), set()).add(digest)
    entries = (
        f"{name}=={version} \\\n" + " \\\n".join(f"    --hash=sha256:{digest}" for digest in sorted(digests)) + "\n"
        for (name, version), digests in sorted(hashes.items())
    )
    (ROOT / "requirements-hashes.txt").write_text(HEAD + "".join(entries), encoding="utf-8")


main()
