/**
 * Marks behind the text: line numbers with a sign beside each line that has a problem, and an
 * underline below its columns.
 *
 * The text field stays as it is: a layer of the same font and size behind it carries the marks and
 * scrolls with it. Between two checks a mark stays with its line, if only other lines change.
 */
export class Marks {
  constructor(field, numbers, layer) {
    this.field = field;
    this.numbers = numbers;
    this.layer = layer;
    this.marks = [];
    this.lines = field.value.split("\n");
    field.addEventListener("scroll", () => this.follow());
  }

  /** Show the marks of a check of the text as it is now. */
  show(marks) {
    this.marks = marks;
    this.lines = this.field.value.split("\n");
    this.draw();
  }

  /** Move the marks with lines that were typed before them; drop those of changed lines. */
  typed() {
    const before = this.lines;
    const after = this.field.value.split("\n");
    const most = Math.min(before.length, after.length);
    let head = 0;
    while (head < most && before[head] === after[head]) head += 1;
    let tail = 0;
    while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const shift = after.length - before.length;
    this.marks = this.marks.flatMap((mark) => {
      if (mark.line <= head) return [mark];
      return mark.line > before.length - tail ? [{ ...mark, line: mark.line + shift }] : [];
    });
    this.lines = after;
    this.draw();
  }

  follow() {
    this.numbers.scrollTop = this.field.scrollTop;
    this.layer.style.transform = `translate(${-this.field.scrollLeft}px, ${-this.field.scrollTop}px)`;
  }

  draw() {
    const byLine = Map.groupBy(this.marks, (mark) => mark.line);
    const gutter = [];
    const texts = [];
    for (const [at, line] of this.lines.entries()) {
      const here = byLine.get(at + 1) ?? [];
      gutter.push(this.numberOf(at + 1, here), "\n");
      texts.push(...underlined(line, here), "\n");
    }
    this.numbers.replaceChildren(...joined(gutter));
    this.layer.replaceChildren(...joined(texts));
    this.follow();
  }

  numberOf(line, here) {
    if (!here.length) return String(line);
    const sign = document.createElement("span");
    const worst = here.some((mark) => mark.severity === "error") ? "error" : "warning";
    sign.className = worst;
    sign.dataset.line = line;
    sign.title = here.map((mark) => mark.message).join("\n");
    sign.textContent = `${worst === "error" ? "✕" : "!"} ${line}`;
    return sign;
  }
}

/** A line in pieces: the marked columns as elements; where marks overlap, the first one counts. */
function underlined(line, here) {
  const points = Array.from(line);
  const pieces = [];
  let at = 0;
  for (const mark of here.toSorted((one, other) => one.start - other.start)) {
    const start = mark.start - 1;
    if (start < at) continue;
    const piece = document.createElement("mark");
    piece.className = mark.severity;
    piece.textContent = points.slice(start, mark.end - 1).join("") || " ";
    pieces.push(points.slice(at, start).join(""), piece);
    at = mark.end - 1;
  }
  pieces.push(points.slice(at).join(""));
  return pieces;
}

/** Texts that follow each other as one, so that a long file makes few nodes. */
function joined(pieces) {
  const nodes = [];
  for (const piece of pieces) {
    if (typeof piece === "string" && typeof nodes.at(-1) === "string") nodes.push(nodes.pop() + piece);
    else nodes.push(piece);
  }
  return nodes;
}

/** The offset of a line and column, both from 1; columns count code points. */
export function offsetOf(value, line, col) {
  const lines = value.split("\n");
  if (line > lines.length) return null;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Array.from(lines[line - 1]).slice(0, col - 1).join("").length;
}

/** Put `name` in place of some of the text, as if it were typed, so that it can be undone. */
export function replaceRange(field, start, end, name) {
  field.focus();
  field.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, name)) return;
  field.setRangeText(name, start, end, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
