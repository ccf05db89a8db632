// The page /push: registers the service worker, subscribes this browser, sends it a push and shows what becomes of it.

const find = (id) => document.getElementById(id);
let registration; // of the service worker
let subscriptionId; // Usher's id of this browser; undefined = not subscribed
let story; // the events of the last message

const WORDS = {
  queued: () => "Queued.",
  delayed: () => "Waits until it is due.",
  active: () => "A notifier has it.",
  progress: (data) => (data.progress ? "Being sent." : "Being checked."),
  retrying: (data) => `It did not work (${data.error.message}). The next attempt is at ${clock(data.due_ms)}.`,
  snoozed: (data) => `Waits until ${clock(data.due_ms)}: ${data.snoozed}.`,
  stalled: () => "Its notifier went silent; another takes over.",
  complete: (data) => OUTCOMES[data.outcome] || `Finished: ${data.outcome}.`,
  failed: (data) => `Failed: ${data.message}.`,
  cancelled: () => "Cancelled.",
};
const OUTCOMES = {
  sent: "Sent: the push service of this browser has accepted it.",
  in_doubt: "In doubt: the push service may or may not have it.",
  skipped: "Skipped.",
  sandboxed: "Sandboxed: written to the console, not sent.",
};
const LAST = ["complete", "failed", "cancelled"];

const clock = (ms) => new Date(ms).toLocaleTimeString();

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json", ...tokenHeader() }, body: JSON.stringify(body) };
  const response = await fetch(path, options || {});
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail || answer.title);
  return answer;
}

function tell(text) {
  find("state").textContent = text;
}

function show() {
  const subscribed = subscriptionId !== undefined;
  find("subscribe").hidden = subscribed;
  find("subscribe").disabled = false;
  find("unsubscribe").hidden = !subscribed;
  find("send").disabled = !subscribed;
  tell(subscribed ? "This browser is subscribed." : "This browser is not subscribed yet.");
}

async function start() {
  if ("isClosed" in find("state").dataset) return; // whoever reads this may send nothing, and the page says so
  if (!window.isSecureContext) return tell("Push needs https, or this machine's own address (localhost).");
  if (!("serviceWorker" in navigator && "PushManager" in window)) {
    return tell("This browser has no Web Push. On an iPhone, add this page to the Home Screen first.");
  }
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/" });
  registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  const key = subscription && (await serverKey());
  if (subscription && fits(subscription, key)) await remember(subscription);
  else if (subscription) await renew(subscription, key);
  show();
}

async function serverKey() {
  return bytes((await ask("/v1/push-key")).public_key);
}

// A subscription is for one key only: if the server gets another key, the push service refuses its pushes for good.
function fits(subscription, key) {
  const own = subscription.options && subscription.options.applicationServerKey;
  if (!own) return false;
  const ownBytes = new Uint8Array(own);
  return ownBytes.length === key.length && ownBytes.every((value, place) => value === key[place]);
}

async function renew(subscription, key) {
  await forget((await ask("/v1/subscriptions", subscription)).id, subscription);
  if (Notification.permission === "granted") await make(key);
}

async function make(key) {
  await remember(await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}

async function forget(id, subscription) {
  await fetch(`/v1/subscriptions/${id}`, { method: "DELETE", headers: tokenHeader() });
  if (subscription) await subscription.unsubscribe();
}

async function remember(subscription) {
  subscriptionId = (await ask("/v1/subscriptions", subscription)).id;
}

async function subscribe() {
  find("subscribe").disabled = true;
  // Ask here and not at the start: browsers and people refuse a page that asks for no reason.
  if ((await Notification.requestPermission()) !== "granted") {
    find("subscribe").disabled = false;
    return tell("Notifications are not allowed. Allow them for this page in the browser's settings.");
  }
  tell("Subscribing.");
  const key = await serverKey();
  const old = await registration.pushManager.getSubscription();
  if (old && !fits(old, key)) await old.unsubscribe(); // a browser keeps its subscription, and does not change the key
  await make(key);
  show();
}

async function unsubscribe() {
  await forget(subscriptionId, await registration.pushManager.getSubscription());
  subscriptionId = undefined;
  show();
}

async function send() {
  const fields = Object.fromEntries(new FormData(find("form")));
  const sent = await ask("/v1/notifications", { channel: "webpush", to: subscriptionId, ...fields });
  find("nothing").hidden = true;
  find("story").replaceChildren();
  if (story) story.close();
  story = new EventSource(sent.links.events);
  story.addEventListener("message", (message) => {
    const { event, data } = JSON.parse(message.data);
    line(event, WORDS[event] ? WORDS[event](data) : event);
    if (LAST.includes(event)) story.close();
  });
}

function line(event, text) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = clock(Date.now());
  const words = document.createElement("span");
  words.textContent = text;
  item.dataset.event = event;
  item.append(time, words);
  find("story").append(item);
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// Show whatever goes wrong; the user can try again.
const heard = (action) => (event) => {
  event?.preventDefault();
  return action().catch((error) => {
    find("subscribe").disabled = registration === undefined;
    tell(`That did not work: ${error.message}`);
  });
};

find("subscribe").addEventListener("click", heard(subscribe));
find("unsubscribe").addEventListener("click", heard(unsubscribe));
find("form").addEventListener("submit", heard(send));
heard(start)();
