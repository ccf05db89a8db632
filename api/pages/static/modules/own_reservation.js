// The buyer's own reservation of this show or product: its token stays in this browser, survives a reload, and opens nothing else.

const NAME = (target) => `usher:${target}`;
let memory = {}; // where a browser lets pages keep nothing

function read(target) {
  try {
    return JSON.parse(localStorage.getItem(NAME(target))) || {};
  } catch {
    return memory;
  }
}

function write(target, values) {
  memory = values;
  try {
    if (Object.keys(values).length) localStorage.setItem(NAME(target), JSON.stringify(values));
    else localStorage.removeItem(NAME(target));
  } catch {
    // then it is kept as long as the page is open
  }
}

/**
 * What is kept: {id, token} of a reservation; or {key, body} of a request whose answer has not come, to be sent again;
 * {} = nothing. A link from the shop brings a reservation in its part behind the #.
 */
export function kept(target) {
  const linked = new URLSearchParams(location.hash.slice(1));
  if (linked.get("reservation") && linked.get("token")) {
    write(target, { id: linked.get("reservation"), token: linked.get("token") });
    history.replaceState(null, "", location.pathname); // so that nobody copies it on with the address
  }
  return read(target);
}

export const keepRequest = (target, key, body) => write(target, { key, body });
export const keepReservation = (target, { id }, token) => write(target, { id, token });
export const forget = (target) => write(target, {});

/** Calls `changed` when another tab of this browser reserved or gave back. */
export const onOtherTab = (target, changed) =>
  addEventListener("storage", (event) => (event.key === NAME(target) || event.key === null) && changed());
