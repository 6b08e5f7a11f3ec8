"""A page about documents says documents, and nothing that only words have; of words it is as ever."""

import re
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.maps.projection import pca, with_sample
from embedkit.analysis.maps.stored import MAPS
from embedkit.progress import no_steps
from embedkit.report import run_report
from embedkit.report.rendering import to_html
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import home_of, open_run_space
from embedkit.spaces.sampling import choose
from embedkit.studies import spaces
from embedkit.studies.words import study_words

TOPICS = {"law": ("court", "judge"), "food": ("soup", "bread"), "sport": ("match", "goal")}


def study(tmp_path: Path, noun: str, labels: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run of a file of three heaps, with a map of nine tenths and clusters."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("embedkit.studies.words.MAP_METHODS", ())
    heaps = np.arange(len(labels)) % 3
    vectors = np.eye(20)[heaps] + 0.05 * np.random.default_rng(0).normal(size=(len(labels), 20))
    provenance = {"noun": noun, "format": "parquet"}
    write_space(EmbeddingSpace("made", labels, vectors, {}, provenance), tmp_path / "made.npz")
    run, which = home_of(str(tmp_path / "made.npz"))
    space = open_run_space(run, which)
    rows, sample = choose(space, len(space) * 9 // 10)
    MAPS.save(run, with_sample(pca(space.take(rows)), sample))
    study_words(run, None, no_steps)
    return run


def visible(html: str) -> str:
    """What a reader sees of a page, and what is read out: no scripts, styles or markup."""
    body = html[html.index("<body>") :]
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", body, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', body)
    return re.sub(r"\s+", " ", " ".join([re.sub(r"<[^>]*>", " ", body), *spoken]))


def test_a_page_of_documents_has_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = list(TOPICS)
    labels = tuple(f"the {TOPICS[kinds[i % 3]][i // 3 % 2]} of day {i}, a text" for i in range(120))
    run = study(tmp_path, "document", labels, monkeypatch)
    assert not run.artefacts("analogies", ".json")
    report = run_report(run)
    assert report.title == "made: a look into its document vectors"
    assert [(section.name, section.heading) for section in report.sections] == [
        ("map", "Document map"),
        ("clusters", "Are there clusters?"),
        ("provenance", "Where it comes from"),
    ]
    assert report.summary.startswith("120 documents, each a vector of 20 dimensions that was read from made.npz")
    assert report.headlines is not None
    assert report.headlines.items[0].name == "documents × dimensions"
    html = re.sub(r'title="[^"]*"|<details class="fold" id="terms">.*?</details>', "", to_html(report), flags=re.DOTALL)
    text = visible(html).replace("words of a document, in any order", "")  # of a search
    assert "108 of 120 documents, drawn at random (seed 0)" in to_html(report)
    unfit = [text[max(0, match.start() - 60) : match.end() + 30] for match in re.finditer(
        r"\b[Ww]ords?\b|[Aa]nalog|most frequent|[Vv]ocabulary|was trained|training|[Cc]orpus|\btokens?\b", text
    )]  # fmt: skip
    assert unfit == [], "\n".join(unfit)


def test_words_that_no_question_covers_are_one_sentence_and_no_rows_of_dashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = study(tmp_path, "word", tuple(f"w{i}" for i in range(60)), monkeypatch)
    report = run_report(run)
    headings = {section.name: section for section in report.sections}
    assert headings["map"].heading == "Word map"
    assert headings["analogies"].finding.startswith("No question has all its words")
    text = visible(to_html(report))
    assert "19,544 of google-analogies were put to the word vectors" in text
    assert "capital-common-countries" not in text
    assert spaces.MAP_METHODS  # those of reports are as they were
