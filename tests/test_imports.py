"""The arrows of the design: imports go down the flow and never back, and what is heavy is loaded late."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LAYERS = [
    (
        "addresses",
        "caches",
        "compilation",
        "controls",
        "errors",
        "files",
        "hints",
        "leftovers",
        "lock",
        "notebook",
        "numerals",
        "processes",
        "registry",
        "progress",
        "shortage",
        "spreadsheets",
        "workers",
    ),
    ("tasks",),  # the registry alone: see `layer`
    ("config", "corpora", "runs"),
    ("text",),
    ("models",),
    ("training",),
    ("decoding",),
    ("spaces",),
    ("analysis",),
    ("studies",),
    ("report",),
    ("display",),
    ("TASK",),
    ("estimators", "pipeline", "verification"),
    ("serve",),
    ("cli", "COMMANDS"),
    ("__main__",),
]
"""The flow. A module imports its own layer and those above it in this list."""

BETWEEN_TASKS = {
    ("execute", "seq2seq"): "a network that executes programs is an encoder-decoder of characters",
    ("speech", "language_model"): "a language model takes part in the search for what was said",
    ("writing", "language_model"): "what is written is offered by a language model",
}
"""Arrows from one task to another, and why."""

NAMES_TASKS = {
    "pipeline": "the demo is made of three tasks",
}
"""Modules outside the tasks that name some, and why."""

TORCH_FREE = (
    *(
        "addresses",
        "caches",
        "compilation",
        "controls",
        "errors",
        "files",
        "leftovers",
        "lock",
        "notebook",
        "numerals",
        "processes",
        "registry",
        "shortage",
        "spreadsheets",
        "workers",
        "config",
        "runs",
        "corpora",
        "analysis",
        "report",
        "display",
        "spaces",
    ),
    *(
        "text.blocks",
        "text.counting",
        "text.vocabulary",
        "text.words",
        "text.phrases",
        "text.bleu",
        "text.features",
        "text.typed",
    ),
)
"""Never torch, not even inside a function."""

HEAVY = {
    *("torch", "bokeh", "umap", "gensim", "sklearn", "scipy", "numba", "jinja2"),
    *("PIL", "prompt_toolkit", "pyarrow", "tokenizers", "joblib", "pandas", "babel", "sacrebleu", "cattrs"),
    *("distributed", "fsspec", "aiohttp", "s3fs", "huggingface_hub"),
}
"""Not loaded by `import embedkit` nor by `--help`."""

MAY_PRINT = ("cli",)
TORCH_IN_TASKS = (
    "network",
    "objective",
    "training",
    "trials",
    "flow",
    "predictions",
    "translator",
    "running_text",
    "sampling",
    "surprisal",
    "likelihood",
    "ranking",
    "continuations",
    "reader",
    "completion",
    "subwords",
    "spaces",
    "augmentation",
    "fusion",
)
"""Modules of a task that import torch, directly or through others, when they are loaded."""


@dataclass(frozen=True)
class Import:
    """`module` imports `target` at `line`, when it is loaded itself or only `late`, in a function."""

    module: str
    target: str
    line: int
    late: bool


def within(name: str, *parents: str) -> bool:
    """Whether a dotted name is one of the parents or under one."""
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def sources() -> dict[str, ast.Module]:
    """Every module of the package, its name without "embedkit.", parsed."""
    folder = ROOT / "embedkit"
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def statements(node: ast.AST, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import in a tree, and whether it stands in a function or only where types are checked."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late
        elif not isinstance(child, ast.expr):  # no expression holds an import
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            checking = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
            yield from statements(child, late or function or checking)


def imports(module: str, tree: ast.AST) -> Iterator[Import]:
    """What a module imports, modules of the package without "embedkit." and names of `from` imports appended."""
    for node, late in statements(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            assert node.level == 0, f"{module}:{node.lineno}: write the whole name, not a relative import"
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        for target in targets:
            yield Import(module, target.removeprefix("embedkit."), node.lineno, late)


def task(name: str) -> str | None:
    """The task whose folder a module is in: of "tasks.echo.capacity.score" echo; None of the registry."""
    parts = name.split(".")
    return parts[1] if parts[0] == "tasks" and f"tasks.{parts[1] if parts[1:] else ''}" in SOURCES else None


def layer(name: str) -> int | None:
    """A module's place in the flow. The registry of tasks lies near its start, the tasks near its end, and their
    commands beside the command line."""
    if task(name) is not None:
        name = "COMMANDS" if is_command(name) else "TASK"
    return next((i for i, names in enumerate(LAYERS) if within(name, *names)), None)


def is_command(name: str) -> bool:
    """Whether a module of a task is its part of the command line."""
    return task(name) is not None and "commands" in name.split(".")


def goes_back(arrow: Import) -> bool:
    """Whether an import goes against the flow."""
    here, there = layer(arrow.module), layer(arrow.target)
    return here is not None and there is not None and there > here


def torch_free(module: str) -> bool:
    if task(module) is not None:
        return module.rpartition(".")[2] not in TORCH_IN_TASKS
    return within(module, *TORCH_FREE)


def may_print(module: str) -> bool:
    return within(module, *MAY_PRINT) or is_command(module)


def prints(tree: ast.AST) -> list[int]:
    """Lines that write to the terminal: `print(…)`, `sys.stdout`, `sys.stderr`."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"))
    ]


SOURCES = sources()
ARROWS = [arrow for module, tree in SOURCES.items() for arrow in imports(module, tree)]


ARROWS_OF = {module: [arrow for arrow in ARROWS if arrow.module == module] for module in SOURCES}


def test_every_module_has_a_layer() -> None:
    assert [module for module in SOURCES if module and layer(module) is None] == []


def test_imports_go_down_the_flow() -> None:
    assert [arrow for arrow in ARROWS if goes_back(arrow)] == []


def test_tasks_know_each_other_only_where_it_says_so() -> None:
    arrows = {(task(a.module), task(a.target)) for a in ARROWS if task(a.module) and task(a.target)}
    assert {(one, other) for one, other in arrows if one != other} == set(BETWEEN_TASKS)


def test_nothing_outside_a_tasks_folder_names_it() -> None:
    naming = {a.module for a in ARROWS if task(a.module) is None and task(a.target) is not None}
    assert naming == set(NAMES_TASKS)


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("corpora.corpus", "from embedkit.report import compose", True),
        ("analysis.traces", "def f():\n    import embedkit.cli.app", True),
        ("training.loop", "from embedkit.spaces.space import EmbeddingSpace", True),
        ("report.page", "from embedkit.corpora import open_corpus", False),
        ("report.page", "import corpora", False),
    ],
)
def test_a_wrong_arrow_is_found(module: str, source: str, wrong: bool) -> None:
    (arrow,) = imports(module, ast.parse(source.replace("import corpora", "import json")))
    assert goes_back(arrow) == wrong


def test_the_design_names_what_the_arrows_start_from() -> None:
    layout = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert [name for name in LAYERS[0] if f" {name}.py" not in layout] == []


def test_the_folder_of_analysis_says_what_lives_there() -> None:
    folder = ROOT / "embedkit" / "analysis"
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert said is not None
    parts = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    names = set(re.findall(r"\w+", said))
    assert parts - {"__init__"} - names == set()


def test_torch_stays_left_of_the_hinge() -> None:
    assert [a for a in ARROWS if torch_free(a.module) and within(a.target, "torch", "safetensors.torch")] == []


@cache
def loads_torch(start: str) -> tuple[str, ...]:
    """The shortest chain of modules from this one to torch by what is imported at once, empty if there is none."""
    chains, seen = [(start,)], {start}
    for chain in chains:
        for arrow in ARROWS_OF[chain[-1]]:
            if arrow.late:
                continue
            if within(arrow.target, "torch"):
                return (*chain, "torch")
            # "spaces.space.EmbeddingSpace" is a name in the module "spaces.space".
            inner = arrow.target if arrow.target in SOURCES else arrow.target.rpartition(".")[0]
            if inner in SOURCES and inner not in seen:
                seen.add(inner)
                chains.append((*chain, inner))
    return ()


def test_nothing_right_of_the_hinge_loads_torch_through_another_module() -> None:
    assert [chain for module in SOURCES if torch_free(module) and (chain := loads_torch(module))] == []
    assert loads_torch("studies.tracing") != ()


def test_every_module_that_may_reach_torch_does() -> None:
    late = {arrow.module for arrow in ARROWS if within(arrow.target, "torch")}
    names = {name.rpartition(".")[2] for name in SOURCES if task(name) and (name in late or loads_torch(name))}
    assert set(TORCH_IN_TASKS) <= names


def test_nothing_but_the_command_line_prints() -> None:
    assert [(m, line) for m, tree in SOURCES.items() if not may_print(m) for line in prints(tree)] == []
    assert [a for a in ARROWS if within(a.target, "rich") and not may_print(a.module)] == []
    assert prints(ast.parse("x = 1\nprint(x)\nsys.stdout.write(x)")) == [2, 3]


@pytest.mark.parametrize(
    "code",
    [
        "import embedkit",
        "import runpy; sys.argv = ['cli.py', '--help']\ntry: runpy.run_path('cli.py', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code",
    ],
    ids=["import embedkit", "cli.py --help"],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    program = f"import sys\n{code}\nprint('loaded:', *sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"
