// A card as an element, and the pictures of the next ones, decoded before they are needed.

import { copy, hasText, number, slot, tagElement, tagText, text } from "./texts.js";

const AHEAD = 5; // decoded
const STORED = 20; // loaded, for the time without a network
const SMALL = 320; // px of the longer side of the small size
const WIDEST = 448; // px of the widest card
const SHOWN_TAGS = 6;
const QUIET_SPACES = ["background", "style"]; // namespaces that tell least of a picture

/** What a picture shows, in words made from its tags. */
export function describe(card) {
  const named = card.tags.slice(0, 8).map(tagText).join(", ");
  return named ? text("picture-of", { tags: named }) : text("picture-untagged");
}

/** Pictures by image, decoded; those that are no longer ahead are let go. */
export class Pictures {
  constructor() {
    this.held = new Map();
    this.stored = new Set();
  }

  /** Begin with the pictures of the first of `cards`. */
  prepare(cards) {
    const ahead = cards.slice(0, AHEAD).filter((card) => card.media);
    const wanted = new Set(ahead.map((card) => card.image));
    for (const image of this.held.keys()) if (!wanted.has(image)) this.held.delete(image);
    ahead.forEach((card, place) => this.of(card, place === 0));
    if (navigator.connection?.saveData) return;
    const decoded = ahead.map((card) => this.of(card).decode());
    Promise.allSettled(decoded).then(() => this.store(cards.slice(AHEAD, STORED)));
  }

  store(cards) {
    for (const card of cards) {
      if (!card.media || this.stored.has(card.image)) continue;
      this.stored.add(card.image);
      makePicture(card, "low");
    }
  }

  /** The picture of a card: an <img>, decoded or on its way. */
  of(card, first = false) {
    let picture = this.held.get(card.image);
    if (!picture) {
      picture = makePicture(card, first ? "high" : "low");
      picture.decode().catch(() => {}); // A broken one tells by its error event.
      this.held.set(card.image, picture);
    }
    return picture;
  }
}

/** The address of the size that is enough for this window. */
export function pictureSource({ small, large, width, height }) {
  const longest = Math.max(width, height);
  // Not srcset: Chromium never lets go of an image that has one (it waits for the window to change).
  const needed = Math.min(innerWidth, WIDEST) * devicePixelRatio;
  const enough = (width * Math.min(SMALL, longest)) / longest >= 0.9 * needed;
  return enough || navigator.connection?.saveData ? small : large;
}

function makePicture(card, priority) {
  const { width, height } = card.media;
  const picture = new Image(width, height);
  picture.alt = describe(card);
  picture.draggable = false;
  picture.decoding = "sync"; // It is decoded by then; sync keeps it from flashing empty.
  picture.fetchPriority = priority;
  picture.addEventListener("error", () => {
    picture.dataset.broken = "yes";
  });
  picture.src = pictureSource(card.media);
  if (width / height < 0.6 || width / height > 1.5) picture.classList.add("whole");
  return picture;
}

/** The tags to show first: those asked for, then those that say most. */
export function tellingTags({ tags, parents = [] }, wanted) {
  const general = (name) => parents.includes(name) || tags.some((other) => other.startsWith(`${name}:`));
  const quiet = (name) => QUIET_SPACES.includes(name.split(":")[0]);
  const rank = (name) => (wanted.has(name) ? 0 : general(name) ? 3 : quiet(name) ? 2 : 1);
  const ranked = [...tags].sort((a, b) => rank(a) - rank(b));
  const telling = ranked.filter((name) => rank(name) < 2);
  return (telling.length ? telling : ranked).slice(0, SHOWN_TAGS);
}

/** The element of a card. Without a picture, its tags are the picture. */
export function makeCard(card, pictures, wanted) {
  const made = card.element ?? copy("card");
  made.dataset.image = card.image;
  if (card.element) return made; // A card without a picture, such as that of a finished round.
  const frame = slot(made, "picture");
  const asText = () => {
    made.classList.add("text-card");
    if (card.media) made.dataset.broken = "yes";
    frame.replaceChildren();
    const list = slot(made, "words");
    list.replaceChildren(...card.tags.slice(0, 24).map((name) => tagElement(name, "li")));
    list.hidden = false;
  };
  if (card.media) {
    const picture = pictures.of(card);
    colour(frame, card.media.placeholder);
    frame.append(picture);
    if (picture.dataset.broken) asText();
    else picture.addEventListener("error", asText, { once: true });
  } else {
    asText();
  }
  slot(made, "tags").replaceChildren(
    ...tellingTags(card, wanted).map((name) => {
      const tag = tagElement(name, "li");
      if (wanted.has(name)) tag.classList.add("wanted");
      return tag;
    }),
  );
  const [liked] = card.taste?.because ?? [];
  slot(made, "because").textContent = liked ? likedText(liked) : "";
  slot(made, "ai").textContent = card.credit.ai ? madeBy(card.credit) : "";
  slot(made, "credit").textContent = creditLine(card.credit);
  return made;
}

/** Why a card is for this viewer: one tag, and how often they liked it. */
export function likedText({ tag, smashed, swiped }) {
  return text("liked", { tag: tagText(tag), smashed: number(smashed), swiped: number(swiped) });
}

/** The mean colour, or a tiny picture, until the picture is there. */
export function colour(frame, placeholder) {
  if (!placeholder) return;
  if (placeholder.startsWith("#")) frame.style.backgroundColor = placeholder;
  else if (placeholder.startsWith("data:image/")) {
    frame.style.backgroundImage = `url("${placeholder.replace(/["\\\n]/g, encodeURIComponent)}")`;
  }
}

/** Who made it, from where, on what terms, and how it came to be. */
export function creditLine(credit) {
  return [
    credit.author ? text("by", { author: credit.author }) : "",
    credit.licence,
    credit.source,
    madeBy(credit),
  ]
    .filter(Boolean)
    .join(" · ");
}

function madeBy(credit) {
  const type = (credit.digital_source_type ?? "").split("/").pop();
  return hasText(`source-type-${type}`) ? text(`source-type-${type}`) : type;
}
