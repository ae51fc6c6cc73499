"""Databases to reach over ODBC, where the machine has drivers for them (.ci/run installs both)."""

import contextlib
import ctypes.util
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def require_driver(name: str) -> None:
    """Skip a test where ODBC or a driver is not installed."""
    pytest.importorskip("arrow_odbc", reason="arrow-odbc is not installed", exc_type=Exception)
    listing = shutil.which("odbcinst")
    if listing is None or ctypes.util.find_library("odbc") is None:
        pytest.skip("unixODBC is not installed")
    found = subprocess.run([listing, "-q", "-d"], capture_output=True, text=True, check=False)
    if f"[{name}]" not in found.stdout.splitlines():
        pytest.skip(f"the ODBC driver {name} is not installed")


def sqlite_database(path: Path, *statements: str) -> str:
    """Write an SQLite database; returns its connection string."""
    require_driver("SQLite3")
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return f"Driver=SQLite3;Database={path};BigInt=1"


class Postgres:
    """A PostgreSQL server of our own, on a free port, whose password is not to be seen."""

    password = "not-to-be-shown"

    def __init__(self, programs: Path, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._programs = programs
        self._folder = folder

    @property
    def connection_string(self) -> str:
        return self.string_for(self.password)

    def string_for(self, password: str) -> str:
        """Connection string with a password, right or wrong."""
        return (
            "Driver=PostgreSQL Unicode;Server=127.0.0.1;Database=postgres;UID=keeper;"
            f"Port={self.port};PWD={password};ByteaAsLongVarBinary=1"
        )

    def start(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        self._own(self._folder, secret)
        data = self._folder / "data"
        self._call("initdb", "--no-sync", "-U", "keeper", "-A", "scram-sha-256",
                   f"--pwfile={secret}", "-E", "UTF8", "-D", str(data))  # fmt: skip
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._folder}"
        log = str(self._folder / "log")
        self._call("pg_ctl", "-w", "-D", str(data), "-l", log, "-o", options, "start")

    def stop(self) -> None:
        data = str(self._folder / "data")
        self._call("pg_ctl", "-w", "-m", "immediate", "-D", data, "stop")

    def execute(self, statements: str) -> None:
        environment = {**os.environ, "PGPASSWORD": self.password}
        subprocess.run(
            [str(self._programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", "keeper", "postgres", "-c", statements],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip

    def _own(self, *paths: Path) -> None:
        """The server will not run as root: the user that its package made owns its files."""
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, "postgres", "postgres")

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server; skips where there is none to run."""
    require_driver("PostgreSQL Unicode")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("the PostgreSQL server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(programs[-1].parent, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
