"""A binary signal given back, some steps later."""

from embedkit.tasks import Command, Experiment, Task

TASK = Task(
    package=__name__,
    kind="echo",
    noun="an echo",
    unit="bit",
    command=Command(
        "echo",
        "",
        "Train a network to repeat a binary signal some steps later.\n\n"
        "Long series of coin tosses are cut into chunks and the state is carried from chunk to chunk: an output at "
        "every step, and a known answer. Ctrl-C keeps the best weights; --resume continues.",
        "embedkit train echo --delay 3 --chunk 10 --steps 300",
    ),
    configs=("config:EchoModel", "config:EchoTraining"),
    run_name="config:run_name",
    trainer="objective:EchoTrainer",
    recipe="echo",
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    network="embedded:network",
    study="study:study",
    evaluate="commands:evaluate",
    evaluate_options=("split",),
    checksum="data:checksum_of",
    remade="verification:REMADE",
    experiments=(
        Experiment(
            package=f"{__name__}.capacity",
            kind="echo-capacity",
            command=Command(
                "echo-capacity",
                "",
                "Measure how long an echo fits into how many units: one training per cell, size, delay and seed.\n\n"
                "Renders reports/html/echo-capacity.html. Finished trainings are kept; rerun the command to continue.",
                "embedkit lab echo-capacity --delays 1 2 --seeds 1 --steps 20 --name brief",
            ),
            options="trials:EchoCapacityOptions",
            perform="trials:echo_capacity",
            print_tables="commands:print_tables",
            trials="trials:trials",
            figures="trials:figures",
            impossible="trials:impossible",
            recipe="echo-capacity",
            summary="sections:summary",
            headlines="sections:headlines",
            sections="sections:SECTIONS",
            checksum="trials:checksum_of",
        ),
    ),
)
