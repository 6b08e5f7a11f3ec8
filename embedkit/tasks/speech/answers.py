"""What the explorer can ask of a recogniser."""

from typing import Any

from embedkit.config.serve import LONGEST_SOUND
from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run


class Answers:
    """A recogniser that is loaded. Each question is a method, and its answer is JSON-ready."""

    QUESTIONS = ("transcribe",)

    def __init__(self, run: Run) -> None:
        from embedkit.tasks.speech.predictions import Transcriber

        self._transcriber = Transcriber(run)

    @classmethod
    def questions(cls, run: Run) -> tuple[str, ...]:
        """Those that can be asked of this run."""
        return cls.QUESTIONS

    def transcribe(self, sound: bytes, progress: Progress = no_progress) -> dict[str, Any]:
        """The words of a file of sound with the seconds between which each was recognised, and its spectrogram with the
        posterior over it as a figure of a page.

        Raises:
            UsageError: it is no sound that can be read, or too long.
        """
        from embedkit.tasks.speech.audio import sound_in
        from embedkit.tasks.speech.corpus import utterance_of
        from embedkit.tasks.speech.hearing_figure import hearing_figure

        try:
            samples = sound_in(sound, "this file", self._transcriber.rate, longest=LONGEST_SOUND).samples
        except CorpusError as error:
            raise UsageError(str(error)) from None
        progress(None)
        transcript = self._transcriber.samples(samples)
        progress(None)
        hearing = self._transcriber.hearing(utterance_of("", samples))
        return {
            "text": transcript.text,
            "words": [[word.text, word.start, word.stop] for word in transcript.words],
            "seconds": transcript.seconds,
            "figure": hearing_figure(hearing, ""),
        }
