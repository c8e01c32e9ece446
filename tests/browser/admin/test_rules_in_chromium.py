"""Rules in real Chromium: an author types, sees what is wrong, and publishes; nothing is lost."""

from __future__ import annotations

import time

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.rulefiles.load import load_texts
from smashpass.settings import load
from tests.support.trees import tree

CRLF = tree("t").replace("\n", "\r\n").rstrip() + " #\tno end"


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server: only the first test publishes, and takes back what it published."""
    return shared_desk


@pytest.fixture(scope="module")
def served(desk):
    """The installation behind the server, with a tree of its own."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    parts.publishing.publish(load_texts({"t.yaml": CRLF}), by="bob", origin="test", reason="r")
    yield parts
    parts.engine.dispose()


def until(page, expression, *, seconds=8.0):
    """Wait until ``expression`` is true; the policy of the pages forbids polling by eval."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"still not true: {expression}"
        page.wait_for_timeout(20)


def pass_over_pictures(desk):
    """Forget that the pictures of this library have no files, which the console tells."""
    desk.troubles[:] = [trouble for trouble in desk.troubles if "410" not in trouble]


def active(parts):
    return parts.publishing.find("active")


def test_an_edit_goes_from_the_first_letter_to_everybody_and_back(desk, served):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("no draft is kept").wait_for()
        assert served.drafting.all(2) == []

        text = page.locator("#text")
        text.fill(text.input_value().replace("if: beard", "if: bear"))
        hint = page.get_by_text("did you mean beard?")
        hint.first.wait_for()
        place = page.locator("#side .problems a").first
        place.click()
        assert page.evaluate(
            "document.activeElement.value.slice(...[document.activeElement].flatMap("
            "(one) => [one.selectionStart, one.selectionEnd]))"
        ).startswith("bear")

        text.fill(text.input_value().replace("if: bear\n", "if: smile\n"))
        page.get_by_text("1 error").wait_for()
        text.fill(text.input_value().replace("[beard, hat]", "[smile, hat]"))
        page.get_by_text("4 of 4 tests pass", exact=False).first.wait_for()
        page.keyboard.press("Control+s")
        page.get_by_text("Draft saved").wait_for()
        expected = CRLF.replace("if: beard", "if: smile").replace("[beard, hat]", "[smile, hat]")
        assert served.drafting.open(2, "t.yaml").text == expected

        page.get_by_role("link", name="Review and publish").click()
        page.get_by_role("heading", name="Impact on all 300 images").wait_for()
        page.get_by_text("No swipes yet").wait_for()
        page.get_by_label("Reason", exact=True).first.fill("smiles count")
        page.get_by_role("button", name="Publish to everyone").click()
        page.locator("#flash").get_by_text("Revision 3 is live").wait_for()
        assert active(served).files["t.yaml"] == expected

        page.get_by_role("link", name="Roll back to revision 2").click()
        page.locator("[name=reason]:focus").wait_for()
        page.keyboard.type("beards were better")
        page.keyboard.press("Enter")
        page.get_by_text("Revision 2 is live again").wait_for()
        assert active(served).files["t.yaml"] == CRLF
        pass_over_pictures(desk)


STRANGE = {
    "mixed breaks": tree("t").replace("title: Tree t\n", "title: Tree t\r\n"),
    "mark at the start": f"\ufeff{tree('t')}",
    "empty lines around": f"\n\n{tree('t')}\n\n",
    "breaks of other kinds": "a: \u2028b\u0085c\n\td:  \r\n\r\n",
    "no end": CRLF,
    "markup": "</textarea><script>alert(1)</script>&amp;&#10;\r\n",
}


def test_a_browser_changes_no_byte_of_what_is_not_edited(desk, served):
    with desk.browser_as("editor") as page:
        for name, text in STRANGE.items():
            path = f"{name.replace(' ', '-')}.yaml"
            base = active(served).number
            before = served.drafting.save(2, path, text, last_saved_at=0, base=base)
            assert before.text == text.replace("\r\n", "\n")
            draft = served.drafting.rebase(2, path, last_saved_at=before.saved_at, text=text)
            page.goto(f"{desk.address}/admin/rules/edit/{path}")
            page.get_by_role("button", name="Save draft").click()
            page.get_by_text("Draft saved").wait_for()

            after = served.drafting.open(2, path)
            assert after.text == text, name
            assert after.saved_at > draft.saved_at


def test_errors_are_told_while_somebody_types(desk, served):
    checks = []
    with desk.browser_as("editor") as page:
        page.on(
            "request", lambda request: checks.append(request) if "/check/" in request.url else None
        )
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        page.locator("#text").focus()
        for letter in "nonsense: 1":
            page.keyboard.type(letter)
        page.get_by_text("error E", exact=False).first.wait_for()
        until(page, "document.querySelector('#state').textContent.includes('error')")

        # The last question is the one that is answered.
        page.wait_for_timeout(200)
        until(page, f"Number(document.getElementById('edit').dataset.checked) === {len(checks)}")


def test_an_answer_that_is_older_than_the_text_is_dropped(desk, served):
    routes = []

    def hold_the_first(route):
        routes.append(route)
        if len(routes) > 1:
            route.continue_()

    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        page.route("**/rules/check/**", hold_the_first)
        text = page.locator("#text")
        valid = text.input_value()
        text.fill(f"nonsense: 1\n{valid}")
        while not routes:
            page.wait_for_timeout(20)
        text.fill(valid.replace("A beard", "A fine beard"))
        until(page, "document.getElementById('edit').dataset.checked === '2'")
        # The first is answered last; the page has given it up.
        routes[0].continue_()
        page.wait_for_timeout(300)

        assert page.evaluate("document.getElementById('edit').dataset.checked") == "2"
        assert "error" not in page.locator("#state").inner_text()
        desk.troubles[:] = [trouble for trouble in desk.troubles if "ERR_" not in trouble]


def test_the_list_of_a_tree_is_walked_with_keys(desk, served):
    with desk.browser_as("analyst") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        first = page.get_by_role("treeitem").first
        first.focus()

        def here():
            return page.evaluate("document.activeElement.querySelector('b').textContent")

        walked = []
        for key in ("ArrowDown", "ArrowDown", "ArrowLeft", "ArrowDown", "End", "Home", "t", "b"):
            page.keyboard.press(key)
            walked.append(here())
        # ``middle`` is closed by the left arrow, so nothing below it is met again.
        assert walked == ["one", "middle", "middle", "middle", "middle", "top", "top", "top"]
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert here() == "two"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "text"


def test_a_proposal_replaces_exactly_its_columns_and_can_be_undone(desk, served):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        text = page.locator("#text")
        original = text.input_value()
        wrong = original.replace("if: glasses", "if: glases")
        text.fill(wrong)

        button = page.get_by_role("button", name="Use glasses")
        button.first.wait_for()
        assert "glases" in page.locator("#marks mark").all_inner_texts()
        line = wrong[: wrong.index("glases")].count("\n") + 1
        assert page.locator(f"#numbers [data-line='{line}']").inner_text().endswith(str(line))
        button.first.click()
        assert text.input_value() == original
        page.keyboard.press("Control+z")
        assert text.input_value() == wrong
        # The layer of marks neither grows the editor nor leaves it.
        assert page.evaluate("document.querySelector('.lined').offsetHeight") < 560
        pass_over_pictures(desk)


def test_names_are_completed_by_keyboard_alone(desk, served):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        text = page.locator("#text")
        text.fill("root:\n  if: ")
        page.keyboard.press("End")
        page.keyboard.type("glas")
        options = page.get_by_role("listbox").get_by_role("option")
        options.first.wait_for()
        # Nothing is highlighted, so Enter is a line break.
        page.keyboard.press("Enter")
        assert text.input_value() == "root:\n  if: glas\n"
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        page.keyboard.type("s")
        options.first.wait_for()
        page.keyboard.press("Escape")
        assert options.count() == 0 or not options.first.is_visible()
        page.keyboard.type("s")
        options.first.wait_for()
        page.keyboard.press("ArrowDown")
        assert page.locator("[aria-selected=true]").inner_text().startswith("glasses")
        assert page.evaluate(
            "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
            ".getAttribute('aria-selected')"
        )
        page.keyboard.press("Tab")
        assert text.input_value() == "root:\n  if: glasses"
        page.keyboard.type("\nx: {attr: image.wi")
        options.first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert text.input_value().endswith("x: {attr: image.width")
        assert page.evaluate("document.activeElement.id") == "text"
        page.on("dialog", lambda dialog: dialog.accept())


def test_the_impact_is_shown_while_a_test_fails(desk, served):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        impact = page.locator("#impact")
        assert "No image is decided differently" in impact.inner_text()
        text = page.locator("#text")
        text.fill(text.input_value().replace("if: beard", "if: smile"))
        page.locator("#impact .gains").wait_for()
        assert "1 error" in page.locator("#state").inner_text()
        figures = page.locator("#impact .gains dd").all_inner_texts()
        now, after, gained, lost = (int(figure.strip("+").replace("−", "-")) for figure in figures)
        assert after == now + gained + lost
        assert (gained, lost) != (0, 0)
        assert page.locator("#impact .flipped li").count() == min(24, gained - lost)
        text.fill(f"nonsense: [\n{text.input_value()}")
        page.get_by_text("The impact is counted once").wait_for()
        pass_over_pictures(desk)


CONTEXTS = [
    ("if: be", "tag be"),
    ("  if: ", "tag "),
    ("any: [hat, hair:bl", "tag hair:bl"),
    ("- {tag: kind:ro", "tag kind:ro"),
    ("any:\n  - be", "tag be"),
    ("any:\n  - be\n  - ca", "tag ca"),
    ("any:\n- be", "tag be"),
    ("then: {use: looks.", "use looks."),
    ("- is: lo", "is lo"),
    ("{attr: image.w", "attr image.w"),
    ('if: "hai', "tag hai"),
    ("none: [{any: [a, b", "tag b"),
    ("given: {tags: [bea", "tag bea"),
    ("title: A be", None),
    ("# if: be", None),
    ('reason: "a b', None),
    ("labels: [def", None),
    ("{attr: image.width, gte: 5", None),
    ("i", None),
    ("tests:\n  - na", None),
]


def test_names_are_expected_where_the_language_has_them(desk, served):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/rules/edit/t.yaml")
        module = page.evaluate(
            "document.querySelector('script[src*=rule_editor]').src.replace('rule_', 'editor_')"
        ).replace("editor_editor", "editor_context")
        for text, expected in CONTEXTS:
            context = page.evaluate(
                """async ([module, text]) => {
                  const { contextAt } = await import(module);
                  const context = contextAt(text, text.length);
                  return context && `${context.kind} ${context.typed}`;
                }""",
                [module, text],
            )
            assert context == expected, text
