"""The choices that the architectures of several models share."""

from typing import Literal

Level = Literal["word", "char", "bpe"]
"""What a token is."""
Cell = Literal["lstm", "gru", "rnn-tanh", "rnn-relu"]
"""The recurrent cell."""
Softmax = Literal["adaptive", "full"]
"""How the next token's distribution is computed."""
Attention = Literal["none", "dot", "additive"]
"""How a decoder looks back at what was read."""
Feed = Literal["both", "every-step", "start"]
"""Where a decoder is given the code: its initial state, every step, or both."""
