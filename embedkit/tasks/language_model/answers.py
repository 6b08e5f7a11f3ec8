"""What the explorer can ask of a language model."""

from typing import Any

from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.text.typed import unknown_tokens


class Answers:
    """A language model that is loaded. Each question is a method, and its answer is JSON-ready."""

    QUESTIONS = ("complete",)

    def __init__(self, run: Run) -> None:
        from embedkit.tasks.language_model.network import load_language_model

        self._model, self._vocabulary = load_language_model(run)

    @classmethod
    def questions(cls, run: Run) -> tuple[str, ...]:
        """Those that can be asked of this run."""
        return cls.QUESTIONS

    def complete(
        self, text: str, tokens: int, temperature: float, seed: int, progress: Progress = no_progress
    ) -> dict[str, Any]:
        """How the text goes on, and which of its words are unknown to the model. The progress is called as it is drawn.

        Raises:
            UsageError: an option is out of range.
        """
        from embedkit.tasks.language_model.sampling import continue_text

        pieces = []
        drawn = continue_text(self._model, self._vocabulary, text, tokens=tokens, temperature=temperature, seed=seed)
        for piece in drawn:
            pieces.append(piece)
            progress(len(pieces) / tokens)
        return {"text": "".join(pieces), "unknown": sorted(set(unknown_tokens(self._vocabulary, text)))}
