"""Every option of the kit, typed, frozen and with its default: the one place where defaults live. No torch here."""

from embedkit.config.analogies import COVERAGE_FLOOR, RESTRICT
from embedkit.config.caption import CAPTION_PRESETS, CaptionConfig, CaptionTrainingConfig
from embedkit.config.checked import from_table
from embedkit.config.language_model import PRESETS, Cell, LanguageModelConfig, Level, Softmax, TrainingConfig
from embedkit.config.optimisation import OptimisationConfig, Optimiser, Schedule
from embedkit.config.seq2seq import (
    SEQ2SEQ_PRESETS,
    Attention,
    Best,
    Feed,
    Seq2SeqConfig,
    Seq2SeqTrainingConfig,
    Stream,
)
from embedkit.config.word2vec import Word2VecConfig

__all__ = [
    "CAPTION_PRESETS",
    "COVERAGE_FLOOR",
    "PRESETS",
    "RESTRICT",
    "SEQ2SEQ_PRESETS",
    "Attention",
    "Best",
    "CaptionConfig",
    "CaptionTrainingConfig",
    "Cell",
    "Feed",
    "LanguageModelConfig",
    "Level",
    "OptimisationConfig",
    "Optimiser",
    "Schedule",
    "Seq2SeqConfig",
    "Seq2SeqTrainingConfig",
    "Softmax",
    "Stream",
    "TrainingConfig",
    "Word2VecConfig",
    "from_table",
]
