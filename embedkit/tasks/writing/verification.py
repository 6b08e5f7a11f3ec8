"""Verification of writing with a language model: the scores of the keypad are computed again, its words are counted
again, and the writer is asked again for what it offered."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away, unreadable
from embedkit.studies.verdicts import DIFFERS, EXACT, UNCHECKED, Remade, Verdict, same_figures, verdict
from embedkit.tasks.writing.offers import OFFERS
from embedkit.tasks.writing.score import KEYPAD_SCORES, SPLITS


def _keypad(run: Run, name: str) -> Verdict:
    """A score, or the offers. The words that can be typed are counted anew, and not read from the run."""
    from embedkit.tasks.writing.study import held_out_score, offers_again

    if name not in (*SPLITS, OFFERS.only):
        return DIFFERS, "the keypad keeps nothing that is called so"
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    try:
        with scratch_copy(run) as copy:
            if name == OFFERS.only:
                offers = OFFERS.load(run)
                so = f"the writer asked again in {len(offers.offers)} lines: the same"
                return same_figures(offers, offers_again(copy, offers.split, offers.seed), so, "asked again, ")
            stored = KEYPAD_SCORES.load(run, name)
            if stored.split != name:
                return DIFFERS, f"it is of the {stored.split} text, and kept as {name!r}"
            computed = held_out_score(copy, split=name, words=stored.words, seed=stored.seed)
    except CorpusError as error:
        return unreadable(run, error, "its text is not at hand as it was")
    so = f"{computed.words:,} words typed again: the same"
    return same_figures(stored, computed, so, "typed again, ", relative=EXACT, absolute=EXACT)


def _words(run: Run, _name: str) -> Verdict:
    from embedkit.progress import no_steps
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.writing.study import keypad_words
    from embedkit.tasks.writing.words import load_word_counts

    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    try:
        with scratch_copy(run) as copy:
            keypad_words(copy, load_language_model(copy)[1], steps=no_steps)
            counted = load_word_counts(copy)
    except CorpusError as error:
        return unreadable(run, error, "its text is not at hand as it was")
    if counted is None:
        return DIFFERS, "a run of words types those of its vocabulary, and keeps no others"
    same = list((load_word_counts(run) or {}).items()) == list(counted.items())
    return verdict(same, f"{len(counted):,} words counted again: the same", "counted again, its words are others")


REMADE = (Remade("keypad", ".json", _keypad, quick=True), Remade("keypad", ".tsv", _words, only="words"))
