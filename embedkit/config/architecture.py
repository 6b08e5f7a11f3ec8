"""The choices that the architectures of several models share."""

from typing import Literal

Level = Literal["word", "char", "bpe"]
"""What a token is."""
LONGEST_STRETCH = 1_000
"""Characters without a space between them, or of spaces alone, from which byte pairs are learnt together. Learning
takes the square of their length: 200,000 in one stretch took 36 s, cut at 1,000 they take 0.6 s."""
Cell = Literal["lstm", "gru", "rnn-tanh", "rnn-relu"]
"""The recurrent cell."""
Softmax = Literal["adaptive", "full"]
"""How the next token's distribution is computed."""
Attention = Literal["none", "dot", "additive"]
"""How a decoder looks back at what was read."""
Feed = Literal["both", "every-step", "start"]
"""Where a decoder is given the code: its initial state, every step, or both."""
