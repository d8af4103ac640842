"""Where a push goes: what may be shown and saved (the url), and what may not (the key, wherever the user pasted it)."""

from __future__ import annotations

from urllib.parse import urlsplit

from studio.core.errors import UserError

SCHEMES = ("rtmp", "rtmps")
_NOT_IN_THIS_BUILD = ("srt", "rist")
_WHIP = ("whip", "whips", "http", "https")


def split(name: str, url: str, key: str) -> tuple[str, str]:
    """The url without anything secret, and the key; raises UserError that says what is wrong with either.

    Platforms hand out "server" and "key", or one line with both; a query in the url is part of the secret."""
    url, key = url.strip(), key.strip()
    check(name, url)
    if any(not one.isprintable() or one.isspace() for one in key):
        raise UserError("error.push.bad_key", name=name)
    base, path = _parts(url)
    at = path.find("?")
    cut = path.rfind("/", 0, at if at >= 0 else len(path))
    if key and at < 0:
        return base + path.rstrip("/"), key
    secret = path[cut + 1 :]
    if key:
        secret += key if secret.endswith(("/", "=", "?", "&")) else "/" + key
    if not secret or (not key and cut <= 0):
        raise UserError("error.push.no_key", name=name)
    return base + path[: max(cut, 0)], secret


def check(name: str, url: str) -> None:
    """Raise UserError for an address that nothing can be pushed to."""
    scheme = url.partition("://")[0].lower()
    if scheme in _NOT_IN_THIS_BUILD:
        raise UserError("error.push.not_in_this_build", name=name, scheme=scheme.upper())
    if scheme in _WHIP:
        raise UserError("error.push.no_whip", name=name)
    if scheme not in SCHEMES or "://" not in url:
        raise UserError("error.video.no_push_address", name=name)
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or any(not one.isprintable() or one.isspace() for one in url):
        raise UserError("error.push.bad_address", name=name)
    if "@" in parts.netloc:
        raise UserError("error.push.password_in_address", name=name)


def join(url: str, key: str) -> str:
    """The whole address, secret."""
    return url + ("" if url.endswith("/") else "/") + key


def _parts(url: str) -> tuple[str, str]:
    """``scheme://host`` and the rest from the first slash on."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host}", slash + path
