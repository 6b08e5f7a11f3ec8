"""Verification of a captioner: held-out images are captioned again, and the pictures of its examples drawn again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away, unreadable
from embedkit.studies.verdicts import MEASURED, UNCHECKED, Remade, Verdict, same_figures


def _scores(run: Run, split: str) -> Verdict:
    """The score, and the pictures of its examples, which are the same to the byte."""
    from embedkit.tasks.caption.score import CAPTION_SCORES
    from embedkit.tasks.caption.study import BEAMS, evaluate_captioner

    stored = CAPTION_SCORES.load(run, split)
    beams = BEAMS if stored.beams is None else stored.beams
    penalty = 1.0 if stored.length_penalty is None else stored.length_penalty
    if away := corpus_away(run):
        return UNCHECKED, f"its images: {away}"
    with scratch_copy(run) as copy:
        try:
            again = evaluate_captioner(copy, split, beams=beams, length_penalty=penalty, most=stored.n)
        except CorpusError as error:
            return unreadable(run, error, "its images")
        pictures = [_pictures(each, split) for each in (run, copy)]
    before, now = ({"score": each, "pictures": drawn} for each, drawn in zip((stored, again), pictures, strict=True))
    so = f"{again.n:,} images captioned again by {beams} beams: the same"
    return same_figures(before, now, so, f"captioned again by {beams} beams, ", relative=MEASURED)


def _pictures(run: Run, split: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run.path / "pictures").glob(f"{split}-*.png")}


REMADE = (Remade("scores", ".json", _scores),)
