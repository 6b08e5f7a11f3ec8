"""`embedkit serve`."""

import signal
import webbrowser
from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.opening import HowRead, home
from embedkit.cli.output import note
from embedkit.cli.progress import Steps
from embedkit.config.serve import ServeOptions
from embedkit.errors import UsageError
from embedkit.runs.folder import runs_folder
from embedkit.spaces.reading import AS_IT_IS, Reading


def serve(
    source: str | None = None,
    /,
    *,
    config: Annotated[ServeOptions, Parameter(name="*")] = ServeOptions(),  # noqa: B008
    open: bool = False,
    reading: HowRead = AS_IT_IS,
) -> None:
    """Explore the runs live.

    Args:
        source: A run or an embedding file to open first, which is mapped; by default the list of all runs.
        open: Open the explorer in a browser.
    """
    from embedkit.serve.server import listening, run

    first = None if source is None else _mapped(source, reading)
    with listening(config, runs_folder().resolve(), first) as (server, address):
        print(address, flush=True)
        note(f"the runs in {runs_folder()}/, at the address above; Ctrl-C ends it")
        if open:
            webbrowser.open(address)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C does: no job is left behind
        try:
            run(server)
        except KeyboardInterrupt:
            note("stopped; jobs that were running were stopped too")


def _mapped(source: str, reading: Reading) -> str:
    """The name of the run of a source, which has a map from now on."""
    from embedkit.spaces.open import open_run_space
    from embedkit.studies.spaces import map_space

    steps = Steps()
    run, which = home(source, reading)
    if run.path.parent.resolve() != runs_folder().resolve():
        raise UsageError(
            f"{run.path} does not lie in {runs_folder()}/, which is served; set EMBEDKIT_RUNS to its folder"
        )
    if not run.artefacts("maps", ".npz"):
        map_space(run, which, open_run_space(run, which), "pca", None, steps)
    return run.name
