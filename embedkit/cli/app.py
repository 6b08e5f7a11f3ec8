"""Every command: its name, where its code is, its help, and an example that works."""

from cyclopts import App, Parameter
from cyclopts.argument import ArgumentCollection

import embedkit
from embedkit.cli.choices import whole_numbers
from embedkit.errors import UsageError
from embedkit.processes import launch
from embedkit.tasks import Command, all_tasks

_FIRST = (
    Command(
        "corpora",
        "embedkit.cli.corpora:app",
        "List, fetch and look into public corpora and question sets.",
        "embedkit corpora show wikipedia-sample",
    ),
    Command(
        "train",
        "embedkit.cli.train:app",
        "Train a language model, an encoder-decoder, word vectors, or one of the lab's networks.",
        "embedkit train lm --minutes 1",
    ),
    Command(
        "runs",
        "embedkit.cli.runs:runs",
        "List what was trained, with its figures.",
        "embedkit runs",
    ),
)
_THEN = (
    Command(
        "encode",
        "embedkit.cli.encode:encode",
        "Turn texts of your choice into a space: the bottleneck vector of each, or a language model's hidden state.",
        'embedkit encode "in the north of" "in the south of" "he was born in"',
    ),
    Command(
        "evaluate",
        "embedkit.cli.evaluate:evaluate",
        "Score a run on held-out examples.\n\n"
        "A seq2seq run: exact match by how new the sources are, BLEU and chrF, by length, and what it knows by heart. "
        "A classifier: accuracy, and which class is taken for which. An echo: accuracy by position in the chunk. A "
        "network that executes programs: exact outputs, digit by digit and by difficulty. A captioner: exact match, "
        "BLEU, and what its mistakes are. A recogniser: word errors by speaker, length and pause. A language model: "
        "minimal pairs of a good and a bad sentence, with --pairs blimp or a file.",
        "embedkit evaluate --split valid",
    ),
    Command(
        "trace",
        "embedkit.cli.trace:trace",
        "Draw what the units of a network do as it reads a text: states, gates, and what happens in them.\n\n"
        "Renders reports/html/RUN-cell.html. The trace is kept with the run, and its report shows it too.",
        'embedkit trace "The city (founded in 1900) grew by a river."',
    ),
    Command(
        "probe",
        "embedkit.cli.probe:probe",
        "Find the units that follow quotes, brackets, lines or sentences, scored on held-out text beside a control.\n\n"
        "Renders reports/html/RUN-cell.html. The probes are kept with the run, and its report shows them too.",
        "embedkit probe --feature position --after the --tokens 5000",
    ),
    Command(
        "neighbors",
        "embedkit.cli.words:neighbors",
        "Show the words nearest to a word, by cosine.",
        "embedkit neighbors music river -k 5",
    ),
    Command(
        "analogy",
        "embedkit.cli.analogy:analogy",
        "Solve a word analogy, or score a space on a whole question set.\n\n"
        "With an expression (king - man + woman) or three words (man king woman: man is to king as woman is to …) it "
        "prints the ranked answers. With no words it runs a question set (by default Google's) on the newest run, "
        "which it trains first if there is none, and renders reports/html/analogy.html.",
        "embedkit analogy king - man + woman",
    ),
    Command(
        "similarity",
        "embedkit.cli.similarity:similarity",
        "Score a space on word similarity: does it rank pairs of words as people do?",
        "embedkit similarity wordsim353",
    ),
    Command(
        "audit",
        "embedkit.cli.audit:audit",
        "Test what a space associates with what: the word-embedding association test (WEAT), with its checks.\n\n"
        "Effect size, permutation p, a bootstrap interval over words, how many words are known, and what random words "
        "of like frequency show in the place of the targets and of the attributes.",
        "embedkit audit --weat career-family",
    ),
    Command(
        "map",
        "embedkit.cli.maps:make_map",
        "Lay a space out in two or three dimensions, and say how far the picture can be trusted.",
        "embedkit map --method pca",
    ),
    Command(
        "clusters",
        "embedkit.cli.clusters:clusters",
        "Find the clusters of a space, and say what speaks for them: do the points fall into groups at all?",
        "embedkit clusters --points 500",
    ),
    Command(
        "columns",
        "embedkit.cli.columns:columns",
        "Say what a space is organised by: which of the columns known of its points do neighbours tell?\n\n"
        "For each category how pure its neighbourhoods are, for each number and date how much of it the nearest points "
        "tell, each with its 95 % interval and beside it what shuffled values give.",
        "embedkit columns --points 500",
    ),
    Command(
        "compare",
        "embedkit.cli.compare:compare",
        "Lay two spaces side by side: how alike they are, and which words moved. Or one run over its training, or a "
        "series of spaces.\n\n"
        "Renders reports/html/compare-A-B.html, with both maps side by side. What is found is kept with the first run.",
        "embedkit compare --words river -k 5",
    ),
    Command(
        "report",
        "embedkit.cli.report:report",
        "Render a run as one HTML file that opens offline.\n\n"
        "What the report needs and the run does not have yet (maps, analogies, samples, a trace) is made first.",
        "embedkit report",
    ),
    Command(
        "serve",
        "embedkit.cli.serve:serve",
        "Explore the runs live, in a browser: search, maps laid out anew, analogies, texts, traces, comparisons.\n\n"
        "Listens to this machine alone unless --host says otherwise; then the address that it prints has a token.",
        "embedkit serve --port 5006",
    ),
    Command(
        "export",
        "embedkit.cli.export:export",
        "Write a space as a file that other tools load.",
        "embedkit export --format word2vec --out vectors.txt",
    ),
    Command(
        "lab",
        "embedkit.cli.lab:app",
        "Experiments of many small trainings, each with a report.",
        "embedkit lab temporal-order --levels easy --seeds 1 --epochs 2 --name look",
    ),
    Command(
        "demo",
        "embedkit.cli.demo:demo",
        "The whole journey in a few minutes: train on real text, and open one HTML report.",
        "embedkit demo --minutes 0.5",
    ),
    Command(
        "completion",
        "embedkit.cli.completion:completion",
        "Print a script that lets a shell complete commands, options and their choices.\n\n"
        "bash: source <(embedkit completion bash), in ~/.bashrc to keep it. zsh: write it to a file named _embedkit in "
        "a folder of $fpath. fish: write it to ~/.config/fish/completions/embedkit.fish. It completes the installed "
        "embedkit, not python cli.py.",
        "embedkit completion bash",
    ),
)

COMMANDS = (*_FIRST, *(command for task in all_tasks() for command in task.commands), *_THEN)
"""The stops from a corpus to a report in their order; what belongs to a task stands in its folder."""

JOURNEY = """\
embedkit: from a corpus to a report, one command a stop.

{stops}

More about a command: embedkit COMMAND --help
From a checkout, `python cli.py` does what `embedkit` does.
"""


def register(parent: App, command: Command) -> None:
    """Add a command by its import path; nothing is imported until it is called. What a group of commands ends its help
    with, `group_epilogue`, stands where the group is defined."""
    if command.target.endswith(":app"):
        parent.command(command.target, name=command.name, help=command.help)
    else:
        parent.command(command.target, name=command.name, help=command.help, help_epilogue=epilogue(command.example))


def epilogue(example: str) -> str:
    return f"Example:\n    {example}\n"


def group_epilogue(name: str) -> str:
    """The example of a group of commands, and that each of them has one too."""
    example = next(command.example for command in COMMANDS if command.name == name)
    return f"Each command has an example at the end of its --help.\n\n{epilogue(example)}"


def journey() -> None:
    """The stops from a corpus to a report, with one example each."""
    width = max(len(stop.name) for stop in COMMANDS) + 2
    print(JOURNEY.format(stops="\n".join(f"  {stop.name:<{width}}{stop.example}" for stop in COMMANDS)), end="")


def in_one_process(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Before any command that several processes cannot share.

    Raises:
        UsageError: torchrun started several.
    """
    if (count := launch().count) > 1:
        name = " ".join(("embedkit", *commands))
        raise UsageError(f"`{name}` is done in one process, not in {count}; start it without torchrun")


app = App(
    name="embedkit",
    config=(in_one_process, whole_numbers),
    help="Train small sequence models on public text, look inside what they learned, and report it.",
    help_format="plaintext",
    help_epilogue="With no command, embedkit shows the way from a corpus to a report, with an example for each stop."
    f"\n\n{epilogue('embedkit demo --minutes 0.5')}",
    version=embedkit.__version__,
    default_parameter=Parameter(negative_iterable="", consume_multiple=True),
    default_command=journey,
    suppress_keyboard_interrupt=False,  # edge.py says what is kept and how to go on
)
for _command in COMMANDS:
    register(app, _command)
