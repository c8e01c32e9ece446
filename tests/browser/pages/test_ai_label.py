"""A picture that AI made says so on the card, at first view."""

from __future__ import annotations

import json


def test_the_card_of_an_ai_picture_bears_a_label_and_no_other_does(open_page):
    visit = open_page(service_workers="block")
    visit.expected.append("registration blocked")

    def every_other_by_ai(route):
        answer = route.fetch()
        content = answer.json()
        for place, card in enumerate(content["cards"]):
            if place % 2 == 0:
                card["credit"] |= {"digital_source_type": "trainedAlgorithmicMedia", "ai": True}
        route.fulfill(response=answer, body=json.dumps(content))

    visit.page.route("**/api/v1/deck*", every_other_by_ai)
    visit.join()
    label = visit.page.locator(".card.top .ai")
    assert label.inner_text() == "made by AI"
    assert label.is_visible()
    box, card = label.bounding_box(), visit.page.locator(".card.top").bounding_box()
    assert card["y"] <= box["y"] < card["y"] + card["height"] / 4

    first = visit.top
    visit.page.keyboard.press("ArrowRight")
    visit.until(f"document.querySelector('.card.top')?.dataset.image !== '{first}'")
    assert not visit.page.locator(".card.top .ai").is_visible()
