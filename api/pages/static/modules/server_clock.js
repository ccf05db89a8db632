// The server's clock: what time it is there, whatever this computer's clock says, and whether this computer slept.

const TICK_MS = 1_000;
const SLEPT_MS = 5_000; // a tick that is so late: the computer slept, or its clock was set
let ahead = 0, isKnown = false;

/** What the server says now. */
export function hear(serverMs) {
  ahead = serverMs - Date.now();
  isKnown = true;
}

/** The server's time, ms; null until it said so, and again after a sleep until it says so once more. */
export const serverNow = () => (isKnown ? Date.now() + ahead : null);

/** Calls `tick` each second, and `woke` when time jumped: from then on the server has to say again what time it is. */
export function beat(tick, woke) {
  let seen = Date.now();
  setInterval(() => {
    const now = Date.now(), late = Math.abs(now - seen - TICK_MS);
    seen = now;
    if (late > SLEPT_MS) {
      isKnown = false;
      woke();
    }
    tick();
  }, TICK_MS);
}
