"""Puts a wall round a process: no network, nothing to write to but memory, no sight of the teacher's files.

On Linux the kernel's namespaces do it, through util-linux's `unshare`, for any user who may make one. Inside,

* no network exists, the loopback included, and no service of the machine can be reached by a socket in a file,
* every file system is read-only; ``/tmp``, ``/dev/shm`` and the working folder are fresh, small and in memory,
* the folders to hide (sources with their hidden tests, other submissions, marks, keys and settings) are empty,
* no process of the outside can be seen, and when the first one inside ends, all end.

Elsewhere, or where namespaces are forbidden, only Python's own network calls are refused, see `GUARD`: grade
unknown people's code in a container there.
"""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["GUARD", "behind_a_wall", "environment", "has_wall"]

_NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child",
               "--mount-proc"]

#: the process inside may neither undo the mounts nor gain rights
_NO_RIGHTS = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]

#: what fails here is left as it is: special file systems that need not, or cannot, be made read-only
_READ_ONLY = """
echo 0 > /proc/sys/user/max_user_namespaces || :
while read -r _ _ _ _ point _; do mount -o remount,bind,ro "$point" 2>/dev/null || :; done < /proc/self/mountinfo
"""

#: of the devices only those that are no way out
_DEVICES = """
mkdir dev && mount -t tmpfs -o size=64k none dev
for name in null zero full random urandom; do touch dev/$name && mount --bind /dev/$name dev/$name; done
mkdir dev/shm && mount -t tmpfs -o size={disk_mib}m,mode=1777 none dev/shm && ln -s /proc/self/fd dev/fd
mount --rbind dev /dev
"""

#: run before the notebook where there is no wall: enough for honest mistakes
GUARD = """
def _switch_off_the_network():
    import socket
    def refused(*_, **__):
        raise OSError("the network is switched off while this is graded")
    class Socket(socket.socket):
        def connect(self, address):
            return super().connect(address) if self.family == getattr(socket, "AF_UNIX", None) else refused()
        connect_ex = connect
    socket.socket = Socket
    socket.create_connection = socket.getaddrinfo = refused
_switch_off_the_network()
"""


@functools.cache
def has_wall() -> bool:
    """Whether this machine lets this user build the wall."""
    if sys.platform != "linux":
        return False
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            probe = behind_a_wall(["true"], Path(folder), [])
            return subprocess.run(probe, capture_output=True, timeout=20, stdin=subprocess.DEVNULL).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def behind_a_wall(command: Sequence[str], folder: Path, hidden: Sequence[Path], disk_mib: int = 256) -> list[str]:
    """The command that runs a command behind the wall, in a folder of its own.

    Args:
        command: program and arguments.
        folder: the working folder; what it holds outside is not seen inside.
        hidden: folders that shall look empty; those that do not exist, or hold what the notebook needs, stay.
        disk_mib: size of the working folder, and of each other place that can be written to.
    """
    def fresh(place: Path | str, options: str) -> str:
        return f"mount -t tmpfs -o {options} none {shlex.quote(str(place))}"

    needed = [Path(place).resolve() for place in (__file__, sys.executable, sys.prefix, sys.base_prefix, _data())]
    keys = [place for place in Path.home().glob(".*") if place.is_dir()]
    places = [*hidden, *keys, *map(Path, ("/run", "/var/tmp", "/tmp"))]
    covered = {place.resolve() for place in places if place.is_dir() and os.access(place, os.R_OK | os.X_OK)}
    covered = {place for place in covered if not any(path.is_relative_to(place) for path in needed)}
    covered = sorted(place for place in covered if covered.isdisjoint(place.parents))  # not inside another
    steps = ["set -e", *(fresh(place, "size=4k,mode=755") for place in covered),
             f"mkdir -p {shlex.quote(str(folder))}", _READ_ONLY.strip(),
             fresh(folder, f"size={disk_mib}m,mode=1777"), f"cd {shlex.quote(str(folder))}",
             _DEVICES.format(disk_mib=disk_mib).strip(), f"exec {shlex.join([*_NO_RIGHTS, *command])}"]
    return [*_NAMESPACES, "sh", "-c", "\n".join(steps)]


def _data() -> Path:
    from alexnet_lib.data.cifar10 import data_dir

    return data_dir().resolve()


def environment(folder: Path, root: Path) -> dict[str, str]:
    """What a process inside knows of the outside: no secrets, a home of its own, this checkout, one thread."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TZ")
            if name in os.environ}
    return kept | {
        "HOME": str(folder), "PYTHONPATH": str(root), "JUPYTER_PREFER_ENV_PATH": "1", "IPYTHONDIR": f"{folder}/ipython",
        "JUPYTER_RUNTIME_DIR": f"{folder}/jupyter", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder), "ALEXNET_DATA": str(_data()),
        "MPLCONFIGDIR": f"{folder}/matplotlib",
    }
