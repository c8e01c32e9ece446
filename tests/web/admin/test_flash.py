"""Messages for the next page: shown once, and only ours."""

from __future__ import annotations

import pytest

MESSAGE = "Job 99 is cancelled"


def leave(parts, person, **options):
    """Return the answer that leaves a message, and the number of the job that it is about."""
    number = parts.jobs.enqueue("bulk_tags", {}, total=1)
    fields = {"csrf": person.csrf}
    return person.client.post(f"/admin/jobs/{number}/cancel", data=fields, **options), number


def test_a_message_is_shown_on_one_page(parts, signed_in):
    editor = signed_in("editor")
    _, first = leave(parts, editor)
    _, second = leave(parts, editor)
    page = editor.get("/jobs").text
    assert f"Job {second} is cancelled" in page
    assert f"Job {first} is cancelled" not in page
    assert f"Job {second} is cancelled" not in editor.get("/jobs").text
    assert editor.client.get_cookie("flash", path="/admin") is None


@pytest.mark.parametrize("https", [False, True])
def test_its_cookie_goes_to_the_admin_pages_only(parts, signed_in, https):
    editor = signed_in("editor")
    address = "https://localhost" if https else "http://localhost"
    answer, _ = leave(parts, editor, base_url=address)
    cookies = answer.headers.getlist("Set-Cookie")
    (cookie,) = (text.split("; ") for text in cookies if text.startswith("flash="))
    assert {"HttpOnly", "Path=/admin", "SameSite=Lax"} <= {*cookie}
    assert ("Secure" in cookie) is https


def test_a_message_that_is_not_ours_is_not_shown(parts, signed_in):
    editor = signed_in("editor")
    _, number = leave(parts, editor)
    signed = editor.client.get_cookie("flash", path="/admin").value
    for forged in (signed[:-2] + "AA", signed[1:], "x", "é", MESSAGE.encode().hex()):
        editor.client.set_cookie("flash", forged, path="/admin")
        text = editor.get("/account").text
        assert f"Job {number} is cancelled" not in text
        assert MESSAGE not in text
