"""A long text in blocks of lines that several processes work at; what comes of it is in the order of the text."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeVar

from embedkit.shortage import may_use_threads

Block = list[str]
Result = TypeVar("Result")

CHARACTERS = 1 << 18
"""Of a block, about: a line may be a word or a whole article."""
ALONE = 64
"""Blocks that are worked at here before other processes are started, which takes about as long."""
_LARGER = 4
"""Times so long are the blocks of other processes: what comes of fewer is put together in less time."""
_AHEAD = 3
"""Blocks on their way to each process, so that none waits and no more are held."""

_work: Callable[[Block], Any]


def blocks_of(lines: Iterable[str], characters: int) -> Iterator[Block]:
    """Lines in lists of about so many characters."""
    block: Block = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line) + 1
        if size >= characters:
            yield block
            block, size = [], 0
    if block:
        yield block


def map_blocks(
    work: Callable[[Block], Result], lines: Iterable[str], workers: int | None = 1, *, alone: int = ALONE
) -> Iterator[Result]:
    """What `work` makes of each block of lines, in their order, whatever the number of processes.

    Args:
        work: is pickled, once for each process.
        workers: processes; None for as many as there are cores, where the text is long.
        alone: blocks that are worked at here first.
    """
    lines = iter(lines)
    blocks = blocks_of(lines, CHARACTERS)
    yield from map(work, blocks if workers == 1 else islice(blocks, alone))
    if (line := next(lines, None)) is None:
        return
    lines = chain([line], lines)
    workers = workers or available_cores()
    if workers == 1:
        yield from map(work, blocks_of(lines, CHARACTERS))
    else:
        yield from _in_processes(work, blocks_of(lines, _LARGER * CHARACTERS), workers)


def available_cores() -> int:
    """Cores that this process may use; one where it is itself one of several, or its memory is limited."""
    from joblib import effective_n_jobs

    return effective_n_jobs(-1) if may_use_threads() else 1


def _in_processes(work: Callable[[Block], Result], blocks: Iterable[Block], workers: int) -> Iterator[Result]:
    from joblib.externals.loky import ProcessPoolExecutor

    # A process works at its block on one core.
    environment = {"TOKENIZERS_PARALLELISM": "false"}
    pool = ProcessPoolExecutor(workers, initializer=_set_work, initargs=(work,), env=environment)
    pending: deque[Any] = deque()
    try:
        for block in blocks:
            pending.append(pool.submit(_do_work, block))
            if len(pending) >= _AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(kill_workers=True)


def _set_work(work: Callable[[Block], Any]) -> None:
    global _work
    _work = work


def _do_work(block: Block) -> Any:
    return _work(block)
