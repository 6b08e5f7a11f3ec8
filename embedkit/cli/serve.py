"""`embedkit serve`."""

import signal
import webbrowser
from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.output import note
from embedkit.config.serve import ServeOptions
from embedkit.runs.folder import runs_folder


def serve(
    *,
    config: Annotated[ServeOptions, Parameter(name="*")] = ServeOptions(),  # noqa: B008
    open: bool = False,
) -> None:
    """Explore the runs live.

    Args:
        open: Open a browser at the explorer's address.
    """
    from embedkit.serve.server import listening, run

    with listening(config, runs_folder().resolve()) as (server, address):
        print(address, flush=True)
        note(f"the runs in {runs_folder()}/, at the address above; Ctrl-C ends it")
        if open:
            webbrowser.open(address)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C does: no job is left behind
        try:
            run(server)
        except KeyboardInterrupt:
            note("stopped; jobs that were running were stopped too")
