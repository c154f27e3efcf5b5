"""Figures as small images inside a page."""

import base64
import io
import textwrap
from pathlib import Path

from PIL import Image

# pixels; twice the size at which cards show them, for sharp screens
LARGEST = (320, 220)
COLORS = 64
# docutils refuses captions with longer lines than 10,000 characters; browsers drop line breaks
# from a URI
LINE = 4000


def thumbnail_uri(path: str | Path) -> str:
    """A PNG file shrunk to at most `LARGEST` and `COLORS` colors, as a data URI."""
    with Image.open(path) as image:
        small = image.convert("RGBA")
    paper = Image.new("RGBA", small.size, "white")
    paper.alpha_composite(small)
    small = paper.convert("RGB")
    small.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.quantize(COLORS).save(written, "PNG", optimize=True)
    encoded = base64.b64encode(written.getvalue()).decode()
    return "data:image/png;base64,\n" + textwrap.fill(encoded, LINE)
