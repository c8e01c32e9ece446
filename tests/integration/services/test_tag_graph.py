"""The picture of what a tag implies: complete, inside its frame, arrows to the right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.services.vocabulary.graph import BOX_HEIGHT, BOX_WIDTH, DEEP, HIGH, tag_graph
from tests.support.builders import TAGS, a_library, libraries


@given(libraries(), st.sampled_from(TAGS))
def test_the_picture_shows_all_that_is_near_without_overlaps(library, name):
    graph = tag_graph(library.index, library.id(name))
    words = library.vocabulary
    tag = library.id(name)
    expected = {name, *(words.names[tag_id] for tag_id in words.implied(tag))}
    expected |= {
        tag_name
        for tag_name in library.names
        if words.find(tag_name) not in words.aliases and tag in words.implied(library.id(tag_name))
    }
    drawn = {node.name for node in graph.nodes}
    assert drawn <= expected
    assert len(expected) == len(drawn) + graph.left_out
    assert [node.name for node in graph.nodes if node.here] == [name]
    boxes = [(node.x, node.y) for node in graph.nodes]
    assert len(set(boxes)) == len(boxes)
    assert all(0 <= x <= graph.width - BOX_WIDTH for x, _ in boxes)
    assert all(0 <= y <= graph.height - BOX_HEIGHT for _, y in boxes)
    assert all(x1 < x2 for x1, _, x2, _ in graph.edges)
    direct = {
        (words.names[tag_name], words.names[other_name])
        for tag_name, others in words.implications.items()
        for other_name in others
    }
    assert len(graph.edges) == sum(
        tag_name in drawn and other_name in drawn for tag_name, other_name in direct
    )


def test_a_crowded_column_and_a_long_way_are_cut_and_counted():
    crowd = [(f"c{number}", "here") for number in range(HIGH + 4)]
    way = [("here", "s1"), *((f"s{step}", f"s{step + 1}") for step in range(1, DEEP + 2))]
    library = a_library(here=[1], implications=[*crowd, *way], c3=[1, 2])
    graph = tag_graph(library.index, library.id("here"))
    assert len(graph.nodes) == 1 + HIGH + DEEP
    assert graph.left_out == 4 + 2
    assert graph.nodes[-1].name == f"s{DEEP}"
    assert "c3" in {node.name for node in graph.nodes}


def test_a_long_name_is_shortened_for_its_box():
    library = a_library(**{"x" * 60: [1]})
    (node,) = tag_graph(library.index, library.id("x" * 60)).nodes
    assert (len(node.short), node.short[-1], node.name) == (19, "…", "x" * 60)
