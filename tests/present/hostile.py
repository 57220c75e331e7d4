"""Names that try to become markup, script or formula."""

from __future__ import annotations

SCRIPT = "<script>window.hacked = 1</script>"
CLOSING = "</script><img src=x onerror=window.hacked=1>"
QUOTES = "\"'`&amp;{{ 7 * 7 }}{% raw %}"
TURNED = "a\u202egnp.exe\u2028\u2029"
LONG = "长" * 10_000
LINK = '=HYPERLINK("http://outside.example","click")'
COMMAND = "+cmd|' /C calc'!A0"

NAMES = {
    "01": SCRIPT,
    "02": CLOSING,
    "0101": QUOTES,
    "0102": TURNED,
    "0103": LONG,
    "0201": LINK,
    "0202": COMMAND,
    "primary_school/node/0": SCRIPT,
    "primary_school/node/1": CLOSING,
    "primary_school/node/2": LINK,
    "library/node/0": LONG,
    "library/node/1": QUOTES,
    "library/node/2": COMMAND,
}
"""Unit or facility id and the name it is given."""
