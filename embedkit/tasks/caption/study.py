"""What a captioner's report needs: the score of its captions of held-out images, pictures of a few, and maps."""

from dataclasses import replace
from typing import TYPE_CHECKING

from embedkit.config import SCORED
from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.studies.columns import study_columns
from embedkit.studies.spaces import MAP_METHODS, map_space, study_space

if TYPE_CHECKING:
    from embedkit.tasks.caption.score import CaptionScore

BEAMS = 5


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Score its captions, lay out its image vectors and see what they are organised by, where its corpus is at hand."""
    study_captions(run, steps=steps)
    try:
        space = study_space(run, "codes", steps)
    except CorpusError:  # the images are gone: the report does without their map
        return
    for method in MAP_METHODS:
        map_space(run, "codes", space, method, map_points, steps)
    study_columns(run, "codes", space, steps)


def study_captions(run: Run, *, steps: Steps) -> None:
    """Score the captions of the test images, or of valid where there are none; not where a score is there already, or
    the corpus is gone."""
    from embedkit.tasks.caption.score import CAPTION_SCORES

    if any(CAPTION_SCORES.load_or_none(run, split) is not None for split in ("test", "valid")):
        return
    try:
        with steps(f"{run.name}: caption held-out images by beam search"):
            evaluate_captioner(run, "test" if "test_images" in run.metrics else "valid")
    except CorpusError:
        return


def evaluate_captioner(
    run: Run,
    split: str,
    *,
    beams: int = BEAMS,
    length_penalty: float = 1.0,
    most: int | None = SCORED,
) -> "CaptionScore":
    """Score a run on images that it was not trained on, and keep the score with pictures of its examples.

    Args:
        most: at most so many images, the first; None for all.

    Raises:
        UsageError: its corpus has no such split.
        CorpusError: its corpus is no longer at hand, or has changed.
    """
    from embedkit.tasks.caption.data import open_corpus
    from embedkit.tasks.caption.images import png, save_pictures
    from embedkit.tasks.caption.objective import printed
    from embedkit.tasks.caption.predictions import CaptionWriter
    from embedkit.tasks.caption.score import CAPTION_SCORES, score_captions

    writer = CaptionWriter(run)
    corpus = corpus_of(run, open_corpus)
    if split not in corpus.splits:
        raise UsageError(f"--split {split}: {writer.training.corpus} has {', '.join(corpus.splits)}")
    captioned = corpus.splits[split]
    inputs = captioned.inputs[:most]
    best = [candidates[0] for candidates in writer.captions(inputs, beams=beams, length_penalty=length_penalty)]
    score = score_captions(
        printed(captioned.captions[:most], writer.vocabulary),
        [caption.text for caption in best],
        [caption.log_probability for caption in best],
        captioned.names[:most],
        name=f"{run.name}/{split}",
        scenes=writer.of_scenes,
        originals=captioned.originals[:most],
        lowercase=writer.vocabulary.lowercase,
        copies=corpus.copies(split, most),
    )
    rows = {example.row for example in (*score.best, *score.typical, *score.worst)}
    are_images = corpus.vector_size is None
    save_pictures(run, split, {row: png(inputs[row]) for row in sorted(rows)} if are_images else {})
    score = replace(score, beams=beams, length_penalty=length_penalty)
    CAPTION_SCORES.save(run, score, split)
    return score
