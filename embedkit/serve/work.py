"""What a job does, in a process of its own: a map laid out anew, two spaces compared, a report saved.

It tells its steps through a pipe and leaves what it made as a file in the server's own folder.
"""

import os
import signal
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from embedkit.errors import EmbedkitError, UsageError
from embedkit.progress import Progress, Steps


def run_job(pipe: Connection, kind: str, request: Mapping[str, Any], runs: str, out: str) -> None:
    """Do a job; the last message is ("done", "") or ("failed", why)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops its jobs itself
    threading.Thread(target=_end_with_server, daemon=True).start()
    os.environ["EMBEDKIT_RUNS"] = runs

    @contextmanager
    def steps(title: str) -> Iterator[Progress]:
        pipe.send(("step", title))
        yield lambda share, text="": pipe.send(("share", share))

    try:
        WORK[kind](request, Path(out), steps)
        pipe.send(("done", ""))
    except EmbedkitError as error:
        pipe.send(("failed", str(error)))
    except Exception as error:
        traceback.print_exc()  # for who runs the server; its visitors are told the last line
        pipe.send(("failed", f"this should not have happened ({type(error).__name__}: {error})"))
    finally:
        pipe.close()


def _end_with_server() -> None:
    """A server that is killed can stop nothing."""
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(1)


def _map(request: Mapping[str, Any], out: Path, steps: Steps) -> None:
    from embedkit.analysis.maps.projection import METHODS, with_sample
    from embedkit.runs.artefacts import save_record
    from embedkit.runs.folder import Run
    from embedkit.spaces.open import open_run_space
    from embedkit.spaces.sampling import choose

    with steps("reading the space"):
        space = open_run_space(Run(Path(request["run"])), request["space"])
        rows, sample = choose(space, request["points"])
    method = METHODS[request["method"]]
    with steps(f"laying {len(rows):,} points out by {method.title}, and measuring how far the picture can be trusted"):
        projection = method.project(space.take(rows), dimensions=2, **request["options"])
    save_record(out, with_sample(projection, sample))


def _compare(request: Mapping[str, Any], out: Path, steps: Steps) -> None:
    from embedkit.report.compose import comparison_report
    from embedkit.report.rendering import render
    from embedkit.studies.comparison import study_comparison, study_differences, study_maps, subject

    one, other = (subject(request[side]) for side in ("one", "other"))
    if one.key == other.key:
        raise UsageError("these are the same space; choose another run")
    study_comparison(one, other, steps=steps)
    study_differences(one, other, steps=steps)
    study_maps(one, other, steps=steps)
    with steps("writing the page"):
        render(comparison_report(one.run, one.which, other.run, other.which), out)


def _report(request: Mapping[str, Any], out: Path, steps: Steps) -> None:
    from embedkit.pipeline import study
    from embedkit.report.compose import run_report
    from embedkit.report.rendering import render
    from embedkit.runs.folder import Run

    run = Run(Path(request["run"]))
    study(run, steps=steps)
    with steps("writing the page"):
        render(run_report(run), out)


WORK = {"map": _map, "compare": _compare, "report": _report}
"""By kind of job, what does it: given its options, a file to write and how to tell a step."""
