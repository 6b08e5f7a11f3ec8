"""What the explorer can ask of an encoder-decoder."""

from typing import Any

from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run

BEAMS = 5


class Answers:
    """An encoder-decoder that is loaded. Each question is a method, and its answer is JSON-ready."""

    QUESTIONS = ("translate", "interpolate")

    def __init__(self, run: Run) -> None:
        from embedkit.tasks.seq2seq.translator import Translator

        self._translator = Translator(run)

    @classmethod
    def questions(cls, run: Run) -> tuple[str, ...]:
        """Those that can be asked of this run: a point between two texts has no source that a decoder could attend
        to."""
        return cls.QUESTIONS if run.config["model"]["attention"] == "none" else ("translate",)

    def translate(self, text: str, progress: Progress = no_progress) -> dict[str, Any]:
        """The best by beam search, with their log-probabilities in nats.

        Raises:
            UsageError: the text is too long.
        """
        (translations,) = self._translator.translate([text], beams=BEAMS)
        unknown = self._translator.unknown_words(text)
        return {
            "unknown": unknown,
            "translations": [[each.text, round(each.log_probability, 3)] for each in translations],
        }

    def interpolate(self, first: str, second: str, steps: int, progress: Progress = no_progress) -> dict[str, Any]:
        """What the points on the line between the vectors of two texts decode to.

        Raises:
            UsageError: the model attends to its source.
        """
        points = self._translator.interpolate(first, second, steps=steps)
        return {"steps": [[point.share, point.text] for point in points]}
