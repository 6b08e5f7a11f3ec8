"""TOML: cards of corpora, recipes of reports, options of trainings, and sets of words of association tests."""

from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from benchmarks.hostile_inputs.sample import Item, Sample
from embedkit.analysis.association import word_sets
from embedkit.cli.options import read_config
from embedkit.config.checked import from_table
from embedkit.corpora.card import card_names, read_card
from embedkit.files import shipped
from embedkit.report.recipes import installed_recipes, read_recipe
from embedkit.report.sections.spec import section_specs
from embedkit.tasks import Task, all_tasks


def samples(folder: Path) -> Iterator[Sample]:
    for name in card_names()[::4]:
        content = (shipped("corpora") / f"{name}.toml").read_bytes()
        yield Sample("TOML", f"card {name}", {"card.toml": content}, partial(_read_card, b"[[files]]" in content))
    for name, path in list(installed_recipes().items())[::3]:
        yield Sample("TOML", f"recipe {name}", {"recipe.toml": path.read_bytes()}, _read_recipe)
    for task in all_tasks():
        if task.command is not None and not task.command.target:
            options = {f.name: f.default for kind in task.config_types() for f in fields(kind) if f.default is not None}
            content = tomli_w.dumps(options).encode()
            yield Sample("TOML", f"options of {task.name}", {"options.toml": content}, partial(_read_options, task))
    content = Path(word_sets.__file__).with_name(f"{word_sets.CALISKAN}.toml").read_bytes()
    # A touched value is of one test, and a test that is left out moves none.
    yield Sample("TOML", "sets of words", {"sets.toml": content}, _read_word_sets, slack=1)


def _items(record: Any) -> list[Item]:
    return [(field.name, repr(getattr(record, field.name))) for field in fields(record)]


def _read_card(several: bool, folder: Path) -> list[Item]:
    """`several`: its downloads stand in tables of their own."""
    card = read_card(folder / "card.toml")
    downloads = [("files", repr(card.downloads))] if several else _items(card.downloads[0])
    return [item for item in _items(card) if item[0] != "downloads"] + downloads


def _read_recipe(folder: Path) -> list[Item]:
    recipe = read_recipe(folder / "recipe.toml", section_specs())
    return [item for item in _items(recipe) if item[0] not in ("folder", "text", "name")]


def _read_options(task: Task, folder: Path) -> list[Item]:
    options = read_config(folder / "options.toml", task)
    kinds = task.config_types()
    names = [{field.name for field in fields(kind)} for kind in kinds]
    tables = [{key: value for key, value in options.items() if key in known} for known in names]
    return [item for kind, table in zip(kinds, tables, strict=True) for item in _items(from_table(kind, table))]


def _read_word_sets(folder: Path) -> list[Item]:
    return [(test.name, repr(test.sets)) for test in word_sets.read_tests(folder / "sets.toml")]
