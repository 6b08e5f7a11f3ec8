"""An encoder-decoder around one bottleneck vector."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    kind="seq2seq",
    noun="an encoder-decoder",
    command=Command(
        "seq2seq",
        "",
        "Train an encoder-decoder around one bottleneck vector.\n\n"
        "It learns to translate dates (the default) or pairs of texts (--corpus), to reproduce a text's phrases "
        "(--phrases), to copy or reverse strings (--corpus copy), or a running text in windows (--stream). The "
        "defaults shown are those for dates; the others have their own. Ctrl-C keeps the best weights; --resume "
        "continues.",
        "embedkit train seq2seq --corpus copy --minutes 0.2",
    ),
    commands=(
        Command(
            "translate",
            "embedkit.tasks.seq2seq.commands:translate",
            "Translate texts with a seq2seq run: into one vector and back to words.",
            'embedkit translate "Thursday, March 4, 1999"',
        ),
        Command(
            "interpolate",
            "embedkit.tasks.seq2seq.commands:interpolate",
            "Decode points on the line between the vectors of two phrases.",
            'embedkit interpolate "in the north of" "at the end of" --steps 9',
        ),
        Command(
            "phrase-analogy",
            "embedkit.tasks.seq2seq.commands:phrase_analogy",
            "Solve an analogy between phrases, a is to b as c is to what: decoded, and as nearest training phrases.",
            'embedkit phrase-analogy "in the north" "in the south" "the north of"',
        ),
    ),
    configs=("config:Seq2SeqModel", "config:Seq2SeqTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="training:Seq2SeqTrainer",
    recipe="seq2seq",
    newest_in=("seq2seq", "phrases"),
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    network="embedded:network",
    answers="answers:Answers",
    material="material:PhraseMaterial",
    spaces=("phrases", "source", "target", "words"),
    derived_spaces=("words",),
    text_spaces=("phrases", "encoded"),
    extract="spaces:extract",
    encode="spaces:phrase_space",
    encoder="translator:Translator",
    reader="spaces:reading",
    files=("target/*", "phrases.tsv"),
    study="study:study",
    evaluate="commands:evaluate_pairs",
    checksum="data:checksum_of",
    remade="verification:REMADE",
)
