"""Keys and tag scripts of an account: kept, refused when taken, shown on the pages."""

from __future__ import annotations

import re
from html import unescape

import pytest

from smashpass.core.errors import BadInput
from smashpass.core.people.shortcuts import ACTIONS
from smashpass.services.accounts.preferences import KeyPreferences, check_script


def values(text):
    """The fields of the page as a browser would send them."""
    inputs = re.findall(r'name="((?:key|script)-[^"]+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in inputs}


def test_the_default_keys_can_all_be_used():
    groups = {action.group for action in ACTIONS}
    for group in groups:
        keys = [action.key for action in ACTIONS if action.group == group]
        assert len(keys) == len(set(keys)), group


def test_keys_are_kept_for_each_account_and_are_on_its_pages(signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    form = values(ann.get("/account/keys").text)
    assert form["key-queue.skip"] == "s"
    assert len([name for name in form if name.startswith("key-")]) == len(ACTIONS)
    page = ann.follow("/account/keys", **form | {"key-queue.skip": "x"}, on="1")
    assert "Keys and tag scripts saved." in page.text
    assert values(page.text)["key-queue.skip"] == "x"
    for person, key in ((ann, "x"), (bo, "s")):
        assert (
            f'data-key="{key}"'
            in re.search(r'<button[^>]*value="skip"[^>]*>', person.get("/queue/untagged").text)[0]
        )
    page = ann.follow("/account/keys", act="reset")
    assert values(page.text) == form


def test_a_taken_key_is_refused_and_names_the_other_action(signed_in):
    editor = signed_in("editor")
    form = values(editor.get("/account/keys").text)
    page = editor.submit("/account/keys", **form | {"key-queue.skip": "u"}, on="1")
    assert page.status_code == 400
    message = unescape(re.search(r'role="alert">([^<]*)', page.text)[1])
    assert "“Skip this image”" in message
    assert "“Undo, and go back to the previous image”" in message
    assert values(page.text)["key-queue.skip"] == "u"
    assert values(editor.get("/account/keys").text) == form
    for bad in ("", "ab", " ", "?", "\u200b"):
        page = editor.submit("/account/keys", **form | {"key-queue.skip": bad}, on="1")
        assert page.status_code == 400, bad


def test_single_keys_can_be_switched_off(signed_in):
    editor = signed_in("editor")
    form = values(editor.get("/account/keys").text)
    assert 'data-keys="off"' not in editor.get("/tags").text
    editor.follow("/account/keys", **form)
    assert 'data-keys="off"' in editor.get("/tags").text
    assert 'data-keys="off"' not in signed_in("admin").get("/tags").text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("beard --tagme", "script 3: the tag name '-tagme' begins with '-'"),
        ("beard -", "script 3: a tag name is empty"),
        ("beard -Beard", "script 3: the tag 'beard' is added and removed"),
        ('be"ard', "script 3: .*holds the character"),
        ("x" * 401, "script 3: it has 401 characters"),
    ],
)
def test_a_bad_script_is_refused_with_one_clear_error(text, message):
    with pytest.raises(BadInput, match=message):
        check_script(text, 3)


def test_scripts_are_kept_and_stand_at_the_editor(parts, signed_in):
    editor = signed_in("editor")
    form = values(editor.get("/account/keys").text)
    bad = editor.submit("/account/keys", **form | {"script-2": "a* b"}, on="1")
    assert bad.status_code == 400
    assert "Script 2:" in bad.text
    editor.follow("/account/keys", **form | {"script-1": " beard,  -tagme ", "script-9": "crown"})
    assert parts.accounts.preference(editor_id(parts), "scripts") is not None
    for address in ("/queue/untagged", f"/images/{parts.image_ids.encode(1)}"):
        buttons = re.findall(r'data-script="([^"]*)" data-key="(.)"', editor.get(address).text)
        assert buttons == [("beard -tagme", "q"), ("crown", "h")]
    # The keys go back to the defaults; the scripts stay.
    page = editor.follow("/account/keys", act="reset")
    assert values(page.text)["script-1"] == "beard -tagme"


def editor_id(parts):
    return parts.accounts.named("editor").id


def test_nothing_of_an_action_that_is_gone_is_kept():
    assert KeyPreferences(keys={"gone.long_ago": "x"}).key("queue.skip") == "s"
