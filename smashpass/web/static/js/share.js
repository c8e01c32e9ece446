// A summary as an image: drawn on this device, shared by it, or saved where it cannot share files.

const WIDTH = 1080;
const HEIGHT = 1080;
const EDGE = 80;
const COLOURS = { ground: "#faf9f7", text: "#1b1a18", muted: "#57534c", track: "#e2ded7", mine: "#0b6b4f", app: "#8a857c" };

/** Share or save the summary; returns "shared", "saved" or "cancelled". */
export async function shareSummary(summary) {
  const blob = await draw(summary);
  const file = new File([blob], "my-taste.png", { type: "image/png" });
  const shared = { files: [file], title: summary.name, text: inWords(summary) };
  if (navigator.canShare?.(shared)) {
    try {
      await navigator.share(shared);
      return "shared";
    } catch (error) {
      if (error.name === "AbortError") return "cancelled";
      if (error.name !== "NotAllowedError") throw error;
      // The device does not let this page share: the image can still be saved.
    }
  }
  save(blob);
  return "saved";
}

/** The same as text, for those who get it without the image. */
export function inWords({ name, heading, lead, agreed, you, rules, bars }) {
  const percent = (share) => `${Math.round(100 * share)} %`;
  const lines = bars.map(({ tag, mine, app }) => `${tag}: ${you} ${percent(mine)}, ${rules} ${percent(app)}`);
  return [`${heading} · ${name}`, lead, agreed, ...lines].filter(Boolean).join("\n");
}

function draw({ name, heading, lead, agreed, you, rules, bars }) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  const rtl = document.documentElement.dir === "rtl";
  pen.direction = rtl ? "rtl" : "ltr";
  pen.textAlign = "start";
  pen.fillStyle = COLOURS.ground;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const start = rtl ? WIDTH - EDGE : EDGE;
  const write = (words, y, size, weight = 400, colour = COLOURS.text) => {
    pen.font = `${weight} ${size}px system-ui, sans-serif`;
    pen.fillStyle = colour;
    pen.fillText(words, start, y, WIDTH - 2 * EDGE);
  };
  const bar = (share, y, colour) => {
    const whole = WIDTH - 2 * EDGE;
    for (const [width, fill] of [[whole, COLOURS.track], [whole * share, colour]]) {
      pen.fillStyle = fill;
      pen.fillRect(rtl ? start - width : start, y, width, 26);
    }
  };
  write(heading, 150, 72, 700);
  write(lead, 235, 40);
  write(agreed, 295, 40);
  bars.forEach(({ tag, mine, app }, place) => {
    const y = 400 + place * 175;
    write(tag, y, 42, 600);
    bar(mine, y + 24, COLOURS.mine);
    bar(app, y + 60, COLOURS.app);
  });
  if (bars.length) {
    write(`■ ${you}`, 950, 34, 600, COLOURS.mine);
    pen.font = "600 34px system-ui, sans-serif";
    const beside = pen.measureText(`■ ${you}    `).width;
    pen.fillStyle = COLOURS.muted;
    pen.fillText(`■ ${rules}`, rtl ? start - beside : start + beside, 950);
  }
  write(name, 1020, 34, 700, COLOURS.muted);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("canvas"))), "image/png");
  });
}

function save(blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "my-taste.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
