"""Sound: one timeline of 48 kHz stereo samples on the picture's own clock, and what fills it.

`SoundTimeline` is the meeting place: sources put samples at their place, the sound thread reads block by block;
what nobody filled is silence. May import `studio.video`, av, numpy. `spec` alone is light.
Add a source of sound: a file here with a thread that puts samples, and its word in `SoundSpec.parse`.
"""

from studio.video.sound.spec import SoundSpec

__all__ = ["SoundSpec"]
