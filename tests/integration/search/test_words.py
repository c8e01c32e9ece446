"""Finding tags by meaning: stems, other languages, slips; and whose index is opened."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import process_time

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import ImageRow
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.search.asking import OpenedWords
from smashpass.search.finder import MOST_FOLLOWED
from smashpass.search.making import changed, make
from smashpass.search.sealed import digest_of, seal, unseal
from smashpass.services.search.emptiness import explain_emptiness
from smashpass.services.search.page import search_page
from smashpass.services.search.search import count_matches, read_query
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from tests.support.builders import a_library
from tests.support.libraries import CREDIT, fill

KEY = b"a secret"
WORDS = (
    DictionaryEntry(0, "hair:blonde", aliases=("golden_hair",), labels=(("fr", "cheveux blonds"),)),
    DictionaryEntry(0, "hair:black", labels=(("fr", "cheveux noirs"), ("de", "schwarze Haare"))),
    DictionaryEntry(0, "beard", label="Beard", labels=(("fr", "barbe"), ("de", "Bart"))),
    DictionaryEntry(0, "beard_full", description="grown on chin, cheeks and lip"),
    DictionaryEntry(0, "running", labels=(("ja", "走る"),)),
    DictionaryEntry(0, "glasses", aliases=("spectacles",), description="worn to see better"),
)


@pytest.fixture(scope="module")
def opened() -> OpenedWords:
    files = unseal(make(WORDS, KEY), KEY)
    assert files is not None
    return OpenedWords(files)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("blond haired", "hair:blonde"),
        ("Blonde Hairs", "hair:blonde"),
        ("beards", "beard"),
        ("runs", "running"),
        ("barbes", "beard"),
        ("cheveux noir", "hair:black"),
        ("schwarzes haar", "hair:black"),
        ("走る", "running"),
        ("spectacle", "glasses"),
        ("worn for seeing", "glasses"),
        ("a man with a beard", None),
        ("the beard", "beard"),
        ("chin", "beard_full"),
        ("glases", "glasses"),
        ("blnde hair", "hair:blonde"),
        ("cheveu blnds", "hair:blonde"),
        ("zzzz", None),
        ("", None),
        ("-- _ ::", None),
        ("beard " * 3, "beard"),
        ("one two three four five six seven", None),
        ("\ud800", None),
    ],
)
def test_what_words_may_mean(opened: OpenedWords, text: str, first: str | None) -> None:
    assert (opened.find_by_meaning(text) or [None])[0] == first


def test_hostile_words_cost_little(opened: OpenedWords) -> None:
    for text in ("x" * 2_000, "bearb " * 300, "ab" * 80, "é\u0301" * 80, "a b c d e f"):
        start = process_time()
        opened.find_by_meaning(text)
        assert process_time() - start < 0.1


@pytest.mark.parametrize("at", [0, 3, 4, 40, 200, -44, -43, -2])
def test_a_piece_that_was_touched_is_not_opened(at: int) -> None:
    piece = bytearray(make(WORDS[:1], KEY))
    assert unseal(bytes(piece), KEY) is not None
    piece[at] ^= 1
    assert unseal(bytes(piece), KEY) is None


@pytest.mark.parametrize("piece", [b"", b"x", b"\0" * 36, b"\0" * 400])
def test_what_is_no_piece_is_not_opened(piece: bytes) -> None:
    assert unseal(piece, KEY) is None
    assert digest_of(piece, KEY) is None


def test_a_piece_of_another_installation_is_not_opened() -> None:
    assert unseal(make(WORDS[:1], KEY), b"another") is None


def test_indexes_made_at_the_same_time_do_not_disturb_each_other() -> None:
    with ThreadPoolExecutor(8) as pool:
        pieces = list(pool.map(lambda _: make(WORDS, KEY), range(24)))
    opened = [OpenedWords(unseal(piece, KEY) or {}) for piece in pieces]
    assert [word_index.find_by_meaning("barbes") for word_index in opened] == [["beard"]] * 24


def test_equal_words_have_equal_digests_and_others_another() -> None:
    digest, same_digest = (digest_of(make(WORDS[:2], KEY), KEY) for _ in range(2))
    assert digest == same_digest
    assert digest_of(make(WORDS[:3], KEY), KEY) != digest


def labelled(installation: Installation) -> None:
    """Fill the library, give a tag a French label, save a snapshot."""
    fill(installation)
    wish = VocabularyPlan(labelled=(("beard", "fr", "barbe"),))
    installation.catalogue.edit_vocabulary(wish, by="test", origin="test")
    installation.build_snapshot()


def phrases(installation: Installation) -> None:
    """The same with a tag of a French label, and one that is half of a phrase."""
    fill(installation)
    wish = VocabularyPlan(
        names=("red", "hair:red"), labelled=(("hair:blonde", "fr", "cheveux blonds"),)
    )
    installation.catalogue.edit_vocabulary(wish, by="test", origin="test")
    installation.build_snapshot()


def test_the_index_is_saved_in_the_snapshot_and_made_again_only_if_a_word_changed(
    installation: Installation,
) -> None:
    labelled(installation)
    saved = installation.snapshots.newest_word_index()
    assert saved
    vocabulary = installation.library.index.vocabulary
    assert installation.tag_finder.make(vocabulary) is not saved
    assert installation.tag_finder.make(vocabulary) == saved
    wish = VocabularyPlan(labelled=(("glasses", "fr", "lunettes"),))
    installation.catalogue.edit_vocabulary(wish, by="test", origin="test")
    assert installation.tag_finder.make(vocabulary) != saved


@pytest.fixture
def another(installation: Installation) -> Iterator[Installation]:
    """Another process of the same installation."""
    opened = Installation(installation.settings)
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize("snapshot", [True, False])
def test_edited_words_are_found_at_once_in_every_process(
    installation: Installation, another: Installation, snapshot: bool
) -> None:
    fill(installation)
    if snapshot:
        installation.build_snapshot()

    def edit(wish: VocabularyPlan) -> None:
        installation.catalogue.edit_vocabulary(wish, by="test", origin="test")

    assert [
        process.tag_finder.find_by_meaning("lunettes") for process in (installation, another)
    ] == [
        [],
        [],
    ]
    edit(VocabularyPlan(labelled=(("glasses", "fr", "lunettes"), ("beard", "sv", "skägg"))))
    for process in (installation, another):
        assert process.tag_finder.find_by_meaning("lunette") == ["glasses"]
        assert process.tag_finder.find_by_meaning("skägg") == ["beard"]
        assert process.tag_finder.find_by_meaning("black hairs") == ["hair:black"]
    edit(VocabularyPlan(aliased=(("eyewear", "glasses"), ("smile", "grin"))))
    assert another.tag_finder.find_by_meaning("eyewears") == ["glasses"]
    assert another.tag_finder.find_by_meaning("smiles") == ["grin"]
    edit(VocabularyPlan(unaliased=(("smile", "grin"),), labelled=(("glasses", "fr", ""),)))
    assert another.tag_finder.find_by_meaning("smiles") == ["smile"]
    assert another.tag_finder.find_by_meaning("lunettes") == []
    edit(VocabularyPlan(names=("zebra",), described=(("zebra", ("animal", "", "striped horse")),)))
    assert another.tag_finder.find_by_meaning("horses with stripe") == ["zebra"]
    run = installation.runs.start("more", {})
    rows = [ImageRow(key="n1", tags=("unicorn", "beard"), credit=CREDIT, line=1)]
    installation.catalogue.write_rows(run, rows, on_existing="skip", position=1)
    assert another.tag_finder.find_by_meaning("unicorns") == ["unicorn"]

    def proposed(text: str) -> list[str]:
        another.library.refresh()
        with pytest.raises(BadQuery) as caught:
            read_query(text, another.library.index, another.tag_finder.find_by_meaning)
        return list(caught.value.suggestions)

    assert proposed("horse striped beard") == ["zebra"]
    edit(VocabularyPlan(labelled=(("hair:blonde", "fr", "cheveux blonds"),)))
    assert proposed("cheveux blonds") == ["hair:blonde"]
    index = another.library.index
    assert count_matches(index, "~cheveux blonds", finder=another.tag_finder.find_by_meaning) == 3
    completed = another.completion.complete(index, "cheveux blonds", 5)
    assert [entry["name"] for entry in completed] == ["hair:blonde"]
    installation.build_snapshot()
    assert another.tag_finder.find_by_meaning("cheveux blond") == ["hair:blonde"]


def test_what_is_followed_ranks_as_in_an_index_made_anew() -> None:
    files = unseal(make(WORDS[:3], KEY), KEY) or {}
    extra = (*WORDS[3:], DictionaryEntry(0, "beard_short", aliases=("stubble",)))
    later = OpenedWords(changed(files, ["beard"], [*extra, WORDS[2]]))
    anew = OpenedWords(unseal(make([*WORDS, extra[-1]], KEY), KEY) or {})
    for text in ("beards", "barbe", "hair", "schwarze haare", "走る", "stubbl", "glases", "see"):
        assert later.find_by_meaning(text) == anew.find_by_meaning(text)
        assert later.find_by_meaning(text)


def test_edits_of_images_do_not_make_the_index_anew(installation: Installation) -> None:
    labelled(installation)
    wish = VocabularyPlan(labelled=(("glasses", "fr", "lunettes"),))
    installation.catalogue.edit_vocabulary(wish, by="test", origin="test")
    assert installation.tag_finder.find_by_meaning("lunettes") == ["glasses"]
    opened = installation.tag_finder._opened
    (tag,) = installation.catalogue.create_tags(["beard"], by="test", origin="test")
    installation.catalogue.apply_tag_edit(ImageSet([5]), add=[tag], by="test", origin="test")
    assert installation.tag_finder.find_by_meaning("lunettes") == ["glasses"]
    assert installation.tag_finder._opened is opened


def test_very_many_edited_words_wait_for_the_snapshot(installation: Installation) -> None:
    labelled(installation)
    names = tuple(f"word{number}" for number in range(MOST_FOLLOWED + 1))
    installation.catalogue.edit_vocabulary(VocabularyPlan(names=names), by="test", origin="test")
    assert installation.tag_finder.find_by_meaning("word7") == []
    assert installation.tag_finder.find_by_meaning("barbes") == ["beard"]
    installation.build_snapshot()
    assert installation.tag_finder.find_by_meaning("word7") == ["word7"]


def test_an_unknown_word_is_refused_with_what_it_may_mean(installation: Installation) -> None:
    labelled(installation)
    index, words = installation.library.index, installation.tag_finder
    for text, proposed in (("barbe", "beard"), ("blond haired", "hair:blonde")):
        with pytest.raises(BadQuery) as caught:
            read_query(text, index, words.find_by_meaning)
        assert caught.value.suggestions[0] == proposed
    assert count_matches(index, "~barbes", finder=words.find_by_meaning) == count_matches(
        index, "beard"
    )


BLONDE = {1, 2, 6}


@pytest.mark.parametrize(
    ("text", "phrase", "proposed"),
    [
        ("blond haired", "blond haired", "hair:blonde"),
        ("cheveux blonds", "cheveux blonds", "hair:blonde"),
        ("beard cheveux blonds glasses", "cheveux blonds", "hair:blonde"),
        ("-blond haired beard", "blond haired", "hair:blonde"),
        ("(beard OR cheveux blonds)", "cheveux blonds", "hair:blonde"),
        ("red haired", "red haired", "hair:red"),
        ("beard full haired", "haired", None),
        ("beard barbu", "barbu", None),
    ],
)
def test_a_phrase_is_refused_as_a_whole_with_the_tag_that_it_means(
    installation: Installation, text: str, phrase: str, proposed: str | None
) -> None:
    phrases(installation)
    with pytest.raises(BadQuery) as caught:
        read_query(text, installation.library.index, installation.tag_finder.find_by_meaning)
    error = caught.value
    assert text[error.position : error.end] == phrase
    if proposed is not None:
        assert error.suggestions[0] == proposed
        assert error.hint.startswith(f"did you mean {proposed}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~blond haired", BLONDE),
        ("~cheveux blonds", BLONDE),
        ("~blond_haired", BLONDE),
        ("~blonde hair", BLONDE),
        ("~blond haired beard", {1, 6}),
        ("beard ~cheveux blonds glasses", {6}),
        ("~cheveux blonds ~hiar:blonde", BLONDE),
        ("-~blond haired glasses", set()),
        ("-~blond haired", {3, 4, 5}),
        ("~bearb glasses", {6}),
        ("~glasses beard", {6}),
        ("~blond tagcount:>2", {6}),
    ],
)
def test_a_tilde_takes_the_whole_phrase_and_no_more(
    installation: Installation, text: str, expected: set[int]
) -> None:
    phrases(installation)
    index, words = installation.library.index, installation.tag_finder
    assert set(search_page(index, text, finder=words.find_by_meaning).ordinals) == expected
    assert count_matches(index, text, finder=words.find_by_meaning) == len(expected)


def test_why_nothing_matches_is_told_with_the_phrase_as_one_term(
    installation: Installation,
) -> None:
    phrases(installation)
    index, words = installation.library.index, installation.tag_finder
    empty = explain_emptiness("~blond haired hair:black", index, finder=words.find_by_meaning)
    assert [(term.term, term.alone) for term in empty.terms] == [
        ("~blond haired", 3),
        ("hair:black", 2),
    ]


def test_hostile_phrases_cost_little(installation: Installation) -> None:
    phrases(installation)
    index, words = installation.library.index, installation.tag_finder
    for text in ("zz " * 64, "~zz " * 64, "~zz yy xx ww vv uu " * 10, "red zz " * 32):
        start = process_time()
        with pytest.raises(BadQuery):
            read_query(text, index, words.find_by_meaning)
        assert process_time() - start < 0.3


def test_a_damaged_index_is_not_opened_and_queries_go_on(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    labelled(installation)
    index = installation.library.index
    (path,) = installation.snapshots.folder.glob("*.snapshot")
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert installation.tag_finder.find_by_meaning("barbe") == []
    assert "cannot be read" in caplog.text
    assert count_matches(index, "beard", finder=installation.tag_finder.find_by_meaning) == 2


def test_an_exchanged_index_is_not_opened_even_with_right_checksums(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    labelled(installation)
    index = installation.library.index
    forged = seal({"_MAIN_1.toc": b"cos\nsystem\n"}, "0", b"forger")
    installation.snapshots.save(index, forged)
    with caplog.at_level(logging.WARNING):
        assert installation.tag_finder.find_by_meaning("barbe") == []
    assert "not made by this installation" in caplog.text
    installation.build_snapshot()
    assert digest_of(installation.snapshots.newest_word_index() or b"", b"forger") is None


def test_a_snapshot_without_words_serves_all_the_same(installation: Installation) -> None:
    fill(installation)
    installation.snapshots.save(a_library(beard=[1]).build(99))
    assert installation.tag_finder.find_by_meaning("barbe") == []
