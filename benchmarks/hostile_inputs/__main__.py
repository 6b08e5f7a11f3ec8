"""Files that were damaged on a seed, read as a person would: what becomes of each.

    python -m benchmarks.hostile_inputs --count 50000
    python -m benchmarks.hostile_inputs --count 50000 --prepared DIR --ledger FILE    # goes on where it was stopped
    python -m benchmarks.hostile_inputs --formats runs --seeds 4711                   # one of them again
    python -m benchmarks.hostile_inputs --misread                                     # is a wrong reader counted?

Every format that is read begins as sound files. A mutator changes some bytes, a line, a value, an array or what is
packed, or puts in what readers stumble over. Each is read in a process of its own. What may come of it is a value, or
one readable line; a traceback, more than ten seconds of the processor, more than a gibibyte, and a part that was not
touched and has another value are counted and named by their seeds. "compared" are inputs that were read and of which it
is known what was not touched.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.hostile_inputs.campaign import prepare, report, report_misread
from benchmarks.hostile_inputs.formats import SHARES, TRAINED
from benchmarks.hostile_inputs.ledger import Ledger, batches_of, batches_with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000, help="inputs in all")
    parser.add_argument("--first", type=int, default=0, help="the first seed of each format")
    parser.add_argument("--seeds", type=int, nargs="+", help="these alone, and all that is known of them")
    parser.add_argument("--formats", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--prepared", type=Path, help="a folder where runs are trained once, and kept")
    parser.add_argument("--ledger", type=Path, help="a file that keeps what is done; what it has is not done again")
    parser.add_argument("--again", action="store_true", help="but for batches in which something was met")
    parser.add_argument("--misread", action="store_true", help="let every reader be wrong, and see that it is counted")
    options = parser.parse_args()
    if options.seeds:
        batches = [batch for format in options.formats for batch in batches_with(format, options.seeds)]
    else:
        batches = batches_of(options.formats, options.count, options.first)
    with tempfile.TemporaryDirectory() as folder:
        prepared = None
        if set(options.formats) & set(TRAINED):
            prepared = options.prepared or Path(folder)
            prepare(prepared)
        if options.misread:
            report_misread(options.formats, prepared, options.workers)
            return
        ledger = Ledger(options.ledger, again=options.again)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C does: the processes are ended too
        try:
            report(batches, prepared, options.workers, ledger, every=bool(options.seeds))
        except KeyboardInterrupt:
            sys.exit("stopped" + (f"; what is done is kept in {options.ledger}" if options.ledger else ""))


if __name__ == "__main__":
    main()
