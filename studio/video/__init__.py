"""Video: scene, sources, overlays, compositor, sound, outputs: everything between the camera and the packets.

May import `core`, numpy, and, inside the files that need them, av, cv2, numba, sounddevice; Qt only in `overlays/`.
A picture is YUV 4:2:0 (BT.709, limited range) from the source to the encoder; nobody makes a full RGB frame.
`scene` is what the desk hands in; `engine` owns the threads. This file imports nothing.
Add an overlay in `overlays/`, a source in `sources/`, an output in `outputs/`: one file each.
"""
