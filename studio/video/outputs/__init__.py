"""Outputs: where the packets of the one encoder go (recording file, push targets, virtual camera, null: counted only).

An output has a bounded queue and a thread or process of its own; it never makes the encoder wait.
May import `studio.video.packets`, av, the standard library; `push_worker` runs in its own process and imports nothing else.
Add one: a class with `offer(packet)`, `stop(timeout_s)` and a health of its own, and its door in `engine`.
"""
