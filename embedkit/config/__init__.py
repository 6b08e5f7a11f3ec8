"""Every option of the kit, typed, frozen and with its default: the one place where defaults live. No torch here."""

from embedkit.config.analogies import COVERAGE_FLOOR, RESTRICT
from embedkit.config.architecture import Attention, Cell, Feed, Level, Softmax
from embedkit.config.caption import CAPTION_PRESETS, CaptionConfig, CaptionTrainingConfig
from embedkit.config.checked import from_table
from embedkit.config.classifier import (
    CLASSIFIER_PRESETS,
    ClassifierConfig,
    ClassifierTrainingConfig,
    Difficulty,
    Initialisation,
)
from embedkit.config.echo import EchoCapacityConfig, EchoConfig, EchoTrainingConfig
from embedkit.config.execute import (
    CURRICULA,
    EXECUTE_PRESETS,
    CurriculaConfig,
    Curriculum,
    ExecuteConfig,
    ExecuteModelConfig,
    ExecuteTask,
    Reading,
    Writing,
)
from embedkit.config.gradients import GradientsConfig
from embedkit.config.language_model import PRESETS, LanguageModelConfig, TrainingConfig
from embedkit.config.optimisation import OptimisationConfig, Optimiser, Schedule
from embedkit.config.seq2seq import (
    SEQ2SEQ_PRESETS,
    Best,
    Seq2SeqConfig,
    Seq2SeqTrainingConfig,
    Stream,
)
from embedkit.config.temporal_order import Network, TemporalOrderConfig
from embedkit.config.word2vec import Word2VecConfig

__all__ = [
    "CAPTION_PRESETS",
    "CLASSIFIER_PRESETS",
    "COVERAGE_FLOOR",
    "CURRICULA",
    "EXECUTE_PRESETS",
    "PRESETS",
    "RESTRICT",
    "SEQ2SEQ_PRESETS",
    "Attention",
    "Best",
    "CaptionConfig",
    "CaptionTrainingConfig",
    "Cell",
    "ClassifierConfig",
    "ClassifierTrainingConfig",
    "CurriculaConfig",
    "Curriculum",
    "Difficulty",
    "EchoCapacityConfig",
    "EchoConfig",
    "EchoTrainingConfig",
    "ExecuteConfig",
    "ExecuteModelConfig",
    "ExecuteTask",
    "Feed",
    "GradientsConfig",
    "Initialisation",
    "LanguageModelConfig",
    "Level",
    "Network",
    "OptimisationConfig",
    "Optimiser",
    "Reading",
    "Schedule",
    "Seq2SeqConfig",
    "Seq2SeqTrainingConfig",
    "Softmax",
    "Stream",
    "TemporalOrderConfig",
    "TrainingConfig",
    "Word2VecConfig",
    "Writing",
    "from_table",
]
