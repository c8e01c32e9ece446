"""The page of jobs: all of them, how far they are, and the way to stop one."""

from __future__ import annotations

import re

from tests.support.admin import check_light

HOSTILE = "<script>alert(1)</script>"


def enqueue(parts, **payload):
    wish = {"query": "beard", "add": ["x"], "remove": [], "by": "ann", "reason": "why"}
    return parts.jobs.enqueue("bulk_tags", wish | payload, total=200)


def test_jobs_are_listed_with_how_far_they_are(parts, signed_in):
    first, second = enqueue(parts), enqueue(parts, query="hat")
    job = parts.jobs.take(["bulk_tags"])
    parts.jobs.heartbeat(job, completed=50)
    analyst = signed_in("analyst")
    text = analyst.get("/jobs").text
    assert re.findall(r'data-job="(\d+)"', text) == [str(second), str(first)]
    assert "50 / 200" in text
    assert 'value="25"' in text
    assert "Cancel" not in text  # that is for editors
    live = analyst.get("/jobs", headers={"Accept": "application/json"}).json["jobs"]
    assert [(row["id"], row["state"], row["share"]) for row in live] == [
        (second, "queued", 0),
        (first, "running", 25),
    ]


def test_a_job_is_cancelled_once(parts, signed_in):
    number = enqueue(parts)
    editor = signed_in("editor")
    assert f"Job {number} is cancelled" in editor.follow(f"/jobs/{number}/cancel").text
    assert parts.jobs.get(number).state == "cancelled"
    entry = [*parts.audit.entries()][-1]
    assert (entry.actor, entry.action, entry.target) == ("editor", "job.cancel", str(number))
    assert "had already ended" in editor.follow(f"/jobs/{number}/cancel").text
    for wrong in ("0", "x", "²", "99999"):
        assert editor.submit(f"/jobs/{wrong}/cancel").status_code == 404


def test_old_jobs_are_on_other_pages(parts, signed_in):
    numbers = [enqueue(parts) for _ in range(101)]
    analyst = signed_in("analyst")
    check_light(signed_in("editor").get("/jobs"))
    text = analyst.get("/jobs").text
    following = re.search(r"\?before=(\d+)", text)[1]
    assert following == str(numbers[1])
    assert re.findall(r'data-job="(\d+)"', analyst.get(f"/jobs?before={following}").text) == [
        str(numbers[0])
    ]


def test_hostile_texts_are_only_text(parts, signed_in):
    number = enqueue(parts, query=HOSTILE, by=HOSTILE, reason=HOSTILE)
    job = parts.jobs.take(["bulk_tags"])
    parts.jobs.finish(job, "failed", error=HOSTILE)
    text = signed_in("editor").get("/jobs").text
    assert f'data-job="{number}"' in text
    assert "<script>alert" not in text
