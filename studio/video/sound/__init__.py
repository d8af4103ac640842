"""Sound: inputs on threads of their own, a mixer on the picture's own clock, and the thread that encodes its sum.

`SoundTimeline` is the meeting place: an input puts samples at their place, the mixer reads block by block; what nobody
filled is silence. May import `studio.video`, av, numpy, pywebrtc_audio (late); libasound by ctypes. `spec` alone is light.
Add a kind of input: a `Player` (see `desk`) that fills a timeline on its own thread, and its word in `spec.KINDS`.
"""

from studio.video.sound.spec import SoundInput

__all__ = ["SoundInput"]
