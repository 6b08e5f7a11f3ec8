"""Single precision beside bfloat16: whole training steps of every task's presets, and of recurrent layers by size.

    python -m benchmarks.precision --parts presets layers

Both are done in turns in one process on one thread, and what is counted is the processor's time, so that the figures
hold on a machine that does other work. The rule of `--precision auto` stands beside each: what it would choose.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from embedkit.config import Optimisation
from embedkit.runs.folder import Run
from embedkit.tasks import all_tasks
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.language_model.objective import LanguageModelObjective
from embedkit.training.loop import make_optimiser
from embedkit.training.objective import Objective
from embedkit.training.precision import gains_from_bfloat16, native_bfloat16

CELLS, UNITS, ROWS, STEPS, WORDS = ("lstm", "gru", "rnn-tanh"), (32, 64, 128, 256, 512), (8, 16, 64), 35, 100
PRECISIONS = ("fp32", "bf16")
PRESETS: dict[str, dict[str, Any]] = {
    "lm": {},
    "lm --level char": {"level": "char"},
    "seq2seq": {"corpus": "dates", "pairs": 2_000},
    "seq2seq --corpus copy": {"corpus": "copy", "pairs": 2_000},
    "classify --level normal": {"level": "normal"},
    "echo": {},
    "execute": {},
    "caption": {"corpus": "scenes"},
    "speech": {"corpus": "formant-digits"},
}
"""What is trained, by the words after `embedkit train`."""


class Stepper:
    """Whole training steps of one objective in one precision."""

    def __init__(self, objective: Objective, training: Optimisation, batches: Sequence[Any]) -> None:
        self.objective, self.batches, self.clip = objective, itertools.cycle(batches), training.clip
        self.optimiser = make_optimiser(objective.model, objective.tables(), training)
        self.state = objective.initial_state()
        objective.model.train()

    def run(self, steps: int) -> float:
        """Do so many steps → target tokens a second of the processor."""
        started, tokens = time.process_time(), 0
        for batch in itertools.islice(self.batches, steps):
            self.optimiser.zero_grad()
            step = self.objective.step(batch, self.state, 0.0)
            torch.nn.utils.clip_grad_norm_(self.objective.model.parameters(), self.clip)
            self.optimiser.step()
            tokens += step.tokens
        return tokens / (time.process_time() - started)


def speeds(steppers: Sequence[Stepper], seconds: float, rounds: int) -> tuple[list[float], float]:
    """The median tokens a second of each, and the median of the second as a multiple of the first, by round."""
    for stepper in steppers:
        stepper.run(1)
    started = time.process_time()
    steppers[0].run(2)
    steps = max(2, round(seconds / rounds / len(steppers) / ((time.process_time() - started) / 2)))
    measured = np.array([[stepper.run(steps) for stepper in steppers] for _ in range(rounds)])
    return [float(each) for each in np.median(measured, axis=0)], median(measured[:, 1] / measured[:, 0])


def of_layer(cell: Any, units: int, rows: int) -> list[Stepper]:
    """A language model of few words, whose recurrent layer is nearly all of its work."""
    steppers = []
    ids = np.random.default_rng(0).integers(WORDS, size=(4 * STEPS + 1, rows)).astype(np.int32)
    for precision in PRECISIONS:
        model = LanguageModel(cell=cell, hidden_size=units, embedding_size=min(units, 256), tied=False, softmax="full")
        training = LanguageModelTraining(batch_size=rows, bptt=STEPS, precision=precision)  # type: ignore[arg-type]
        network = LanguageModelNetwork(model, np.ones(WORDS))
        objective = LanguageModelObjective(network, training, ids, ids)
        steppers.append(Stepper(objective, training, list(objective.batches(0, 0))))
    return steppers


def of_preset(words: str, options: dict[str, Any], folder: Path) -> tuple[list[Stepper], bool]:
    """The preset of a task with these options, and whether the rule has it gain."""
    task = next(task for task in all_tasks() if task.command and task.command.name == words.split()[0])
    model, training = (kind() for kind in task.config_types())
    if task.preset:
        _, (model, training) = task.load("preset")(options.get)
    own = {name: value for name, value in options.items() if hasattr(training, name)}
    model = replace(model, **{name: value for name, value in options.items() if name not in own})
    training = replace(training, device="cpu", **own)
    steppers, gains = [], False
    for precision in PRECISIONS:
        trainer = task.load("trainer")(model, replace(training, precision=precision))
        run = Run(folder / f"{words}-{precision}".replace(" ", "-"))
        run.path.mkdir()
        material = trainer.open(lambda share, text="": None)
        trainer.model = trainer.keep(run, material, lambda share, text="": None)
        gains = trainer.gains_from_bfloat16()
        run.write_provenance({"corpus": dict(trainer.about(material))})
        run.write_config({"kind": task.kind, "model": asdict(trainer.model), "training": asdict(trainer.training)})
        objective = trainer.prepare(run, material, torch.device("cpu"), lambda share, text="": None).objective
        batches = list(itertools.islice(objective.batches(0, 0), 12))
        steppers.append(Stepper(objective, trainer.training, batches))
    return steppers, gains


def show(name: str, steppers: Sequence[Stepper], gains: bool, seconds: float, rounds: int) -> None:
    (single, half), ratio = speeds(steppers, seconds, rounds)
    chosen = "bf16" if gains else "fp32"
    print(f"{name:28} fp32 {single:9,.0f}  bf16 {half:9,.0f} tokens/s  {ratio:4.2f} times  auto: {chosen}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="*", default=["presets", "layers"], choices=["presets", "layers"])
    parser.add_argument("--presets", nargs="*", default=list(PRESETS), choices=list(PRESETS), metavar="PRESET")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each row")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print(f"bfloat16 is multiplied natively by: {native_bfloat16(torch.device('cpu')) or 'nothing here'}")
    if "presets" in options.parts:
        with tempfile.TemporaryDirectory() as scratch:
            for words in options.presets:
                show(words, *of_preset(words, PRESETS[words], Path(scratch)), options.seconds, options.rounds)
    if "layers" in options.parts:
        for cell, units, rows in itertools.product(CELLS, UNITS, ROWS):
            gains = gains_from_bfloat16(cell, rows, units)
            name = f"{cell}, {units} units, {rows} rows"
            show(name, of_layer(cell, units, rows), gains, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
