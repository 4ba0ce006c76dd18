"""Checks of the machine itself."""

import os
import platform
import sys

from config import Settings
from rapbot.doctor.finding import Finding

_PYTHON = (3, 11)
_MACHINES = ("x86_64", "aarch64")
_GLIBC = (2, 28)  # manylinux_2_28: the newest that a pinned wheel asks for
_MEMORY_BYTES = 1 << 30


def python_version(_settings: Settings) -> Finding:
    """Look at the interpreter."""
    name = "Python"
    if sys.version_info < _PYTHON:
        return Finding.problem(
            name, platform.python_version(), "Install Python 3.11 and run `make run` again."
        )
    return Finding.fine(name, platform.python_version())


def platform_has_wheels(_settings: Settings) -> Finding:
    """Look whether pinned packages have binaries for this machine."""
    name = "platform"
    libc, version = platform.libc_ver()
    seen = f"{platform.system()} {platform.machine()} {libc} {version}"
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        return Finding.problem(
            name, seen, f"Use Linux on {' or '.join(_MACHINES)}; WSL 2 and virtual machines work."
        )
    if libc != "glibc" or tuple(int(part) for part in version.split(".")) < _GLIBC:
        return Finding.problem(
            name, seen, "Use a Linux with glibc 2.28 or newer, such as Debian 10 or RHEL 8."
        )
    return Finding.fine(name, seen)


def memory(_settings: Settings) -> Finding:
    """Look whether a worker and the servers fit."""
    name = "memory"
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    seen = f"{total / 2**30:.1f} GiB"
    if total < _MEMORY_BYTES:
        return Finding.problem(name, seen, "Use a machine with 1 GiB of memory or more.")
    return Finding.fine(name, seen)
