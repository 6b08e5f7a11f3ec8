"""Image files as arrays of a fixed size, and back; and the pictures of a few images that are kept with a run."""

import io
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from embedkit.errors import CorpusError
from embedkit.files import whole_file
from embedkit.runs.folder import Run

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "PPM")
"""What is read; a file is known by its content, not by its name."""
MOST_PIXELS, MOST_UNPACKED = 64_000_000, 16_000_000
"""An image of more is refused before it is unpacked: a small file can claim any size. JPEG is unpacked no larger than
it is needed; of another format each million pixels takes up to 15 MB of memory."""


def read_image(path: Path, side: int, *, colour: bool) -> np.ndarray:
    """(C, side, side) uint8, C = 3 with colour and 1 without: the whole image scaled to fit, black where it does not
    reach. What is transparent is black, and a photograph is turned as its camera was held.

    Raises:
        CorpusError: the file is missing, no image of the known formats, damaged, or too large.
    """
    from PIL import Image, ImageOps

    mode, size = "RGB" if colour else "L", (side, side)
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as opened:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if opened.width * opened.height > MOST_PIXELS:
                raise CorpusError(
                    f"{path}: {opened.width:,} × {opened.height:,} pixels are more than {MOST_PIXELS:,}; scale it down"
                )
            opened.draft(mode, size)
            if opened.width * opened.height > MOST_UNPACKED:
                raise CorpusError(
                    f"{path}: {opened.width:,} × {opened.height:,} pixels are more than {MOST_UNPACKED:,}, which a "
                    f"{opened.format} may have; scale it down, or save it as JPEG"
                )
            image: Image.Image = ImageOps.exif_transpose(opened)
            if image.has_transparency_data:
                opaque = image.convert("RGBA")
                image = Image.new("RGBA", opaque.size, (0, 0, 0, 255))
                image.alpha_composite(opaque)
            array = np.asarray(ImageOps.pad(image.convert(mode), size, method=Image.Resampling.BILINEAR))
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such image") from None
    except Image.DecompressionBombError:
        raise CorpusError(f"{path}: more than {MOST_PIXELS:,} pixels; scale it down") from None
    except (OSError, SyntaxError, ValueError, ArithmeticError, EOFError, IndexError, struct.error) as error:
        raise CorpusError(f"{path}: not a readable {', '.join(FORMATS[:3])} … image ({_brief(error)})") from None
    return np.ascontiguousarray(array.transpose(2, 0, 1) if colour else array[None])


def png(image: np.ndarray) -> bytes:
    """A (C, H, W) uint8 image as the bytes of a PNG file, the same for the same image."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(out, format="PNG")
    return out.getvalue()


def save_pictures(run: Run, split: str, pictures: Mapping[int, bytes]) -> None:
    """Keep PNG pictures of images of a split as pictures/SPLIT-ROW.png, in place of those that were there."""
    for old in (run.path / "pictures").glob(f"{split}-*.png"):
        old.unlink()
    for row, data in pictures.items():
        with whole_file(_picture(run, split, row)) as temporary:
            temporary.write_bytes(data)


def load_picture(run: Run, split: str, row: int) -> bytes | None:
    """The picture that is kept of an image; None where there is none, as of a vector."""
    path = _picture(run, split, row)
    return path.read_bytes() if path.exists() else None


def _picture(run: Run, split: str, row: int) -> Path:
    return run.path / "pictures" / f"{split}-{row}.png"


def _brief(error: BaseException) -> str:
    """What is wrong, without the file's name, which stands before it already."""
    return "cannot identify it" if type(error).__name__ == "UnidentifiedImageError" else str(error)[:80]
