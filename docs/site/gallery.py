"""The reports of the documentation's gallery, with a picture of each: a short training on the text that comes along.

`python docs/site/gallery.py` writes build/gallery/NAME.html and NAME.png. It needs a Chromium, and no network.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "gallery"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chromium-headless-shell")
WIDTH, HEIGHT = 1200, 1500


@dataclass(frozen=True)
class Entry:
    """A report: its name, what it shows, and the commands that make it, the last of which names its page."""

    name: str
    title: str
    description: str
    commands: tuple[str, ...]
    page: str


ENTRIES = (
    Entry(
        "language-model",
        "Inside a language model",
        "A small LSTM after less than half a minute on an extract of Wikipedia: too little to write well, and the "
        "report says so. Its maps, clusters, analogies, samples and states are all there.",
        (
            "embedkit train lm --name words --minutes 0.4 --embedding-size 64 --hidden-size 128 --min-count 3",
            "embedkit report words --points 1000",
        ),
        "words.html",
    ),
    Entry(
        "word-vectors",
        "A look into word vectors",
        "word2vec on the same text, which takes seconds: maps with their fidelity, clusters beside what noise shows, "
        "and the analogies that so few words cover.",
        ("embedkit train word2vec --name vectors --epochs 5", "embedkit report vectors --points 1000"),
        "vectors.html",
    ),
    Entry(
        "echo",
        "What a state carries over",
        "A network that gives a series of bits back three steps later, and what happens where its state is reset.",
        ("embedkit train echo --name echo --delay 3 --steps 400", "embedkit report echo"),
        "echo.html",
    ),
)


def make(folder: Path = FOLDER) -> list[Path]:
    """Train, render and photograph every entry, in their order; what a later one needs is made by an earlier one.

    Returns:
        The pages.

    Raises:
        RuntimeError: there is no Chromium, or a command failed; its output is in the message.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise RuntimeError(f"the gallery's pictures need a Chromium; none of {', '.join(BROWSERS)} is there")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for entry in ENTRIES:
            for command in entry.commands:
                _run([sys.executable, str(ROOT / "cli.py"), *command.split()[1:]], Path(work))
            page = folder / f"{entry.name}.html"
            shutil.copyfile(Path(work) / "reports" / "html" / entry.page, page)
            _photograph(browser, page)
    return [folder / f"{entry.name}.html" for entry in ENTRIES]


def _photograph(browser: str, page: Path) -> None:
    picture = page.with_suffix(".png")
    picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        options += [f"--window-size={WIDTH},{HEIGHT}", "--virtual-time-budget=10000", f"--screenshot={picture}"]
        _run([browser, *options, page.as_uri()], page.parent)
    if not picture.exists():
        raise RuntimeError(f"{browser} made no picture of {page}")


def _run(command: list[str], folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "EMBEDKIT_RUNS"}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def text() -> str:
    """The gallery's page in Markdown."""
    parts = [
        "# Gallery\n\nReports that were made with this page, by the commands beside them, on the text that comes with "
        "the package. Each is one file that asks nothing of the network.\n"
    ]
    for entry in ENTRIES:
        commands = "\n".join(f"$ {command}" for command in entry.commands)
        parts.append(
            f"## {entry.title}\n\n{entry.description}\n\n```console\n{commands}\n```\n\n"
            f"[![The top of this report](gallery/{entry.name}.png)](gallery/{entry.name}.html)\n\n"
            f"[Open the report](gallery/{entry.name}.html)\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    make()
