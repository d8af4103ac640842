"""What the hub refuses, as the wire tells it."""

from __future__ import annotations


class HubError(Exception):
    """A refusal: an HTTP status, a lower-snake code that programs read, and an English sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def not_found(noun: str, name: str) -> HubError:
    """404: there is no such thing."""
    return HubError(404, "not_found", f"there is no {noun} {name!r}")


def conflict(code: str, message: str) -> HubError:
    """409: the wish contradicts what is already so."""
    return HubError(409, code, message)


def gone(code: str, message: str) -> HubError:
    """410: too late."""
    return HubError(410, code, message)


def invalid(code: str, message: str) -> HubError:
    """422: the wish makes no sense."""
    return HubError(422, code, message)
