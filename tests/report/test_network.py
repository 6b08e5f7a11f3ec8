"""The network in a page: what it carries of a run, and in a real Chromium what it makes of a text that is typed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.in_page import compare, compare_writing
from embedkit.analysis.maps.principal import axes_of
from embedkit.analysis.maps.projection import pca
from embedkit.controls import printable
from embedkit.report import render, run_report
from embedkit.report.digests import page_digests
from embedkit.report.embedded import embed_space
from embedkit.report.embedded_network import EmbeddedNetwork, in_levels
from embedkit.report.figures.maps import phrase_atlas
from embedkit.report.page import Report, Section
from embedkit.report.parts import NetworkBox, Paragraph, PhraseBox, SymbolBox
from embedkit.report.rendering import to_html
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.classify.config import ClassifierModel
from embedkit.tasks.classify.data import SYMBOLS, level_of
from embedkit.tasks.classify.data import encode as encode_symbols
from embedkit.tasks.classify.embedded import network as classifier_network
from embedkit.tasks.classify.network import SequenceClassifier
from embedkit.tasks.echo.embedded import network as echo_network
from embedkit.tasks.echo.network import Tagger
from embedkit.tasks.execute.config import ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.data import split_of
from embedkit.tasks.execute.embedded import network as executor_network
from embedkit.tasks.execute.objective import SOURCE, TARGET, execute
from embedkit.tasks.language_model.config import LanguageModel
from embedkit.tasks.language_model.embedded import network
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.seq2seq.config import Seq2SeqModel
from embedkit.tasks.seq2seq.embedded import network as encoder_decoder
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.tasks.seq2seq.vocabularies import save_vocabularies
from embedkit.text.byte_pairs import learn_merges
from embedkit.text.typed import typed_ids
from embedkit.text.vocabulary import SPECIALS, Vocabulary
from embedkit.training.checkpoint import save_weights
from tests.report.opening import Opened, open_file

TEXTS = (
    "The king's men don't pay 1,234.50 for well-known (old) maps.",
    "Straße, naïve café — ΣΊΣΥΦΟΣ हिन्दी का शब्द שלום\u200f 日本語 a\u00adb",
    "two\nlines \u0085 and\u2028more, \ufeffmarked\t\u001c no-one@home   spaced  ",
    "👩\u200d👩\u200d👧 ok 🇮🇹!",
    "a",
)
KINDS = {
    "word": LanguageModel(embedding_size=12, hidden_size=20, cutoffs=(10, 30)),
    "rare": LanguageModel(embedding_size=12, hidden_size=20, cutoffs=(10, 30), rare_block=7),
    "pretokenized": LanguageModel(cell="gru", layers=2, embedding_size=12, hidden_size=9, tied=False, softmax="full"),
    "char": LanguageModel(level="char", cell="rnn-tanh", embedding_size=7, hidden_size=10, tied=False, softmax="full"),
    "relu": LanguageModel(level="char", cell="rnn-relu", embedding_size=8, hidden_size=8, softmax="full"),
    "bpe": LanguageModel(level="bpe", embedding_size=8, hidden_size=11, softmax="full", dropout=0.5),
}


def vocabulary_of(kind: str, level: str) -> Vocabulary:
    """Of most of the tokens of TEXTS, so that some are unknown."""
    if level == "bpe":
        merges, _ = learn_merges(TEXTS[:3] * 3, 300, 2)
        bare = Vocabulary("bpe", (), np.zeros(0, dtype=np.int64), merges=merges)
        tokens = sorted({*byte_alphabet(), *(a + b for a, b in bare.merges)})
        return replace(bare, tokens=tuple(tokens), counts=np.ones(len(tokens), dtype=np.int64))
    cutter = Vocabulary(level, SPECIALS[level], np.ones(len(SPECIALS[level])), lowercase=kind == "word")
    seen = [token for text in TEXTS for line in text.splitlines() for token in cutter.split(line)]
    made_up = [f"w{i}" for i in range(30)] if level == "word" else []
    tokens = tuple(dict.fromkeys([*SPECIALS[level], *seen[::2], *seen[1::4], *made_up]))
    counts = np.arange(len(tokens), 0, -1)
    return replace(cutter, tokens=tokens, counts=counts, pretokenized=kind == "pretokenized")


def byte_alphabet() -> list[str]:
    from tokenizers import pre_tokenizers

    return list(pre_tokenizers.ByteLevel.alphabet())


def run_of(kind: str, folder: Path) -> Run:
    """A run with random weights, in every part of the network."""
    model = KINDS[kind]
    run = Run(folder / kind)
    vocabulary = vocabulary_of(kind, model.level)
    run.path.mkdir()
    vocabulary.save(run.path / "tokenizer.json")
    stored = {key: value for key, value in vars(model).items() if value is not None}
    run.write_config({"kind": "language-model", "model": stored, "training": {"corpus": "x"}})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        untrained = LanguageModelNetwork(model, vocabulary.counts)
        for parameter in untrained.parameters():
            parameter.data.normal_(std=0.2 if model.cell == "rnn-relu" else 0.6)
    save_weights(run, untrained)
    return run


def test_a_matrix_is_kept_in_sixteen_bits_with_a_scale_a_row() -> None:
    scales, levels = in_levels(np.array([[1.0, -0.25], [0.0, 0.0], [-3.0, 3.0]]))
    assert levels.tolist() == [[32767, -8192], [0, 0], [-32767, 32767]]
    assert scales.tolist() == pytest.approx([1 / 32767, 1 / 32767, 3 / 32767])


def test_what_a_network_takes_is_known_before_it_is_written(tmp_path: Path) -> None:
    embedded = network(run_of("word", tmp_path))
    assert embedded is not None
    written = [value for weight in embedded.to_json()["weights"].values() for value in weight.values()]
    assert embedded.bytes == sum(len(text) for text in written if isinstance(text, str))


def test_a_network_that_is_too_large_is_left_out_and_says_so(run: Run) -> None:
    report = run_report(run, network_megabytes=0.01)
    (section,) = (section for section in report.sections if section.name == "network")
    (line,) = section.parts
    assert isinstance(line, Paragraph)
    assert "would take 0.2 MB of this page, where it may take 0.01" in line.text
    assert "`embedkit serve`" in line.text
    assert "--network-megabytes 1`" in line.text
    assert report.lineage is not None
    assert report.lineage.command == "embedkit report model --network-megabytes 0.01"
    assert "network" not in [section.name for section in run_report(run, network_megabytes=0).sections]


def test_the_page_is_the_same_again_and_another_weight_makes_another(tmp_path: Path) -> None:
    def digest_of(weights: EmbeddedNetwork) -> str:
        page = to_html(Report("t", "", (Section("network", "", "", (NetworkBox(weights, "", "word"),)),)))
        return next(each.sha256 for each in page_digests(page) if each.name == "network-1-weights")

    run = run_of("word", tmp_path)
    first, again = network(run), network(run)
    assert first is not None
    assert again is not None
    assert digest_of(first) == digest_of(again)
    again.weights["core.layers.0.weight_hh_l0"][0, 0] += 0.01
    assert digest_of(first) != digest_of(again)


@pytest.mark.browser
def test_the_page_computes_what_the_library_does(browser: Any, tmp_path: Path) -> None:
    """All cells, both softmaxes, all ways to cut a text, against the library in single precision."""
    runs = [run_of(kind, tmp_path) for kind in KINDS]
    networks = [embedded for run in runs if (embedded := network(run)) is not None]
    boxes = tuple(NetworkBox(embedded, "", "token") for embedded in networks)
    file = render(Report("networks", "", (Section("network", "Networks", "", boxes),)), tmp_path / "page.html")
    opened = open_file(browser, file)
    for number, run in enumerate(runs, 1):
        equality = compare(opened.page, run, list(TEXTS), f"network-{number}")
        assert equality.same_tokens == len(TEXTS), run.name
        assert equality.probability < 1e-3
        assert equality.state < 1e-3
        assert equality.same_ten == len(TEXTS), run.name
    assert opened.complaints == []
    opened.page.close()


PAIRS = {
    "both": Seq2SeqModel(embedding_size=7, hidden_size=8, bottleneck_size=6, shared_vocabulary=True, feed="both"),
    "attentive": Seq2SeqModel(
        cell="gru", layers=2, attention="dot", feed="start", embedding_size=6, hidden_size=9, bottleneck_size=5
    ),
    "additive": Seq2SeqModel(
        cell="rnn-tanh", bidirectional=False, attention="additive", feed="every-step", hidden_size=7, tied=False
    ),
}


def pairs_run_of(kind: str, folder: Path) -> Run:
    """An encoder-decoder with random weights; those with attention write in characters."""
    model = PAIRS[kind]
    run = Run(folder / kind)
    run.path.mkdir()
    source = vocabulary_of("word", "word")
    target = source if model.shared_vocabulary else vocabulary_of("char", "char")
    save_vocabularies(run, source, None if model.shared_vocabulary else target)
    training = {"phrases": False, "stream": "none", "corpus": "x"}
    run.write_config({"kind": "seq2seq", "model": vars(model), "training": training})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        untrained = EncoderDecoder(model, source.counts, target.counts)
        for parameter in untrained.parameters():
            parameter.data.normal_(std=0.6)
    save_weights(run, untrained)
    return run


@pytest.mark.browser
def test_the_page_writes_what_the_library_does(browser: Any, tmp_path: Path) -> None:
    """Codes, encoder states, the first distribution and the beam's best, with both attentions and without one."""
    runs = [pairs_run_of(kind, tmp_path) for kind in PAIRS]
    boxes = tuple(PhraseBox(encoder_decoder(run), "", False) for run in runs)
    file = render(Report("networks", "", (Section("network", "Networks", "", boxes),)), tmp_path / "page.html")
    opened = open_file(browser, file)
    texts = [" ".join(text.splitlines()) for text in TEXTS]
    for number, run in enumerate(runs, 1):
        written = compare_writing(opened.page, run, texts, f"network-{number}")
        assert (written.same_tokens, written.same_ten, written.texts) == (len(TEXTS),) * 3, run.name
        assert written.probability < 1e-3
        assert written.state < 1e-3
    opened.page.fill("#network-2-text", TEXTS[0])
    opened.page.wait_for_selector("#network-2[data-read]")
    assert opened.page.locator("#network-2-beam .won rect").count() >= 1
    assert opened.page.locator("#network-2-answers li").count() == 5
    opened.page.select_option("#network-2-signal", "attention")
    assert "attention" in opened.page.locator("#network-2-heat canvas").get_attribute("aria-label")
    assert opened.complaints == []
    opened.page.close()


@pytest.fixture
def opened(browser: Any, report_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, report_file)
    yield opened
    opened.page.close()


def type_text(page: Any, text: str, tokens: int) -> None:
    page.fill("#network-1-text", text)
    page.wait_for_selector(f"#network-1[data-read='{tokens}']")


@pytest.mark.browser
def test_weights_are_decoded_when_the_reader_comes_to_them(opened: Opened) -> None:
    box = "document.getElementById('network-1').box"
    assert opened.page.evaluate(f"{box}.network === null")
    opened.page.locator("#network-1").scroll_into_view_if_needed()
    opened.page.wait_for_selector("#network-1[data-read]")
    assert opened.page.evaluate(f"{box}.network !== null")


@pytest.mark.browser
def test_a_reader_types_and_the_page_answers(opened: Opened, run: Run) -> None:
    page, text = opened.page, "the king of Saturn THE <img src=x onerror=alert(1)>"
    model, vocabulary = load_language_model(run)
    ids = typed_ids(vocabulary, text)
    type_text(page, text, len(ids))
    with torch.no_grad():
        hidden, _ = model.hidden(torch.tensor(ids)[:, None], model.initial_state(1))
        scores = model.log_probabilities(hidden[:, 0])
    nats = [-float(scores[i, token]) for i, token in enumerate(ids[1:])]
    shown = page.locator("#network-1-tokens small").all_inner_texts()
    assert shown == ["–", *(f"{value:.1f}" for value in nats)]
    said = page.locator("#network-1-status").inner_text()
    assert "Not among its 402 words, so that it reads them as “<unk>”: “Saturn”, “THE” (“the” is known)" in said
    assert page.locator("#network-1-tokens .unknown .word").all_inner_texts()[:2] == ["Saturn", "THE"]
    top = scores[-1].exp().topk(10)
    assert page.locator("#network-1-next .number").all_inner_texts() == [f"{100 * p:.1f} %" for p in top.values]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    assert [each["id"] for each in axe.run(page, context="#network").response["violations"]] == []
    page.locator("#network-1-temperature").fill("0")
    assert page.locator("#network-1-next .number").first.inner_text() == "100.0 %"
    assert opened.complaints == []


@pytest.mark.browser
def test_a_seed_gives_its_text_again(opened: Opened) -> None:
    page = opened.page
    type_text(page, "the king", 2)
    texts = []
    for seed in (4, 5, 4):
        page.fill("#network-1-seed", str(seed))
        page.click("#network-1-continue")
        page.wait_for_selector(f"#network-1-written[data-done='{seed}']")
        texts.append(page.locator("#network-1-written").text_content())
    assert texts[0] == texts[2] != texts[1]
    assert texts[0].startswith("the king ")
    page.click("#network-1-take")
    assert printable(page.input_value("#network-1-text")) == texts[0]


@pytest.mark.browser
def test_the_heat_map_grows_and_is_read_by_the_keyboard(opened: Opened) -> None:
    page = opened.page
    type_text(page, "the king", 2)
    width = "parseFloat(document.querySelector('#network-1-heat canvas').style.width)"
    before = page.evaluate(width)
    page.locator("#network-1-text").press("End")
    page.keyboard.type(" of the")
    page.wait_for_selector("#network-1[data-read='4']")
    assert page.evaluate(width) > before
    page.select_option("#network-1-signal", label="forget gate")
    page.locator("#network-1-heat canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    said = page.locator("#network-1-heat-status").inner_text()
    assert said.startswith("“king”, unit ")
    assert "forget gate 0." in said


@pytest.mark.browser
def test_a_typed_phrase_stands_on_the_map_and_has_its_nearest(browser: Any, tmp_path: Path) -> None:
    """One of the map's own phrases is typed: its nearest is itself, and it stands at its own coordinates."""
    run = pairs_run_of("both", tmp_path)
    translator, phrases = Translator(run), tuple(f"w{i} w{j}" for i in range(8) for j in range(5))
    space = EmbeddingSpace("both/phrases", phrases, translator.codes(phrases))
    projection = pca(space, measured=False)
    axes = axes_of(projection, space)
    assert axes is not None
    embedded = embed_space(space, key="both/phrases", name="phrases", answering=0, map_labels=[phrases])
    box = PhraseBox(encoder_decoder(run), "w1 w2", True, "w3 w3", embedded.key, space.vectors, {"pca": axes})
    atlas = phrase_atlas([embedded], {embedded.key: [projection]}, {})
    sections = (Section("atlas", "Atlas", "", (atlas,)), Section("network", "Network", "", (box,)))
    opened = open_file(browser, render(Report("phrases", "", sections, (embedded,)), tmp_path / "page.html"))
    page = opened.page
    page.locator("#network-1").scroll_into_view_if_needed()
    page.wait_for_selector("#network-1[data-read]")
    first = page.locator("#network-1-near li").first
    assert [first.locator(".word").inner_text(), first.locator(".cosine").inner_text()] == ["w1 w2", "1.000"]
    assert "exactly" in page.locator("#network-1-near-status").inner_text()
    ends = page.evaluate("Bokeh.documents.map(d => d.get_model_by_name('ends')).find(m => m).data")
    width = float(np.ptp(projection.points))
    assert np.allclose([ends["x"][0], ends["y"][0]], projection.points[phrases.index("w1 w2")], atol=1e-4 * width)
    way = [step.text for step in translator.interpolate("w1 w2", "w3 w3")]
    expected = [text for i, text in enumerate(way) if i == 0 or text != way[i - 1]]
    assert page.locator("#network-1-way .word").all_text_contents() == [text or "(empty)" for text in expected]
    assert opened.complaints == []
    page.close()


def keep_weights(path: Path, config: dict[str, Any], network: torch.nn.Module, std: float = 0.6) -> Run:
    """A run with the random weights of a network."""
    run = Run(path)
    run.path.mkdir()
    run.write_config(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        for parameter in network.parameters():
            parameter.data.normal_(std=std)
    save_weights(run, network)
    return run


@pytest.mark.browser
@torch.no_grad()
def test_the_labs_networks_decide_as_the_library_does(browser: Any, tmp_path: Path) -> None:
    """A classifier of sequences, an echo of bits, an adder and an executor of programs, each typed to."""
    model = ClassifierModel(cell="gru", hidden_size=5)
    classifier = SequenceClassifier(model, len(SYMBOLS), 4).eval()
    order = keep_weights(
        tmp_path / "order", {"kind": "classifier", "model": vars(model), "training": {"level": "easy"}}, classifier
    )
    tagger = Tagger("rnn-tanh", 1, 4).eval()
    bits = keep_weights(
        tmp_path / "bits", {"kind": "echo", "model": {"cell": "rnn-tanh"}, "training": {"delay": 2}}, tagger
    )
    shape, training = ExecuteModel(hidden_size=9, embedding_size=5), ExecuteTraining(task="addition")
    adder = EncoderDecoder(shape.network, SOURCE.counts, TARGET.counts).eval()
    config = {"kind": "execute", "model": vars(shape), "training": {"task": "addition", "reading": "doubled"}}
    sums = keep_weights(tmp_path / "sums", config, adder)
    programs = keep_weights(tmp_path / "programs", config | {"training": {"task": "programs"}}, adder)
    for each in (sums, programs):
        save_vocabularies(each, SOURCE, TARGET)
    executor = executor_network(programs)
    assert executor is not None
    assert split_of(executor.example) == "test"
    boxes = (
        SymbolBox(classifier_network(order)),
        SymbolBox(echo_network(bits)),
        PhraseBox(executor_network(sums), "12+34", False),
        PhraseBox(executor, executor.example, False),
    )
    page_file = render(Report("lab", "", (Section("network", "Lab", "", boxes),)), tmp_path / "page.html")
    opened = open_file(browser, page_file)
    page = opened.page
    program = "a=12\nfor x in range(3):a+=4\nprint(a)"
    typed = ((1, "BXadYcaE", 8), (2, "1011 0x1", 6), (3, "57+8", 10), (4, program, len(program) + 1))
    for number, text, read in typed:
        page.fill(f"#network-{number}-text", text)
        page.wait_for_selector(f"#network-{number}[data-read='{read}']")
    told = classifier(torch.from_numpy(encode_symbols(["BXadYcaE"], level_of("easy").width)).T).softmax(1)[0]
    last = page.locator("#network-1-tokens small").last.inner_text()
    assert last == f"{'QRSU'[int(told.argmax())]} {float(told.max()):.2f}"
    assert "By the rule it is R" in page.locator("#network-1-status").inner_text()
    logits, _ = tagger(torch.tensor([1.0, -1, 1, 1, -1, 1])[:, None, None], tagger.initial_state(1))
    chances = [float(chance) for chance in logits.sigmoid().flatten()]
    shown = page.locator("#network-2-tokens small").all_inner_texts()
    assert shown == [f"{int(chance >= 0.5)} ({chance:.2f})" for chance in chances]
    assert "Left out, as it reads 0 1 alone: x." in page.locator("#network-2-status").inner_text()
    assert page.locator("#network-3-status").inner_text() == "The sum is 65."
    greedy = """id => {
        const { network, encoded } = document.getElementById(id).box;
        return network.text(network.unroll(encoded, network.longest[0]));
    }"""
    assert page.evaluate(greedy, "network-3") == execute(adder, ["57+8"], replace(training, reading="doubled"))[0]
    assert page.evaluate(greedy, "network-4") == execute(adder, [program], ExecuteTraining())[0]
    page.fill("#network-4-text", "1+" * 150)
    page.wait_for_selector("#network-4-status:has-text('Only the last 200 of its 301 tokens are read')")
    page.fill("#network-3-text", "two")
    page.wait_for_selector("#network-3-status:has-text('such as 12+34')")
    assert opened.complaints == []
    page.close()
