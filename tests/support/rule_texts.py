"""Good rule files to start from: tests plant their mistakes into these."""

from __future__ import annotations

LOOKS_PATH = "fragments/looks.yaml"
LOOKS = """\
format: 1
id: looks
attributes:
  image.width: {type: integer, min: 1, max: 16384}
predicates:
  fair-hair: {any: [hair:blonde, hair:platinum, "hair:light_*"]}
nodes:
  machine:
    if: {attr: image.width, gte: 512}
    then: {id: machine-big, verdict: smash, weight: 55, reason: "Detailed machine character"}
    else: {id: machine-small, verdict: pass, weight: 70, reason: "Machine character, too small"}
"""

PORTRAITS_PATH = "trees/portraits.yaml"
PORTRAITS = """\
format: 1
id: portraits
title: Portrait avatars
owner: content-team
labels: [portrait, default]
include: [../fragments/looks.yaml]      # -> looks.fair-hair, looks.machine

attributes:                             # nothing else may be read
  image.quality:      {type: number, min: 0, max: 100}
  viewer.likes_week:  {type: integer, min: 0}
  plugin.aesthetic:   {type: number, min: 0, max: 10, source: plugin}

defaults: {weight: 50, on_missing: false}

root:                                                        # level 1
  id: gate
  if: {any: [safety:blocked, safety:unreviewed]}
  then: {id: unsafe, verdict: pass, weight: 100, reason: "Blocked, or not reviewed yet"}
  else:                                                      # level 2
    id: looks
    choose:
      - when:
          all:
            - is: looks.fair-hair
            - beard                                          # a bare string is a tag
            - none: ["hat:*", glasses:dark]
        then:                                                # level 3
          id: fair-beard
          if: {attr: plugin.aesthetic, gte: 6.5, on_missing: true}
          then: {id: fair-beard-yes, verdict: smash, weight: 80, reason: "Fair hair, beard, face"}
          else:                                              # level 4
            id: fair-beard-mix
            outcomes:
              - {verdict: smash, weight: 3, reason: "Your tags match, but the score is low"}
              - {verdict: pass, weight: 1, reason: "The picture scores low"}
      - when: {query: 'robot AND (metal OR "glowing eyes") -broken'}
        then: {use: looks.machine}
      - when:
          at_least: 2
          of:
            - "style:*"
            - {attr: image.quality, between: [70, 100]}
            - {attr: viewer.likes_week, gt: 20}
        then: {id: well-made, verdict: smash, weight: 60, reason: "Good quality in a style seen"}
    else: {id: no-match, verdict: pass, weight: 40, reason: "No preference matched"}

tests:
  - name: unreviewed wins over everything
    given: {tags: [safety:unreviewed, hair:blonde, beard]}
    expect: {leaf: unsafe, verdict: pass, weight: 100}
  - name: plugin down is not a rejection
    given: {tags: [hair:light_brown, beard]}
    expect: {leaf: fair-beard-yes, verdict: smash}
  - name: low score gives the 3 to 1 mix
    given: {tags: [hair:blonde, beard], attrs: {plugin.aesthetic: 2.0}}
    expect: {leaf: fair-beard-mix, odds: {smash: 3, pass: 1}}
  - name: a hat hides the face
    given: {tags: [hair:blonde, beard, hat:straw]}
    expect: {leaf: no-match}
  - name: big robot
    given: {tags: [robot, glowing eyes], attrs: {image.width: 1024}}
    expect: {leaf: machine-big}
  - name: small robot
    given: {tags: [robot, metal], attrs: {image.width: 511}}
    expect: {leaf: machine-small}
  - name: broken robot in good quality
    given: {tags: [robot, metal, broken, style:oil], attrs: {image.quality: 70, image.width: 900}}
    expect: {leaf: well-made, weight: 60}
"""

GOOD = {LOOKS_PATH: LOOKS, PORTRAITS_PATH: PORTRAITS}
