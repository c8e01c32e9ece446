"""Wrong attempts: limited, the same for every name, and no way to keep the owner out."""

from __future__ import annotations

import http.client
import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smashpass.services.accounts.attempts import BRAKE, MOST_FAILURES, WINDOW_S
from smashpass.services.accounts.known_devices import KnownDevices
from tests.support.admin import PASSWORD
from tests.support.servers import Server, free_port

NOW = 1_800_000_000


@pytest.fixture
def clock(parts):
    moment = [NOW]
    parts.clock = lambda: moment[0] * 1_000_000
    return moment


def attempt(client, name, password="wrong", address="192.0.2.1"):
    return client.post(
        "/admin/login",
        data={"name": name, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def test_an_address_has_a_few_attempts_for_a_name_known_or_not(app, clock):
    answers = {
        name: [attempt(app.test_client(), name) for _ in range(MOST_FAILURES + 1)]
        for name in ("editor", "nobody")
    }
    for existing, unknown in zip(*answers.values(), strict=True):
        assert existing.status_code == unknown.status_code
        assert existing.data.replace(b'value="editor"', b'value="nobody"') == unknown.data
        assert existing.headers.get("Retry-After") == unknown.headers.get("Retry-After")
        assert "Set-Cookie" not in existing.headers
    assert [answer.status_code for answer in answers["editor"]] == [403] * MOST_FAILURES + [429]
    assert attempt(app.test_client(), "editor", PASSWORD).status_code == 429
    assert attempt(app.test_client(), "editor", PASSWORD, "192.0.2.2").status_code == 303
    clock[0] += WINDOW_S + 1
    assert attempt(app.test_client(), "editor", PASSWORD).status_code == 303


def test_a_network_of_ipv6_is_one_address(app, clock):
    for number in range(MOST_FAILURES):
        attempt(app.test_client(), "editor", address=f"2001:db8::{number:x}")
    assert attempt(app.test_client(), "editor", PASSWORD, "2001:db8::ff").status_code == 429
    assert attempt(app.test_client(), "editor", PASSWORD, "2001:db8:0:1::1").status_code == 303


def test_known_and_unknown_names_take_the_same_time(app, parts):
    # As passwords are kept in earnest.
    parts.accounts.set_password(parts.accounts.named("editor").id, PASSWORD)
    times_by_name = {"editor": [], "nobody": []}
    for number in range(10):
        name = ("editor", "nobody")[number % 2]
        client = app.test_client()
        start = time.thread_time()  # the machine may be busy with others
        answer = attempt(client, name, address=f"198.51.100.{number}")
        times_by_name[name].append(time.thread_time() - start)
        assert answer.status_code == 403
    existing, unknown = (statistics.median(times) for times in times_by_name.values())
    assert 0.5 < existing / unknown < 2


def test_whoever_hammers_a_name_does_not_stop_its_owner_on_a_known_device(app, parts, clock):
    owner = app.test_client()
    assert attempt(owner, "admin", PASSWORD, "203.0.113.5").status_code == 303
    stranger = app.test_client()
    outcomes = []
    for number in range(60):  # from a new address every 10 seconds
        address = f"10.{number}.0.1"
        outcomes.append(attempt(stranger, "admin", address=address).status_code)
        clock[0] += 10
        if number % 30 == 29:
            # The owner's own address, too, is used by strangers.
            for _ in range(MOST_FAILURES):
                attempt(app.test_client(), "admin", address="203.0.113.5")
            assert attempt(app.test_client(), "admin", PASSWORD, "203.0.113.5").status_code == 429
            assert attempt(owner, "admin", PASSWORD, "203.0.113.5").status_code == 303
    assert 0 < outcomes.count(403) <= BRAKE[0][0]
    assert outcomes.count(429) > 0


def test_all_addresses_together_wait_longer_the_more_they_try(app, clock):
    waits = []
    for number in range(600):
        answer = attempt(app.test_client(), "admin", address=f"10.1.{number // 250}.{number % 250}")
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock[0] += waits[-1]
        if len(waits) == 4:
            break
    assert waits[0] <= 60 < waits[1] <= 15 * 60 < waits[3] <= 60 * 60
    assert attempt(app.test_client(), "editor", PASSWORD, "10.1.0.1").status_code == 303


def test_a_known_device_may_not_guess_for_ever_and_serves_no_other_name(app, clock):
    owner = app.test_client()
    assert attempt(owner, "editor", PASSWORD).status_code == 303
    statuses = [attempt(owner, "editor").status_code for _ in range(MOST_FAILURES + 1)]
    assert statuses == [403] * MOST_FAILURES + [429]
    device = next(cookie for cookie in owner._cookies.values() if cookie.key.startswith("device"))
    forged = app.test_client()
    names = KnownDevices(app.extensions["smashpass"].installation.secret_key)
    forged.set_cookie(names.cookie_name("admin"), device.value, path="/admin/login")
    for _ in range(MOST_FAILURES):
        assert attempt(forged, "admin", address="192.0.2.9").status_code == 403
    assert attempt(app.test_client(), "admin", PASSWORD, "192.0.2.9").status_code == 429
    assert names.read("admin", device.value) == ""
    assert names.read("editor", device.value) != ""


def test_workers_count_together(filled_home, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    server = Server(home, free_port())  # with two workers
    try:
        server.wait()
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: status_of_attempt(server.port), range(12)))
    finally:
        server.close()
    assert sorted(statuses) == [403] * MOST_FAILURES + [429] * (12 - MOST_FAILURES)


def status_of_attempt(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/admin/login", "name=editor&password=wrong", headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_what_is_typed_as_a_name_is_not_kept_in_the_trail(app, parts):
    attempt(app.test_client(), "my secret passphrase")
    attempt(app.test_client(), "editor")
    entries = list(parts.audit.entries())[-2:]
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("unknown", "session.refuse"),
        ("editor", "session.refuse"),
    ]
    assert "my secret passphrase" not in repr(entries)
