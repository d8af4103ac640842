"""What the user names as the sound."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.errors import UserError


@dataclass(frozen=True, kw_only=True)
class SoundSpec:
    """A sound source: ``camera`` (the picture source's own sound), ``microphone`` or ``silence``."""

    kind: str = "camera"
    address: str = ""

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.address or self.kind

    @classmethod
    def parse(cls, text: str) -> SoundSpec:
        """Read ``camera``, ``silence``, ``mic`` or ``mic:<name>``; anything else raises UserError."""
        word, _, address = text.strip().partition(":")
        if word in ("camera", "silence") and not address:
            return cls(kind=word)
        if word in ("mic", "microphone"):
            return cls(kind="microphone", address=address or "default")
        raise UserError("error.video.no_such_sound", text=text)
