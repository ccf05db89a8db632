// What a buyer reads when something is refused: for each code of the API a sentence about what to do now.

const list = (pools) => Object.keys(pools).map((name) => (name === "stock" ? "it" : name)).join(", ");

function short({ pools = {} } = {}) {
  const some = Object.entries(pools);
  if (!some.length || some.every(([, { available }]) => !available)) {
    return "Sold out, just now. If somebody gives something back, it shows here at once.";
  }
  return `So many are no longer free: ${some.map(([name, { available }]) => `${available}${name === "stock" ? "" : ` ${name}`}`).join(", ")} left. Choose fewer.`;
}

function over({ max_per_customer: most, present = 0 } = {}) {
  if (most === undefined) return "That is more than one customer may have.";
  return `One customer may have ${most}${present ? `, and ${present} are in this name already` : ""}.`;
}

/** Code -> its sentence, or a function that makes it of the numbers behind the refusal. */
export const WORDS = {
  // What is asked for
  sold_out: short,
  limit_exceeded: over,
  customer_required: "Please say your name or e-mail address: there is a limit per customer.",
  unknown_pool: ({ pools } = {}) => `There is no longer ${pools ? list(pools) : "such a place"} here. Please choose again.`,
  hold_too_long: "It cannot be held for so long.",
  not_on_sale: "The sale is closed.",
  unknown_inventory: "This is no longer on sale.",
  inventory_not_found: "There is nothing on sale at this address.",
  // One's own reservation
  hold_expired: "Your time was up, and what you had chosen is free for others again. If you have paid, you get your money back.",
  already_released: "This was given back already.",
  already_confirmed: "This is yours already.",
  hold_not_found: "There is no such reservation any more.",
  job_not_found: "There is no such reservation any more.",
  over_several: "This reservation is over several things: it is only given back as a whole.",
  not_that_many: "You do not have so many.",
  idempotency_key_reused: "Something else was asked for meanwhile. Please choose again.",
  cancelled: "It was taken out of the line before its turn came.",
  job_failed: "That did not work, and nothing was taken. Please try again.",
  // What the people who sell are told, should it ever come here
  already_cancelled: "The show does not take place.",
  already_exists: "This was put on sale already.",
  edited_meanwhile: "Something was changed meanwhile. Please look again.",
  pool_exists: "This kind of place is there already.",
  too_many_pools: "There are too many kinds of places.",
  too_many_to_count: "There are too many reservations to do this now.",
  too_many_stored: "There are too many reservations to do this now.",
  below_committed: "More than that is held or sold.",
  still_held: "Something is still held.",
  still_live: "Something is still held or sold.",
  // The way there
  queue_full: "Very many people are asking right now. Please try again in a moment; nothing was taken.",
  too_many_attempts: "There were many requests from your connection. Please wait some minutes.",
  not_sold_here: "The shop sells on its own pages.",
  key_invalid: "The time in which you could change this reservation here is over.",
  not_permitted: "This cannot be done here.",
  invalid_request: "Something about your choice is not possible. Please look at it again.",
  state_unavailable: "That did not get through. Nothing was taken twice: please try again in a moment.",
  internal_error: "Something went wrong with us. Please try again in a moment.",
};

/** The sentence for a Problem. A code of a later release has the API's own words. */
export function wordsFor(problem) {
  if (problem.status === 0) return "There is no connection. Nothing was taken twice: please try again.";
  if (problem.code === "invalid_request") return problem.message;
  const found = WORDS[problem.code];
  return typeof found === "function" ? found(problem.body.refusal) : found || problem.message;
}
