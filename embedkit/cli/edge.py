"""Where errors become one readable line and an exit code: 0, 1 for a failure, 2 for a wrong call, 130 for Ctrl-C."""

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir, gettempprefix
from typing import Any, NoReturn

from cyclopts import CycloptsError, UnusedCliTokensError

from embedkit.addresses import masked
from embedkit.cli.terminal import guarded, unguarded
from embedkit.errors import EmbedkitError, EmbedkitWarning, UsageError, unknown
from embedkit.processes import launch
from embedkit.shortage import TAKE_LESS, memory_is_limited, shortage, watch_imports

_HELP = {"--help", "-h", "--version"}
LONGEST = 2_000
"""Characters of an error's line: what it quotes from outside may be of any length."""

UNEXPECTED = "error: this should not have happened. Please report the lines above with the command that was run."


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script: run a command line (by default the process's own) and exit."""
    _open_closed_streams()
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
    except (MemoryError, SystemError):  # there was none left even to say so; what was held has been let go since
        os.write(sys.stderr.fileno(), f"error: memory ran out; {TAKE_LESS}\n".encode())
        code = 1
    if code and memory_is_limited():  # a library that then wants some as the process ends would add a traceback
        sys.unraisablehook = lambda _: None
    sys.exit(code)


def _open_closed_streams() -> None:
    """Where a shell has closed stdin, stdout or stderr (`>&-`) what is read there is empty, and what is written there
    goes nowhere, and not into the next file that is opened and would have its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. Expected errors are one line on stderr and no traceback;
    with EMBEDKIT_DEBUG=1 they come with theirs."""
    watch_imports()
    with guarded():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        from embedkit.cli.app import app  # inside, since a package that brings a task can be broken

        with _noted_warnings():
            app(
                list(arguments),
                console=_help_console() if _HELP & set(arguments) else None,
                exit_on_error=False,
                print_error=False,
                result_action="return_none",
            )
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        _discard_output()
        return 0
    except UnusedCliTokensError as error:
        return _fail(2, _unused(error))
    except CycloptsError as error:
        return _fail(2, f"{str(error).rstrip('.')}; see `{_help_of(error)}`")
    except UsageError as error:
        return _fail(2, str(error))
    except EmbedkitError as error:
        return _fail(1, str(error))
    except KeyboardInterrupt as stop:
        return _fail(130, str(stop) or "run the same command to start again", "stopped")
    except Exception as error:
        if message := shortage(error):
            named = getattr(error, "filename", None) is not None
            return _fail(1, message if named or _output_has_room() else f"what is printed: {message}")
        if isinstance(error, OSError):
            return _fail(1, _system_error(error))
        traceback.print_exc()
        print(UNEXPECTED, file=sys.stderr)
        return 1


def _help_console() -> Any:
    """Where help is printed, which holds nothing from outside: in a terminal with its own colours."""
    from rich.console import Console

    return Console(file=unguarded(sys.stdout))


@contextmanager
def _noted_warnings() -> Iterator[None]:
    """The kit's own warnings are a line each; those of other packages are shown as they would be."""
    before = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, EmbedkitWarning):
            if not launch().writes:
                return  # the first of several processes says it
            print(f"note: {masked(' '.join(str(message).split()))}", file=sys.stderr)
        else:
            before(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = show
        warnings.simplefilter("always", EmbedkitWarning)
        yield


def _fail(code: int, message: str, label: str = "error") -> int:
    if os.environ.get("EMBEDKIT_DEBUG") == "1":
        traceback.print_exc()
    one_line = masked(" ".join(message.split()))
    if len(one_line) > LONGEST:
        one_line = f"{one_line[: LONGEST // 2]} … {one_line[-LONGEST // 2 :]}"
    here = launch()
    if here.writes:
        print(f"{label}: {one_line}", file=sys.stderr)
    elif code not in (2, 130):  # a wrong call and Ctrl-C are the same in all processes
        print(f"{here}: {label}: {one_line}", file=sys.stderr)
    return code


def _unused(error: UnusedCliTokensError) -> str:
    """What was not understood: a misspelt command where there are several, else one word too many."""
    from embedkit.cli.app import app

    token = (error.unused_tokens or ["?"])[0]
    chain = list(error.command_chain or ())
    group = app
    for name in chain:
        group = group[name]
    commands = [name for name in group if not name.startswith("-")]
    if commands:
        return f"{unknown('command', token, commands)}; see `{_help_of(error)}`"
    return f"{token!r} is one word too many; see `{_help_of(error)}`"


def _help_of(error: CycloptsError) -> str:
    return " ".join(["embedkit", *(error.command_chain or ()), "--help"])


def _system_error(error: OSError) -> str:
    """What the system refused, for which file, and what to do about it."""
    where = f"{error.filename}: " if error.filename else ""
    advice = ""
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        advice = f"; change its permissions or choose another folder{_variable_for(str(error.filename or ''))}"
    return f"{where}{error.strerror or error}{advice}"


def _variable_for(name: str) -> str:
    """Which variable names another place than that of a file."""
    from embedkit.corpora.prepare import data_folder
    from embedkit.runs.folder import runs_folder

    if not name:
        return ""
    places = [("EMBEDKIT_RUNS", runs_folder()), ("EMBEDKIT_DATA", data_folder())]
    if Path(name).is_absolute() and Path(name).is_relative_to(gettempdir()):
        # Of what lies there only what Python made there goes by the variable.
        made = Path(gettempdir(), Path(name).relative_to(gettempdir()).parts[0])
        places += [("TMPDIR", made)] if made.name.lstrip(".").startswith((gettempprefix(), "embedkit-")) else []
    for variable, folder in places:
        if Path(name).absolute().is_relative_to(folder.absolute()):
            return f", with the variable {variable}"
    return "" if Path(name).is_absolute() else ", or start from another one"


def _output_has_room() -> bool:
    """Whether a line more can be printed; if not, what was printed is let go: Python would complain when it exits."""
    try:
        print(flush=True)
    except OSError:
        _discard_output()
        return False
    return True


def _discard_output() -> None:
    """The reader of a pipe has left (`| head`): let nothing more be flushed to it when Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
