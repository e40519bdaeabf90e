"""What deploy/ says of this project is true: its commands exist, its settings are settings, and it holds no secret.

Belongs here: the files of deploy/ against the code. Does not belong here: whether the images run (no cluster here).
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from typer.testing import CliRunner

from cape_pipeline.cli import app
from cape_pipeline.settings import EXECUTORS, STORAGES, Settings

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("head", "viewers", "worker")
#: Variables that PostgreSQL's and AWS's own clients read.
OF_CLIENTS = {"PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
SECRET = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|\bKEY\b|AUTH|ROOT_USER")
NAMES = {f"CAPE_{name.upper()}" for name in Settings.__slots__}


def yaml_files() -> list[Path]:
    return sorted([*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.yml")])


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value with the name it stands under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, str(value)


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.name)
def test_every_file_can_be_read_and_says_on_top_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert all(isinstance(document, dict) for document in yaml.safe_load_all(text))


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_our_services_are_commands_of_cape(name: str) -> None:
    program, command, *arguments = SERVICES[name]["command"]
    assert program == "cape"
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    for argument in arguments:
        assert not argument.startswith("--") or argument in told.stdout, argument


@pytest.mark.parametrize("name", OURS)
def test_what_our_services_are_set_to_are_settings_of_values_they_take(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= NAMES | OF_CLIENTS
    assert environment["CAPE_EXECUTOR"] in EXECUTORS
    assert environment["CAPE_STORAGE"] in STORAGES
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert Settings.from_environment().is_cluster


def test_what_the_pods_are_set_to_are_settings_of_values_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = yaml.safe_load((DEPLOY / "kubernetes/settings.yaml").read_text(encoding="utf-8"))["data"]
    assert set(settings) <= NAMES
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    assert Settings.from_environment().is_cluster


def test_head_and_workers_share_every_setting_that_decides_what_is_built() -> None:
    of_each = {"CAPE_MEMORY_LIMIT", "CAPE_THREADS"} | {"CAPE_WAREHOUSE", "CAPE_EXPORTS", "CAPE_OUT"}
    shared = [
        {name: value for name, value in SERVICES[service]["environment"].items() if name not in of_each}
        for service in OURS
    ]
    assert shared == [shared[0]] * len(OURS)


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.name)
def test_no_file_holds_a_secret(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        for name, value in leaves(document):
            if SECRET.search(name):
                assert re.fullmatch(r"\$\{CAPE_\w+:\?[^}]+\}|cape-[a-z-]+|False", value), f"{name} in {path.name}"
            for password in re.findall(r"://[^:/@\s]*:([^@/\s]+)@", value):
                assert password.startswith("${"), f"an address in {path.name} holds a password"


def test_what_compose_asks_of_the_environment_is_listed_without_values() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(CAPE_\w+):\?", text))
    listed = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", listed, re.MULTILINE)) == asked
    assert not re.search(r"^\w+=.", listed, re.MULTILINE)


def test_every_image_is_of_one_version() -> None:
    base = re.search(r"^FROM (\S+)$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert base
    images = [base[1], *(service["image"] for service in SERVICES.values())]
    assert all(re.search(r":\S*\d", image) and not image.endswith(":latest") for image in images), images


def test_the_image_is_of_this_release_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version
    values = yaml.safe_load((DEPLOY / "kubernetes/values.yaml").read_text(encoding="utf-8"))
    assert SERVICES["worker"]["image"] == f"cape-pipeline:{version[1]}"
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert deployment["image"]["tag"] == version[1]


def test_the_image_installs_every_package_by_hash_and_what_it_copies_is_not_ignored() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes --requirement constraints.txt" in text
    kept = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in shlex.split(line)[:-1]]
    assert sorted(copied) == sorted(kept)
    assert all((ROOT / name).exists() for name in copied)


def test_the_ui_is_published_to_its_own_machine_alone_and_nothing_else_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"head": ["127.0.0.1:3000:3000"], "viewers": ["127.0.0.1:3001:3001"]}


def test_the_proxy_leads_to_the_ports_that_are_published_and_viewers_get_the_read_only_ui() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert dict(re.findall(r"^ +([01]) http://(127\.0\.0\.1:\d+);", text, re.MULTILINE)) == {
        "0": "127.0.0.1:3001",
        "1": "127.0.0.1:3000",
    }
    assert "--read-only" in SERVICES["viewers"]["command"]
    assert "--read-only" not in SERVICES["head"]["command"]


def test_neither_head_nor_worker_is_an_administrator_of_the_catalog_or_of_the_objects() -> None:
    asked = {name: set(re.findall(r"CAPE_ADMIN_\w+", str(service))) for name, service in SERVICES.items()}
    assert {name for name, found in asked.items() if found} == {"catalog", "objects", "bucket"}
    assert SERVICES["catalog"]["environment"]["POSTGRES_USER"] == "postgres"
    for name in OURS:
        assert urlsplit(SERVICES[name]["environment"]["CAPE_CATALOG"]).username == "cape_writer"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("reader", set()),
        (
            "writer",
            {
                "s3:ListBucketMultipartUploads",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            },
        ),
    ],
)
def test_a_policy_allows_what_is_named_on_the_bucket_of_the_lake_and_no_more(name: str, more: set[str]) -> None:
    policy = json.loads((DEPLOY / "policies" / f"{name}.json").read_text(encoding="utf-8"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert allowed == {"s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"} | more
    place = SERVICES["worker"]["environment"]["CAPE_DATA_PATH"].removeprefix("s3://")
    resources = {resource for statement in policy["Statement"] for resource in statement["Resource"]}
    assert resources == {f"arn:aws:s3:::{place.partition('/')[0]}", f"arn:aws:s3:::{place}/*"}
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}


def test_the_chart_is_of_the_version_of_dagster_that_is_installed() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = [Requirement(line.split(" \\")[0]) for line in constraints.splitlines() if line.startswith("dagster==")]
    (version,) = [specifier.version for requirement in pinned for specifier in requirement.specifier]
    assert f"--version {version} " in (DEPLOY / "kubernetes/values.yaml").read_text(encoding="utf-8")


def test_the_page_on_deployment_names_every_file_and_every_setting_of_a_cluster() -> None:
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    files = {path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()} - {"README.md"}
    assert {name for name in files if name not in page} == set()
    used = {name for service in OURS for name in SERVICES[service]["environment"]}
    assert {name for name in used if name not in page} == set()
    assert set(re.findall(r"CAPE_[A-Z0-9_]+", page)) <= NAMES | set(
        re.findall(r"CAPE_\w+", (DEPLOY / "environment.example").read_text(encoding="utf-8"))
    )
