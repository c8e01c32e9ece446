"""The files for containers fit the program, the shipped nginx configuration, and each other."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
import yaml

from smashpass.settings import TABLE, load
from tests.support.nginx import NGINX
from tests.support.pages import free_port
from tests.support.paths import ROOT

FOLDER = ROOT / "deploy" / "docker"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined: (name, what follows)."""
    lines = [
        line
        for line in (FOLDER / "Dockerfile").read_text().splitlines()
        if not line.startswith("#")
    ]
    text = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (name, rest) for name, _, rest in (line.partition(" ") for line in text.split("\n") if line)
    ]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def test_what_is_copied_is_there_and_is_sent_to_the_builder():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored  # nothing that is not named: no home, no key, no .env
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied: set[str] = set()
    for rest in of("COPY"):
        *sources, _ = rest.split()
        if not sources[0].startswith("--from"):
            copied |= set(sources)
    assert copied == sent
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_packages_are_locked_with_hashes_and_are_those_of_the_tests():
    lock = (ROOT / "requirements/container.lock").read_text()
    assert any("--require-hashes -r /build/requirements/container.lock" in run for run in of("RUN"))
    pins = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, re.MULTILINE))
    tested = dict(
        re.findall(
            r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE
        )
    )
    assert {"flask", "gunicorn", "psycopg", "s3fs", "setuptools"} <= set(pins)
    assert {name: pin for name, pin in pins.items() if tested.get(name) != pin} == {}
    for block in re.split(r"^(?=[a-z0-9.-]+==)", lock, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block


def test_the_image_runs_as_nobody_special_and_holds_no_secret():
    names = [name for name, _ in instructions()]
    assert of("USER") == ["10001:10001"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert not re.search("(?i)password|secret|token", (FOLDER / "Dockerfile").read_text())
    for rest in of("ENV"):
        for variable in re.findall(r"\bSMASHPASS_\w+", rest):
            assert variable in {setting.variable for setting in TABLE}


def test_the_image_serves_by_options_that_there_are():
    command, *options = json.loads(*of("CMD"))
    assert (json.loads(*of("ENTRYPOINT")), command) == (["smashpass"], "serve")
    usage = help_of(command)
    assert [option for option in options if option.startswith("--") and option not in usage] == []
    assert f"0.0.0.0:{of('EXPOSE')[0]}" in options


def test_both_health_checks_of_the_server_are_the_same_program():
    (rest,) = of("HEALTHCHECK")
    of_the_image = json.loads(rest.partition("CMD ")[2])
    assert SERVICES["smashpass"]["healthcheck"]["test"] == ["CMD", *of_the_image]
    compile(of_the_image[-1], "healthcheck", "exec")
    assert f"127.0.0.1:{of('EXPOSE')[0]}/readyz" in of_the_image[-1]


def test_the_settings_of_the_server_are_settings_and_can_be_read():
    environment = SERVICES["smashpass"]["environment"]
    filled = {
        name: re.sub(r"\$\{\w+(:-)?\}", "k3y", str(value)) for name, value in environment.items()
    }
    settings = load(filled | {"SMASHPASS_HOME": "/var/lib/smashpass"})
    assert set(environment) <= {setting.variable for setting in TABLE}
    nginx = SERVICES["nginx"]["networks"]["inside"]["ipv4_address"]
    assert settings.trusted_proxies.trusts_peer(nginx)
    site = (ROOT / "deploy/nginx/smashpass.conf").read_text()
    assert f"location {settings.values['accel_redirect']} {{" in site


def test_every_service_is_limited_watched_and_started_again():
    assert set(SERVICES) == {"database", "smashpass", "nginx"}
    for service in SERVICES.values():
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"mem_limit", "cpus", "logging"} <= set(service)
        assert "no-new-privileges:true" in service["security_opt"]
    assert [name for name, service in SERVICES.items() if service.get("read_only")] == [
        "smashpass",
        "nginx",
    ]
    # Only nginx can be reached, and only from this machine until somebody decides otherwise.
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["nginx"]["ports"])


def test_volumes_are_declared_and_lie_where_the_programs_look():
    places: dict[str, list[str]] = {}
    for name, service in SERVICES.items():
        for volume in service["volumes"]:
            source, place = volume.split(":")[:2]
            if source.startswith("."):
                assert (FOLDER / source).resolve().is_file(), source
            else:
                assert source in COMPOSE["volumes"]
                places.setdefault(name, []).append(place)
    assert sorted(json.loads(*of("VOLUME"))) == sorted(places["smashpass"])
    (media,) = places["nginx"]
    assert f"alias {media}/;" in (ROOT / "deploy/nginx/smashpass.conf").read_text()
    assert SERVICES["nginx"]["user"] == of("USER")[0]


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_script_starts_nginx_with_the_shipped_configuration(tmp_path: Path):
    port = free_port()
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "NGINX_LISTEN": f"127.0.0.1:{port}",
        "NGINX_FOLDER": str(tmp_path / "nginx"),
        "NGINX_SITE": str(ROOT / "deploy/nginx/smashpass.conf"),
        "SMASHPASS_SERVER": f"127.0.0.1:{free_port()}",
    }
    entrypoint = SERVICES["nginx"]["entrypoint"]
    assert entrypoint == ["/bin/sh", "/etc/smashpass/start-nginx.sh"]
    process = subprocess.Popen(
        ["/bin/sh", FOLDER / "start-nginx.sh"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert status_of(process, port, "/sp") == 308
        site = (tmp_path / "nginx/site.conf").read_text()
        assert site.count(environment["SMASHPASS_SERVER"]) == 1
        assert status_of(process, port, "/sp/healthz") == 502  # no server is there
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def status_of(process: subprocess.Popen[str], port: int, path: str) -> int:
    """The status of an answer of nginx, which may be starting."""
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, process.communicate()[1]
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        finally:
            connection.close()


def test_commands_of_the_document_are_commands():
    text = (FOLDER / "README.md").read_text()
    typed = re.findall(r"docker compose (?:run|exec)\b.*? smashpass (.*?)[`\n]", text)
    assert len(typed) == 6
    for line in typed:
        words = shlex.split(line)
        command = words[words.index("smashpass") + 1 :] if "smashpass" in words else words
        path = command[:2] if command[0] == "admin" else command[:1]
        usage = help_of(*path)
        options = [word for word in command if word.startswith("--")]
        assert [option for option in options if option not in usage] == [], line


def help_of(*path: str) -> str:
    """What a command says of itself."""
    ended = subprocess.run(
        [sys.executable, "-m", "smashpass", *path, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout
