"""Finding a font that has Chinese characters."""

from __future__ import annotations

from functools import cache

from cfspace.errors import MissingExtraError, ParameterError

CHINESE_FONTS: tuple[str, ...] = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Noto Sans CJK JP",
    "Noto Sans CJK TC",
)
"""Fonts that have them, best first. Debian's one file of all CJK variants is known by its Japanese name."""


def holds_chinese(text: str) -> bool:
    """Return whether a text needs a font with Chinese characters.

    Examples
    --------
    >>> holds_chinese("公园"), holds_chinese("Park")
    (True, False)
    """
    return any("\u2e80" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" for sign in text)


@cache
def chinese_font() -> str:
    """Return the name of an installed font that has Chinese characters.

    Raises
    ------
    ParameterError
        If there is none.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    For all figures of a notebook:

    >>> import matplotlib
    >>> with matplotlib.rc_context({"font.family": chinese_font()}):
    ...     chinese_font() in matplotlib.rcParams["font.family"]
    True
    """
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise MissingExtraError("matplotlib", "charts") from error
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return pick_font(installed)


def pick_font(installed: set[str]) -> str:
    """Return the best of the installed fonts.

    Examples
    --------
    >>> pick_font({"DejaVu Sans", "SimHei"})
    'SimHei'
    """
    for font in CHINESE_FONTS:
        if font in installed:
            return font
    raise ParameterError(
        "charts: no installed font has Chinese characters; install one (Debian: apt-get install "
        "fonts-noto-cjk) or ask for lang='en' on a study with Latin names"
    )
