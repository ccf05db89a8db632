// Events come in bursts: one look for all that come within a moment, and another for what came during the look.

/** A function that has `look` run once after `ms`, however often it is called meanwhile; never two looks at a time. */
export function gathered(look, ms = 150) {
  let timer = 0, looks = false, isAsked = false;
  return function soon() {
    if (looks) {
      isAsked = true; // what it finds may be older than what was told now
      return;
    }
    timer ||= setTimeout(async () => {
      timer = 0;
      looks = true;
      try {
        await look();
      } finally {
        looks = false;
        if (isAsked) {
          isAsked = false;
          soon();
        }
      }
    }, ms);
  };
}
