"""How objects show themselves in a notebook: HTML without scripts that asks nothing of the network.

`html_of` knows by an object's class which function draws it, and loads that when it is needed; nothing here calculates.

spaces     an embedding space; the answers of `nearest` and `solve`
maps       a projection as a picture with its fidelity; labels are where words go on it
findings   score sheets and clusters
runs       a run's headline figures; what a report holds
markup     what they share: frames, tables, text that stays text

Colours and fonts are those of the notebook, light or dark.
"""

from pkgutil import resolve_name

DISPLAYS: dict[str, str] = {
    "EmbeddingSpace": "embedkit.display.spaces:space_html",
    "Answers": "embedkit.display.spaces:answers_html",
    "AnalogyAnswer": "embedkit.display.spaces:analogy_html",
    "Projection": "embedkit.display.maps:projection_html",
    "AnalogyScore": "embedkit.display.findings:score_html",
    "Clustering": "embedkit.display.findings:clustering_html",
    "Run": "embedkit.display.runs:run_html",
    "Report": "embedkit.display.runs:report_html",
}
"""The function that draws the objects of a class, "module:name" by the class's name."""


def html_of(displayed: object) -> str:
    """An object's display, that of the nearest of its classes which has one.

    Raises:
        TypeError: none has.
    """
    for kind in type(displayed).__mro__:
        if kind.__name__ in DISPLAYS:
            return resolve_name(DISPLAYS[kind.__name__])(displayed)
    raise TypeError(f"no display draws a {type(displayed).__name__}; add a line to embedkit.display.DISPLAYS")
