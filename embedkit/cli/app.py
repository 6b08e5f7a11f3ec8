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
        "List, download and inspect public corpora and question sets.",
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
        "List the runs that were trained, with their scores.",
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
        "A seq2seq run: exact match by how new the sources are, BLEU and chrF, scores by length, and how much it has "
        "memorised. A classifier: accuracy and its confusion table. An echo: accuracy by position in the chunk. A "
        "network that executes programs: exact outputs, by digit and by difficulty. A captioner: exact match, BLEU, "
        "and its kinds of mistakes. A speech recogniser: word errors by speaker, length and pause. A language model: "
        "minimal pairs of a good and a bad sentence, with --pairs blimp or a file.",
        "embedkit evaluate --split valid",
    ),
    Command(
        "trace",
        "embedkit.cli.trace:trace",
        "Draw what the units of a network do as it reads a text: states, gates, and named events in them.\n\n"
        "Renders reports/html/RUN-cell.html. The trace is saved with the run, and the run's report shows it too.",
        'embedkit trace "The city (founded in 1900) grew by a river."',
    ),
    Command(
        "probe",
        "embedkit.cli.probe:probe",
        "Find units that track quotes, brackets, lines or sentences, scored on held-out text against a control.\n\n"
        "Renders reports/html/RUN-cell.html. The probes are saved with the run, and the run's report shows them too.",
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
        "prints the ranked answers. Without words it scores the newest run on a question set (by default Google's), "
        "training a run first if there is none, and renders reports/html/analogy.html.",
        "embedkit analogy king - man + woman",
    ),
    Command(
        "similarity",
        "embedkit.cli.similarity:similarity",
        "Score a space on word similarity: does it rank pairs of words the way people do?",
        "embedkit similarity wordsim353",
    ),
    Command(
        "audit",
        "embedkit.cli.audit:audit",
        "Test which words a space associates with which: the word-embedding association test (WEAT), with checks.\n\n"
        "Prints the effect size, its permutation p, a bootstrap interval over words, how many words are known, and the "
        "effect sizes when random words of similar frequency replace the targets or the attributes.",
        "embedkit audit --weat career-family",
    ),
    Command(
        "map",
        "embedkit.cli.maps:make_map",
        "Project a space to two or three dimensions and measure how faithful the map is.",
        "embedkit map --method pca",
    ),
    Command(
        "clusters",
        "embedkit.cli.clusters:clusters",
        "Find clusters in a space and test whether the points form groups at all.",
        "embedkit clusters --points 500",
    ),
    Command(
        "columns",
        "embedkit.cli.columns:columns",
        "Measure what a space is organised by: which columns can be predicted from a point's neighbours?\n\n"
        "For each categorical column the purity of the neighbourhoods, for each number and date how much of its "
        "variance the nearest points predict, each with its 95 % interval and the range that shuffled values give.",
        "embedkit columns --points 500",
    ),
    Command(
        "compare",
        "embedkit.cli.compare:compare",
        "Compare two spaces: how similar they are and which words moved. Also compares one run over its training, or a "
        "series of spaces.\n\n"
        "Renders reports/html/compare-A-B.html, with both maps side by side. The results are saved with the first run.",
        "embedkit compare --words river -k 5",
    ),
    Command(
        "report",
        "embedkit.cli.report:report",
        "Render a run as one HTML file that opens offline.\n\n"
        "Whatever the report needs and the run does not have yet (maps, analogies, samples, a trace) is made first.",
        "embedkit report",
    ),
    Command(
        "serve",
        "embedkit.cli.serve:serve",
        "Explore the runs live in a browser: search, recompute maps, analogies, texts, traces, comparisons.\n\n"
        "Listens on this machine only, unless --host says otherwise; then the address that it prints has a token.",
        "embedkit serve --port 5006",
    ),
    Command(
        "export",
        "embedkit.cli.export:export",
        "Write a space to a file that other tools can load.",
        "embedkit export --format word2vec --out vectors.txt",
    ),
    Command(
        "lab",
        "embedkit.cli.lab:app",
        "Run experiments made of many small training runs, each with a report.",
        "embedkit lab temporal-order --levels easy --seeds 1 --epochs 2 --name look",
    ),
    Command(
        "demo",
        "embedkit.cli.demo:demo",
        "Run every step in a few minutes: train on real text, and write one HTML report.",
        "embedkit demo --minutes 0.5",
    ),
    Command(
        "completion",
        "embedkit.cli.completion:completion",
        "Print a script that lets a shell complete commands, options and their choices.\n\n"
        "bash: source <(embedkit completion bash), in ~/.bashrc to make it permanent. zsh: write it to a file named "
        "_embedkit in a folder of $fpath. fish: write it to ~/.config/fish/completions/embedkit.fish. It completes the "
        "installed embedkit command, not python cli.py.",
        "embedkit completion bash",
    ),
)

COMMANDS = (*_FIRST, *(command for task in all_tasks() for command in task.commands), *_THEN)
"""The stops from a corpus to a report in their order; what belongs to a task stands in its folder."""

JOURNEY = """\
embedkit: from a corpus to a report, one command per step.

{stops}

Help on a command: embedkit COMMAND --help
In a checkout, `python cli.py` is the same as `embedkit`.
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
    return f"The --help of each command ends with an example.\n\n{epilogue(example)}"


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
    help_epilogue="Without a command, embedkit lists the steps from a corpus to a report, with an example for each."
    f"\n\n{epilogue('embedkit demo --minutes 0.5')}",
    version=embedkit.__version__,
    default_parameter=Parameter(negative_iterable="", consume_multiple=True),
    default_command=journey,
    suppress_keyboard_interrupt=False,  # edge.py says what is kept and how to go on
)
for _command in COMMANDS:
    register(app, _command)
