"""CPU time of this process by thread, and of its children that still run; from the scheduler's own counters, in seconds."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

LIBRARY = "libraries' own"  # threads that Python did not start: x264's, a decoder's


def by_thread() -> Counter[str]:
    """Seconds by thread name; the threads of libraries are one entry."""
    names = {one.native_id: one.name.rstrip("0123456789-") for one in threading.enumerate()}
    spent: Counter[str] = Counter()
    for folder in Path("/proc/self/task").iterdir():
        spent[names.get(int(folder.name), LIBRARY)] += _ran_s(folder)
    return spent


def of_children() -> float:
    """Seconds of every process below this one."""
    mine, parents = os.getpid(), {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended meanwhile
                continue
    below = {mine}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(_all_threads_s(pid) for pid in below - {mine})


def of_process(pid: int) -> float:
    """Seconds of all threads of a process."""
    return _all_threads_s(pid)


def _all_threads_s(pid: int) -> float:
    try:
        return sum(_ran_s(folder) for folder in Path(f"/proc/{pid}/task").iterdir())
    except OSError:  # it has ended meanwhile
        return 0.0


def _ran_s(task: Path) -> float:
    """Time on a core: the first number of `schedstat`, in nanoseconds."""
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except OSError:  # it has ended meanwhile
        return 0.0
