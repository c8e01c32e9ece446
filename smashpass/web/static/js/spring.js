// Our own spring, as keyframes for the Web Animations API: sampled once, then the compositor runs it.

const STEP = 1000 / 60;
const LONGEST = 900;

/** How far a damped spring is from rest, at each frame: from 1 (with `speed` per ms) to 0. */
export function springSteps({ stiffness = 320, damping = 26, speed = 0 } = {}) {
  const steps = [1];
  let place = 1;
  let velocity = speed * 1000;
  for (let time = 0; time < LONGEST; time += STEP) {
    for (let part = 0; part < 4; part += 1) {
      velocity += (-stiffness * place - damping * velocity) * (STEP / 4000);
      place += velocity * (STEP / 4000);
    }
    if (Math.abs(place) < 0.002 && Math.abs(velocity) < 0.02) break;
    steps.push(place);
  }
  steps.push(0);
  return steps;
}

/** The transform of a card dragged by (x, y). It leans the way it goes. */
export const leaning = (x, y, width) =>
  `translate3d(${x.toFixed(1)}px,${y.toFixed(1)}px,0) rotate(${((x / width) * 14).toFixed(2)}deg)`;

/** Let the card swing from (x, y) back to its place. */
export function swingBack(card, { x, y, speed }, width) {
  const steps = springSteps({ speed: x ? speed / x : 0 });
  return card.animate(
    steps.map((step) => ({ transform: leaning(x * step, y * step, width) })),
    { duration: (steps.length - 1) * STEP, easing: "linear" },
  );
}

/** Let the card fly out to the side `direction` (-1 or 1) from (x, y), at least at its own speed. */
export function flyOut(card, { x, y, speed }, direction, width) {
  const goal = direction * (innerWidth / 2 + width);
  const duration = Math.min(420, Math.max(180, Math.abs(goal - x) / Math.max(Math.abs(speed), 2)));
  return card.animate(
    [
      { transform: leaning(x, y, width), opacity: 1 },
      { transform: leaning(goal, y + Math.abs(y) * 0.3, width), opacity: 0.4 },
    ],
    { duration, easing: "cubic-bezier(.25,.6,.5,1)", fill: "forwards" },
  );
}

/** Let the card come in from the side it left by. */
export function flyIn(card, direction, width) {
  const steps = springSteps({ stiffness: 260, damping: 28 });
  const from = direction * (innerWidth / 2 + width / 2);
  return card.animate(
    steps.map((step) => ({ transform: leaning(from * step, 0, width) })),
    { duration: (steps.length - 1) * STEP, easing: "linear" },
  );
}
