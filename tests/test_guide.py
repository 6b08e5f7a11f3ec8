"""Every example of the guide, in its order, in one folder; and every one of the lab's chapters, in a folder each.

A line `$ embedkit …` is a command, and what follows is some of what it prints: its first line and the head of its table
have to be there, figures aside. Where that is an error, or ^C, the command has to end so. `# needs the network` above a
command means that it is tried without one. A fenced block whose first line names a file is that file.
"""

import gzip
import io
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import embedkit
from embedkit.cli import app, edge, train
from embedkit.corpora import opening
from embedkit.tasks import all_tasks
from tests.progress import stop_at
from tests.quick import POINTS, quick, shrink

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTERS = [
    ROOT / "docs" / "documents.md",
    *sorted(path for path in (ROOT / "docs" / "lab").glob("*.md") if path.name != "README.md"),
]
WORDS = re.findall(
    r"\w+",
    "king queen man woman boy girl brother sister he she his her london paris england france river city the of was",
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it is meant to be (or ""), its text, and its line in the guide."""

    language: str
    file: str
    text: str
    line: int


@dataclass(frozen=True)
class Example:
    """A command, some of what it prints, and whether it needs the network."""

    command: str
    shown: tuple[str, ...]
    network: bool
    line: int


def blocks(guide: str) -> Iterator[Block]:
    for match in re.finditer(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL):
        yield Block(match[1], match[2] or "", match[3], guide.count("\n", 0, match.start(3)) + 1)


def examples(block: Block) -> Iterator[Example]:
    network = False
    found: list[Example] = []
    for number, text in enumerate(block.text.splitlines(), block.line):
        if text == "# needs the network":
            network = True
        elif text.startswith("$ "):
            found.append(Example(text[2:], (), network, number))
            network = False
        else:
            found[-1] = replace(found[-1], shown=(*found[-1].shown, text))
    yield from found


def quick_code(code: str) -> str:
    code = re.sub(r"\bminutes=[\d.]+", "steps=2", code)
    code = re.sub(r"\bhead\(\d{4,}\)", f"head({POINTS})", code)
    for config, small in (
        ("LanguageModel", "embedding_size=8, hidden_size=8, "),
        ("Seq2SeqModel", "embedding_size=8, hidden_size=8, bottleneck_size=8, "),
        ("Word2VecTraining", "epochs=1, dimensions=8, "),
    ):
        code = code.replace(f"{config}(", f"{config}({small}")
    return code


def without_figures(text: str) -> str:
    """A printed line by its words: what may differ from training to training is gone."""
    text = re.sub(r"^decoded: .*", "decoded:", text)
    return " ".join(re.sub(r"\d[\d,.]*", "#", text).split())


def promised(shown: tuple[str, ...]) -> list[str]:
    """Of shown output, the lines that have to be printed: the first, and the head of a table, above its rule."""
    heads = [above for above, rule in pairwise(shown) if rule.startswith("──")]
    return [without_figures(line) for line in dict.fromkeys([*shown[:1], *heads])]


def write_corpora(folder: Path) -> None:
    """The texts, the folder, the pairs and the embedding file that the guide speaks of."""
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(WORDS, size=12)) + " ." for _ in range(600)]
    (folder / "my.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "letters").mkdir()
    for split, part in (("train", lines[:400]), ("valid", lines[400:500]), ("test", lines[500:])):
        (folder / "letters" / f"{split}.txt").write_text("\n".join(part) + "\n", encoding="utf-8")
    mirrored = [" ".join(reversed(line.split())) for line in lines]
    pairs = [f"{source}\t{target}" for source, target in zip(lines, mirrored, strict=True)]
    for name, part in (("news.en", lines), ("news.de", mirrored), ("pairs.tsv", pairs)):
        (folder / name).write_text("\n".join(part) + "\n", encoding="utf-8")
    with gzip.open(folder / "glove.6B.100d.txt.gz", "wt", encoding="utf-8") as out:
        for word in WORDS:
            out.write(f"{word} {' '.join(f'{value:.4f}' for value in rng.normal(size=100))}\n")


def run_example(
    example: Example, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], document: str = "guide.md"
) -> None:
    """Run a command as a document shows it, and find in its output what the document promises."""
    where = f"docs/{document}:{example.line}: {example.command}"
    command, _, file = example.command.partition(" < ")
    words = quick(command)
    if example.network and words[:2] == ["corpora", "fetch"]:
        app.app.parse_args(words, exit_on_error=False, print_error=False)
        return
    stopped = example.shown[:1] == ("^C",)
    capsys.readouterr()
    with patch.context() as inner:
        if stopped:
            inner.setattr(train, "progress", lambda _title: nullcontext(stop_at(1)))
        if file:
            opening._spool.cache_clear()  # standard input is read once a process
            text = io.BytesIO(Path(file).read_bytes())
            inner.setattr(sys, "stdin", SimpleNamespace(buffer=text, isatty=lambda: False))
        code = edge.run(words)
    opening._spool.cache_clear()
    printed = "\n".join(capsys.readouterr())
    refused = any(line.startswith("error:") for line in example.shown[:1])
    expected = {130} if stopped else {1} if example.network else {1, 2} if refused else {0}
    assert code in expected, f"{where} ended with {code}\n{printed}"
    if example.network:
        assert "is not at hand" in printed, f"{where}\n{printed}"
    lines = [without_figures(line) for line in printed.replace(str(Path.cwd()) + "/", "").splitlines()]
    for line in promised(example.shown[1:] if stopped else example.shown):
        assert any(found.startswith(line) for found in lines), f"{where}: {line!r} is not printed, but\n{printed}"


def test_every_example_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shrink(monkeypatch)
    write_corpora(tmp_path)
    for block in blocks(GUIDE):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for example in examples(block):
                run_example(example, monkeypatch, capsys)
        elif block.language == "python":
            code = "\n" * (block.line - 1) + quick_code(block.text)
            exec(compile(code, "docs/guide.md", "exec"), {"__name__": "guide"})
    for made in ("reports/html/demo.html", "reports/html/analogy.html", "first.html", "vectors.txt", "output.parquet"):
        assert (tmp_path / made).stat().st_size > 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} >= {
        "demo",
        "demo-phrases",
        "dates",
        "gaussian",
        "long",
        "stdin-word",
    }


@pytest.mark.usefixtures("corpus_at_hand")
@pytest.mark.parametrize("chapter", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_every_example_of_a_chapter_works(
    chapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shrink(monkeypatch)
    parts = list(blocks(chapter.read_text(encoding="utf-8")))
    commands = [example for block in parts if block.language == "console" for example in examples(block)]
    assert commands
    if not any(example.command.startswith("embedkit train lm") for example in commands):
        # Chapters about a language model ask whatever is newest.
        assert edge.run(quick("embedkit train lm --name newest")) == 0
    for block in parts:
        if block.language == "python":
            exec(compile(block.text, chapter.name, "exec"), {"__name__": "chapter"})
        for example in examples(block) if block.language == "console" else ():
            run_example(example, monkeypatch, capsys, str(chapter.relative_to(ROOT / "docs")))


def test_a_broken_example_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_corpora(tmp_path)
    ask = "embedkit neighbors king --space glove.6B.100d.txt.gz"
    right = Example(ask, ("king: nearest in glove.6B.100d", "    word  cosine", "────"), False, 1)
    run_example(right, monkeypatch, capsys)
    for wrong in (
        replace(right, command=ask.replace("king", "emperor")),
        replace(right, command=ask + " --neighbours 3"),
        replace(right, shown=("king: nearest in another",)),
        replace(right, shown=("king: nearest in glove.6B.100d", "    word  distance", "────")),
        replace(right, shown=("error: 'king' is not in glove",)),
        replace(right, network=True),
    ):
        with pytest.raises(AssertionError):
            run_example(wrong, monkeypatch, capsys)


def test_examples_are_read_from_the_guide() -> None:
    console = "```console\n# needs the network\n$ embedkit a\n$ embedkit b\none\ntwo\n```\n"
    first, second = blocks(f"\n{console}\n```toml x.toml\nk = 1\n```\n")
    assert list(examples(first)) == [
        Example("embedkit a", (), True, 4),
        Example("embedkit b", ("one", "two"), False, 5),
    ]
    assert second == Block("toml", "x.toml", "k = 1\n", 11)


def test_the_documents_speak_of_every_command() -> None:
    texts = [GUIDE, *(path.read_text(encoding="utf-8") for path in CHAPTERS)]
    consoles = [block for text in texts for block in blocks(text) if block.language == "console"]
    commands = [example.command for block in consoles for example in examples(block)]
    assert len(commands) > 25
    names = {" ".join(command.split()[1:3]) for command in commands}
    for command in app.COMMANDS:
        assert any(name.split()[:1] == [command.name] for name in names), f"no example of `embedkit {command.name}`"
    for task in all_tasks():
        assert task.command is None or f"train {task.command.name}" in names
        for experiment in task.experiments:
            assert f"lab {experiment.kind}" in names


def test_the_guide_speaks_of_every_public_name() -> None:
    code = "\n".join(block.text for block in blocks(GUIDE) if block.language == "python")
    assert [name for name in embedkit.__all__ if not re.search(rf"\b{name}\b", code)] == []


@pytest.mark.usefixtures("corpus_at_hand")
def test_the_readmes_five_lines_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shrink(monkeypatch)
    (block,) = (block for block in blocks(README) if block.language == "python")
    lines = [line for line in block.text.splitlines() if line and not line.startswith(("from ", "import "))]
    assert len(lines) == 5
    exec(compile(quick_code(block.text), "README.md", "exec"), {"__name__": "readme"})
    assert (tmp_path / "first.html").stat().st_size > 100_000


def test_the_install_lines_are_those_of_the_readme() -> None:
    readme = [line.strip() for line in README.splitlines()]
    (install,) = (block for block in blocks(GUIDE) if block.language == "sh")
    assert [line for line in install.text.splitlines() if line not in readme] == []


def test_the_guides_links_lead_somewhere() -> None:
    docs = ROOT / "docs"
    for document in [*docs.glob("*.md"), *docs.glob("lab/*.md")]:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)\)", text):
            made = target in ("commands.md", "gallery.md")  # by the site, from its commands and its reports
            there = made or target.startswith("https://") or (document.parent / target).exists()
            assert there, f"{document.name}: {target}"
        headings = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.M)}
        assert [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", text) if anchor not in headings] == []


def test_ctrl_c_reaches_the_line_that_says_how_to_go_on() -> None:
    assert app.app.suppress_keyboard_interrupt is False
