"""What a captioner is trained on: scenes that are made here, or images or vectors from files."""

from embedkit.errors import CorpusError, UsageError
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


def open_corpus_of(run: Run) -> CaptionCorpus:
    """The corpus that a run was trained on.

    Raises:
        CorpusError: it is no longer at hand, or has changed.
    """
    model, training = configurations(run)
    try:
        corpus = open_corpus(model, training)
    except UsageError as error:  # the run was trained from another folder, or its file has gone
        raise CorpusError(f"the corpus of run {run.name} is not at hand: {error}") from None
    if corpus.checksum != run.provenance["corpus"]["checksum"]:
        raise CorpusError(f"{training.corpus} has changed since {run.name} was trained on it")
    return corpus


def checksum_of(run: Run) -> str:
    """The checksum of a run's corpus as it is now.

    Raises:
        UsageError, CorpusError: as `open_captions`.
    """
    return open_corpus(*configurations(run)).checksum
