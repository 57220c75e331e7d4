"""Extension of griffe: the answer of a function is told in words, its type stands in the signature.

Docstrings say under *Returns* what comes back, in sentences. Griffe would take the first line of it for a type.
"""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

RETURNS: Final = re.compile(r"(?P<head>^Returns\n-+\n)(?P<body>(?:(?!^\S[^\n]*\n-{3,}$).*\n?)*)", re.MULTILINE)


def with_type(text: str, type_name: str) -> str:
    """Return a docstring whose *Returns* names the type on a line of its own, and the words below it.

    Examples
    --------
    >>> print(with_type("Return it.\\n\\nReturns\\n-------\\nMetres.", "float"))
    Return it.
    <BLANKLINE>
    Returns
    -------
    float
        Metres.
    """

    def told(found: re.Match[str]) -> str:
        lines = found["body"].split("\n")
        return found["head"] + "\n".join([type_name, *(f"    {line}" if line else "" for line in lines)])

    return RETURNS.sub(told, text)


class ReturnsInWords(griffe.Extension):
    """Give each *Returns* its type before it is parsed."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Rewrite the docstring of one function."""
        if func.docstring is not None:
            func.docstring.value = with_type(func.docstring.value, str(func.returns or "object"))
