"""Download the files of a card: verified, and nothing half-written."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedkit.corpora.card import Card, Download
from embedkit.corpora.prepare import card_folder, local_file, missing, prepare, verify
from embedkit.errors import CorpusError
from embedkit.leftovers import sweep, temporary_name
from embedkit.lock import alone
from embedkit.numerals import data_size
from embedkit.progress import Progress, no_progress
from embedkit.shortage import NoRoomError, room_for

_SECONDS = 30.0
_RETRIES = 2


def fetch(card: Card, *, progress: Progress = no_progress) -> Path:
    """Download what is not there yet, verify it, and prepare its text; return the folder of the text. What another
    process downloads is waited for.

    Each address of a file is tried in turn.

    Args:
        progress: told the share of a file that is here, then the number of lines read.

    Raises:
        CorpusError: no address could be reached or none served the file that the card describes, or the file is not
            what the card says. Nothing is left behind but files that are verified.
    """
    for download in card.downloads:
        path = local_file(card, download)
        if path.is_file():
            verify(path, download)
        elif card.bundled:
            raise CorpusError(f"{path}: gone from the package {card.bundled}; install it again")
        else:
            with alone(card_folder(card), progress=progress):
                if not path.is_file():  # another process has it meanwhile
                    _download(card, download, progress)
    return prepare(card, progress=progress)


def _download(card: Card, download: Download, progress: Progress) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)
    problems = []
    for url in download.urls:
        bar = _Bar(download, progress)
        try:
            with room_for(local_file(card, download), download.size), _beside(card) as folder:
                store = pooch.create(
                    path=folder,
                    base_url="",
                    registry={download.file: download.checksum},
                    urls={download.file: url},
                    retry_if_failed=_RETRIES,
                )
                file = store.fetch(download.file, downloader=pooch.HTTPDownloader(progressbar=bar, timeout=_SECONDS))
                os.replace(file, local_file(card, download))
            return
        except NoRoomError:
            raise
        except ValueError:
            problems.append(f"{url} serves another file than the card's checksum says")
        except requests.HTTPError as error:
            problems.append(f"{url} answered {error.response.status_code if error.response is not None else error}")
        except requests.RequestException as error:
            problems.append(f"{url} could not be reached ({type(error).__name__})")
    raise CorpusError(f"{'; '.join(problems) or 'the card has no address'}. {_by_hand(card, download)}")


@contextmanager
def _beside(card: Card) -> Iterator[Path]:
    """A folder of this process in the card's, for what is on its way; those of killed processes are removed."""
    sweep(card_folder(card))
    folder = card_folder(card) / temporary_name()
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _by_hand(card: Card, download: Download) -> str:
    if not download.urls:
        return missing(card)
    return (
        f"Without a network, download {download.file} from {download.urls[0]} elsewhere and put it into "
        f"{card_folder(card)}{os.sep}"
    )


class _Bar:
    """What pooch asks of a progress bar, handed on as a `Progress`."""

    def __init__(self, download: Download, progress: Progress) -> None:
        self.file, self.progress = download.file, progress
        self.total: Any = download.size
        self.done = 0

    def update(self, count: int) -> None:
        self.done += count
        self.progress(self.done / self.total if self.total else None, f"{self.file}: {data_size(self.done)}")

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        pass
