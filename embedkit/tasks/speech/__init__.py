"""Sound in, text out: a recogniser of speech."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    kind="recogniser",
    noun="a recogniser",
    command=Command(
        "speech",
        "",
        "Train a speech recogniser: sound in, text out.\n\n"
        "By default on generated digits, spoken by espeak-ng if it is installed, otherwise by formant synthesis; or on "
        "the Free Spoken Digit Dataset, or on your own recordings with a table of their texts (--corpus). The defaults "
        "shown are those for generated digits; the others have their own. Ctrl-C keeps the best weights; --resume "
        "continues.",
        "embedkit train speech --steps 300",
    ),
    commands=(
        Command(
            "transcribe",
            "embedkit.tasks.speech.commands:transcribe",
            "Transcribe sound files: words, times, captions.",
            "embedkit transcribe --utterance 5 --out digits.wav",
        ),
    ),
    configs=("config:SpeechModel", "config:SpeechTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="objective:SpeechTrainer",
    recipe="speech",
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    material="material:SpeechMaterial",
    answers="answers:Answers",
    fuses=True,
    spaces=("states",),
    extract="spaces:extract",
    tracer="predictions:trace_file",
    retrace="study:retrace",
    study="study:study",
    evaluate="commands:evaluate",
    evaluate_options=("split", "pairs", "beams"),
    checksum="data:checksum_of",
    remade="verification:REMADE",
)
"""`embedkit train speech` and `embedkit transcribe`, and how a recogniser is evaluated and reported."""
