"""Training on: a new run starts from the weights of an earlier one, on another text and so with another vocabulary."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from embedkit.config.checked import Checked
from embedkit.errors import EmbedkitWarning, RunError, UsageError
from embedkit.runs.folder import Run, open_run
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import WEIGHTS_FILE, read_weights

_FOLLOW_THE_COUNTS = ("softmax.tails.", "softmax.rare.")
"""The entries of an adaptive softmax's tails and blocks, whose number follows the counts of the text."""


@dataclass(frozen=True, eq=False)
class TokenMap:
    """The tokens that two vocabularies have in common.

    Attributes:
        earlier, here: (K,) int64, the rows of those tokens in each.
        new, lost: how many tokens only the one here has, and only the earlier.
    """

    earlier: np.ndarray
    here: np.ndarray
    new: int
    lost: int

    @classmethod
    def between(cls, earlier: Vocabulary, here: Vocabulary) -> "TokenMap":
        """Tokens are the same where they are spelled the same, specials included."""
        rows = [(row, i) for i, token in enumerate(here.tokens) if (row := earlier.index_of(token)) is not None]
        pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1], len(here) - len(pairs), len(earlier) - len(pairs))

    @property
    def counts(self) -> dict[str, int]:
        return {"kept": len(self.here), "new": self.new, "lost": self.lost}


def earlier_run(name: str, kind: str, model: Checked, shape: Iterable[str]) -> Run:
    """The run whose weights a model of the same shape can start from.

    Args:
        kind: that of the task that is trained.
        shape: the model's options that decide on the shape of its weights.

    Raises:
        UsageError: there is no such run, it is of another kind, or its model has another shape; the message names what
            to add.
        RunError: it has no weights yet.
    """
    run = open_run(name, kinds=[kind])
    if not (run.path / WEIGHTS_FILE).exists():
        raise RunError(f"--start-from {name}: it has no weights yet; go on with it by --resume {name} first")
    for option in shape:
        theirs = run.config["model"].get(option)
        if theirs != getattr(model, option):
            flag = option.replace("_", "-")
            add = f"--{flag} {theirs}" if not isinstance(theirs, bool) else f"--{'' if theirs else 'no-'}{flag}"
            raise UsageError(f"--start-from {name}: its model has another {option.replace('_', ' ')}; add {add}")
    return run


def lineage_of(run: Run, maps: Mapping[str, TokenMap]) -> dict[str, Any]:
    """The run that is started from, as it stands in the new one's provenance, with its own lineage; JSON-ready.

    Args:
        maps: by what the tokens are of: "tokens", or "source" and "target".
    """
    with open(run.path / WEIGHTS_FILE, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    record = run.provenance
    return {
        "run": run.name,
        "weights": f"sha256:{digest}",
        "corpus": record.get("corpus", {}),
        "tokens": {side: each.counts for side, each in maps.items()},
        **({"start_from": record["start_from"]} if "start_from" in record else {}),
    }


def tell_tokens(run: Run, maps: Mapping[str, TokenMap]) -> None:
    """Warn of how much of the earlier vocabulary is used."""
    for side, each in maps.items():
        what = "tokens" if side == "tokens" else f"{side} tokens"
        warnings.warn(
            f"from {run.path}: {len(each.here):,} {what} kept with their vectors, {each.new:,} new, initialised at "
            f"random, {each.lost:,} lost, which are not in this text",
            EmbedkitWarning,
            stacklevel=2,
        )


@torch.no_grad()
def carry_weights(run: Run, network: nn.Module, rows: Mapping[str, TokenMap]) -> None:
    """Set a network's weights to those of an earlier run, but for the rows of new tokens, which stay as they are drawn.

    Args:
        rows: the parameters that have a row a token, by name.

    Raises:
        RunError: the weights are missing, damaged, or of another shape.
    """
    earlier = read_weights(run)
    for name, parameter in network.named_parameters():
        if name not in earlier:
            if name.startswith(_FOLLOW_THE_COUNTS):
                continue
            raise RunError(f"{run.path / WEIGHTS_FILE}: no {name}; the weights do not fit {run.path}/config.toml")
        if name in rows:
            tokens = rows[name]
            if earlier[name].shape != (tokens.lost + len(tokens.earlier), *parameter.shape[1:]):
                raise RunError(
                    f"{run.path / WEIGHTS_FILE}: {name} has another shape than its vocabulary and config.toml"
                )
            parameter[tokens.here] = earlier[name][tokens.earlier].to(parameter.device)
        elif earlier[name].shape == parameter.shape:
            parameter.copy_(earlier[name])
        elif not name.startswith(_FOLLOW_THE_COUNTS):
            raise RunError(f"{run.path / WEIGHTS_FILE}: {name} has another shape than in {run.path}/config.toml")
