"""Small programs read character by character, and what they print written digit by digit."""

from embedkit.tasks import Command, Experiment, Task

TASK = Task(
    package=__name__,
    kind="execute",
    noun="a network that executes programs",
    unit="char",
    command=Command(
        "execute",
        "",
        "Train a network to execute small Python programs: characters in, through one vector, digits out.\n\n"
        "Programs are generated endlessly, after Zaremba & Sutskever 2014; with --task addition they are sums of two "
        "numbers. Held-out programs are in no batch. Ctrl-C keeps the best weights; --resume continues.",
        "embedkit train execute --length 1 --nesting 1 --minutes 0.2",
    ),
    commands=(
        Command(
            "execute",
            "embedkit.tasks.execute.commands:execute",
            "Let a network that learned to execute programs predict what a program prints, next to its real output.\n\n"
            "A program consists of assignments, +, -, *, A if B<C else D, for x in range(N) and a final print. "
            "Anything else is refused, and nothing is run as Python.",
            r"embedkit execute 'a=12\nprint((a+34))'",
        ),
    ),
    configs=("config:ExecuteModel", "config:ExecuteTraining"),
    preset="config:preset",
    run_name="config:run_name",
    trainer="objective:ExecuteTrainer",
    recipe="execute",
    summary="sections:summary",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    network="embedded:network",
    files=("target/*",),
    study="study:study",
    evaluate="commands:evaluate_execution",
    evaluate_options=("split", "pairs"),
    checksum="data:checksum_of",
    remade="verification:REMADE",
    experiments=(
        Experiment(
            package=f"{__name__}.curricula",
            kind="curricula",
            command=Command(
                "curricula",
                "",
                "Compare four curricula for learning to execute programs: none, naive, mix and combined.",
                "embedkit lab curricula --length 1 --nesting 1 --steps 100 --seeds 1",
            ),
            options="trials:CurriculaOptions",
            perform="trials:compare_curricula",
            print_tables="commands:print_tables",
            trials="trials:trials",
            figures="trials:figures",
            impossible="trials:impossible",
            recipe="curricula",
            summary="sections:summary",
            headlines="sections:headlines",
            sections="sections:SECTIONS",
            checksum="trials:checksum_of",
        ),
    ),
)
