// The way through the rules as a small tree: the path from top to bottom in the accent colour, the
// other ways as short stubs. One unit is one pixel, so the letters are those of the page.

import { copy, element, text } from "./texts.js";

const STUBS = 3; // other ways shown at one question; more are counted in one stub
const LINES = 4; // most lines of a label on the path; the rest is cut
const STUB_LINES = 2;
const SPINE = 14; // px from the edge to the path
const NAMESPACE = "http://www.w3.org/2000/svg";

const pen = document.createElement("canvas").getContext("2d");
const shown = new WeakMap(); // the decision that is drawn beside each ruler

// The ruler is as wide as the drawing may be and as high as a letter: either may change.
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) redraw(target);
});

/** Draw the branches of `decision` into `place` as soon as it is seen, and after each change of its size. */
export function showTree(place, decision) {
  place.hidden = !decision.branches?.length;
  place.replaceChildren();
  if (place.hidden) return;
  const ruler = element("div", "ruler");
  shown.set(ruler, decision);
  place.append(ruler);
  watcher.observe(ruler);
}

function redraw(ruler) {
  const { clientWidth: width, parentNode: place } = ruler;
  if (!place || !width) return;
  ruler.nextElementSibling?.remove();
  place.append(drawTree(shown.get(ruler), width, getComputedStyle(place)));
}

/** The tree as an <svg>, `width` px wide; `style` has the letters and the direction. */
export function drawTree(decision, width, style) {
  const paper = new Paper(width, style);
  for (const { ways } of decision.branches) drawBranch(paper, ways);
  drawVerdict(paper, decision.verdict);
  return paper.finish(decision.explanation);
}

function drawBranch(paper, ways) {
  const others = ways.filter(({ taken }) => !taken);
  const apart = others.length > STUBS ? others.slice(0, STUBS - 1) : others;
  paper.joint();
  for (const way of apart) drawStub(paper, way.label, way.verdicts);
  const rest = others.slice(apart.length);
  if (rest.length) drawStub(paper, text("more-ways", { n: rest.length }), [], rest.map(({ label }) => label).join("\n"));
  drawTaken(paper, ways.find(({ taken }) => taken).label);
}

/** A way that was not taken: a short line, the verdict if only one is below, the label. */
function drawStub(paper, label, verdicts, title) {
  const { em } = paper;
  const start = SPINE + em * 1.1;
  const only = verdicts.length === 1 ? verdicts[0] : "";
  const from = start + (only ? em * 1.3 : em * 0.4);
  const group = paper.group("stub");
  const middle = paper.y + 0.65 * em;
  paper.add(group, "path", { d: `M${paper.x(SPINE)} ${paper.y - 0.4 * em}Q${paper.x(SPINE)} ${middle} ${paper.x(start)} ${middle}` });
  if (only) paper.icon(group, only, start + 0.15 * em, middle - 0.5 * em);
  paper.write(group, label, { from, lines: STUB_LINES, title });
  paper.y += 0.35 * em;
}

/** The way that was taken: a box on the path. */
function drawTaken(paper, label) {
  const { em } = paper;
  const group = paper.group("taken");
  const top = (paper.y += 0.3 * em);
  const box = paper.add(group, "rect", { x: 1, y: top, rx: 0.6 * em });
  paper.y += 0.4 * em;
  const written = paper.write(group, label, { from: 0.8 * em, lines: LINES, bold: true });
  paper.y += 0.45 * em;
  const span = Math.min(written + 1.6 * em, paper.width - 2);
  for (const [name, value] of Object.entries({ x: paper.left(1, span), width: span, height: paper.y - top })) {
    box.setAttribute(name, value);
  }
}

function drawVerdict(paper, verdict) {
  const { em } = paper;
  const group = paper.group(`ending ${verdict}`);
  paper.joint();
  const top = paper.y;
  const box = paper.add(group, "rect", { x: 1, y: top, rx: 1.1 * em, height: 2.2 * em });
  paper.icon(group, verdict, em, top + 0.6 * em);
  paper.y += 0.45 * em;
  const written = paper.write(group, text(verdict), { from: 2.3 * em, lines: 1, bold: true });
  const span = Math.min(written + 3.2 * em, paper.width - 2);
  box.setAttribute("x", paper.left(1, span));
  box.setAttribute("width", span);
  paper.y = top + 2.2 * em + 1;
}

/** An <svg> that grows downwards; distances count from the edge where lines of text begin. */
class Paper {
  constructor(width, style) {
    this.width = width;
    this.style = style;
    this.em = Number.parseFloat(style.fontSize);
    this.rightToLeft = style.direction === "rtl";
    this.y = 1;
    this.joints = [];
    this.svg = make("svg", { class: "tree", role: "img" });
  }

  x(distance) {
    return this.rightToLeft ? this.width - distance : distance;
  }

  /** The left edge of what is `span` wide and begins at `distance`. */
  left(distance, span) {
    return this.rightToLeft ? this.width - distance - span : distance;
  }

  group(name) {
    const group = make("g", { class: name });
    this.svg.append(group);
    return group;
  }

  add(group, name, attributes) {
    const drawn = make(name, attributes);
    group.append(drawn);
    return drawn;
  }

  /** The path goes on from one box to the next; ways branch off it in between. */
  joint() {
    this.joints.push(this.y);
    this.y += 0.7 * this.em;
  }

  icon(group, verdict, distance, y) {
    const { em } = this;
    const icon = copy(`icon-${verdict}`);
    icon.classList.add(verdict);
    for (const [name, value] of Object.entries({ x: this.left(distance, em), y, width: em, height: em })) {
      icon.setAttribute(name, value);
    }
    group.append(icon);
  }

  /** Write `label` from `from` to the end of the line; returns how wide it became. */
  write(group, label, { from, lines, bold = false, title = "" }) {
    const { em, style, width } = this;
    pen.font = `${bold ? 700 : 400} ${style.fontSize} ${style.fontFamily}`;
    const written = wrapped(label, width - from - 0.8 * em, lines);
    const line = 1.3 * em;
    const words = this.add(group, "text", {});
    for (const [place, part] of written.entries()) {
      const row = make("tspan", { x: this.x(from), y: this.y + em + place * line });
      row.textContent = part;
      words.append(row);
    }
    this.y += written.length * line;
    const isCut = written.at(-1).endsWith("…");
    if (title || isCut) this.add(group, "title", {}).textContent = title || label;
    return Math.max(...written.map(widthOf));
  }

  /** Put the path behind everything and give the drawing its size and its name. */
  finish(name) {
    const { em, joints, svg, width } = this;
    const height = Math.ceil(this.y);
    const spine = make("path", { class: "spine", d: `M${this.x(SPINE)} ${joints[0]}V${joints.at(-1) + em}` });
    svg.prepend(spine);
    for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}`, "aria-label": name })) {
      svg.setAttribute(key, value);
    }
    return svg;
  }
}

function make(name, attributes) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const widthOf = (words) => pen.measureText(words).width;

/** `label` in lines no wider than `room`, as the pen writes it; more than `most` end in "…". */
function wrapped(label, room, most) {
  const lines = [];
  let line = "";
  for (const word of label.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer) <= room) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (widthOf(line) > room && line.length > 1) {
      const part = fitting(line, room);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${fitting(`${lines[most - 1]} `, room - widthOf("…")).trimEnd()}…`];
}

/** As much of the beginning of `words` as fits, one letter at least. */
function fitting(words, room) {
  const letters = [...words];
  while (letters.length > 1 && widthOf(letters.join("")) > room) letters.pop();
  return letters.join("");
}
