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
        "Programs are made here, without end, after Zaremba & Sutskever 2014; with --task addition they are sums of "
        "two numbers. Held-out programs are in no batch. Ctrl-C keeps the best weights; --resume goes on.",
        "embedkit train execute --length 1 --nesting 1 --minutes 0.2",
    ),
    commands=(
        Command(
            "execute",
            "embedkit.tasks.execute.commands:execute",
            "Let a network that learned to execute programs say what a program prints, beside what it does print.\n\n"
            "A program is assignments, +, -, *, A if B<C else D, for x in range(N) and a print at its end. Anything "
            "else is refused, and nothing of it is run as Python.",
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
                "Learn to execute programs by four curricula side by side: none, naive, mix and combined.",
                "embedkit lab curricula --length 1 --nesting 1 --steps 100 --seeds 1",
            ),
            options="trials:CurriculaOptions",
            perform="trials:compare_curricula",
            print_tables="commands:print_tables",
            recipe="curricula",
            summary="sections:summary",
            headlines="sections:headlines",
            sections="sections:SECTIONS",
            checksum="trials:checksum_of",
        ),
    ),
)
