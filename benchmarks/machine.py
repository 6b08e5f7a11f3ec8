"""What this machine can do, so that a timing can be read on another."""

import resource
import shutil
import time

import torch

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


def chromium() -> str | None:
    """The program that opens reports, as a person's browser does where there is one; None without."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def matrix_product_gflops(size: int = 2048, repeats: int = 6) -> float:
    """Peak of a square fp32 matrix product, in 10⁹ floating-point operations a second."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    a @ b
    started = time.perf_counter()
    for _ in range(repeats):
        a @ b
    return repeats * 2 * size**3 / (time.perf_counter() - started) / 1e9


def peak_gibibytes() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # kilobytes on Linux
