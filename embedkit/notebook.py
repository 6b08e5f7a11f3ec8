"""How an object comes to its display in a notebook: by name, when it is shown, so that it need not know displays."""

from importlib import import_module

DISPLAY = "embedkit.display"
"""The package that draws displays. It stands above the objects, which is why they name it and do not import it."""


class Displayed:
    """An object that a notebook shows as `embedkit.display` draws it; without a notebook nothing of that is loaded."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return import_module(DISPLAY).html_of(self)
