"""A buyer's own keep-alive HTTP connection to the hub."""

from __future__ import annotations

import asyncio
import json
from typing import Any

AGENT = "anchor-studio-world"
ANSWER_WITHIN_S = 15.0
IDLE_S = 50.0  # less than the server's keep-alive, so that a request never meets a closing connection


class LineError(Exception):
    """The hub did not answer."""


class Line:
    """One connection, opened when first needed; one call at a time."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = (host, port)
        self._head = f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nUser-Agent: {AGENT}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used_s = 0.0
        self._turn = asyncio.Lock()

    async def post(self, path: str, buyer_id: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """POST and return status and answer; raises LineError, and then nobody knows whether the hub acted."""
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    return await self._post(path, buyer_id, json.dumps(body or {}).encode())
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                self.close()
                raise LineError(f"POST {path}: {error!r}") from error
            except asyncio.CancelledError:
                self.close()
                raise

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _post(self, path: str, buyer_id: str, body: bytes) -> tuple[int, dict[str, Any]]:
        now_s = asyncio.get_running_loop().time()
        if self._streams is not None and now_s - self._used_s > IDLE_S:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        head = f"POST {path} HTTP/1.1\r\n{self._head}X-Buyer: {buyer_id}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        answer_head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        status = int(answer_head[0].split(" ")[1])
        headers = dict(line.split(": ", 1) for line in answer_head[1:] if ": " in line)
        answer = json.loads(await reader.readexactly(int(headers["content-length"])))
        self._used_s = now_s
        if headers.get("connection") == "close":
            self.close()
        return status, answer
