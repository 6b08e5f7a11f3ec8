"""What `embedkit report` is asked for: which recipe, about which runs."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from embedkit.errors import UsageError, unknown
from embedkit.report.compose import recipe_of, recipe_report
from embedkit.report.material import Material, encodes
from embedkit.report.page import Report
from embedkit.report.recipes import Recipe, installed_recipes, load_recipe, read_recipe
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run, list_runs, open_run, runs_folder

SHOWS = {"language-model": ["language-model"], "phrases": ["seq2seq"], "seq2seq": ["seq2seq"]}
"""By recipe, the kinds of run that the newest is looked for among; of most, any kind."""


@dataclass(frozen=True)
class Wanted:
    recipe: Recipe
    material: Material
    command: str
    name: str
    """Of the file that is rendered, without its suffix."""

    def report(self) -> Report:
        return recipe_report(self.recipe, self.material, self.command)


def wanted(first: str | None, second: str | None, baseline: str | None, phrases: str | None) -> Wanted:
    """The recipe and the runs that two words and the options name.

    Raises:
        UsageError: there is no such recipe or run, or the options do not go with it.
        ReportError: the recipe is wrong.
        RunError: a run is of another kind.
    """
    named = _recipe_of(first, alone=second is None)
    if named is None and second is not None:
        raise unknown("recipe", str(first), installed_recipes(), hint="(or the path of a .toml)")
    about = second if named else first
    own = named.run or next(iter(named.runs), "") if named is not None and about is None else ""
    others = _newest(named, str(first)) if named is not None and not (about or named.run) else ()
    if about or own:
        run = subject(about or own, named.folder if named is not None and own else Path())
    else:
        run = others[0] if others else open_run(kinds=SHOWS.get(named.name, []) if named is not None else [])
    beside = tuple(subject(name, named.folder) for name in named.beside) if named and not baseline else ()
    of_sections = tuple((name, subject(name, named.folder)) for name in named.runs) if named else ()
    encoded = phrases or (named.phrases if named else "")
    if (baseline or phrases) and recipe_of(run) != "language-model":
        raise UsageError(f"run {run.name} is a {run.kind} run; --baseline and --phrases go with a language model")
    if baseline:
        beside = (open_run(baseline, kinds=["word2vec"]),)
    at = named.folder if named and not phrases else Path()
    encoder = subject(encoded, at, ["seq2seq"]) if encoded else run if encodes(run) else None
    recipe = named or _default(run)
    words = ["embedkit report", *([shlex.quote(str(first))] if named else [])]
    words += [] if own or others else [shlex.quote(run.name)]
    words += [f"--baseline {shlex.quote(baseline)}"] if baseline else []
    words += [f"--phrases {shlex.quote(phrases)}"] if phrases else []
    several = others or (of_sections and not about)
    name = recipe.name if several else f"{recipe.name}-{run.name}" if named else run.name
    return Wanted(recipe, Material(run, beside, encoder, others=others, named=of_sections), " ".join(words), name)


def _recipe_of(word: str | None, *, alone: bool) -> Recipe | None:
    """The recipe that the first word names; None where it names a run or a file."""
    if word is None:
        return None
    if word.endswith(".toml"):
        return read_recipe(Path(word), section_specs())
    if alone and (Path(word).exists() or (runs_folder() / word / "config.toml").is_file()):
        return None
    return load_recipe(word, section_specs()) if word in installed_recipes() else None


def _default(run: Run) -> Recipe:
    return load_recipe(recipe_of(run), section_specs())


def _newest(recipe: Recipe, word: str) -> tuple[Run, ...]:
    """The newest finished run of each kind that the recipe's sections ask for; none where they ask for no kind."""
    newest = {run.subject: run for run in list_runs() if run.finished and run.subject in recipe.kinds}
    if recipe.kinds and not (newest or recipe.runs):
        kinds = ", ".join(recipe.kinds)
        raise UsageError(f"{word}: no finished run in {runs_folder()}/ is of a kind that it shows ({kinds})")
    return tuple(newest[kind] for kind in recipe.kinds if kind in newest)


def subject(source: str, folder: Path = Path(), kinds: list[str] | None = None) -> Run:
    """What a name stands for: a file, which is read into a run of its own, a run's folder, or a run by its name.

    Args:
        folder: what a path is relative to.
    """
    path = folder / source
    if path.is_file():
        from embedkit.spaces.open import home_of, open_space

        return home_of(str(path), open_space(str(path)))[0]
    found = str(path) if folder != Path() and (path / "config.toml").is_file() else source
    return open_run(found, kinds=kinds or ())
