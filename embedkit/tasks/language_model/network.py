"""The recurrent language model: token ids in, nats per token and the state out."""

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.cutoffs import two_cutoffs
from embedkit.models.recurrent import RecurrentCore, State
from embedkit.models.row_blocks import RowBlocks
from embedkit.models.softmax import SoftmaxHead
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.language_model.config import LanguageModel
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import load_weights

ROWS_OF_TOKENS = ("embedding.weight", "softmax.table", "softmax.bias")
"""The parameters that have a row a token."""


class LanguageModelNetwork(nn.Module):
    """Embedding → recurrent layers → softmax over the next token.

    Args:
        config: the model's shape.
        counts: (V,) frequency of each token in the training text; the adaptive softmax's cut-offs and the
            first biases come from it.
    """

    def __init__(self, config: LanguageModel, counts: np.ndarray) -> None:
        super().__init__()
        size = len(counts)
        inputs = _table(size, config.embedding_size)
        self.embedding = nn.Embedding(size, config.embedding_size)
        self.embedding.weight = inputs
        self._inputs: RowBlocks | None = None
        self.core = RecurrentCore(
            config.cell,
            config.embedding_size,
            config.hidden_size,
            config.layers,
            dropout=config.dropout,
            locked=config.locked_dropout,
            weight_drop=config.weight_drop,
        )
        outputs = inputs if config.tied else _table(size, config.hidden_size)
        cutoffs = () if config.softmax == "full" else config.cutoffs
        if cutoffs is None:
            cutoffs = two_cutoffs(counts)
        self.softmax = SoftmaxHead(config.hidden_size, outputs, cutoffs, counts, rare_block=config.rare_block)

    def initial_state(self, batch_size: int) -> State:
        """Zeros, for B = `batch_size` columns."""
        return self.core.initial_state(batch_size)

    def train_in_blocks(self) -> None:
        """Train the tables of tokens in the softmax's blocks from now on; it must be on its device. See `RowBlocks`."""
        tied = self.embedding.weight is self.softmax.table
        outputs = self.softmax.train_in_blocks()
        self._inputs = outputs if tied else RowBlocks(self.embedding.weight, self.softmax.row_edges)

    def tables(self) -> list[Tensor]:
        """What is trained of the input and of the output embeddings: the tables, or their blocks."""
        if self._inputs is None or self.softmax.blocks is None:
            return [self.embedding.weight, self.softmax.table]
        return [*self._inputs.leaves, *self.softmax.blocks.leaves]

    def hidden(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """(T, B) token ids and a state → (T, B, H) hidden vectors of the last layer and the state after."""
        inputs = self.embedding if self._inputs is None else self._inputs.look_up
        x = self.core.drop(inputs(ids))
        return self.core(x, state)

    def forward(self, ids: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """(T, B) ids and the ids that follow → the mean loss in nats per token, and the state after."""
        hidden, state = self.hidden(ids, state)
        flat = self.core.drop(hidden).flatten(0, 1)
        return self.softmax(flat, targets.flatten()) / targets.numel(), state

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """(…, H) → (…, V) log-probabilities of the next token."""
        return self.softmax.log_probabilities(hidden.flatten(0, -2)).unflatten(0, hidden.shape[:-1])


def _table(size: int, width: int) -> nn.Parameter:
    """(V, width) vectors of expected length one."""
    return nn.Parameter(torch.randn(size, width).mul_(width**-0.5))


def load_language_model(run: Run) -> tuple[LanguageModelNetwork, Vocabulary]:
    """A finished language model and its vocabulary, ready to evaluate.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "language-model")
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    # The weights it is built with are drawn and then replaced: the caller's generator must not move.
    with torch.random.fork_rng(devices=[]):
        model = LanguageModelNetwork(configurations(run)[0], vocabulary.counts)
    load_weights(run, model)
    return model.eval(), vocabulary
