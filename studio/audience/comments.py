"""Comments (评论) of a show: the newest ones to read, and what viewers ask for, counted over the last five minutes."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.audience.requests import Candidate, Recogniser, RequestKey, text_of
from studio.core.clock import Clock

WINDOW_MS = 5 * 60_000
KEPT_COMMENTS = 2_000
KEPT_IDS = 50_000
KEPT_ASKERS = 20_000
LISTED = 50

_ORDER = {"taken": 0, "open": 0, "done": 1}


@dataclass(frozen=True)
class Comment:
    """What one viewer wrote; ``buyer_id`` is empty when the platform does not say who it was."""

    comment_id: str
    nick: str
    text: str
    at_ms: int
    buyer_id: str = ""


@dataclass
class _Request:
    """Who asked and when, oldest first, and what the desk did about it."""

    asked: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT_ASKERS))
    last_ms: int = 0
    taken_ms: int | None = None
    done_ms: int | None = None

    def count(self, since_ms: int) -> int:
        """Viewers who asked after a time: one who repeats himself counts once."""
        return len({who for at_ms, who in self.asked if at_ms > since_ms})


class CommentBook:
    """Every comment once, bounded; main thread only. A report counts over a whole show with a longer ``window_ms``."""

    def __init__(self, clock: Clock, candidates: Sequence[Candidate] = (), window_ms: int = WINDOW_MS) -> None:
        self._clock = clock
        self._window_ms = window_ms
        self._recogniser = Recogniser(candidates)
        self._comments: deque[Comment] = deque(maxlen=KEPT_COMMENTS)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._requests: dict[RequestKey, _Request] = {}

    def name_products(self, candidates: Sequence[Candidate]) -> None:
        """From now on viewers may name these products in words; what was counted before stays."""
        self._recogniser = Recogniser(candidates)

    def add(self, comment_id: str, nick: str, text: str, at_ms: int, buyer_id: str = "") -> bool:
        """Take a comment in; False when it was already there (a feed that starts again repeats itself)."""
        if comment_id in self._seen:
            return False
        self._seen[comment_id] = None
        if len(self._seen) > KEPT_IDS:
            self._seen.popitem(last=False)
        self._comments.append(Comment(comment_id, nick, text, at_ms, buyer_id))
        for key in self._recogniser.recognise(text):
            request = self._requests.setdefault(key, _Request())
            request.asked.append((at_ms, buyer_id or comment_id))
            request.last_ms = max(request.last_ms, at_ms)
        return True

    def last(self, count: int) -> list[dict[str, Any]]:
        """The newest comments, newest last."""
        newest = list(self._comments)[-count:] if count > 0 else []
        return [{"nick": comment.nick, "text": comment.text, "at_ms": comment.at_ms} for comment in newest]

    def requests(self, now_ms: int) -> list[dict[str, Any]]:
        """What viewers ask for, most wanted first: ``key, text, count, last_ms, state`` (open, taken, done)."""
        self._forget(now_ms - self._window_ms)
        rows = [self._row(key, request, now_ms) for key, request in self._requests.items()]
        rows.sort(key=lambda row: (_ORDER[row["state"]], -row["count"], -row["last_ms"], row["key"]))
        return rows[:LISTED]

    def take(self, key: str) -> bool:
        """Somebody takes a request up (接下); False when nobody asks for it any more."""
        request = self._find(key)
        if request is not None:
            request.taken_ms, request.done_ms = self._clock.now_ms(), None
        return request is not None

    def done(self, key: str) -> bool:
        """A request was answered (已答): it counts from nothing again; False when nobody asks for it any more."""
        request = self._find(key)
        if request is not None:
            # never before the newest asker: the feed's clock may run ahead of ours
            request.done_ms, request.taken_ms = max(self._clock.now_ms(), request.last_ms), None
        return request is not None

    def _row(self, key: RequestKey, request: _Request, now_ms: int) -> dict[str, Any]:
        since_ms = now_ms - self._window_ms
        count, state = request.count(since_ms), "open" if request.taken_ms is None else "taken"
        if request.done_ms is not None:
            again = request.count(max(since_ms, request.done_ms))
            count, state = (again, "open") if again else (count, "done")
        text = text_of(key, self._recogniser.title(key))
        return {"key": str(key), "text": text, "count": count, "last_ms": request.last_ms, "state": state}

    def _find(self, key: str) -> _Request | None:
        self._forget(self._clock.now_ms() - self._window_ms)
        kind, _, value = key.partition(":")
        return self._requests.get(RequestKey(kind, value))

    def _forget(self, until_ms: int) -> None:
        """Drop askers of more than five minutes ago, and requests that nobody makes any more."""
        for key, request in list(self._requests.items()):
            if request.last_ms <= until_ms:
                del self._requests[key]
                continue
            while request.asked and request.asked[0][0] <= until_ms:
                request.asked.popleft()
