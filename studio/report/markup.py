"""HTML that cannot be broken by what it shows: every plain string is escaped, only ``Html`` passes through."""

from __future__ import annotations

import unicodedata
from html import escape

_KEPT_CONTROLS = "\n\t"
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VOID = frozenset({"meta", "br", "line", "rect", "path", "circle", "img"})


class Html(str):
    """Markup made by ``el``; nothing else may make one from a text of the show."""

    __slots__ = ()


def clean(text: object) -> str:
    """A text without control characters and lone surrogates, which no HTML file may hold, and without the marks that turn
    the direction of what follows."""
    return "".join(char for char in str(text) if char in _KEPT_CONTROLS or _is_harmless(char))


def _is_harmless(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _DIRECTION_CONTROLS


def el(tag: str, /, *children: str | None, **attributes: object) -> Html:
    """One element; ``class_`` is the class, ``_`` in names is ``-``, a value of None leaves the attribute out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(clean(value), quote=True)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID and not children:
        return Html(f"<{tag}{written}/>")
    return Html(f"<{tag}{written}>{join(*children)}</{tag}>")


def join(*children: str | None) -> Html:
    """Several children without an element around them."""
    return Html(
        "".join(child if isinstance(child, Html) else escape(clean(child)) for child in children if child is not None)
    )


def words(text: object) -> Html:
    """A text from outside (a title, a comment, a file name): escaped, and its direction kept to itself."""
    return el("bdi", clean(text))
