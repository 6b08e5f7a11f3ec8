"""A finished run at work: the copy run gives strings back, and small drawn models show what is asked of a seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq import translator as module
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.translator import LONGEST_SOURCE, Translator
from embedkit.text.vocabulary import UNK
from embedkit.training.driver import train

STRINGS = ["abc", "q", "zz", "kxw"]


@pytest.fixture(scope="module")
def copier(copy_run: Run) -> Translator:
    return Translator(copy_run)


@pytest.fixture(scope="module")
def attentive(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Words with attention, trained for a few steps: what it says means nothing. "zebra" is out of vocabulary."""
    folder = tmp_path_factory.mktemp("attentive")
    words = ["one", "two", "three", "four"]
    rng = np.random.default_rng(0)
    rows = (" ".join(rng.choice(words, size=3)) for _ in range(200))
    (folder / "pairs.tsv").write_text("".join(f"{row}\t{row.upper()}\n" for row in rows), encoding="utf-8")
    model = Seq2SeqModel(
        attention="dot", min_count=2, embedding_size=8, hidden_size=8, bottleneck_size=4, dropout=0.0, softmax="full"
    )
    training = Seq2SeqTraining(corpus=str(folder / "pairs.tsv"), steps=4, evaluations=1, device="cpu")
    return Translator(train(model, training, folder / "runs" / "attentive"))


def test_the_vector_of_a_string_decodes_to_it(copier: Translator) -> None:
    codes = copier.codes(STRINGS)
    assert codes.shape == (4, 64)
    assert codes.dtype == np.float32
    assert copier.decode_codes(codes) == STRINGS
    assert copier.decode_codes(codes, longest=2) == ["ab", "q", "zz", "kx"]
    assert copier.gives_back
    assert not copier.attends


def test_the_ends_of_a_line_are_the_two_strings(copier: Translator) -> None:
    found = copier.interpolate("abc", "kxw", steps=5)
    assert [step.share for step in found] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert (found[0].text, found[-1].text) == ("abc", "kxw")
    a, b = copier.codes(["abc", "kxw"])
    assert found[1].text == copier.decode_codes((0.75 * a + 0.25 * b)[None])[0]
    assert [step.text for step in copier.interpolate("zz", "zz", steps=3)] == ["zz"] * 3
    with pytest.raises(UsageError, match="--steps 1: must be at least 2"):
        copier.interpolate("a", "b", steps=1)


def test_an_analogy_is_a_sum_of_vectors(copier: Translator) -> None:
    vector, text = copier.analogy("abc", "abc", "kxw")
    np.testing.assert_allclose(vector, copier.codes(["kxw"])[0], atol=1e-5)
    assert text == "kxw"
    a, b, c = copier.codes(["ab", "cd", "ef"])
    np.testing.assert_allclose(copier.analogy("ab", "cd", "ef")[0], b - a + c, atol=1e-5)


def test_translations_are_ranked_and_one_beam_is_greedy(copier: Translator) -> None:
    for found, text in zip(copier.translate(STRINGS, beams=4), STRINGS, strict=True):
        assert found[0].text == text
        assert found[0].ended
        assert len({each.text for each in found}) == len(found)
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    greedy = copier.translate(STRINGS, beams=1)
    assert [[each.text for each in few] for few in greedy] == [[text] for text in STRINGS]
    for options, said in (({"beams": 0}, "--beams 0"), ({"length_penalty": -1.0}, r"--length-penalty -1\.0")):
        with pytest.raises(UsageError, match=said):
            copier.translate(["a"], **options)
    assert copier.translate([]) == []


def test_a_batch_is_its_texts_one_by_one(copier: Translator, attentive: Translator) -> None:
    for translator, texts in (
        (copier, ["", "abc", "q" * 30, "ab" * 9, "zz"]),
        (attentive, ["one two", "", "four " * 9]),
    ):
        for beams in (1, 3):
            together = translator.translate(texts, beams=beams)
            small = translator.translate(texts, beams=beams, batch=2)
            for text, found, also in zip(texts, together, small, strict=True):
                (alone,) = translator.translate([text], beams=beams)
                assert [each.text for each in found] == [each.text for each in alone]
                assert [each.text for each in also] == [each.text for each in alone]
                assert [each.score for each in found] == pytest.approx([each.score for each in alone], rel=1e-4)
    codes = copier.codes(["", "abc", "q" * 30])
    np.testing.assert_allclose(codes[1:2], copier.codes(["abc"]), atol=1e-5)
    np.testing.assert_allclose(codes[0:1], copier.codes([""]), atol=1e-5)


@pytest.mark.parametrize(
    "text", ["", " ", "abcabcabcabcabcabcabc", "Ключ от квартиры", "日本語", "a\nb", "\n", "</script>", "\ud800"]
)
def test_any_text_has_an_answer(copier: Translator, attentive: Translator, text: str) -> None:
    for translator in (copier, attentive):
        (found,) = translator.translate([text])
        assert isinstance(found[0].text, str)
        assert np.isfinite(translator.codes([text])).all()
        assert len(translator.sample([text])) == 1
        assert translator.search(text).hypotheses
    assert copier.interpolate(text, "abc", steps=2)[1].text == "abc"
    looked = attentive.attention(text)
    assert looked.weights.shape == (len(looked.target), len(looked.source))


def test_unknown_tokens_are_counted_and_never_said(copier: Translator) -> None:
    assert copier.unknown_words("abc") == 0
    assert copier.unknown_words("aЖcÜ") == 2
    for few in copier.translate(["aЖcÜ", "ЖЖЖ"], beams=5):
        assert not [each for each in few if UNK in each.text]
    assert not [each for each in copier.sample(["ЖЖЖ"] * 20, temperature=3.0) if UNK in each.text]


def test_a_text_that_is_too_long_is_refused(copier: Translator) -> None:
    longest = "a" * (LONGEST_SOURCE - 1)  # and the end
    assert copier.codes([longest]).shape == (1, 64)
    with pytest.raises(UsageError, match=r"'aaaa.*… has 2,001 tokens; 2,000 are the most: split it"):
        copier.codes([longest + "a"])


# Sampling.
def test_samples_follow_their_seed(copier: Translator) -> None:
    one, two, other = (
        [each.text for each in copier.sample(["abc"] * 30, temperature=4.0, seed=seed)] for seed in (1, 1, 2)
    )
    assert one == two != other
    assert len(set(one)) > 10
    assert {each.text for each in copier.sample(["abc"] * 30, temperature=1e-3)} == {"abc"}
    with pytest.raises(UsageError, match=r"--temperature 0\.0: must be above 0"):
        copier.sample(["a"], temperature=0.0)
    assert copier.sample([]) == []


def test_sampling_leaves_the_callers_generator_alone(copier: Translator) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    copier.sample(["abc"])
    assert torch.equal(torch.get_rng_state(), before)


def test_a_samples_probability_is_that_of_its_text(copier: Translator) -> None:
    """With the true token before each, the end counted, whatever the temperature."""
    texts = ["abc", "q", "zz"] * 4
    for drawn, text in zip(copier.sample(texts, temperature=3.0, seed=5), texts, strict=True):
        assert drawn.ended
        ids = torch.tensor([*copier.target.encode(drawn.text), copier.target.line_end])
        encoded = copier.encode([text])
        with torch.no_grad():
            inputs = torch.cat([ids[-1:], ids[:-1]])[None]
            decoded = copier.model.decode(encoded, inputs, copier.model.start(encoded.code))
            scores = copier.model.log_probabilities(decoded.vectors[0])
        assert drawn.log_probability == pytest.approx(float(scores[torch.arange(len(ids)), ids].sum()), rel=1e-4)
    # And the search says the same of the same text.
    (best, *_) = copier.translate(["abc"], beams=3)[0]
    (drawn,) = copier.sample(["abc"], temperature=1e-3)
    assert best.text == drawn.text
    assert drawn.log_probability == pytest.approx(best.log_probability, abs=1e-5)


# Attention.
def test_a_vector_alone_says_nothing_to_a_model_that_attends(attentive: Translator) -> None:
    assert attentive.attends
    assert not attentive.gives_back
    said = "run attentive attends to its source: a point between two has none to look at"
    with pytest.raises(UsageError, match=said):
        attentive.decode_codes(np.zeros((1, 4)))
    with pytest.raises(UsageError, match=said):
        attentive.interpolate("one", "two")
    with pytest.raises(UsageError, match=said):
        attentive.analogy("one", "two", "three")
    assert attentive.codes(["one"]).shape == (1, 4)


def test_where_the_model_looked(attentive: Translator, copier: Translator) -> None:
    looked = attentive.attention("one zebra")
    assert looked.source == ("one", UNK, "<eos>")
    assert looked.target[-1] == "<eos>"
    np.testing.assert_allclose(looked.weights.sum(axis=1), 1, atol=1e-5)
    with pytest.raises(UsageError, match="run copy has no attention"):
        copier.attention("abc")


def test_an_unknown_word_is_the_source_word_looked_at(attentive: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is made to say "<unk> one <unk>" and to look at the third, the first and the second token."""
    unk, one = attentive.target.unk, attentive.target.index_of("one")
    looks = np.eye(4)[[2, 0, 1, 3]]
    monkeypatch.setattr(attentive, "_weights", lambda encoded, ids: looks[: len(ids) + 1])
    encoded = attentive.encode(["Two  zebra\r\nfour"])
    assert attentive._text("Two  zebra\r\nfour", encoded, (unk, one, unk)) == "four one zebra"
    # What looks at the source's end stays unknown.
    looks = np.eye(4)[[3, 3, 3, 3]]
    assert attentive._text("two zebra four", encoded, (unk, one)) == f"{UNK} one"


def test_characters_are_copied_as_they_are_read(attentive: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line ends are read as spaces, one for each, and the text is copied from what was read."""
    letters = replace(attentive.source, level="char", tokens=(UNK, "\n", *"abc"), counts=np.ones(5), lowercase=False)
    monkeypatch.setattr(attentive, "source", letters)
    monkeypatch.setattr(attentive, "target", letters)
    monkeypatch.setattr(attentive, "_weights", lambda encoded, ids: np.eye(4)[[3, 1, 0]])
    assert attentive._ids("a\r\nbÜ").tolist() == [2, 0, 3, 0, 1]
    assert attentive._text("a\r\nbÜ", None, (0, 0)) == "Ü "


def test_an_unknown_word_may_be_said_only_with_attention(
    attentive: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []
    search = module.beam_search

    def noted(*arguments: object, banned: tuple[int, ...], **options: object) -> object:
        asked.append(tuple(banned))
        return search(*arguments, banned=banned, **options)

    monkeypatch.setattr(module, "beam_search", noted)
    attentive.translate(["one zebra"])
    attentive.search("one zebra")
    assert asked == [(), (attentive.target.unk,)]


def test_a_words_model_reads_a_line_end_as_a_space(attentive: Translator) -> None:
    np.testing.assert_allclose(attentive.codes(["one\ntwo"]), attentive.codes(["one two"]), atol=1e-6)


def test_what_is_learned_says_whether_it_gives_back(copy_run: Run, tmp_path: Path) -> None:
    for options, expected in (
        ({"corpus": "copy"}, True),
        ({"corpus": "reverse"}, False),
        ({"corpus": "a.txt", "phrases": True}, True),
        ({"corpus": "a.txt", "stream": "self"}, True),
        ({"corpus": "a.txt", "stream": "next"}, False),
    ):
        translator = Translator(copy_run)
        run = Run(tmp_path / "run")
        run.__dict__["config"] = {"training": {"phrases": False, "stream": "none", **options}}
        translator.run = run
        assert translator.gives_back is expected
