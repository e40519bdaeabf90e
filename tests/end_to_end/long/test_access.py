"""Who may do what: the roles of a lake in PostgreSQL and in the store of its objects, and the proxy before the UI.

Everything is tried against real servers with the files of deploy/. The S3 server is moto's, which holds each key to its
policy as far as moto understands policies; a store of your own may read one differently.

Belongs here: what someone may not do, and that the rest works without more rights. Does not belong here: what a lake
holds (`test_ducklake.py`), and what the UI shows (`test_ui.py`).
"""

import base64
import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import lake_of
from cape_pipeline.settings import DUCKLAKE, Settings
from cape_pipeline.warehouse.ducklake import LAKE, open_lake
from tests.end_to_end.conftest import EXPORTS
from tests.support.servers import (
    LOOPBACK,
    S3,
    PostgreSQL,
    free_port,
    running_nginx,
    running_postgresql,
    running_s3,
)

CAPE = (sys.executable, "-m", "cape_pipeline.cli")
DEPLOY = Path(__file__).parents[3] / "deploy"
AS_OF = "2026-07-20"
#: The database, the bucket and the prefix that the files of deploy/ speak of.
CATALOG, HISTORY, BUCKET, DATA_PATH = "lake", "dagster", "cape", "s3://cape/lake"
PATIENCE_SECONDS = 240  # a shared machine may be slow
TABLES = "select schemaname || '.' || quote_ident(tablename) from pg_tables where schemaname = 'public' order by 1"


@dataclass(frozen=True)
class Person:
    """Somebody with a user of PostgreSQL and a key to the objects."""

    user: str
    password: str
    key: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return {**self.key, "PGPASSWORD": self.password}


@dataclass(frozen=True)
class Place:
    """A lake as deploy/ says it is to be set up, and who uses it."""

    catalog: PostgreSQL
    objects: S3
    folder: Path
    writer: Person
    reader: Person

    def settings(self, who: Person) -> Settings:
        address = f"postgresql://{who.user}@{LOOPBACK}:{self.catalog.port}"
        return Settings(
            warehouse=self.folder / who.user / "cape.duckdb",
            out=self.folder / who.user / "out",
            storage=DUCKLAKE,
            catalog=f"{address}/{CATALOG}",
            data_path=DATA_PATH,
            s3_endpoint=self.objects.endpoint,
            lock_wait_seconds=5,
        )

    @contextmanager
    def opened_by(self, who: Person) -> Iterator[duckdb.DuckDBPyConnection]:
        """The lake, with the rights of a person and with nothing of the pipeline that could stop anybody."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in who.environment.items():
                environment.setenv(name, value)
            lake = lake_of(self.settings(who))
            with closing(open_lake(lake, self.folder / "spill", memory_limit="1GB", threads=1)) as con:
                yield con

    def ask_catalog(self, who: Person, statement: str, database: str = CATALOG) -> list[tuple[object, ...]]:
        """What PostgreSQL answers to somebody who comes without DuckDB."""
        place = {"host": LOOPBACK, "port": self.catalog.port, "dbname": database}
        with closing(psycopg2.connect(**place, user=who.user, password=who.password)) as con:
            con.autocommit = True
            with con.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def run_by(self, who: Person) -> subprocess.CompletedProcess[str]:
        """What a whole `cape run` of the golden exports said."""
        return subprocess.run(
            [*CAPE, "run", "--exports", str(EXPORTS), "--as-of", AS_OF],
            env=os.environ | self.settings(who).as_environment() | who.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Catalog and objects of their own, set up by the files of deploy/, and an empty lake."""
    passwords = [f"{word} {secrets.token_hex(8)}" for word in ("it's the writer's", "the reading one")]
    with running_postgresql() as catalog, running_s3() as objects:
        catalog.execute("alter system set log_statement = 'all'")
        catalog.execute("select pg_reload_conf()")
        catalog.execute(f"create database {CATALOG}")
        catalog.execute((DEPLOY / "databases.sql").read_text(encoding="utf-8").partition("\n")[2])
        for _ in range(2):  # as after an upgrade
            catalog.run_file(DEPLOY / "roles.sql", CATALOG, {"CAPE_DATABASE_PASSWORD": passwords[0]})
        objects.new_bucket(BUCKET)
        keys = [
            objects.key_for(name, (DEPLOY / "policies" / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("writer", "reader")
        ]
        objects.enforce()
        yield Place(
            catalog,
            objects,
            tmp_path_factory.mktemp("place"),
            Person("cape_writer", passwords[0], keys[0]),
            Person("jane", passwords[1], keys[1]),
        )


@pytest.fixture(scope="module")
def filled(place: Place) -> Place:
    """The lake after a whole run of its writer, and one person who may read it."""
    ended = place.run_by(place.writer)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (place.folder / "said").write_text(ended.stdout + ended.stderr, encoding="utf-8")
    role = place.folder / "reader.sql"  # two statements, so that the second is not in the server's log
    hidden = f"create role jane login password '{place.reader.password}' in role cape_reader;"
    role.write_text(f"set log_statement = 'none';\n{hidden}\n", encoding="utf-8")
    place.catalog.run_file(role, CATALOG, {})
    role.unlink()
    return place


# --- the lake -------------------------------------------------------------------------------------------------------


def test_the_writer_does_a_whole_run_with_the_files_of_a_run_on_one_file(filled: Place, finished_run: Path) -> None:
    assert files_in(filled.settings(filled.writer).out) == files_in(finished_run / "out")


def test_the_writer_makes_the_history_of_runs_in_a_database_that_is_not_its_own(filled: Place) -> None:
    password = urllib.parse.quote(filled.writer.password)
    address = f"postgresql+psycopg2://cape_writer:{password}@{LOOPBACK}:{filled.catalog.port}/{HISTORY}"
    for storage in (PostgresRunStorage, PostgresEventLogStorage, PostgresScheduleStorage):
        storage(postgres_url=address, should_autocreate_tables=True).dispose()
    assert filled.ask_catalog(filled.writer, "select count(*) from runs", HISTORY) == [(0,)]


def test_the_writer_is_no_administrator_and_owns_neither_database(filled: Place) -> None:
    rights = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    assert filled.catalog.execute(f"select {rights} from pg_roles where rolname = 'cape_writer'") == [(False,) * 5]
    owned = filled.catalog.execute(
        "select datname from pg_database where datdba = (select oid from pg_roles where rolname = 'cape_writer')"
    )
    assert owned == []
    for attempt in ("drop database dagster", "create role other", "create database other", "create schema other"):
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"):
            filled.ask_catalog(filled.writer, attempt)


def test_the_reader_reads_every_table_the_writer_does_and_sees_the_same(filled: Place) -> None:
    stored = [table_id for table_id, contract in CONTRACTS.items() if contract.source != "view"]
    with filled.opened_by(filled.writer) as con:
        written = {table_id: fingerprint(con, table_id) for table_id in stored}
    with filled.opened_by(filled.reader) as con:
        assert {table_id: fingerprint(con, table_id) for table_id in stored} == written
        for table_id in set(CONTRACTS) - set(stored):  # views, which read these tables
            con.execute(f"from {table_id} limit 0")
    assert sum(rows for rows, _ in written.values()) > 100


def test_what_the_writer_makes_later_the_reader_reads_too(filled: Place) -> None:
    with filled.opened_by(filled.writer) as con:
        con.execute("create schema later")
        con.execute("create table later.many as select range as number from range(10_000)")
        con.execute("create table later.few as select 1 as number")  # so few that they stand in the catalog itself
        con.execute("insert into later.few values (2)")
    with filled.opened_by(filled.reader) as con:
        found = con.execute("select count(*), (select sum(number) from later.few) from later.many").fetchone()
    with filled.opened_by(filled.writer) as con:
        con.execute("drop schema later cascade")
    assert found == (10_000, 3)


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into warehouse.builds select * from warehouse.builds",
        "insert into lines.duty_splits select * from lines.duty_splits",
        "update warehouse.builds set input_hash = 'other'",
        "delete from lines.duty_splits",
        "truncate lines.duty_splits",
        "drop table lines.duty_splits",
        "drop schema payments cascade",
        "alter table lines.duty_splits add column other integer",
        "comment on table lines.duty_splits is 'other'",
        "create schema other",
        "create table lines.other as select 1 as number",
        "create table lines.other as select range as number from range(100_000)",
        "create view lines.other as select 1 as number",
        f"call ducklake_expire_snapshots('{LAKE}', older_than => now())",
        f"call {LAKE}.set_option('parquet_compression', 'zstd')",
        f"copy (select 1 as number) to '{DATA_PATH}/lines/other.parquet' (format parquet)",
    ],
)
def test_the_reader_changes_nothing_through_duckdb(filled: Place, attempt: str) -> None:
    before = contents(filled)
    with filled.opened_by(filled.reader) as con, pytest.raises(duckdb.Error, match=r"permission denied|AccessDenied"):
        con.execute(attempt)
    assert contents(filled) == before


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into ducklake_metadata values ('other', 'other', null, null)",
        "update ducklake_snapshot set snapshot_id = 0",
        "delete from ducklake_data_file",
        "truncate ducklake_table",
        "drop table ducklake_snapshot",
        "alter table ducklake_snapshot add column other integer",
        "lock table ducklake_snapshot in access exclusive mode",
        "create table other (number integer)",
        "create temporary table other (number integer)",
        "create schema other",
        "alter role cape_writer password 'other'",
        "set role cape_writer",
        "select rolpassword from pg_authid",
        "select pg_advisory_lock(20250204, 0)",
        "select pg_try_advisory_xact_lock_shared(1)",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cape_writer' or pid = 1",
    ],
)
def test_the_reader_changes_nothing_in_the_catalog_itself_and_keeps_no_run_waiting(filled: Place, attempt: str) -> None:
    before = contents(filled)
    if attempt.startswith("lock"):
        attempt = f"begin; {attempt}"
    with filled.opened_by(filled.writer) as con:  # a session that could be ended
        con.execute("select count(*) from warehouse.builds")
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be (owner|a member)"):
            filled.ask_catalog(filled.reader, attempt)
    assert contents(filled) == before


def test_the_reader_passes_nothing_on(filled: Place) -> None:
    before = contents(filled)
    with suppress(psycopg2.Error):  # PostgreSQL warns where only the right to pass on is missing
        filled.ask_catalog(filled.reader, "grant select on ducklake_snapshot to public")
    assert contents(filled) == before


def test_neither_the_reader_nor_anybody_else_sees_the_history_of_runs(filled: Place) -> None:
    with pytest.raises(psycopg2.OperationalError, match='permission denied for database "dagster"'):
        filled.ask_catalog(filled.reader, "select 1", HISTORY)


def test_a_role_that_was_granted_nothing_does_not_even_reach_the_catalog(filled: Place) -> None:
    filled.catalog.execute("create role stranger login password 'strange'")
    stranger = Person("stranger", "strange", {})
    for database in (CATALOG, HISTORY):
        with pytest.raises(psycopg2.OperationalError, match=f'permission denied for database "{database}"'):
            filled.ask_catalog(stranger, "select 1", database)


def test_a_run_of_the_reader_is_refused_in_one_sentence(filled: Place) -> None:
    ended = filled.run_by(filled.reader)
    told = " ".join((ended.stdout + ended.stderr).split())
    assert ended.returncode == 2, told
    assert "may only be read by jane: name the user that writes" in told
    assert "Traceback" not in told


def test_the_keys_reach_no_other_folder_of_the_bucket_and_no_other_bucket(filled: Place) -> None:
    for who in (filled.writer, filled.reader):
        with filled.opened_by(who) as con:
            for elsewhere in (f"s3://{BUCKET}/other/rows.parquet", "s3://other/rows.parquet"):
                for attempt in (
                    f"copy (select 1 as number) to '{elsewhere}' (format parquet)",
                    f"from read_parquet('{elsewhere}')",
                ):
                    with pytest.raises(duckdb.Error, match=r"403|AccessDenied"):
                        con.execute(attempt)


def test_no_password_and_no_key_stands_in_anything_that_is_kept_or_said(filled: Place) -> None:
    told = (filled.folder / "said").read_text(encoding="utf-8")
    kept = [path for path in filled.folder.rglob("*") if path.is_file()]
    rows = contents(filled)
    assert "duty_splits" in rows
    log = filled.catalog.log.read_text(encoding="utf-8", errors="replace")
    assert "create table" in log.lower(), "the server does not log statements, so this test proves nothing"
    for who in (filled.writer, filled.reader):
        for secret in (who.password, who.password.replace("'", "''"), who.key["AWS_SECRET_ACCESS_KEY"]):
            assert secret not in told
            assert secret not in log
            assert secret not in rows
            assert [path for path in kept if secret.encode() in path.read_bytes()] == []


def fingerprint(con: duckdb.DuckDBPyConnection, table_id: str) -> tuple[int, str]:
    """How many rows a table or view has, and a hash of what they hold."""
    found = con.execute(
        f"select count(*), md5(string_agg(whole, '' order by whole)) from "
        f"(select cast(row as varchar) as whole from {table_id} as row)"
    ).fetchone()
    assert found
    return found[0], str(found[1])


def contents(place: Place, database: str = CATALOG) -> str:
    """Every row of every table of a database, and who may do what with each."""
    with closing(psycopg2.connect(place.catalog.address(database, with_password=True))) as con, con.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        assert tables
        held = []
        for table in tables:
            cursor.execute(f"select string_agg(whole::text, chr(10) order by whole::text) from {table} as whole")
            held.append(f"{table} {cursor.fetchall()}")
        cursor.execute(
            "select relname, relowner, relacl::text from pg_class where relnamespace = 'public'::regnamespace"
        )
        return "\n".join([*held, *sorted(map(str, cursor.fetchall()))])


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- the UI ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proxy:
    """The proxy of deploy/ before two UIs, one for those who may start runs and one for all others."""

    port: int
    folder: Path
    uis: tuple[int, int]
    passwords: dict[str, str]

    def ask(
        self, method: str, path: str, who: str = "", *, body: str = "", password: str = "", **headers: str
    ) -> tuple[int, str, HTTPMessage]:
        """Status, text and headers of an answer, over TLS that is verified."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            login = f"{who}:{password or self.passwords[who]}".encode()
            given["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        with closing(HTTPSConnection(LOOPBACK, self.port, timeout=60, context=context)) as asking:
            asking.request(method, path, body=body or None, headers=given)
            answer = asking.getresponse()
            text = "" if answer.status == HTTPStatus.SWITCHING_PROTOCOLS else answer.read().decode()
            return answer.status, text, answer.headers

    def post(self, query: str, who: str = "", **headers: str) -> tuple[int, str, HTTPMessage]:
        """What GraphQL answers, asked as the pages of the UI do."""
        return self.ask("POST", "/graphql", who, body=json.dumps({"query": query}), **JSON | headers)

    def open_socket(self, who: str = "", **headers: str) -> int:
        """The status of a websocket's opening, as the pages of the UI ask for one."""
        return self.ask("GET", "/graphql", who, **WEBSOCKET | headers)[0]


JSON = {"Content_Type": "application/json"}
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": base64.b64encode(b"sixteen letters.").decode(),
    "Sec_WebSocket_Protocol": "graphql-ws",
}
VERSION = "{version}"
CHANGE = "mutation {reloadWorkspace {__typename}}"


@pytest.fixture(scope="module")
def proxy(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy and both UIs, started as deploy/README.md says, on other ports."""
    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(finished_run, folder, dirs_exist_ok=True)
    port, operators, viewers = free_port(), free_port(), free_port()
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for said, here in (
        ("listen 443 ssl", f"listen {LOOPBACK}:{port} ssl"),
        ("http://127.0.0.1:3000;", f"http://{LOOPBACK}:{operators};"),
        ("http://127.0.0.1:3001;", f"http://{LOOPBACK}:{viewers};"),
    ):
        assert text.count(said) == 1
        text = text.replace(said, here)
    passwords = {"olga": secrets.token_urlsafe(12), "victor": secrets.token_urlsafe(12)}
    people = "".join(f"{name}:{{PLAIN}}{password}\n" for name, password in passwords.items())
    with (
        running_ui(folder, operators),
        running_ui(folder, viewers, "--read-only"),
        running_nginx(text, {"people": people, "operators": "olga 1;\n"}) as files,
    ):
        yield Proxy(port, files, (operators, viewers), passwords)


@contextmanager
def running_ui(folder: Path, port: int, *options: str) -> Iterator[None]:
    """`cape ui` while the block lasts, from when it answers."""
    command = [*CAPE, "ui", "--warehouse", str(folder / "w" / "cape.duckdb"), "--exports", str(EXPORTS)]
    command += ["--port", str(port), *options]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not is_up(port):
            assert process.poll() is None, (folder / f"{port}.log").read_text()
            assert time.monotonic() < give_up_at, "the UI does not answer"
            time.sleep(0.5)
        yield
    finally:
        with suppress(ProcessLookupError):  # it ended before
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_up(port: int) -> bool:
    with suppress(OSError), closing(HTTPConnection(LOOPBACK, port, timeout=5)) as asking:
        asking.request("GET", "/server_info")
        return asking.getresponse().status == HTTPStatus.OK
    return False


def test_without_a_login_or_with_a_wrong_one_nothing_is_answered(proxy: Proxy) -> None:
    for path in ("/", "/runs", "/server_info", "/static/other", "/logs/other", "/graphql/other"):
        for login in ({}, {"who": "olga", "password": "guessed"}, {"who": "nobody", "password": "guessed"}):
            status, text, _ = proxy.ask("GET", path, **login)
            assert status == HTTPStatus.UNAUTHORIZED, path
            assert "dagster" not in text.lower()
    assert proxy.post(VERSION)[0] == HTTPStatus.UNAUTHORIZED
    assert proxy.open_socket() == HTTPStatus.UNAUTHORIZED


def test_with_a_login_the_ui_answers_its_pages_its_questions_and_its_websocket(proxy: Proxy) -> None:
    for who in ("olga", "victor"):
        status, text, headers = proxy.ask("GET", "/runs", who)
        assert (status, "<title>Dagster</title>" in text or "dagster" in text.lower()) == (HTTPStatus.OK, True)
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Strict-Transport-Security"]
        status, text, _ = proxy.post(VERSION, who)
        assert (status, sorted(json.loads(text)["data"])) == (HTTPStatus.OK, ["version"])
        assert proxy.open_socket(who, Origin=f"https://{LOOPBACK}:{proxy.port}") == HTTPStatus.SWITCHING_PROTOCOLS


def test_only_operators_reach_the_ui_in_which_something_can_be_changed(proxy: Proxy) -> None:
    answers = {}
    for who in ("olga", "victor"):
        _, text, _ = proxy.post("{permissions{permission value}}", who)
        answers[who] = {one["permission"] for one in json.loads(text)["data"]["permissions"] if one["value"]}
    assert "launch_pipeline_execution" in answers["olga"]
    assert answers["victor"] == set()
    _, text, _ = proxy.post(CHANGE, "victor")
    assert json.loads(text)["data"] == {"reloadWorkspace": {"__typename": "UnauthorizedError"}}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://other.example"},
        {"Origin": "null"},
        {"Origin": f"http://{LOOPBACK}"},
        {"Origin": f"https://{LOOPBACK}"},  # of another port
    ],
)
def test_a_page_of_another_site_cannot_use_the_login_that_a_browser_remembers(
    proxy: Proxy, headers: dict[str, str]
) -> None:
    assert proxy.post(VERSION, "olga", **headers)[0] == HTTPStatus.FORBIDDEN
    assert proxy.open_socket("olga", **headers) == HTTPStatus.FORBIDDEN


def test_nothing_is_changed_by_a_link_or_by_a_form(proxy: Proxy) -> None:
    asked = f"/graphql?query={urllib.parse.quote(VERSION)}"
    assert proxy.ask("GET", asked, "olga")[0] == HTTPStatus.FORBIDDEN
    for kind in ("text/plain", "application/x-www-form-urlencoded", "text/plain; application/json", ""):
        assert proxy.ask("POST", asked, "olga", Content_Type=kind)[0] == HTTPStatus.FORBIDDEN, kind
        assert proxy.ask("POST", "/graphql", "olga", body='{"query": "{version}"}', Content_Type=kind)[0] == 403, kind
    for path in ("/report_asset_materialization/lines/duty_splits", "/runs"):
        assert proxy.ask("POST", path, "olga", body="{}", **JSON)[0] == HTTPStatus.FORBIDDEN, path


def test_the_log_of_the_proxy_says_who_asked_and_holds_no_password_and_no_query(proxy: Proxy) -> None:
    proxy.ask("GET", "/runs?q=12-3456789", "victor")
    log = (proxy.folder / "access.log").read_text(encoding="utf-8")
    assert " victor GET /runs 200" in log
    assert "12-3456789" not in log
    assert not any(password in log for password in proxy.passwords.values())


def test_both_uis_listen_on_this_machine_alone(proxy: Proxy) -> None:
    """Asked of the kernel: every address at which a process of theirs listens."""
    listening = {
        (address.partition(":")[0], int(address.partition(":")[2], 16)): table
        for table in ("tcp", "tcp6")
        for address, state in ((line.split()[1], line.split()[3]) for line in table_of(table))
        if state == LISTENS
    }
    for port in proxy.uis:
        addresses = [address for address, at in listening if at == port]
        assert addresses == ["0100007F"], f"port {port}"


LISTENS = "0A"


def table_of(name: str) -> list[str]:
    return Path("/proc/net", name).read_text(encoding="utf-8").splitlines()[1:]
