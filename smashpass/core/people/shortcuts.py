"""The keys of the admin pages: every action that a single key does, in one table."""

from __future__ import annotations

from dataclasses import dataclass

SCRIPTS = 9
"""Tag scripts that an account may have."""
RESERVED = {"?": "the list of keys"}
"""Keys that no action gets, with what they show."""
GROUPS = {
    "tagging": "Tagging an image or a queue",
    "lists": "Lists",
    "bulk": "Bulk edit",
    "rules": "Rules",
}
"""Groups of actions, which are on the same pages, with their headings."""


@dataclass(frozen=True, slots=True)
class KeyAction:
    """Something that a page does when a key is pressed.

    Attributes:
        name: Stable name, such as ``queue.skip``.
        key: The key unless an account chose another; one character.
        label: What it does.
        group: Actions of one group are on the same pages, so each needs a key of its own.
    """

    name: str
    key: str
    label: str
    group: str


ACTIONS = (
    KeyAction("tag.box", "/", "Add a tag", "tagging"),
    KeyAction("queue.skip", "s", "Skip this image", "tagging"),
    KeyAction("queue.undo", "u", "Undo, and go back to the previous image", "tagging"),
    KeyAction("script.undo", "a", "Undo the tag script", "tagging"),
    *(
        KeyAction(f"tag.{digit}", str(digit), f"Add suggestion {digit}", "tagging")
        for digit in range(1, 10)
    ),
    *(
        KeyAction(f"script.{number}", key, f"Tag script {number}", "tagging")
        for number, key in enumerate("qwertdfgh", 1)
    ),
    KeyAction("list.search", "/", "Search or filter", "lists"),
    KeyAction("list.next", "j", "Next item", "lists"),
    KeyAction("list.previous", "k", "Previous item", "lists"),
    KeyAction("list.select", "x", "Select image", "lists"),
    KeyAction("list.all", "a", "Select page", "lists"),
    KeyAction("list.edit", "e", "Edit tags", "lists"),
    KeyAction("list.page", "n", "Next page", "lists"),
    KeyAction("list.undo", "u", "Undo selected changes", "lists"),
    KeyAction("bulk.query", "/", "Query", "bulk"),
    KeyAction("bulk.add", "a", "Tags to add", "bulk"),
    KeyAction("bulk.remove", "r", "Tags to remove", "bulk"),
    KeyAction("bulk.reason", "w", "Reason", "bulk"),
    KeyAction("rules.trace", "t", "Explain one image", "rules"),
    KeyAction("rules.review", "r", "Review your draft", "rules"),
)
"""In the order in which they are listed."""
BY_NAME = {action.name: action for action in ACTIONS}
