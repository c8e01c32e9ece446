"""Notices as cases: sent, claimed, decided with reasons, appealed once, decided by another one."""

from __future__ import annotations

import re
from itertools import count

import pytest
from sqlalchemy import update

from smashpass.clock import system_clock
from smashpass.core.operations.notice import HOUR, year_of
from smashpass.core.pictures.picture import Picture
from smashpass.store.engine import database, tables
from tests.support.admin import PASSWORD, check_light, person

HOSTILE = "<script>alert(1)</script>"
WHY = {"facts": "Looked at it.\nIt is as said.", "ground": "house rule 3"}
_addresses = count(1)


@pytest.fixture
def notify(app, parts):
    """Sends a notice as anybody might; returns the number and the public address of its case."""

    def send(number=5, **more):
        image = parts.image_ids.encode(number)
        answer = app.test_client().post(
            "/api/v1/notices",
            json={"image": image, "reason": "this is me", **more},
            environ_overrides={"REMOTE_ADDR": f"10.9.{next(_addresses)}.1"},
        )
        assert answer.status_code == 201, answer.json
        return answer.json["notice"], answer.json["case"]

    return send


@pytest.fixture
def ben(app, parts):
    """Another moderator."""
    parts.accounts.create("ben", "moderator", PASSWORD)
    return person(app, "ben")


def state(parts, number):
    return parts.catalogue.images([number])[0].state


def late(parts, number, by):
    """Let the time of a case have run out ``by`` microseconds ago."""
    with database.writing(parts.engine) as connection:
        at = tables.notice.c.id == number
        connection.execute(update(tables.notice).where(at).values(due_at=system_clock() - by))


def test_a_notice_is_a_case_with_a_clock(app, parts, notify, signed_in):
    number, address = notify(kind="person", contact="me@example.org")
    text = signed_in("moderator").get("/moderation").text
    reference = parts.notices.get(number).reference
    assert reference == f"N-{year_of(parts.clock())}-0001"
    assert reference in text
    assert "47 h left" in text or "48 h left" in text
    assert "Shows a real person: this is me" in text
    assert "1 pending case" in text
    page = app.test_client().get(address)
    assert page.status_code == 200
    assert "The notice is waiting for a decision" in page.text
    assert "me@example.org" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(address[:-1]).status_code == 404


def test_a_contact_stays_in_the_case(parts, notify, signed_in):
    number, _ = notify(6, contact="me@example.org")
    moderator = signed_in("moderator")
    assert "me@example.org" in moderator.get(f"/moderation/{number}").text
    moderator.follow(f"/moderation/{number}/decide", outcome="keep", **WHY)
    for entry in parts.audit.entries():
        assert "me@example.org" not in f"{entry.target} {entry.detail}"
        assert "contact" not in entry.detail
    later = system_clock() + HOUR
    assert parts.old_rows.remove_notices(later) == 1
    assert parts.notices.in_states(("decided",)) == ([], 0)


def test_cases_come_by_the_time_that_is_left(parts, notify, signed_in):
    numbers = [notify(number)[0] for number in (5, 6, 7)]
    late(parts, numbers[2], 2 * HOUR + 1)
    late(parts, numbers[1], -31 * HOUR - HOUR // 2)
    text = signed_in("moderator").get("/moderation").text
    order = [int(number) for number in re.findall(r"/moderation/(\d+)\"", text)]
    assert order == [numbers[2], numbers[1], numbers[0]]
    assert "overdue by 2 h" in text
    assert "31 h left" in text
    assert "1 overdue" in text


def test_a_hundred_cases_are_on_a_page(parts, signed_in):
    for number in range(101):
        parts.notices.open(number + 1, parts.image_ids.encode(5), "rights", "mine " * 100, "")
    moderator = signed_in("moderator")
    first, second = moderator.get("/moderation"), moderator.get("/moderation?page=2")
    check_light(first)
    check_light(moderator.get("/moderation/1"))
    assert first.text.count("pending case") == 1
    assert len(re.findall(r"/moderation/\d+\"", first.text)) == 100
    assert len(re.findall(r"/moderation/\d+\"", second.text)) == 1


def test_a_decision_is_done_told_and_kept(app, parts, notify, signed_in):
    number, address = notify(6)
    moderator = signed_in("moderator")
    answer = moderator.follow(f"/moderation/{number}/decide", outcome="hide", **WHY)
    assert f"Case {parts.notices.get(number).reference} decided" in answer.text
    assert state(parts, 6) == "hidden"
    page = app.test_client().get(address).text
    for sentence in ("The image is not shown any more", "It is as said.", "house rule 3",
                 "the decision was not automated", "You may appeal once"):  # fmt: skip
        assert sentence in page
    assert ">moderator<" not in page  # who decided is nobody's business
    case = moderator.get(f"/moderation/{number}").text
    change = parts.notices.get(number).first.change
    assert f'href="/admin/changes/{change}"' in case
    entries = [entry for entry in parts.audit.entries() if entry.action.startswith("notice")]
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("public", "notice.open"),
        ("moderator", "notice.decide"),
    ]
    assert "No pending cases" in moderator.get("/moderation").text
    reference = parts.notices.get(number).reference
    assert reference in moderator.get("/moderation?show=decided").text
    assert f"Case {reference}" in page


def test_a_takedown_takes_every_image_with_the_picture(parts, notify, signed_in):
    number, _ = notify(3)
    sha256 = f"{3:064x}"
    parts.media.write(sha256, "small", b"x")
    with database.writing(parts.engine) as connection:
        other = tables.image.c.ordinal == 4
        connection.execute(update(tables.image).where(other).values(sha256=bytes.fromhex(sha256)))
    moderator = signed_in("moderator")
    assert "2 images share it" in moderator.get(f"/moderation/{number}").text
    moderator.follow(f"/moderation/{number}/decide", outcome="takedown", **WHY)
    assert (state(parts, 3), state(parts, 4)) == ("taken_down", "taken_down")
    assert not parts.media.has(sha256, "small")
    assert parts.media.forbids(sha256)


def test_an_appeal_is_decided_once_by_somebody_else(app, parts, notify, signed_in, ben):
    number, address = notify(6)
    moderator = signed_in("moderator")
    public = app.test_client()
    assert public.post(address, data={"text": "too early"}).status_code == 409
    moderator.follow(f"/moderation/{number}/decide", outcome="hide", **WHY)
    assert public.post(address, data={"text": "  "}).status_code == 400
    appeal = public.post(address, data={"text": "It is not\r\nme."})
    assert (appeal.status_code, appeal.headers["Location"]) == (303, address)
    waiting = public.get(address).text
    assert "The appeal is waiting for a decision" in waiting
    assert "It is not\nme." in waiting
    assert public.post(address, data={"text": "again"}).status_code == 409
    assert "You made the first decision" in moderator.get(f"/moderation/{number}").text
    second = moderator.submit(f"/moderation/{number}/decide", outcome="keep", **WHY)
    assert second.status_code == 409
    moderator.follow(f"/moderation/{number}/let-go")
    ben.follow(f"/moderation/{number}/decide", outcome="keep", **WHY)
    assert state(parts, 6) == "live"
    assert "This ends the case here" in public.get(address).text
    closed = parts.notices.get(number)
    assert (closed.state, closed.first.by, closed.second.by) == ("closed", "moderator", "ben")
    assert public.post(address, data={"text": "and again"}).status_code == 409
    acts = [entry.action for entry in parts.audit.entries() if entry.action.startswith("notice")]
    assert acts == ["notice.open", "notice.decide", "notice.appeal", "notice.decide_again"]


def test_what_was_taken_down_is_not_promised_back(app, parts, notify, signed_in, ben):
    number, address = notify(6)
    signed_in("moderator").follow(f"/moderation/{number}/decide", outcome="takedown", **WHY)
    app.test_client().post(address, data={"text": "no"})
    page = ben.get(f"/moderation/{number}").text
    assert re.findall(r'name="outcome" value="(\w+)"', page) == ["takedown", "wrong"]
    assert ben.submit(f"/moderation/{number}/decide", outcome="keep", **WHY).status_code == 400
    ben.follow(f"/moderation/{number}/decide", outcome="wrong", **WHY)
    assert state(parts, 6) == "taken_down"
    assert "cannot be brought back here" in app.test_client().get(address).text


def test_keeping_brings_nothing_back_that_somebody_else_hid(app, parts, notify, signed_in, ben):
    number, address = notify(6)
    signed_in("moderator").follow(f"/moderation/{number}/decide", outcome="keep", **WHY)
    parts.catalogue.set_state([6], "hidden", by="t", origin="t", reason="t")
    app.test_client().post(address, data={"text": "no"})
    ben.follow(f"/moderation/{number}/decide", outcome="keep", **WHY)
    assert state(parts, 6) == "hidden"


def test_hiding_does_not_bring_a_taken_down_image_back_to_hidden(parts, notify, signed_in):
    number, _ = notify(6)
    parts.catalogue.set_state([6], "taken_down", by="t", origin="t", reason="t")
    signed_in("moderator").follow(f"/moderation/{number}/decide", outcome="hide", **WHY)
    assert state(parts, 6) == "taken_down"


def test_two_people_do_not_work_on_one_case(parts, notify, signed_in, ben):
    number, _ = notify(6)
    moderator = signed_in("moderator")
    assert (
        "claimed this case for half an hour" in moderator.follow(f"/moderation/{number}/claim").text
    )
    assert "moderator is working on this case" in ben.get(f"/moderation/{number}").text
    assert ben.submit(f"/moderation/{number}/claim").status_code == 409
    refused = ben.submit(f"/moderation/{number}/decide", outcome="hide", **WHY)
    assert refused.status_code == 409
    reference = parts.notices.get(number).reference
    assert f"Case {reference} is worked on by moderator" in refused.text
    assert state(parts, 6) == "live"
    moderator.follow(f"/moderation/{number}/let-go")
    assert ben.submit(f"/moderation/{number}/claim").status_code == 303


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"outcome": "hide", "facts": " \n ", "ground": "g"}, "statement is empty"),
        ({"outcome": "hide", "facts": "f", "ground": " "}, "reason is empty"),
        ({"outcome": "hide", "facts": "f" * 4_001, "ground": "g"}, "4,001 characters"),
        ({"outcome": "hide", "facts": "f\x00", "ground": "g"}, "unprintable"),
        ({"outcome": "burn", "facts": "f", "ground": "g"}, "cannot be decided as"),
        ({"facts": "f", "ground": "g"}, "cannot be decided as"),
    ],
)
def test_no_decision_without_a_statement_of_reasons(parts, notify, signed_in, form, says):
    number, _ = notify(6)
    answer = signed_in("moderator").submit(f"/moderation/{number}/decide", **form)
    assert answer.status_code == 400
    assert says in answer.text
    if form.get("ground", " ").strip():
        assert f'value="{form["ground"]}"' in answer.text
    assert parts.notices.get(number).state == "open"
    assert state(parts, 6) == "live"


def test_only_moderators_see_cases(notify, signed_in):
    number, _ = notify(6)
    analyst = signed_in("analyst")
    assert analyst.get("/moderation").status_code == 403
    assert analyst.get(f"/moderation/{number}").status_code == 403
    moderator = signed_in("moderator")
    for wrong in ("0", "x", "999999"):
        assert moderator.get(f"/moderation/{wrong}").status_code == 404


def test_hostile_texts_are_only_text(app, notify, signed_in):
    number, address = notify(6, reason=HOSTILE, contact=f'">{HOSTILE}')
    moderator = signed_in("moderator")
    texts = [moderator.get("/moderation").text, moderator.get(f"/moderation/{number}").text]
    bad = moderator.submit(
        f"/moderation/{number}/decide", outcome=HOSTILE, facts=f"</textarea>{HOSTILE}", ground="g"
    )
    moderator.follow(f"/moderation/{number}/decide", outcome="keep", facts=HOSTILE, ground=HOSTILE)
    public = app.test_client()
    public.post(address, data={"text": f"</textarea>{HOSTILE}"})
    texts += [bad.text, public.get(address).text, moderator.get(f"/moderation/{number}").text]
    for text in texts:
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_a_picture_of_a_case_is_shown_until_it_is_taken_down(parts, notify, signed_in):
    number, _ = notify(6)
    moderator = signed_in("moderator")
    picture = parts.catalogue.pictures_of([6])[6]
    assert isinstance(picture, Picture)
    assert f"/media/{picture.sha256}-small.webp" in moderator.get(f"/moderation/{number}").text
    moderator.follow(f"/moderation/{number}/decide", outcome="takedown", **WHY)
    assert "/media/" not in moderator.get(f"/moderation/{number}").text


def test_what_became_of_notices_is_told_to_everybody(app, notify, signed_in):
    nobody = app.test_client()
    before = nobody.get("/api/v1/transparency").json["notices"]
    assert (before["notices"], before["median_hours"]) == (0, None)
    number, _ = notify(6)
    notify(7)
    signed_in("moderator").follow(f"/moderation/{number}/decide", outcome="takedown", **WHY)
    statistics = nobody.get("/api/v1/transparency").json["notices"]
    assert (statistics["notices"], statistics["waiting"], statistics["taken_down"]) == (2, 1, 1)
    assert statistics["median_hours"] < 1
    assert re.search(r"Reports</th><td[^>]*>2</td>", nobody.get("/about").text)


@pytest.mark.parametrize(("left", "overdue"), [(HOUR // 60, 0), (-HOUR // 60, 1)])
def test_an_alarm_can_be_set_on_cases_that_wait_too_long(app, parts, notify, left, overdue):
    app.extensions["keeping_up"].poll()
    number, _ = notify(6)
    notify(7)
    late(parts, number, -left)
    text = app.test_client().get("/metrics").text
    assert "smashpass_notices_waiting 2.0\n" in text
    assert f"smashpass_notices_overdue {overdue}.0\n" in text
