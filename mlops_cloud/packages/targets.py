"""What packages are wanted for: a Python version on this computer, or on a platform elsewhere."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass

_MANYLINUX = re.compile(r"manylinux_2_(?P<glibc>\d+)_(?P<machine>\w+)")
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_OLDEST = 5


@dataclass(frozen=True, slots=True)
class Target:
    """Where packages are to work."""

    python: str
    """Version without its patch level, e.g. 3.11."""
    platform: str = ""
    """As pip's --platform takes it; empty for this computer."""
    interpreter: str = ""
    """Path of the interpreter, where it is on this computer."""

    @property
    def place(self) -> str:
        """The platform, also where it is this computer's own."""
        return self.platform or f"{sys.platform}-{platform.machine()}"

    def markers(self) -> dict[str, str] | None:
        """What requirement markers are compared with there; None for what this interpreter would say itself."""
        version = {"python_version": self.python, "python_full_version": f"{self.python}.0"}
        if not self.platform:
            return None if self.python == "{}.{}".format(*sys.version_info) else version
        linux = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
        if match := _MANYLINUX.fullmatch(self.platform):
            linux["platform_machine"] = match["machine"]
        cpython = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
        return {**linux, **version, **cpython, "implementation_version": f"{self.python}.0"}

    def pip_options(self) -> list[str]:
        """Options that make pip choose wheels for it; none on this computer, where the interpreter decides."""
        if not self.platform:
            return []
        platforms = [option for name in self._platforms() for option in ("--platform", name)]
        version = ["--python-version", self.python, "--implementation", "cp"]
        return ["--only-binary", ":all:", *version, *platforms]

    def uv_options(self) -> list[str]:
        """The same for uv."""
        if not self.platform:
            return ["--python", self.interpreter]
        match = _MANYLINUX.fullmatch(self.platform)
        name = f"{match['machine']}-manylinux_2_{match['glibc']}" if match else self.platform
        return ["--python-version", self.python, "--python-platform", name, "--only-binary", ":all:"]

    def _platforms(self) -> list[str]:
        """What it can run, newest first: pip takes a platform by its letters and knows of no older one."""
        match = _MANYLINUX.fullmatch(self.platform)
        if match is None:
            return [self.platform]
        names = []
        for glibc in range(int(match["glibc"]), _OLDEST - 1, -1):
            names.append(f"manylinux_2_{glibc}_{match['machine']}")
            if glibc in _OLD_NAMES:
                names.append(f"{_OLD_NAMES[glibc]}_{match['machine']}")
        return [*names, f"linux_{match['machine']}"]
