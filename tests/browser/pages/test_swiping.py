"""A decision by any means counts once; a gesture that was none decides nothing."""

from __future__ import annotations

PHONE_WIDTH = 390

MEANS = {
    "the smash button": (lambda visit: visit.page.click("#smash"), "smash"),
    "the pass button": (lambda visit: visit.page.click("#pass"), "pass"),
    "a tap on smash": (lambda visit: visit.page.tap("#smash"), "smash"),
    "the right key": (lambda visit: visit.page.keyboard.press("ArrowRight"), "smash"),
    "the left key": (lambda visit: visit.page.keyboard.press("ArrowLeft"), "pass"),
    "the mouse, far": (lambda visit: visit.drag(200), "smash"),
    "a finger, far": (
        lambda visit: visit.touch(*((-20 * step, 2) for step in range(1, 11))),
        "pass",
    ),
    "a finger, quick": (lambda visit: visit.touch((15, 0), (40, 1), (75, 2)), "smash"),
}


def test_one_card_is_decided_by(visit):
    for count, (means, (act, verdict)) in enumerate(MEANS.items(), 1):
        image = visit.top

        act(visit)

        visit.until(f"document.querySelector('.card.top').dataset.image !== '{image}'")
        newest = visit.wait_for_swipes(count)[-1]
        assert (newest["image"], newest["verdict"]) == (image, verdict), means
        visit.until("document.getAnimations().length === 0")


NOTHING = {
    "a cancelled throw": lambda visit: visit.touch((60, 0), (140, 0), (220, 0), cancel=True),
    "a pull along the screen": lambda visit: visit.touch((10, 60), (20, 140), (30, 220)),
    "a short, slow pull": lambda visit: visit.touch(*((2 * step, 0) for step in range(1, 30))),
    "a click on the card": lambda visit: visit.page.click(".card.top"),
    "the right mouse button": lambda visit: visit.page.click(".card.top", button="right"),
    "a throw that came back": lambda visit: visit.touch(
        *((12 * step, 0) for step in range(1, 9)), *((96 - 12 * step, 0) for step in range(1, 7))
    ),
}


def test_nothing_is_decided_by(visit):
    image = visit.top
    for gesture, act in NOTHING.items():
        act(visit)
        visit.page.wait_for_timeout(900)

        assert visit.top == image, gesture
        assert visit.swipes() == [], gesture
        transform = visit.page.eval_on_selector(
            ".card.top", "card => getComputedStyle(card).transform"
        )
        assert transform in ("none", "matrix(1, 0, 0, 1, 0, 0)"), gesture


def test_a_second_finger_is_ignored(visit):
    image = visit.top
    session = visit.page.context.new_cdp_session(visit.page)
    steps = [
        ("touchStart", [(200, 400)]),
        ("touchStart", [(200, 400), (120, 420)]),
        ("touchMove", [(200, 400), (350, 420)]),
        ("touchMove", [(202, 400), (380, 420)]),
        ("touchEnd", [(202, 400)]),
        ("touchEnd", []),
    ]
    for kind, points in steps:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    visit.page.wait_for_timeout(400)
    assert visit.top == image


def test_a_click_that_fires_twice_counts_once(visit):
    visit.page.evaluate(
        "() => { const b = document.getElementById('smash'); b.click(); b.click(); }"
    )

    visit.page.wait_for_timeout(300)
    visit.wait_for_swipes(1)


def test_a_key_that_is_held_down_counts_once(visit):
    for _ in range(5):
        visit.page.keyboard.down("ArrowRight")
    visit.page.keyboard.up("ArrowRight")

    visit.page.wait_for_timeout(300)
    visit.wait_for_swipes(1)


def test_keys_stay_out_of_text_boxes_and_dialogs(visit):
    visit.page.focus("#q")
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("?")
    visit.page.fill("#q", "")
    visit.page.click("#why-now")
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("Control+ArrowRight")

    visit.page.wait_for_timeout(300)
    assert visit.swipes() == []


def test_all_keys_can_be_switched_off(visit):
    visit.page.evaluate("localStorage.setItem('keys', 'off')")
    visit.page.keyboard.press("ArrowRight")

    visit.page.wait_for_timeout(200)
    assert visit.page.locator("#reveal").is_hidden()


def test_letters_are_keys_only_where_they_were_switched_on(visit):
    visit.page.keyboard.press("d")
    assert visit.page.locator("#reveal").is_hidden()

    visit.page.evaluate("localStorage.setItem('letters', 'on')")
    visit.page.keyboard.press("d")

    assert visit.page.locator("#reveal").is_visible()


def test_the_app_speaks_after_the_viewer(visit):
    assert visit.page.locator("#reveal").is_hidden()

    visit.page.click("#smash")

    revealed = visit.page.locator("#reveal").inner_text()
    assert "App" in revealed
    assert "Smash" in revealed or "Pass" in revealed
    [swipe] = visit.wait_for_swipes(1)
    assert swipe["app_verdict"].capitalize() in revealed


def test_undo_brings_the_card_back_and_takes_the_swipe_from_the_server(visit):
    first = visit.top
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_swipes(1)

    visit.page.keyboard.press("Control+z")

    assert visit.top == first
    visit.page.wait_for_timeout(1200)
    answer = visit.page.context.request.get(f"{visit.server}/api/v1/deck?n=100")
    assert first in [card["image"] for card in answer.json()["cards"]]


def test_undo_goes_back_25_steps_in_order(visit):
    cards = []
    for _ in range(25):
        cards.append(visit.top)
        visit.page.keyboard.press("ArrowLeft")

    back = []
    for _ in range(25):
        visit.page.keyboard.press("Backspace")
        back.append(visit.top)

    assert back == cards[::-1]
    assert len(set(cards)) == 25


def test_a_card_taken_back_can_be_decided_anew(visit):
    first = visit.top
    for key in ("ArrowLeft", "Backspace", "ArrowRight"):
        visit.page.keyboard.press(key)

    visit.page.wait_for_timeout(1500)
    answer = visit.page.context.request.get(f"{visit.server}/api/v1/me/swipes").json()
    assert [(swipe["image"], swipe["verdict"]) for swipe in answer["swipes"][:1]] == [
        (first, "smash")
    ]


def test_the_next_card_is_there_in_the_next_frame_and_the_stack_stays_small(visit):
    late, most = 0, 0
    for turn in range(20):
        # How fast somebody may swipe is measured elsewhere: here every card had its time to load.
        visit.until(
            "[...document.querySelectorAll('.card:not(.flying) img')]"
            ".every((one) => one.complete && one.naturalWidth > 0)"
            " && document.querySelectorAll('.card:not(.flying)').length > 1"
        )
        ready, cards = visit.page.evaluate(
            """key => new Promise((done) => {
                 dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                 requestAnimationFrame(() => {
                   const image = document.querySelector(".card.top img");
                   done([image?.complete && image.naturalWidth > 0,
                         document.querySelectorAll(".card").length]);
                 });
               })""",
            "ArrowRight" if turn % 2 else "ArrowLeft",
        )
        late += not ready
        most = max(most, cards)

    assert late == 0
    assert most <= 3


def test_nothing_moves_for_those_who_want_no_motion(open_page):
    visit = open_page(reduced_motion="reduce")
    visit.join()
    visit.page.wait_for_timeout(300)

    visit.page.keyboard.press("ArrowRight")

    assert visit.page.evaluate("document.getAnimations().length") == 0
    assert visit.page.locator(".card").count() == 2
