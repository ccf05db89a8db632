// The service worker: shows the messages of a push service, even while no page is open.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const push = read(event.data);
  const options = { body: push.message, data: push.data, tag: push.tag };
  // A push with the same tag replaces the one that is shown, so a repeated push is not seen twice.
  event.waitUntil(self.registration.showNotification(push.title || "Usher", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

// A push service may replace a subscription; Usher must learn the new one.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event));
});

function read(data) {
  try {
    return { message: "", ...data.json() };
  } catch {
    return { message: data ? data.text() : "" };
  }
}

async function open(data) {
  const target = new URL((data && data.url) || "/push", self.location.origin);
  if (target.origin !== self.location.origin) return; // a message must not lead to another site
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.url === target.href);
  await (page ? page.focus() : self.clients.openWindow(target.href));
}

async function renew(event) {
  const subscription =
    event.newSubscription || (await self.registration.pushManager.subscribe(event.oldSubscription.options));
  const token = await self.cookieStore?.get("_xsrf"); // there is one while this browser is signed in
  await fetch("/v1/subscriptions", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { "X-XSRFToken": token.value }) },
    body: JSON.stringify(subscription),
  });
}
