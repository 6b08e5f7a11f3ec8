"""What a report of a language model needs: its spaces of words, samples of its text, and a trace."""

from embedkit.errors import CorpusError, UsageError
from embedkit.files import write_json
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.words import study_words

TEMPERATURES = (0.5, 0.8, 1.1)
SAMPLE_TOKENS = {"word": 60, "bpe": 90, "char": 300}
PROMPT_TOKENS = {"word": 4, "bpe": 6, "char": 20}
TRACE_TOKENS = {"word": (12, 40), "bpe": (16, 60), "char": (40, 160)}
"""By level, the shortest line in tokens that a trace is taken over, and the length to which a longer one is cut."""


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Make what is not kept yet; `map_points` are the points of each map, None for as many as usual."""
    study_words(run, map_points, steps)
    sample_texts(run, steps)
    trace_sentence(run, steps)


def sample_texts(run: Run, steps: Steps) -> None:
    """Keep text from the start of a validation line, at several temperatures, where none is kept yet."""
    if run.samples:
        return
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.sampling import continue_text

    with steps(f"{run.name}: sample text at temperatures {', '.join(f'{t:g}' for t in TEMPERATURES)}"):
        model, vocabulary = load_language_model(run)
        level, seed = vocabulary.level, 0
        ids = vocabulary.encode(validation_line(run))[: PROMPT_TOKENS[level]]
        prompt = vocabulary.decode(ids)
        samples = []
        for temperature in TEMPERATURES:
            pieces = continue_text(
                model, vocabulary, prompt, tokens=SAMPLE_TOKENS[level], temperature=temperature, seed=seed
            )
            samples.append({"prompt": prompt, "temperature": temperature, "seed": seed, "text": "".join(pieces)})
        write_json(run.path / "samples.json", samples)


def trace_sentence(run: Run, steps: Steps) -> None:
    """The hidden states over a sentence of the validation text; where that is gone, over a sampled text."""
    if run.artefacts("traces", ".npz"):
        return
    from embedkit.analysis.cells.traces import TRACES
    from embedkit.studies.tracing import read, trace_reading

    with steps(f"{run.name}: trace the hidden states over a sentence"):
        text = validation_line(run) or run.samples[0]["text"]
        TRACES.save(run, trace_reading(read(run, lambda vocabulary: vocabulary.encode(text))), "sentence")


def validation_line(run: Run) -> str:
    """The first line of the validation text that is long enough for a trace, cut where it would be too long.

    Empty where the corpus cannot be read again: it came through standard input, or its file is gone.
    """
    from embedkit.corpora import open_corpus
    from embedkit.text.vocabulary import Vocabulary

    source = run.config["training"]["corpus"]
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    shortest, longest = TRACE_TOKENS[vocabulary.level]
    if source == "-":
        return ""
    try:
        for line in open_corpus(source).lines("valid"):
            ids = vocabulary.encode(line)
            if len(ids) >= shortest:
                return vocabulary.decode(ids[:longest])
    except (CorpusError, UsageError):
        pass
    return ""
