"""What a captioner is trained on: scenes that are made here, or images or vectors from files."""

from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.caption.corpus import CaptionCorpus
from embedkit.tasks.caption.files import open_captions
from embedkit.tasks.caption.scenes import scene_corpus

SCENES = "scenes"
"""The corpus that is made here."""


def open_corpus(model: CaptionModel, training: CaptionTraining) -> CaptionCorpus:
    """The corpus that a configuration names: scenes, or the files of `training.corpus`.

    Raises:
        UsageError, CorpusError: as `open_captions`.
    """
    if training.corpus == SCENES:
        return scene_corpus(training.held_out, training.seed)
    return open_captions(
        training.corpus,
        side=model.image_size,
        colour=model.colour,
        images=training.images,
        most=training.most_images,
    )


def checksum_of(run: Run) -> str:
    """The checksum of a run's corpus as it is now.

    Raises:
        UsageError, CorpusError: as `open_captions`.
    """
    return open_corpus(*configurations(run)).checksum
