"""Verification of a language model: its vocabulary is counted again, its samples are drawn again with their seeds, and
its minimal pairs read again."""

from embedkit.runs.folder import Run
from embedkit.studies.sources import corpus_away, same_vocabulary
from embedkit.studies.verdicts import DIFFERS, UNCHECKED, Remade, Verdict, verdict
from embedkit.tasks.language_model import study
from embedkit.tasks.language_model.minimal_pairs.verification import REMADE as MINIMAL_PAIRS


def _samples(run: Run, _name: str) -> Verdict:
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.sampling import continue_text

    if not (run.path / "weights.safetensors").exists():
        return UNCHECKED, "the run's weights are gone"
    model, vocabulary = load_language_model(run)
    line = study.validation_line(run)
    prompt = vocabulary.decode(vocabulary.encode(line)[: study.PROMPT_TOKENS[vocabulary.level]])
    for sample in run.samples:
        if line and sample["prompt"] != prompt:
            return DIFFERS, f"the validation text begins with {prompt!r}, not {sample['prompt']!r}"
        pieces = continue_text(
            model,
            vocabulary,
            sample["prompt"],
            tokens=study.SAMPLE_TOKENS[vocabulary.level],
            temperature=sample["temperature"],
            seed=sample["seed"],
        )
        if "".join(pieces) != sample["text"]:
            return DIFFERS, f"at temperature {sample['temperature']:g} the weights give another text"
    return verdict(True, f"{len(run.samples)} samples drawn again: the same to the letter", "")


def _vocabulary(run: Run, _name: str) -> Verdict:
    from embedkit.corpora import open_corpus
    from embedkit.runs.options import configurations
    from embedkit.tasks.language_model.objective import build_vocabulary
    from embedkit.text.vocabulary import Vocabulary

    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    model, training = configurations(run)
    counted = build_vocabulary(model, open_corpus(training.corpus))
    return same_vocabulary(Vocabulary.load(run.path / "tokenizer.json"), counted)


REMADE = (
    Remade("", ".json", _samples, only="samples"),
    Remade("", ".json", _vocabulary, only="tokenizer"),
    *MINIMAL_PAIRS,
)
