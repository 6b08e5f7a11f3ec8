"""Writing with a language model: what it offers as one types, and words told from the keys of a telephone."""

from embedkit.tasks import Command, Task

TASK = Task(
    package=__name__,
    noun="writing with a language model",
    recipe="writing",
    headlines="sections:headlines",
    sections="sections:SECTIONS",
    remade="verification:REMADE",
    commands=(
        Command(
            "writer",
            "embedkit.tasks.writing.commands:writer",
            "Write with a language model that offers three continuations as you type.\n\n"
            "1, 2 or 3 takes an offer, Tab the first; Ctrl-D ends and prints the text. If standard input is not a "
            "terminal, the offers for each of its lines are printed.",
            'embedkit writer "The city was founded in"',
        ),
        Command(
            "t9",
            "embedkit.tasks.writing.commands:t9",
            "Rank the words that fit the digits of a telephone keypad, by a language model in context and by "
            "frequency alone.",
            'embedkit t9 843 2489 --context "he lived in"',
        ),
    ),
)
