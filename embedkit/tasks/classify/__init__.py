"""Sequences told apart at their end: temporal order, and how far a gradient reaches."""

from embedkit.tasks import Command, Experiment, Task

TASK = Task(
    package=__name__,
    kind="classifier",
    noun="a classifier of sequences",
    unit="sequence",
    command=Command(
        "classify",
        "",
        "Train a sequence classifier on temporal order: where X and Y stood, reported at the sequence's end.\n\n"
        "The defaults shown are those for the easy level; every --level has its own. Ctrl-C keeps the best weights; "
        "--resume continues.",
        "embedkit train classify --level easy --cell gru --epochs 5",
    ),
    configs=("config:ClassifierModel", "config:ClassifierTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="objective:ClassifierTrainer",
    recipe="classifier",
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    network="embedded:network",
    material="sections:StateMaterial",
    spaces=("final",),
    extract="spaces:extract",
    study="study:study",
    evaluate="commands:evaluate",
    evaluate_options=("split", "pairs"),
    checksum="data:checksum_of",
    experiments=(
        Experiment(
            package=f"{__name__}.temporal_order",
            kind="temporal-order",
            command=Command(
                "temporal-order",
                "",
                "Compare plain and gated recurrent networks on temporal order, by level and over several seeds.\n\n"
                "Renders reports/html/temporal-order.html. Finished trainings are kept; rerun the command to continue.",
                "embedkit lab temporal-order --levels easy --seeds 1 --epochs 2 --name look",
            ),
            options="config:TemporalOrderOptions",
            perform="trials:temporal_order",
            print_tables="commands:print_tables",
            trials="trials:trials",
            figures="trials:figures",
            impossible="trials:impossible",
            recipe="temporal-order",
            summary="sections:summary",
            headlines="sections:headlines",
            sections="sections:SECTIONS",
            checksum="trials:checksum_of",
        ),
        Experiment(
            package=f"{__name__}.gradients",
            kind="gradients",
            command=Command(
                "gradients",
                "",
                "Vanishing and exploding gradients: how much of the loss's gradient reaches each earlier step.\n\n"
                "Planted matrices show the three textbook shapes; then each cell at each level of temporal order, "
                "before, during and after training, and the effect of clipping. Renders "
                "reports/html/gradients.html. Finished trainings are kept; rerun the command to continue.",
                "embedkit lab gradients --levels easy --steps 20 --name brief-gradients",
            ),
            options="config:GradientsOptions",
            perform="trials:gradient_lab",
            print_tables="commands:print_tables",
            trials="trials:trials",
            figures="trials:figures",
            impossible="trials:impossible",
            recipe="gradients",
            summary="sections:summary",
            headlines="sections:headlines",
            sections="sections:SECTIONS",
            checksum="trials:checksum_of",
        ),
    ),
)
