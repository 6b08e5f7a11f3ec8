"""An image or a vector in, words out."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    kind="captioner",
    noun="a captioner",
    command=Command(
        "caption",
        "",
        "Train a captioner: an image or a vector in, words out.\n\n"
        "By default on generated scenes of handwritten digits; or on your own images (--corpus). The defaults shown "
        "are those for scenes; images and vectors have others. Ctrl-C keeps the best weights; --resume continues.",
        "embedkit train caption --minutes 0.2",
    ),
    commands=(
        Command(
            "caption",
            "embedkit.tasks.caption.commands:caption",
            "Describe images with a captioner.",
            "embedkit caption --scene 5 --out scene.png",
        ),
    ),
    configs=("config:CaptionModel", "config:CaptionTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="objective:CaptionTrainer",
    recipe="caption",
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    material="material:CaptionMaterial",
    spaces=("codes",),
    extract="spaces:extract",
    study="study:study",
    evaluate="commands:evaluate_captions",
    checksum="data:checksum_of",
    remade="verification:REMADE",
)
