"""What this machine can do, so that a timing can be read on another."""

import re
import resource
import shutil
import sys
import time
from pathlib import Path

import torch

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


def chromium() -> str | None:
    """The program that opens reports, as a person's browser does where there is one; None without."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def matrix_product_gflops(size: int = 2048, repeats: int = 6, *, precision: str = "fp32", device: str = "cpu") -> float:
    """Peak of a square matrix product in fp32 or bf16, in 10⁹ floating-point operations a second."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
    (a @ b).sum().item()  # until a GPU has done it
    started = time.perf_counter()
    product = a
    for _ in range(repeats):
        product = a @ b
    product.sum().item()
    return repeats * 2 * size**3 / (time.perf_counter() - started) / 1e9


def peak_gibibytes() -> float:
    """The most memory this process has held."""
    try:
        # Linux's ru_maxrss begins with what the process held that started this one.
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmHWM:\s+([0-9]+) kB", status)[1]) / 2**20  # type: ignore[index]
    except (OSError, TypeError):
        kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kibibytes / (2**30 if sys.platform == "darwin" else 2**20)
