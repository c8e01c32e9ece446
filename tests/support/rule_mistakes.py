"""Single mistakes to plant into good files. ``‸`` marks the place that must be reported."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.rule_texts import GOOD, LOOKS_PATH, PORTRAITS_PATH

MARK = "‸"


@dataclass(frozen=True)
class Mistake:
    """In ``file``, the only ``old`` becomes ``new``; ``code`` is reported at the mark."""

    code: str
    old: str
    new: str
    file: str = PORTRAITS_PATH
    says: str = ""

    @property
    def name(self) -> str:
        return f"{self.code} {self.new.strip()[:40]!r}"

    def files(self) -> tuple[dict[str, str], int, int]:
        """Return the files with the mistake, and line and column of the mark."""
        intact = GOOD[self.file]
        assert intact.count(self.old) == 1, self.old
        marked = intact.replace(self.old, self.new)
        before, mark, after = marked.partition(MARK)
        assert mark, "no place is marked"
        lines = before.split("\n")
        return {**GOOD, self.file: before + after}, len(lines), len(lines[-1]) + 1


def in_looks(code: str, old: str, new: str, says: str = "") -> Mistake:
    return Mistake(code, old, new, LOOKS_PATH, says)


FAIR = '{any: [hair:blonde, hair:platinum, "hair:light_*"]}'
GATE = "  if: {any: [safety:blocked, safety:unreviewed]}\n"
UNSAFE = (
    '  then: {id: unsafe, verdict: pass, weight: 100, reason: "Blocked, or not reviewed yet"}\n'
)
SCORE = "{attr: plugin.aesthetic, gte: 6.5, on_missing: true}"
QUALITY = "{attr: image.quality, between: [70, 100]}"
LIKES = "{attr: viewer.likes_week, gt: 20}"
QUERY = "'robot AND (metal OR \"glowing eyes\") -broken'"
NONE = '- none: ["hat:*", glasses:dark]\n'
MIX = """            outcomes:
              - {verdict: smash, weight: 3, reason: "Your tags match, but the score is low"}
              - {verdict: pass, weight: 1, reason: "The picture scores low"}
"""
ROBOT = f"      - when: {{query: {QUERY}}}\n        then: {{use: looks.machine}}\n"
NO_MATCH = '{id: no-match, verdict: pass, weight: 40, reason: "No preference matched"}'
NO_HAT = "    expect: {leaf: no-match}\n"
NO_HAT_GIVEN = "    given: {tags: [hair:blonde, beard, hat:straw]}\n"

READING = [
    Mistake("E100", "title: Portrait avatars", "title: Portrait‸: avatars: all"),
    Mistake("E100", "  id: gate\n", "‸\tid: gate\n", says="spaces"),
    Mistake("E100", "owner: content-team", "owner: ‸@content"),
    Mistake("E100", "owner: content-team", "owner: ‸%content", says="quote the text"),
    Mistake("E100", '- "style:*"', "- *‸", says="wildcard"),
    Mistake("E100", "labels: [portrait, default]", "labels: [portrait, default\ninclude‸: [x]"),
    in_looks("E100", "id: looks\n", "id: ‸'looks\n", says="close what is open"),
    Mistake("E103", "Portrait avatars", "Portrait‸\u00a0avatars", says="no-break space"),
    Mistake("E103", "Portrait avatars", "Portrait‸\u0085avatars", says="U+0085"),
    Mistake("E103", "Portrait avatars", "Portrait ‸\u202eavatars"),
    Mistake("E103", "Portrait avatars", "Portrait ‸\u0000avatars"),
    Mistake("E103", "Portrait avatars", "Portrait ‸\ufeffavatars"),
    Mistake("E103", "title: Portrait avatars", "title: Portrait‸\ravatars"),
    Mistake("E103", "title: Portrait avatars", 'title: ‸"Portrait\\u00a0avatars"'),
    Mistake("E105", '- "style:*"', "- ‸*style", says="wildcard"),
    Mistake("E105", "owner: content-team", "owner: ‸&team content-team"),
    Mistake("E106", "- beard  ", "- not: ‸!beard  ", says="not:"),
    Mistake("E106", "owner: content-team", 'owner: ‸!!python/object/apply:os.system ["true"]'),
    Mistake("E106", "include: [../fragments/looks.yaml]", "include: ‸!include x.yaml"),
    Mistake("E107", "owner: content-team\n", "owner: content-team\n‸title: Again\n"),
    Mistake("E107", "  id: gate\n", '  id: gate\n  ‸"id": gate2\n'),
    Mistake("E108", "owner: content-team\n", "? ‸[owner]\n: content-team\n"),
    Mistake("E108", "owner: content-team\n", "?‸\n: content-team\n", says="missing"),
    Mistake(
        "E109",
        "    expect: {leaf: well-made, weight: 60}\n",
        "    expect: {leaf: well-made, weight: 60}\n‸---\nformat: 1\n",
    ),
    Mistake("E110", "owner: content-team", "owner:‸ #content-team", says="comment"),
    Mistake("E110", "- beard  ", "-‸ #beard  "),
    Mistake("E110", "weight: 100, reason", "weight: ‸, reason"),
]

SHAPES = [
    Mistake("E201", "labels: [portrait, default]", "labels: ‸default"),
    Mistake("E201", UNSAFE, "  then: ‸smash\n"),
    Mistake("E201", "defaults: {weight: 50, on_missing: false}", "defaults: ‸[50]"),
    Mistake("E201", "between: [70, 100]", "between: ‸[70, 80, 100]"),
    Mistake("E201", NO_HAT_GIVEN + NO_HAT, NO_HAT_GIVEN + "    expect: ‸no-match\n"),
    Mistake("E201", "{use: looks.machine}", "‸[{use: looks.machine}]"),
    in_looks("E201", FAIR, "{any: ‸hair:blonde}"),
    Mistake("E202", "owner: content-team", "‸ownr: content-team", says="did you mean owner?"),
    Mistake("E202", "defaults: {weight", "defaults: {‸<<: x, weight"),
    Mistake("E202", "weight: 100, reason", "‸wieght: 100, reason", says="did you mean weight?"),
    Mistake(
        "E202", "verdict: pass, weight: 100, r", "‸vredict: pass, weight: 100, r", says="verdict?"
    ),
    Mistake("E202", "{any: [safety:b", "{‸ayn: [safety:b", says="did you mean any?"),
    Mistake("E202", "{weight: 50, on_missing: false}", "{weight: 50, ‸onmissing: false}"),
    Mistake("E202", SCORE, SCORE[:-1] + ", ‸onmissing: true}", says="did you mean on_missing?"),
    Mistake("E202", "at_least: 2\n", "at_least: 2\n          ‸off: [a]\n", says="did you mean of?"),
    Mistake("E202", "defaults: {", "  image.mood: {type: text, ‸min: 0}\n\ndefaults: {"),
    in_looks("E202", "integer, min: 1,", "integer, ‸mn: 1,", says="did you mean min?"),
    in_looks("E202", "nodes:\n", "‸tests: []\nnodes:\n"),
    Mistake("E203", NO_MATCH, "‸{id: no-match, verdict: pass, weight: 40}", says="reason"),
    Mistake("E203", NO_MATCH, '‸{verdict: pass, reason: "No"}', says="id"),
    Mistake("E203", "format: 1\nid: portraits", "‸id: portraits", says="format"),
    Mistake("E203", "format: 1\nid: portraits\n", "‸format: 1\n", says="id"),
    Mistake(
        "E203", "{verdict: smash, weight: 3, reason", "‸{verdict: smash, reason", says="weight"
    ),
    Mistake("E203", "  id: gate\n" + GATE + UNSAFE, "  ‸id: gate\n" + GATE, says="then"),
    Mistake("E203", NO_HAT_GIVEN + NO_HAT, NO_HAT_GIVEN + "    expect: ‸{}\n"),
    in_looks("E203", "{type: integer, min: 1, max: 16384}", "‸{min: 1}", says="type"),
    Mistake("E204", "title: Portrait avatars", "title: ‸[Portrait]"),
    Mistake("E204", 'reason: "No preference matched"', "reason: ‸''", says="empty"),
    Mistake("E204", 'reason: "No preference matched"', "reason: ‸" + "x" * 501),
    Mistake("E204", "id: no-match,", "id: ‸no match,", says="letters"),
    Mistake("E204", "{id: no-match,", "{label: ‸[a label], id: no-match,", says="a list"),
    Mistake("E204", "{id: no-match,", '{label: ‸"", id: no-match,', says="empty"),
    Mistake("E204", "{id: no-match,", '{label: ‸"two\\nlines", id: no-match,', says="one line"),
    Mistake("E204", "{id: no-match,", "{label: ‸" + "x" * 81 + ", id: no-match,", says="80"),
    Mistake("E204", "- is: looks.fair-hair", "- {is: looks.fair-hair, label: ‸[x]}"),
    Mistake("E203", SCORE, SCORE[:-1] + ", label: ‸{then: a good score}}", says="else"),
    Mistake("E202", SCORE, SCORE[:-1] + ", label: {then: a, ‸els: b}}", says="els"),
    Mistake("E204", "  id: gate\n", "  id: ‸root.else\n"),
    Mistake("E204", "- is: looks.fair-hair", "- is: ‸[looks.fair-hair]"),
    Mistake("E205", "weight: 100, reason", "weight: ‸'100', reason", says="quotes"),
    Mistake(
        "E205", "weight: 100, reason", 'weight: ‸"50%", reason', says="a decimal number such as"
    ),
    Mistake("E205", "weight: 100, reason", "weight: ‸'1_00', reason", says="separators"),
    Mistake("E205", "weight: 100, reason", "weight: ‸no, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸1:00, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸1_00, reason", says="separators"),
    Mistake("E205", "weight: 100, reason", "weight: ‸017, reason", says="leading zero"),
    Mistake("E205", "weight: 100, reason", "weight: ‸0o17, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸0x1F, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸.inf, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸nan, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸+5, reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸[5], reason"),
    Mistake("E205", "weight: 100, reason", "weight: ‸1.5, reason", says="whole"),
    Mistake("E205", "gte: 6.5", "gte: ‸.5"),
    Mistake("E205", "gte: 6.5", "gte: ‸6.500000000000001", says="15 significant"),
    Mistake("E205", "gte: 6.5", "gte: ‸1e999"),
    Mistake("E205", "gte: 6.5", "gte: ‸2024-01-01"),
    Mistake("E206", "weight: 100, reason", "weight: ‸101, reason", says="0 to 100"),
    Mistake("E206", "weight: 3, reason", "weight: ‸-3, reason"),
    Mistake("E206", "defaults: {weight: 50", "defaults: {weight: ‸1e3"),
    Mistake("E207", "gte: 6.5, on_missing: true", "gte: 6.5, on_missing: ‸yes"),
    Mistake("E207", "gte: 6.5, on_missing: true", "gte: 6.5, on_missing: ‸'true'", says="quotes"),
    Mistake("E207", "gte: 6.5, on_missing: true", "gte: 6.5, on_missing: ‸True"),
    Mistake("E207", "gte: 6.5, on_missing: true", "gte: 6.5, on_missing: ‸1"),
    Mistake("E208", "format: 1\nid: portraits", "format: ‸2\nid: portraits"),
    Mistake("E208", "format: 1\nid: portraits", "format: ‸'1'\nid: portraits"),
    in_looks("E209", "min: 1, max: 16384", "min: ‸16384, max: 1"),
    Mistake("E210", GATE, "  if: ‸[safety:blocked, safety:unreviewed]\n", says="any:"),
    Mistake("E210", GATE, "  if: ‸[a, b]\n", says="expected a predicate, found a list"),
    Mistake("E211", GATE, "  if: ‸{hair: blonde}\n", says="'hair:blonde' (no space"),
    Mistake("E211", '- "style:*"', "- ‸{}", says="expected a predicate, found an empty mapping"),
    Mistake("E211", GATE, "  if: {any: [a], ‸all: [b]}\n", says="two keys"),
    Mistake("E211", "[safety:blocked, s", "[‸safety: blocked, s", says="'safety:blocked'"),
    Mistake("E212", GATE, "  if: {any: ‸[]}\n"),
    Mistake("E212", NONE, "- none: ‸[]\n"),
    Mistake("E212", "between: [70, 100]", "in: ‸[]"),
    Mistake("E212", MIX, "            outcomes: ‸[]\n"),
    Mistake("E213", QUERY, "'robot AND (metal OR ‸\"glowing eyes) -broken'", says="quote"),
    Mistake("E213", QUERY, "'robot ‸AND'"),
    Mistake("E213", QUERY, "'robot ‸~metal'", says="nearest"),
    Mistake("E213", QUERY, "'robot -‸my:smashed metal'", says="my:smashed"),
    Mistake("E213", QUERY, "'robot ‸plugin.fun:>0.5'", says="plugin.fun"),
    Mistake("E213", QUERY, "robot‸) metal"),
    Mistake("E213", QUERY, '"robot \\"big eyes\\" ‸OR"'),
    Mistake("E213", QUERY, '"robot \\x62\\u0069g ‸OR"'),
    Mistake("E213", QUERY, "'o''clock ‸OR'"),
    Mistake("E213", QUERY, "'robot\n          metal\n          ‸OR'"),
    Mistake("E213", QUERY, "‸''", says="empty"),
    Mistake(
        "E213",
        f"when: {{query: {QUERY}}}",
        "when:\n          query: |\n            robot\n            ‸OR",
    ),
    Mistake(
        "E213",
        f"when: {{query: {QUERY}}}",
        "when:\n          query: >-\n            a\n            b ‸)",
    ),
    Mistake("E214", QUALITY, "‸{attr: image.quality}", says="eq, ne"),
    Mistake("E214", QUALITY, "{attr: image.quality, gte: 70, ‸lte: 100}", says="between"),
    Mistake("E215", NO_MATCH, "‸{id: no-match, reason: x}", says="verdict"),
    Mistake(
        "E215", NO_MATCH, "‸{id: n, reason: x}", says="expected a node, found a mapping of 'id'"
    ),
    Mistake("E215", NO_MATCH, "{use: looks.machine, ‸verdict: pass}", says="two keys"),
    Mistake("E216", "id: no-match, verdict: pass", "id: no-match, verdict: ‸Pass"),
    Mistake("E216", "id: no-match, verdict: pass", "id: no-match, verdict: ‸[pass]"),
    Mistake("E217", "{type: integer, min: 0}", "{type: ‸intger, min: 0}", says="integer?"),
    Mistake("E217", "max: 10, source: plugin", "max: 10, source: ‸model"),
]

NAMES = [
    Mistake("E301", "[../fragments/looks.yaml]", "[../fragments/looks.yaml, ‸../../x.yaml]"),
    Mistake("E301", "[../fragments/looks.yaml]", "[../fragments/looks.yaml, ‸/etc/passwd]"),
    Mistake("E302", "[../fragments/looks.yaml]", "[../fragments/looks.yaml, ‸looks.yaml]"),
    Mistake(
        "E302",
        "[../fragments/looks.yaml]",
        "[../fragments/looks.yaml, ‸../fragments/lokks.yaml]",
        says="did you mean ../fragments/looks.yaml?",
    ),
    Mistake("E302", "[../fragments/looks.yaml]", "[../fragments/looks.yaml, ‸../fragments]"),
    Mistake("E303", "[../fragments/looks.yaml]", "[../fragments/looks.yaml, ‸portraits.yaml]"),
    in_looks(
        "E303", "nodes:\n", "  again: {not: {is: ‸looks.again}}\nnodes:\n", says="again → again"
    ),
    in_looks("E303", "nodes:\n", "  a: {not: {is: b}}\n  b: {not: {is: ‸a}}\nnodes:\n"),
    in_looks("E303", "nodes:\n", "nodes:\n  n: {if: x, then: {use: ‸n}, else: {use: machine}}\n"),
    Mistake("E304", "- beard  ", "- ‸b*d  ", says="at the end"),
    Mistake("E304", "- beard  ", "- ‸'*'  "),
    Mistake("E304", "- beard  ", "- ‸blonde AND beard  ", says="query:"),
    Mistake("E304", "- beard  ", "- ‸'beard, hat'  "),
    Mistake("E304", "- beard  ", "- ‸-beard  "),
    Mistake("E304", "- beard  ", "- ‸image:big  ", says="reserved"),
    Mistake("E304", "- beard  ", "- {tag: ‸''}  "),
    Mistake("E304", "[hair:light_brown, beard]", "[hair:light_brown, ‸'beard*']"),
    Mistake(
        "E305", "is: looks.fair-hair", "is: ‸looks.fair-hiar", says="did you mean looks.fair-hair?"
    ),
    Mistake("E305", "{use: looks.machine}", "{use: ‸machine}"),
    Mistake("E305", "{use: looks.machine}", "{use: ‸looks.fair-hair}"),
    Mistake(
        "E306", LIKES, "{attr: ‸viewer.like_week, gt: 20}", says="did you mean viewer.likes_week?"
    ),
    Mistake(
        "E306", LIKES, "{attr: ‸user.likes_week, gt: 20}", says="did you mean viewer.likes_week?"
    ),
    Mistake("E306", LIKES, "{attr: ‸image.colours, gt: 20}", says="declare it"),
    Mistake(
        "E306", "  viewer.likes_week:  {", "  viewer.likes_week: {type: number}\n  ‸user.x:  {"
    ),
    Mistake("E306", "{image.quality: 70, image.width: 900}", "{‸image.qality: 70}"),
    Mistake("E307", "id: well-made, verdict", "id: ‸gate, verdict"),
    Mistake("E307", "id: well-made, verdict", "id: ‸unsafe, verdict"),
    Mistake("E307", "format: 1\nid: portraits", "format: 1\nid: ‸looks"),
    in_looks("E307", "{id: machine-small", "{id: ‸machine-big"),
    Mistake("E308", "{type: integer, min: 0}", "{type: integer, min: ‸0.5}"),
    Mistake("E308", LIKES, "{attr: viewer.likes_week, gte: ‸1.5}"),
    in_looks("E308", "{attr: image.width, gte: 512}", "{attr: image.width, in: [512, ‸0.5]}"),
    in_looks("E309", "{type: integer, min: 1, max: 16384}", "{type: ‸number}", says="built in"),
]

LINT = [
    Mistake("E401", "[safety:blocked, safety:unreviewed]}", "[safety:blocked, ‸safety:blocked]}"),
    Mistake("E401", "            - beard  ", "            - beard\n            - ‸Beard  "),
    Mistake("E401", QUALITY + "\n", QUALITY + "\n            - ‸" + QUALITY + "\n"),
    Mistake("E402", NONE, '- ‸none: ["hat:*", beard]\n', says="beard is asked for and refused"),
    Mistake("E402", NONE, '- ‸none: ["hat:*", "bea*"]\n'),
    Mistake("E402", NONE, "- ‸not: beard\n"),
    Mistake(
        "E402",
        "- beard  ",
        "- {attr: image.quality, gt: 5}\n            - ‸{attr: image.quality, lt: 5}  ",
    ),
    Mistake(
        "E402",
        "- beard  ",
        "- {attr: viewer.swipes, gt: 5}\n            - ‸{attr: viewer.swipes, lt: 6}  ",
    ),
    Mistake("E403", "at_least: 2\n", "at_least: ‸4\n", says="1 to 3"),
    Mistake("E403", "at_least: 2\n", "at_least: ‸0\n"),
    Mistake("E404", SCORE, "{attr: ‸plugin.aesthetic, gte: 6.5}", says="on_missing"),
    Mistake("E405", "gte: 6.5", "gte: ‸65", says="0 to 10"),
    Mistake("E405", "between: [70, 100]", "between: [70, ‸101]"),
    Mistake("E405", LIKES, "{attr: viewer.likes_week, lt: ‸0}", says="never below"),
    Mistake("E405", LIKES, "{attr: image.smash_rate, gte: ‸60}", says="0 to 1"),
    Mistake("E406", "between: [70, 100]", "between: ‸[100, 70]"),
    Mistake(
        "E407",
        NO_MATCH,
        (
            "\n      if: a\n      then: {use: looks.machine}\n      else:\n        if: b\n"
            "        then: {use: looks.machine}\n        else:\n          if: c\n"
            "          then: {use: ‸looks.machine}\n          else: "
            + NO_MATCH.replace("no-m", "m")
        ),
        says="gate → looks → root.else.else → root.else.else.else → root.else.else.else.else → ",
    ),
    in_looks(
        "E408",
        '{id: machine-small, verdict: pass, weight: 70, reason: "Machine character, too small"}',
        '‸{id: machine-small, verdict: smash, weight: 55, reason: "Detailed machine character"}',
    ),
    Mistake("E409", ROBOT, ROBOT + ROBOT.replace("when: ", "when: ‸"), says="earlier arm"),
    Mistake(
        "E410",
        MIX,
        MIX.replace("outcomes:\n              -", "outcomes:\n              ‸-")
        .replace("weight: 3", "weight: 0")
        .replace("weight: 1", "weight: 0"),
    ),
]
