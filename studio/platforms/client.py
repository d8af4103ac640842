"""Sends one HTTP request as carefully as money needs: what may be repeated is, what may not is sent exactly once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests import exceptions as broken
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as SocketTimeout

from studio.desk.ports import PlatformError
from studio.platforms.refusals import garbage, refusal

CONNECT_TIMEOUT_S = 3.0
BIGGEST_ANSWER = 32 * 1024 * 1024
TRIES = 3
FIRST_PAUSE_S = 0.15


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request; ``is_repeatable`` says that sending it twice does no more than sending it once."""

    method: str
    path: str
    query: Mapping[str, str | int | float] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    key: str | None = None
    is_repeatable: bool = False
    extra_wait_s: float = 0.0

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


class _Bearer(AuthBase):
    """Puts the token in; as an auth object it also keeps a .netrc file from overwriting it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class HttpClient:
    """A platform's HTTP door: thread-safe, with timeouts for every step, and without a trace of the token."""

    def __init__(self, base_url: str, token: str, timeout_s: float) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise PlatformError("error.platform.address", url=base_url)
        self.base_url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers["Accept"] = "application/json"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.trust_env = not _is_loopback(parts.hostname)  # a proxy cannot reach this machine's own hub
        adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=16)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __repr__(self) -> str:
        return f"HttpClient({self.base_url!r})"

    def close(self) -> None:
        """Close the idle connections; the client can still be used."""
        self._session.close()

    def json(self, call: Call) -> Any:
        """The answer as JSON; raises PlatformError."""
        body = self.content(call)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise garbage(self.base_url, call.path, "(answer)", "not JSON", is_unknown=not call.is_read) from error

    def content(self, call: Call) -> bytes:
        """The answer's bytes; repeats a repeatable call while its time lasts; raises PlatformError."""
        deadline_s = time.monotonic() + self._timeout_s + call.extra_wait_s
        pause_s = FIRST_PAUSE_S
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                return self._once(call, deadline_s)
            except PlatformError as error:
                may_pass = error.code in {"unreachable", "cut"} or error.code.startswith("http_5")
                is_last = tries_left == 0 or time.monotonic() + pause_s >= deadline_s
                if is_last or not may_pass or not (call.is_read or call.is_repeatable):
                    raise
            time.sleep(pause_s)
            pause_s *= 3
        raise AssertionError("the last try returns or raises")

    def _once(self, call: Call, deadline_s: float) -> bytes:
        headers = {} if call.key is None else {"Idempotency-Key": call.key}
        try:
            with self._session.request(
                call.method,
                self.base_url + call.path,
                params=dict(call.query),
                json=call.body,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, max(0.05, deadline_s - time.monotonic())),
                allow_redirects=False,  # a redirected POST would be sent twice, perhaps to a stranger
                stream=True,
            ) as response:
                body = self._read(response, call, deadline_s)
                if response.status_code != requests.codes.ok:
                    raise refusal(self.base_url, call.path, response.status_code, body, is_write=not call.is_read)
                return body
        except (broken.RequestException, HTTPError) as error:
            raise self._failure(call, error) from error

    def _read(self, response: requests.Response, call: Call, deadline_s: float) -> bytes:
        body = bytearray()
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            body += chunk
            if len(body) > BIGGEST_ANSWER:
                raise garbage(self.base_url, call.path, "(answer)", "too long", is_unknown=not call.is_read)
            if time.monotonic() > deadline_s:  # the socket's own timeout starts anew with every byte
                raise broken.ReadTimeout("the answer timed out, trickling in")
        return bytes(body)

    def _failure(self, call: Call, error: Exception) -> PlatformError:
        was_sent = not _never_left(error)
        is_unknown = was_sent and not call.is_read
        if not was_sent:
            return PlatformError("error.platform.unreachable", code="unreachable", url=self.base_url)
        is_timeout = isinstance(error, broken.Timeout | SocketTimeout) or "timed out" in str(error).lower()
        code = "timeout" if is_timeout else "cut"
        if is_unknown:
            return PlatformError("error.platform.unknown", code=code, is_unknown=True, url=self.base_url)
        if is_timeout:
            return PlatformError("error.platform.timeout", code=code, url=self.base_url, seconds=round(self._timeout_s))
        return PlatformError("error.platform.cut", code=code, url=self.base_url)


def segment(name: str) -> str:
    """``name`` as one segment of a path; a dot segment would be folded away and reach another path."""
    if name in {"", ".", ".."}:
        raise PlatformError("error.platform.not_found", code="not_found", what=name)
    return quote(name, safe="")


def _never_left(error: Exception) -> bool:
    """Whether the request cannot have reached the platform."""
    if isinstance(error, broken.ConnectTimeout | broken.InvalidURL | broken.InvalidHeader | broken.InvalidSchema):
        return True
    reasons: list[BaseException] = [error]
    for reason in reasons:
        inner = [reason.__cause__, reason.__context__, getattr(reason, "reason", None), *reason.args]
        reasons += [one for one in inner if isinstance(one, BaseException) and one not in reasons]
    names = {type(reason).__name__ for reason in reasons}
    return any(isinstance(reason, NewConnectionError) for reason in reasons) or "SSLCertVerificationError" in names


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
