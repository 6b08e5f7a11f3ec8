"""A recurrent language model of words, characters or subwords."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    kind="language-model",
    noun="a language model",
    command=Command(
        "lm",
        "",
        "Train a recurrent language model on a corpus.\n\n"
        "The defaults shown are those for words; --level char, --level bpe and --preset gpu have their own. Without a "
        "budget (--minutes, --epochs or --steps) it makes four passes over the text, with --preset gpu it trains for "
        "30 minutes. Ctrl-C keeps the best weights; --resume continues.",
        "embedkit train lm --corpus wikipedia-sample --minutes 0.2",
    ),
    commands=(
        Command(
            "complete",
            "embedkit.tasks.language_model.commands:complete",
            "Continue a text with a language model.",
            'embedkit complete "The city was founded" --temperature 0.7',
        ),
        Command(
            "surprisal",
            "embedkit.tasks.language_model.commands:surprisal",
            "Measure the surprisal of each word of a text under a language model, as used in reading-time studies.\n\n"
            "One row per word: its sentence and position, its surprisal in nats and bits summed over its tokens, "
            "whether it is the first of its sentence or unknown to the model, and the entropy of the prediction before "
            "it. Words are split at spaces and keep their punctuation.",
            'embedkit surprisal "The city was founded by a king."',
        ),
    ),
    configs=("config:LanguageModel", "config:LanguageModelTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="objective:LanguageModelTrainer",
    recipe="language-model",
    newest_in=("language-model",),
    report_beside=True,
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    network="embedded:network",
    answers="answers:Answers",
    spaces=("input", "output", "sum", "contextual"),
    derived_spaces=("sum", "contextual"),
    word_spaces=("input", "output"),
    extract="spaces:extract",
    encode="spaces:hidden_space",
    checksum="data:checksum_of",
    remade="verification:REMADE",
    reader="spaces:reading",
    snapshots=True,
    probed=True,
    study="study:study",
    evaluate_pairs="minimal_pairs.commands:evaluate_pairs",
)
