"""Recognisers of speech: their shape, what they are trained on, and the defaults by what is spoken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from embedkit.config.architecture import Cell
from embedkit.config.bounds import Count, CountOrZero, NotNegative, Positive, Share
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError
from embedkit.runs.folder import name_after

SpeechLevel = Literal["word", "char"]
"""What a label is."""
Scaling = Literal["corpus", "utterance"]
"""Whose spread a mel band is divided by."""

FORMANTS, ESPEAK, CARD = "formant-digits", "espeak-digits", "free-spoken-digits"
"""The corpora that are made here, by the kit itself and by espeak-ng, and the one that has a card."""
HIGHEST_RATE = 96_000


@dataclass(frozen=True)
class SpeechModel(Checked):
    """The shape of a recogniser: log-mel frames, taken several at a time, recurrent layers, a label or none a step."""

    sample_rate: Count = 8_000
    "Samples per second; sound at another rate is resampled."
    mels: Count = 40
    "Mel bands per frame; a frame is 25 ms long, and there is one every 10 ms."
    reduction: Count = 4
    "Frames read together: a step of the network is N times 10 ms."
    level: SpeechLevel = "word"
    "What a label is: a word, or a character."
    cell: Cell = "gru"
    "The recurrent cell."
    layers: Count = 2
    "Recurrent layers."
    hidden_size: Count = 96
    "Units of each recurrent layer, in each direction."
    bidirectional: bool = True
    "Read backwards too; without it, text can be written while someone speaks (transcribe --stream)."
    dropout: Share = 0.2
    "Share of activations dropped between the layers in training."
    spelling: NotNegative = 0.0
    "Weight of a second loss in training: the first layer spells the words; 0 for none."
    scaling: Scaling = "corpus"
    "Divide each mel band by its spread in the corpus, or in the utterance (variance normalisation)."

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spelling and self.level != "word":
            raise UsageError(f"--spelling {self.spelling:g}: letters are what --level {self.level} writes; take words")
        if not 2_000 <= self.sample_rate <= HIGHEST_RATE:
            raise UsageError(f"--sample-rate {self.sample_rate}: must be from 2,000 to {HIGHEST_RATE:,}")


@dataclass(frozen=True)
class SpeechTraining(Optimisation):
    """What a recogniser is trained on, and how."""

    UNUSED = ("embedding_rate_scale",)

    corpus: str = FORMANTS
    "formant-digits or espeak-digits (generated); free-spoken-digits or its path; or a folder with transcripts.tsv."
    held_out_speaker: str | None = None
    "Test on this speaker, who is in no other split; by default, the publisher's test split."
    longest: Count = 7
    "Most words in a string of recordings."
    pause: Positive = 0.5
    "Longest silence between two words of a string, in seconds."
    speed: Share = 0.15
    "Play recordings faster or slower by up to this share."
    level_range: NotNegative = 10.0
    "Make strings louder or softer by up to N decibels."
    word_level_range: NotNegative = 0.0
    "In training, make each word of a string louder or softer by up to N decibels."
    noise: NotNegative = 10.0
    "In training, add white noise between N and 40 decibels below the speech; 0 for none."
    masked_bands: CountOrZero = 6
    "In training, hide up to N adjacent mel bands; 0 for none."
    masked_frames: CountOrZero = 0
    "In training, hide up to N frames in a row, in two places; 0 for none."
    stretch: Share = 0.0
    "In training, stretch or squeeze frequencies by up to this share, as other vocal tracts would."
    tempo: Share = 0.0
    "In training, make speech faster or slower by up to this share, with pitch and formants unchanged."
    response: NotNegative = 0.0
    "In training, raise and lower bands by up to N decibels, as other microphones would."
    voices: Share = 0.0
    "In training, share of strings said by synthetic voices of espeak-ng, and of MBROLA where it is installed."
    strings: Count = 1_600
    "New strings of recordings in each epoch."
    held_out: Count = 400
    "Strings in each of valid and test."
    batch_size: Count = 16
    "Utterances per batch."
    learning_rate: Positive = 3e-3
    "Peak learning rate."
    weight_decay: NotNegative = 0.01
    "AdamW's decoupled decay."


SPEECH_PRESETS: dict[str, tuple[SpeechModel, SpeechTraining]] = {
    "digits": (SpeechModel(), SpeechTraining(minutes=10.0)),
    FORMANTS: (SpeechModel(hidden_size=48), SpeechTraining(steps=400, strings=1_600, held_out=200)),
    ESPEAK: (SpeechModel(hidden_size=48), SpeechTraining(corpus=ESPEAK, steps=400, strings=1_600, held_out=200)),
    "recordings": (
        SpeechModel(sample_rate=16_000, level="char", reduction=3, hidden_size=192),
        SpeechTraining(epochs=20.0, batch_size=8),
    ),
}
"""The defaults by what is spoken."""


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[SpeechModel, SpeechTraining]]:
    """The preset of what is spoken: digits made here, digits of a public corpus, or recordings with their texts. Where
    no corpus is named espeak-ng speaks, if it is installed."""
    from embedkit.tasks.speech.digits import holds_digits
    from embedkit.tasks.speech.espeak import installed

    corpus = option("corpus") or (ESPEAK if installed() else FORMANTS)
    if corpus in (FORMANTS, ESPEAK):
        name = corpus
    else:
        name = "digits" if corpus == CARD or holds_digits(corpus) else "recordings"
    return name, SPEECH_PRESETS[name]


def run_name(model: SpeechModel, training: SpeechTraining) -> str:
    """Made from the corpus."""
    return f"{name_after(training.corpus)}-speech"
