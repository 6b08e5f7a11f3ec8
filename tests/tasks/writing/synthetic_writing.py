"""What an evaluation on the keypad keeps with a run, without a model: hostile words among the right ones."""

import numpy as np

from embedkit.runs.folder import Run
from embedkit.tasks.writing.keypad import KeyedWord
from embedkit.tasks.writing.offers import OFFERS, Offer, OfferSheet
from embedkit.tasks.writing.score import KEYPAD_SCORES, keypad_score
from tests.report import synthetic

WORDS = (("of", "63"), ("me", "63"), ("home", "4663"), ("good", "4663"), ("rings", "74647"), ("the", "843"))


def keep(run: Run, *, words: int = 600, context: float = 0.97, frequency: float = 0.9) -> None:
    """Score sheets of both splits and offers; `context` and `frequency` of the words are ranked first."""
    rng = np.random.default_rng(6)
    keyed = []
    for i in range(words):
        word, digits = WORDS[i % len(WORDS)]
        ranks = [1 if rng.random() < share else 2 for share in (frequency, context)]
        other = synthetic.HOSTILE[i % len(synthetic.HOSTILE)]
        first = [(word, other) if rank == 1 else (other, word) for rank in ranks]
        keyed.append(KeyedWord(i // 20, f"… {other} ", word, digits, 1 + i % 11, *ranks, *first))
    keyed += [KeyedWord(0, "the ", "xyzzy", "99999", 0) for _ in range(words // 20)]
    for split in ("valid", "test"):
        KEYPAD_SCORES.save(run, keypad_score(keyed, run=run.name, split=split, vocabulary=4_321, resamples=100))
    offered = tuple(
        Offer(f"…before {hostile}", (hostile, "and the", "of a"), f"{hostile} and on") for hostile in synthetic.HOSTILE
    )
    OFFERS.save(run, OfferSheet("valid", 0, (*offered, Offer("nothing fits", (), "here"))))
