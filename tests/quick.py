"""A documented command with the least work that it can do, so that every example runs in the tests."""

import re
import shlex

SMALLEST = {
    "train lm": "--steps 2 --embedding-size 8 --hidden-size 8",
    "train seq2seq": "--steps 2 --pairs 400 --embedding-size 16 --hidden-size 8 --bottleneck-size 8",
    "train word2vec": "--epochs 1 --dimensions 8",
    "train classify": "--steps 2 --hidden-size 4",
    "train echo": "--steps 2 --hidden-size 4",
    "train execute": "--steps 2 --held-out 20 --embedding-size 8 --hidden-size 8 --bottleneck-size 8",
    "train caption": "--steps 2 --held-out 40 --channels 4 --code-size 8 --embedding-size 8 --hidden-size 8",
    "lab temporal-order": "--epochs 1 --seeds 1",
    "lab echo-capacity": "--cells gru --hidden-sizes 2 --delays 1 --seeds 1 --steps 20",
    "lab curricula": "--steps 2 --seeds 1 --held-out 10 --hidden-size 8 --evaluations 1",
    "lab gradients": "--levels easy --steps 4 --held-out 40",
    "t9 --evaluate": "--words 20",
    "probe": "--tokens 3000",
}
"""Options that make a command small, by how it starts; they take the place of the example's own."""
BUDGETS = ("--minutes", "--epochs", "--steps")
POINTS = 200


def quick(example: str) -> list[str]:
    """The words of an example, shrunk; one that asks for help or goes on with a run is left as it is."""
    program, *words = shlex.split(example)
    assert program == "embedkit", example
    if words[:1] == ["demo"]:
        return ["demo", "--minutes", "0.02"]
    if words[:1] in (["map"], ["clusters"], ["report"]) and "--verify" not in words and "--points" not in words:
        return [*words, "--points", str(POINTS)]
    start = next((each for each in SMALLEST if words[: len(each.split())] == each.split()), None)
    if start is None or "--resume" in words or "--help" in words:
        return words
    told = shlex.join(words[len(start.split()) :])
    small = SMALLEST[start].split()
    for name in {*small[::2], *BUDGETS}:
        told = re.sub(rf"(^| ){name} (?!--)\S+( (?!--)\S+)*", " ", told)
    return [*start.split(), *shlex.split(told), *small]
