"""What a platform's refusal means to the people at the desk."""

from __future__ import annotations

import json

from studio.desk.ports import PlatformError

_BY_CODE = {
    "horizon": "error.platform.horizon",
    "expired": "error.platform.expired",
    "key_reused": "error.platform.key_reused",
}
_BY_STATUS = {
    401: "error.platform.token",
    403: "error.platform.token",
    404: "error.platform.not_found",
    409: "error.platform.conflict",
    410: "error.platform.expired",
    422: "error.platform.invalid",
    429: "error.platform.limited",
}


def refusal(url: str, path: str, status: int, body: bytes, *, is_write: bool) -> PlatformError:
    """The error behind an answer that is not 200; a write that met a 5xx may have been done all the same."""
    code, message = _told(body)
    if status >= 500 or status == 408:
        key = "error.platform.unknown" if is_write else "error.platform.server"
        return PlatformError(key, code=f"http_{status}", is_unknown=is_write, url=url, status=status)
    key = _BY_CODE.get(code) or _BY_STATUS.get(status) or "error.platform.unexpected"
    is_unknown = is_write and status < 400
    return PlatformError(
        key,
        code=code or f"http_{status}",
        is_unknown=is_unknown,
        url=url,
        status=status,
        what=path.rpartition("/")[2][:80],
        reason=message or f"HTTP {status}",
    )


def garbage(url: str, path: str, field: str, reason: str, *, is_unknown: bool) -> PlatformError:
    """The error for an answer that cannot be understood; ``field`` names the part that is wrong."""
    return PlatformError(
        "error.platform.garbage",
        code="garbage",
        is_unknown=is_unknown,
        url=url,
        path=path,
        field=field,
        reason=reason,
    )


def _told(body: bytes) -> tuple[str, str]:
    """The code and message of the wire's error shape; empty when the body is not one."""
    try:
        error = json.loads(body)["error"]
        code, message = error["code"], error["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""
    if isinstance(code, str) and isinstance(message, str):
        return code[:80], message[:300]
    return "", ""
