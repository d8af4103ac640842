"""Which encoders this machine really has: each is tried in a process of its own, for drivers hang and crash."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections.abc import Sequence

from av.codec import Codec
from av.codec.codec import UnknownCodecError

from studio.video.codec_options import HARDWARE, X264
from studio.video.encoder import EncoderSettings
from studio.video.health import EncoderVerdict
from studio.video.outputs import child

_log = logging.getLogger(__name__)

TRIED_WITHIN_S = 30.0


class EncoderChoice:
    """The encoders of this program that the machine may have; what a trial found holds until the program ends."""

    def __init__(self, candidates: Sequence[str] = HARDWARE, tried_within_s: float = TRIED_WITHIN_S) -> None:
        self._tried_within_s = tried_within_s
        self._verdicts = {X264: EncoderVerdict(name=X264, is_usable=True)}
        self._verdicts |= {name: EncoderVerdict(name=name) for name in candidates if _is_built_in(name)}
        self._trying = threading.Lock()

    def known(self) -> tuple[EncoderVerdict, ...]:
        """All, with what is known of each."""
        return tuple(self._verdicts.values())

    def is_usable(self, name: str) -> bool:
        """Whether a trial found that it works."""
        verdict = self._verdicts.get(name)
        return verdict is not None and verdict.is_usable is True

    def fail(self, name: str, reason: str) -> None:
        """It failed in the show: no more of it until the program is started again."""
        if name in self._verdicts:
            self._verdicts[name] = _refused(name, reason)

    def look(self, name: str, settings: EncoderSettings) -> EncoderVerdict:
        """Try it, if that was not done before; blocks until the trial ends or is ended."""
        with self._trying:
            verdict = self._verdicts.get(name)
            if verdict is None:
                return _refused(name, "unknown")
            if verdict.is_usable is None:
                self._verdicts[name] = verdict = self._try(name, settings)
                _log.info("encoder %s: %s", name, verdict.reason_key or "works")
            return verdict

    def _try(self, name: str, settings: EncoderSettings) -> EncoderVerdict:
        canvas = settings.canvas
        numbers = (canvas.width, canvas.height, canvas.fps, settings.bitrate_kbps)
        words = [name, *(str(number) for number in numbers)]
        try:
            process = child.start("encoder-trial", "studio.video.encoder_trial", words)
        except OSError:
            _log.exception("the trial of %s cannot be started", name)
            return _refused(name, "crashes")
        try:
            said, _ = process.communicate(timeout=self._tried_within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return _refused(name, "hangs")
        return _read(name, said, process.returncode)


def _read(name: str, said: bytes, code: int) -> EncoderVerdict:
    """What the process said in its last line; one that said nothing crashed."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    try:
        found = json.loads(lines[-1])
        reason, ms = str(found["reason"]), float(found["ms"])
    except (IndexError, KeyError, TypeError, ValueError):
        _log.warning("the trial of %s ended with code %d", name, code)
        return _refused(name, "crashes")
    if code != 0 and not reason:
        return _refused(name, "crashes")
    return _refused(name, reason) if reason else EncoderVerdict(name=name, is_usable=True, ms=ms)


def _refused(name: str, reason: str) -> EncoderVerdict:
    return EncoderVerdict(name=name, is_usable=False, reason_key=f"video.encoder.{reason}")


def _is_built_in(name: str) -> bool:
    try:
        return bool(Codec(name, "w").is_encoder)
    except UnknownCodecError:
        return False
