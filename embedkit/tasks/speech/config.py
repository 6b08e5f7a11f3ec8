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

FORMANTS, ESPEAK, CARD = "formant-digits", "espeak-digits", "free-spoken-digits"
"""The corpora that are made here, by the kit itself and by espeak-ng, and the one that has a card."""
HIGHEST_RATE = 96_000


@dataclass(frozen=True)
class SpeechModel(Checked):
    """The shape of a recogniser: log-mel frames, taken several at a time, recurrent layers, a label or none a step."""

    sample_rate: Count = 8_000
    "Samples a second; what comes at another rate is resampled."
    mels: Count = 40
    "Mel bands of a frame, which is 25 ms long; there is one every 10 ms."
    reduction: Count = 4
    "Frames that are read together: a step of the network is so many times 10 ms."
    level: SpeechLevel = "word"
    "What a label is: a word, or a character."
    cell: Cell = "gru"
    "The recurrent cell."
    layers: Count = 2
    "Recurrent layers."
    hidden_size: Count = 96
    "Units of each recurrent layer, in each direction."
    bidirectional: bool = True
    "Read backwards too; without it text can be written while somebody speaks (transcribe --stream)."
    dropout: Share = 0.2
    "Share of activations dropped between the layers in training."
    spelling: NotNegative = 0.0
    "Weight of a second loss in training: the first layer spells the words; 0 for none."

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
    "formant-digits or espeak-digits, made here; free-spoken-digits or where it lies; or a folder with transcripts.tsv."
    held_out_speaker: str | None = None
    "Test on this speaker, who is in no other split; by default test is that of the publisher."
    longest: Count = 7
    "Words of a string of recordings at most."
    pause: Positive = 0.5
    "Longest silence between two words of a string, in seconds."
    speed: Share = 0.15
    "Recordings are played so much faster or slower at most."
    level_range: NotNegative = 10.0
    "Strings are louder or softer by so many decibels at most."
    word_level_range: NotNegative = 0.0
    "The words of a string are louder or softer in training by so many decibels at most, each on its own."
    noise: NotNegative = 10.0
    "White noise is added in training, from so many decibels below the speech to 40; 0 for none."
    masked_bands: CountOrZero = 6
    "Mel bands in a row that are hidden in training at most; 0 for none."
    masked_frames: CountOrZero = 0
    "Frames in a row that are hidden in training at most, in two places; 0 for none."
    stretch: Share = 0.0
    "Frequencies are stretched or squeezed in training by so much at most, as by other vocal tracts."
    tempo: Share = 0.0
    "Speech is faster or slower in training by so much at most, its pitch and formants as they are."
    response: NotNegative = 0.0
    "Bands are raised and lowered in training by so many decibels at most, as by other microphones."
    strings: Count = 1_600
    "New strings of recordings in each epoch."
    held_out: Count = 400
    "Strings in each of valid and test."
    batch_size: Count = 16
    "Utterances of a batch."
    learning_rate: Positive = 3e-3
    "At its peak."
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
    """Made of the corpus."""
    return f"{name_after(training.corpus)}-speech"
