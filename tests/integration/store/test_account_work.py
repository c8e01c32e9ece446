"""Preferences and claims of accounts, on both databases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from smashpass.core.imageset import Ordinal
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import account, preference, queue_claim
from smashpass.store.people.account_work import AccountWork
from smashpass.store.people.accounts import Accounts
from tests.integration.store.test_accounts import BOX, PASSWORD

IMAGES = [Ordinal(number) for number in range(1, 7)]


def test_preferences_are_kept_by_account_and_go_with_it(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann, bo = (accounts.create(name, "editor", PASSWORD).id for name in ("ann", "bo"))
    accounts.set_preferences(ann, {"keys": "{}", "scripts": "[]"})
    accounts.set_preferences(ann, {"keys": '{"on": false}'})
    assert accounts.preference(ann, "keys") == '{"on": false}'
    assert accounts.preference(ann, "scripts") == "[]"
    assert accounts.preference(bo, "keys") is None
    accounts.claim(ann, IMAGES, 2, now=0, until=10)
    with writing(engine) as connection:
        connection.execute(delete(account).where(account.c.id == ann))
    with reading(engine) as connection:
        for table in (preference, queue_claim):
            assert connection.execute(select(table)).all() == []


def test_a_claim_ends_by_itself_and_can_be_freed(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann, bo = (accounts.create(name, "editor", PASSWORD).id for name in ("ann", "bo"))
    assert accounts.claim(ann, IMAGES, 2, now=0, until=10) == IMAGES[:2]
    assert accounts.claims_of_others(bo, 9) == dict.fromkeys(IMAGES[:2], "ann")
    assert accounts.claims_of_others(ann, 9) == {}
    assert accounts.claim(bo, IMAGES, 2, now=9, until=19) == IMAGES[2:4]
    accounts.free(bo, IMAGES[:3])
    assert accounts.claims_of_others(bo, 9) == dict.fromkeys(IMAGES[:2], "ann")
    assert accounts.claims_of_others(ann, 9) == {IMAGES[3]: "bo"}
    assert accounts.claims_of_others(bo, 10) == {}
    assert accounts.claim(bo, IMAGES, 2, now=10, until=20) == IMAGES[:2]


def test_a_saved_image_is_kept_from_others_for_a_while(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann, bo = (accounts.create(name, "editor", PASSWORD).id for name in ("ann", "bo"))
    accounts.claim(ann, IMAGES, 1, now=0, until=10)
    accounts.keep_saved(bo, IMAGES[0], 50)
    accounts.keep_saved(ann, IMAGES[0], 20)
    accounts.claim(ann, IMAGES[1:], 1, now=1, until=11)
    assert accounts.claims_of_others(bo, 5) == {IMAGES[0]: "", IMAGES[1]: "ann"}
    assert accounts.claim(bo, IMAGES, 1, now=19, until=29) == [IMAGES[1]]
    assert accounts.claim(bo, IMAGES, 1, now=20, until=30) == [IMAGES[0]]
    # Who saved it may come back to it.
    accounts.keep_saved(bo, IMAGES[0], 60)
    assert accounts.claim(bo, IMAGES, 1, now=30, until=40) == [IMAGES[0]]
    assert accounts.claims_of_others(ann, 35) == {IMAGES[0]: "bo"}


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.permutations(IMAGES), st.integers(0, 3), st.integers(0, 6)),
    max_size=8,
)


def test_claims_are_those_of_a_plain_dict(wipe) -> None:
    @given(STEPS)
    def check(steps):
        work = Accounts(wipe(), BOX)
        owners = [work.create(name, "editor", PASSWORD).id for name in ("a", "b", "c")]
        held: dict[Ordinal, tuple[int, int]] = {}
        now = 0
        for who, images, most, passed in steps:
            now += passed
            owner = owners[who]
            free = [
                image
                for image in images
                if image not in held or held[image][0] == owner or held[image][1] <= now
            ][:most]
            claimed = work.claim(owner, images, most, now=now, until=now + 10)
            assert claimed == free
            held = {image: entry for image, entry in held.items() if entry[0] != owner}
            held |= dict.fromkeys(free, (owner, now + 10))
            for each in owners:
                others = {
                    image for image, (of, until) in held.items() if of != each and until > now
                }
                assert set(work.claims_of_others(each, now)) == others

    assert issubclass(Accounts, AccountWork)
    check()
