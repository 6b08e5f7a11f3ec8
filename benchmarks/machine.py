"""What this machine can do, so that a timing can be read on another."""

import time

import torch


def matrix_product_gflops(size: int = 2048, repeats: int = 6) -> float:
    """Peak of a square fp32 matrix product, in 10⁹ floating-point operations a second."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    a @ b
    started = time.perf_counter()
    for _ in range(repeats):
        a @ b
    return repeats * 2 * size**3 / (time.perf_counter() - started) / 1e9
