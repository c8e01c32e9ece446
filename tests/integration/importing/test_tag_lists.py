"""Lists of tags as other tools write them into one cell, and the tags that only look like that."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer

from smashpass.cli.main import run
from smashpass.services.importing.rows.cells import RowRefused
from smashpass.services.importing.rows.tags import split_tags

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip
EMOTICONS = [";)", ":3", "|_|", ":|", ">_<", "{}", ";_;", "(;_;)", "rock'n'roll", "a\\b", "[x]",
             "steins;gate", "hair:blonde", "'70s", "null", "k-on!", "日本"]  # fmt: skip


def postgres(tags):
    return bytes(Transformer().get_dumper(tags, PyFormat.TEXT).dump(tags)).decode()


def separated(separator):
    def write(tags):
        file = io.StringIO()
        csv.writer(file, delimiter=separator, lineterminator="").writerow(tags)
        return file.getvalue()

    return write


def all_quoted(tags):
    return ";".join(f'"{tag}"' for tag in tags)


BRACKETED = {
    "json": json.dumps,
    "json_utf8": lambda tags: json.dumps(tags, ensure_ascii=False, separators=(",", ":")),
    "python": repr,
    "python_tuple": lambda tags: repr(tuple(tags)),
    "python_set": lambda tags: "{" + repr(tags)[1:-1] + "}",
    "numpy": lambda tags: f"[{' '.join(map(repr, tags))}]",
    "postgres": postgres,
    "quoted": all_quoted,
}
odd_tags = st.one_of(
    st.sampled_from(EMOTICONS),
    st.text("abé漢'\\;|[]{}()_:.<>/3", min_size=1, max_size=6),
)
plain_tags = st.one_of(
    st.sampled_from([tag for tag in EMOTICONS if not set(tag) & set("[{'")]),
    st.text("abé漢;|()_:.<>/3", min_size=1, max_size=6),
)


@pytest.mark.parametrize("tool", BRACKETED)
@given(tags=st.lists(odd_tags, min_size=1, max_size=5))
def test_what_a_tool_writes_between_brackets_or_quotes_comes_back_the_same(tool, tags):
    if tool == "postgres":  # {'a'} is what Python writes for a set of one
        assume(not (tags[0][0] == tags[-1][-1] == "'"))
    assert split_tags(BRACKETED[tool](tags)) == tags


@pytest.mark.parametrize("separator", [";", "|"])
@given(tags=st.lists(plain_tags, min_size=1, max_size=5), word=st.sampled_from(["sofa", "hat_2"]))
def test_what_a_table_program_puts_between_separators_comes_back_the_same(separator, tags, word):
    other = ";|".replace(separator, "")
    assume(tags[0][0] != separator and other not in "".join(tags))
    assert split_tags(separated(separator)([*tags, word])) == [*tags, word]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("a;b", ["a", "b"]),
        ("a|b", ["a", "b"]),
        ("sofa; red chair;", ["sofa", "red chair"]),
        ("sofa;red chair;lamp", ["sofa", "red chair", "lamp"]),
        ('"a";"b"', ["a", "b"]),
        ('"red hair" "sofa"', ["red hair", "sofa"]),
        ("'a','b'", ["a", "b"]),
        ("[sofa, red chair]", ["sofa", "red chair"]),
        ("[sofa chair]", ["sofa", "chair"]),
        ('{a,"b c",NULL}', ["a", "b c"]),
        ("{}", []),
        ("[]", []),
        (";)", [";)"]),
        (":|", [":|"]),
        ("|_|", ["|_|"]),
        ("||_||", ["||_||"]),
        (">_<", [">_<"]),
        ("(;_;)", ["(;_;)"]),
        ("('_')", ["('_')"]),
        ("'a'", ["'a'"]),
        ("{},sofa", ["{}", "sofa"]),
        ("[a],[b]", ["[a]", "[b]"]),
        ("tag;semi,odd", ["tag;semi", "odd"]),
        ("sofa ;) lamp", ["sofa", ";)", "lamp"]),
        ("sofa ;_; lamp", ["sofa", ";_;", "lamp"]),
        ("sofa |_| lamp", ["sofa", "|_|", "lamp"]),
        ("1girl long_hair solo steins;gate", ["1girl", "long_hair", "solo", "steins;gate"]),
        ('big "x" y', ["big", '"x"', "y"]),
    ],
)
def test_a_text_is_a_list_only_if_the_whole_of_it_is(text, tags):
    assert split_tags(text) == tags


@pytest.mark.parametrize(
    "text",
    ["['a', 'b", "['a', 'b]", "['a', None]", "[1, 2]", '{"a": 1}', "array(['a'], dtype='<U1')",
     '[["a"]]', "{{a,b},{c,d}}", "long_hair;red chair", "['a\\q']", ["a", 1], 7],
)  # fmt: skip
def test_what_cannot_be_read_refuses_the_row(text):
    with pytest.raises(RowRefused) as refused:
        split_tags(text)
    assert refused.value.code == "bad_tags"


@given(text=st.text("ab'\"\\;|[]{}(), _", max_size=12))
def test_any_text_is_read_or_refused(text):
    try:
        tags = split_tags(text)
    except RowRefused:
        return
    assert all(type(tag) is str for tag in tags)


def test_an_import_takes_the_lists_of_a_table_and_names_the_way_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    cells = ['["sofa", "chair"]', "['sofa', 'chair']", "{sofa,chair}", '"sofa";"chair"',
             "sofa;chair", "sofa|chair", "['sofa', 'ch"]  # fmt: skip
    table = tmp_path / "a.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "tags"), *enumerate(cells)])

    code = run(["import", str(table), *STATED])

    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, summary["added"], summary["refused"], summary["new_tags"]) == (3, 6, 1, 2)
    (row,) = (tmp_path / "home" / "runs" / "1" / "refused.jsonl").read_text().splitlines()
    assert json.loads(row)["code"] == "bad_tags"
    assert "separate the tags by commas, or write a JSON list" in json.loads(row)["reason"]
    run(["search", "", "--json"])
    images = json.loads(capsys.readouterr().out)["images"]
    assert [sorted(image["tags"]) for image in images] == [["chair", "sofa"]] * 6
