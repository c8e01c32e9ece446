// Runs in every page of a measured phone before the page's own modules; bench/phone.py reads it.

globalThis.probe = {
  nextFrames: [], // after each decision: whether the card on top had its picture in the next frame
  interactions: new Map(), // the longest event of each interaction, in milliseconds
  largestPaint: 0, // milliseconds
  shift: 0,
  frames: [], // milliseconds between two frames while `watchFrames` is on
  watching: false,
};

const ownMark = performance.mark.bind(performance);
performance.mark = (name, ...options) => {
  if (name === "decided") {
    requestAnimationFrame(() => {
      const picture = document.querySelector(".card.top img");
      probe.nextFrames.push(Boolean(picture?.complete && picture.naturalWidth > 0));
    });
  }
  return ownMark(name, ...options);
};

function observe(type, seen, options = {}) {
  new PerformanceObserver((list) => list.getEntries().forEach(seen)).observe({ type, buffered: true, ...options });
}

observe(
  "event",
  ({ interactionId, duration }) => {
    if (!interactionId) return;
    const longest = probe.interactions.get(interactionId) ?? 0;
    probe.interactions.set(interactionId, Math.max(longest, duration));
  },
  { durationThreshold: 16 },
);
observe("largest-contentful-paint", ({ startTime }) => (probe.largestPaint = startTime));
observe("layout-shift", ({ value, hadRecentInput }) => {
  if (!hadRecentInput) probe.shift += value;
});

probe.watchFrames = () => {
  probe.watching = true;
  let before;
  const step = (now) => {
    if (before !== undefined) probe.frames.push(now - before);
    before = now;
    if (probe.watching) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};

probe.shellBytes = () =>
  [...document.querySelectorAll("[rel=modulepreload], script[type=module]")]
    .map((module) => performance.getEntriesByName(module.href || module.src)[0])
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
