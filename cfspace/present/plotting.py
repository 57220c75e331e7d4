"""Figures of matplotlib without pyplot: made, named, and given a font that has their characters.

They need the extra ``charts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfspace.errors import MissingExtraError
from cfspace.present.fonts import chinese_font, holds_chinese

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure of a size in inches; without matplotlib, raise what names the cure."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "charts") from error
    return Figure(figsize=(width_in, height_in), layout="constrained")


def with_font(figure: Figure) -> Figure:
    """Give every text of a figure a font that has its characters; other figures keep theirs."""
    from matplotlib.text import Text

    texts: list[Any] = figure.findobj(Text)
    if any(holds_chinese(text.get_text()) for text in texts):
        families = [chinese_font(), "DejaVu Sans"]
        for text in texts:
            text.set_fontfamily(families)
        for axes in figure.axes:
            axes.tick_params(labelfontfamily=families)
    return figure


def name_axes(axes: Axes, title: str, x: str, y: str) -> None:
    """Give axes a title and names, and leave out the frame above and on the right."""
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def shortened(name: str) -> str:
    """Return a name of 24 characters at the most."""
    return name if len(name) <= 24 else f"{name[:23]}…"
