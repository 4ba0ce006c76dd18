"""Becomes another program that dies with its parent, as a user of less power where asked.

`python -I -S guard.py PARENT SIGNAL MODE UID GID COMMAND...`; `Identity.guarded` writes that line.

Run as a file of its own between fork and exec: `preexec_fn` is unsafe in a process with threads,
and asking for the parent's death comes last, because a change of user would take it back.
"""

import ctypes
import os
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x1000_0000


def become_in_namespace(uid: int, gid: int) -> None:
    """Show this process as `uid` to itself; to the kernel it stays who it was."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def become(uid: int, gid: int) -> None:
    """Turn from root into another user for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    parent, signal_number = int(arguments[0]), int(arguments[1])
    mode, uid, gid = arguments[2], int(arguments[3]), int(arguments[4])
    command = arguments[5:]
    if mode == "namespace":
        become_in_namespace(uid, gid)
    elif mode == "user":
        become(uid, gid)
    _call("prctl", _PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        # It died before the line above, so no signal will come.
        sys.exit(f"process {parent}, which should watch this one, is gone")
    os.execv(command[0], command)  # noqa: S606  no shell on purpose


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*(ctypes.c_ulong(argument) for argument in arguments)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    main(sys.argv[1:])
