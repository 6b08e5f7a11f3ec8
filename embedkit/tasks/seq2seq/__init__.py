"""An encoder-decoder around one bottleneck vector."""
