"""Work that is done by the workers of a dask cluster, through joblib, where one is named; else where it always was."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import embedkit
from embedkit.errors import EmbedkitError, EmbedkitWarning, UsageError

INSTALL = "pip install 'embedkit[cluster]'"
_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://.+")
_SECONDS_TO_ANSWER = 10
_joined: ContextVar[bool] = ContextVar("joined", default=False)

Item = TypeVar("Item")
Result = TypeVar("Result")


class ClusterError(EmbedkitError):
    """A cluster cannot be reached, has no worker, or lost those that it had."""


@contextmanager
def on_cluster(scheduler: str | None) -> Iterator[None]:
    """What joblib does inside is done by the workers of a dask cluster; where there is none, nothing changes.

    When a worker dies, its work is done again on the others, by dask; that is warned of.

    Args:
        scheduler: the address of its scheduler, as "tcp://host:8786".

    Raises:
        UsageError: that is no address, or dask is not installed.
        ClusterError: it cannot be reached, has no worker, or lost them; or they have another version of embedkit.
    """
    if scheduler is None:
        yield
        return
    if not _ADDRESS.fullmatch(scheduler):
        raise UsageError(f"--scheduler {scheduler}: give the address of a dask scheduler, such as tcp://host:8786")
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise UsageError(f"--scheduler needs dask: {INSTALL}") from None
    from joblib import parallel_config

    try:
        client = Client(scheduler, timeout=_SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"--scheduler {scheduler}: cannot be reached ({' '.join(str(error).split())})") from None
    with client:
        _check_workers(client, scheduler)
        client.subscribe_topic("all", _tell_of_deaths)
        token = _joined.set(True)
        try:
            with parallel_config(backend="dask", client=client):
                yield
        except KilledWorker as error:
            raise ClusterError(
                f"{scheduler}: {error.allowed_failures + 1} workers died of one piece of work, which was given up; see "
                "what they say, and give them more memory if that ran out"
            ) from None
        finally:
            _joined.reset(token)
            client.unsubscribe_topic("all")


def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What `work` makes of each item, in their order: on the workers of the cluster that was joined, several at once;
    else one after the other here."""
    if not _joined.get():
        return map(work, items)
    from joblib import Parallel, delayed

    return Parallel(n_jobs=-1, return_as="generator")(delayed(work)(item) for item in items)


def _check_workers(client: Any, scheduler: str) -> None:
    """Raises:
    ClusterError: there is no worker, or one has no embedkit, or another version.
    """
    from distributed import TimeoutError

    try:
        client.wait_for_workers(1, timeout=_SECONDS_TO_ANSWER)
    except TimeoutError:
        raise ClusterError(f"{scheduler}: it has no worker; start one with `dask worker {scheduler}`") from None
    for worker, version in client.run(_version, on_error="return").items():
        if version != embedkit.__version__:
            has = "embedkit cannot be loaded" if isinstance(version, Exception) else f"embedkit is {version}"
            raise ClusterError(f"worker {worker}: {has} there, and it is {embedkit.__version__} here; install the same")


def _version() -> str:
    return embedkit.__version__


def _tell_of_deaths(event: tuple[float, Any]) -> None:
    """Warn of a worker that has gone without being sent away."""
    message = event[1]
    if message.get("action") == "remove-worker" and not message.get("expected"):
        lost = len(message.get("processing-tasks", ())) + len(message.get("lost-computed-tasks", ()))
        again = f"; {lost} of its pieces of work are done again by others" if lost else ""
        warnings.warn(f"worker {message.get('worker')} has died{again}", EmbedkitWarning, stacklevel=2)
