"""Real servers for tests, on loopback, in a temporary folder, ended with the test session.

PostgreSQL, Redis and nginx are the machine's own (Debian packages), the S3 server is moto's. A server that is not
installed fails the test that asks for it, with a sentence that says what to install.

Belongs here: starting and ending servers, and the fixtures that do. Does not belong here: what is done with them.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import mkdtemp

import psycopg2  # type: ignore[import-untyped]
import pytest

LOOPBACK = "127.0.0.1"
START_SECONDS = 60
#: PostgreSQL refuses to run as root; this user comes with its package.
SERVER_USER = "postgres"
#: PostgreSQL waits for its clients and for its disk when it is asked to terminate; what it holds is not needed again.
LEAVE_AT_ONCE = signal.SIGQUIT
NAMED = ("-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{LOOPBACK}")
CERTIFICATE = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *NAMED)
HOW = ("-E", "UTF8", "--locale", "C", "--no-sync", "-A", "scram-sha-256", "--pwfile")


class ServerMissing(Exception):
    """A server is not installed; the sentence says how to install it."""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running PostgreSQL, whose one user may do everything."""

    port: int
    user: str
    password: str = field(repr=False)
    #: What the server said; gone with it.
    log: Path

    def address(self, database: str, *, with_password: bool = False) -> str:
        """postgresql://… of one of its databases."""
        password = f":{self.password}" if with_password else ""
        return f"postgresql://{self.user}{password}@{LOOPBACK}:{self.port}/{database}"

    def execute(self, statement: str, *given: object, database: str = "postgres") -> list[tuple[object, ...]]:
        """What a statement gives, outside any transaction."""
        con = psycopg2.connect(host=LOOPBACK, port=self.port, user=self.user, password=self.password, dbname=database)
        try:
            con.autocommit = True
            with con.cursor() as cursor:
                cursor.execute(statement, given or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            con.close()

    def run_file(self, path: Path, database: str, given: Mapping[str, str]) -> str:
        """What PostgreSQL's own client says of a file of statements, as an administrator runs it.

        Args:
            path: of the file.
            database: to begin in.
            given: what the file takes from the environment.
        """
        place = ["--host", LOOPBACK, "--port", str(self.port), "--username", self.user, "--dbname", database]
        told = subprocess.run(
            [_postgresql_programs() / "psql", *place, "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--file", path],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGPASSWORD": self.password, **given},
        )
        assert told.returncode == 0, told.stderr
        return told.stdout + told.stderr

    def new_database(self) -> str:
        """The name of an empty database of its own."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"create database {name}")
        return name

    def emptied_database(self, name: str) -> str:
        """The database of this name, with nothing in it: for the many tests of a file, because a new one is dear."""
        if not self.execute("select 1 from pg_database where datname = %s", name):
            self.execute(f"create database {name}")
        self.execute("drop schema public cascade", database=name)
        self.execute("create schema public", database=name)
        return name


@dataclass(frozen=True, slots=True)
class Redis:
    """A running Redis that keeps nothing."""

    port: int

    def address(self, database: int = 0) -> str:
        """redis://… of one of its numbered databases."""
        return f"redis://{LOOPBACK}:{self.port}/{database}"


@dataclass(frozen=True, slots=True)
class S3:
    """A running S3 server that keeps all in memory, and the keys it is used with."""

    port: int
    key: str
    secret: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables in which AWS's own programs look for keys."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}

    def new_bucket(self, name: str = "") -> str:
        """The name of an empty bucket of its own."""
        name = name or f"test-{secrets.token_hex(6)}"
        self._client().create_bucket(Bucket=name)
        return name

    def key_for(self, user: str, policy: str) -> dict[str, str]:
        """The variables with the key of a new user who may do what a policy says, once policies are `enforce`d."""
        iam = self._client("iam")
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName=user, PolicyDocument=policy)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}

    def enforce(self) -> None:
        """From now on nobody may do more than their policy says, and the key of before may do nothing."""
        asking = HTTPConnection(LOOPBACK, self.port, timeout=5)
        asking.request("POST", "/moto-api/reset-auth", body="0")
        assert asking.getresponse().status == 200
        asking.close()

    def objects(self, bucket: str) -> dict[str, int]:
        """The size in bytes of everything in a bucket, by its name."""
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}

    def _client(self, service: str = "s3"):
        import boto3  # type: ignore[import-untyped]

        keys = {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **keys)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL for the tests of this process."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis for the tests of this process."""
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server for the tests of this process."""
    with running_s3() as server:
        yield server


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A new PostgreSQL while the block lasts.

    Raises:
        ServerMissing: it is not installed.
    """
    programs = _postgresql_programs()
    with _folder(owner=_server_user()) as folder:
        server = PostgreSQL(free_port(), "cape", secrets.token_urlsafe(24), folder / "log")
        given = folder / "password"
        given.write_text(server.password, encoding="utf-8")
        _own(given, _server_user())
        data = ["-D", str(folder / "data")]
        made = subprocess.run(
            [programs / "initdb", *data, "-U", server.user, *HOW, given],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
            user=_server_user(),
            group=_server_user(),
        )
        assert made.returncode == 0, made.stderr
        given.unlink()
        options = {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "200",
        }
        command = [str(programs / "postgres"), *data, "-p", str(server.port)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with _running(command, folder, lambda: server.execute("select 1"), user=_server_user(), stop=LEAVE_AT_ONCE):
            yield server


@contextmanager
def running_redis() -> Iterator[Redis]:
    """A new Redis while the block lasts.

    Raises:
        ServerMissing: it is not installed.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise ServerMissing("redis-server was not found: apt-get install redis-server")
    server = Redis(free_port())
    with _folder(owner=None) as folder:
        keeps_nothing = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        command = [program, "--bind", LOOPBACK, "--port", str(server.port), *keeps_nothing]
        with _running(command, folder, lambda: _answers(server.port)):
            yield server


@contextmanager
def running_nginx(configuration: str, files: Mapping[str, str]) -> Iterator[Path]:
    """A proxy while the block lasts; gives its folder, where its logs and a new certificate for loopback lie.

    Args:
        configuration: the text of its one file; what that names by a relative name lies in the same folder.
        files: what lies there beside certificate.pem and key.pem.

    Raises:
        ServerMissing: it is not installed.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise ServerMissing("nginx was not found: apt-get install nginx")
    port = int(re.findall(r"^ *listen \S+:(\d+) ", configuration, re.MULTILINE)[0])
    with _folder(owner=None) as folder:
        for name, text in {**files, "nginx.conf": configuration}.items():
            (folder / name).write_text(text, encoding="utf-8")
        made = subprocess.run(
            ["openssl", "req", *CERTIFICATE, "-keyout", "key.pem", "-out", "certificate.pem"],  # noqa: S607 (the path's)
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        # its workers give up the rights of root, and could then not enter the folder
        more = "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", more]
        with _running(command, folder, lambda: socket.create_connection((LOOPBACK, port), timeout=5).close()):
            yield folder


@contextmanager
def running_s3() -> Iterator[S3]:
    """A new S3 server while the block lasts.

    Raises:
        ServerMissing: it is not installed.
    """
    try:
        import moto.server
    except ModuleNotFoundError as error:
        raise ServerMissing("moto's server was not found: pip install 'cape-pipeline[cluster,dev]'") from error
    server = S3(free_port(), "TESTKEY" + secrets.token_hex(6).upper(), secrets.token_urlsafe(24))
    with _folder(owner=None) as folder:
        command = [sys.executable, "-m", moto.server.__name__, "-H", LOOPBACK, "-p", str(server.port)]
        with _running(command, folder, lambda: _answers_http(server.port)):
            yield server


# --- processes ------------------------------------------------------------------------------------------------------


def _postgresql_programs() -> Path:
    """The folder of PostgreSQL's own programs, the newest version's: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise ServerMissing("PostgreSQL's initdb was not found: apt-get install postgresql")


def _server_user() -> str | None:
    """Who PostgreSQL runs as: another user than root."""
    return SERVER_USER if os.geteuid() == 0 else None


def _own(path: Path, user: str | None) -> None:
    if user:
        shutil.chown(path, user, user)


@contextmanager
def _folder(owner: str | None) -> Iterator[Path]:
    """A folder beside those of the tests, which other users may not enter."""
    folder = Path(mkdtemp(prefix="test-server-"))
    _own(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of loopback at which nothing listens."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _running(
    command: Sequence[str],
    folder: Path,
    ask: Callable[[], object],
    *,
    user: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """A server while the block lasts, from when it answers; what it said is shown when it does not."""
    with (folder / "log").open("wb") as log:
        # a group of its own, so that Ctrl-C in the terminal ends the tests first
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
            user=user,
            group=user,
        )
    try:
        _wait_for(process, ask, folder / "log")
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], ask: Callable[[], object], log: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            ask()
            return
        except (OSError, psycopg2.OperationalError):
            assert process.poll() is None, f"the server ended: {log.read_text(errors='replace')}"
            assert time.monotonic() < give_up_at, f"the server does not answer: {log.read_text(errors='replace')}"
            time.sleep(0.1)


def _answers_http(port: int) -> None:
    asking = HTTPConnection(LOOPBACK, port, timeout=5)
    asking.request("GET", "/moto-api/")
    assert asking.getresponse().status == 200
    asking.close()


def _answers(port: int) -> None:
    with socket.create_connection((LOOPBACK, port), timeout=5) as con:
        con.sendall(b"PING\r\n")
        assert con.recv(16).startswith(b"+PONG")
