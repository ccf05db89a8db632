// What the tests let the JavaScript client do, in Node and in a browser. Returns what came of it, as JSON.

const plays = {
  /** Watch a show, reserve and confirm meanwhile; the events until the confirmation. */
  async sell(usher, { show, lines }) {
    const events = [];
    let begun;
    const watching = new Promise((resolve) => (begun = resolve));
    const watched = (async () => {
      for await (const event of usher.watch(`show:${show}`)) {
        events.push(event);
        begun();
        if (event.name === "confirmed") return;
      }
    })();
    await Promise.race([watching, watched]);
    const reservation = await usher.reserveSeats(show, lines, { customer: "ada", waitSeconds: 20 });
    const confirmed = await usher.confirmReservation(reservation.id, { waitSeconds: 20 });
    await watched;
    return { reservation, confirmed, events };
  },

  async reserve(usher, { show, lines, ...options }) {
    return usher.reserveSeats(show, lines, { waitSeconds: 40, ...options });
  },

  /** The whole story of a job, while it goes on. */
  async follow(usher, { topic, after }) {
    const events = [];
    for await (const event of usher.watch(topic, { after })) events.push(event);
    return { events };
  },

  async notify_lines(usher, { count, key }) {
    const lines = (function* () {
      for (let number = 0; number < count; number += 1) yield { to: `guest-${number}`, message: "hello" };
    })();
    return usher.notifyLines(lines, { idempotencyKey: key });
  },

  /** What each method is about, on a server that works. */
  async tour(usher, { show }) {
    const found = {};
    found.made = await usher.createShow("Tour", [{ name: "floor", capacity: 4, price: 5 }], { id: show });
    found.refused = await usher.reserveSeats(show, { floor: 5 });
    const held = await usher.reserveSeats(show, { floor: 2 }, { customer: show, metadata: { order: "4711" } });
    found.found = [];
    for await (const one of usher.listReservations({ customer: show })) found.found.push(one.metadata);
    found.extended = await usher.extendReservation(held.id, 900);
    found.read = await usher.waitForReservation(held.id);
    found.reduced = await usher.reduceReservation(held.id, { floor: 1 });
    found.released = await usher.releaseReservation(held.id);
    await usher.pauseShow(show);
    const queued = await usher.reserveSeats(show, { floor: 1 }, { waitSeconds: 0 });
    found.queued = queued.state;
    await usher.resumeShow(show);
    found.decided = (await usher.waitForReservation(queued.id, { waitSeconds: 20 })).state;
    found.closed = (await usher.setShowStatus(show, "closed")).status;
    found.shows = (await usher.listShows()).map((one) => one.id);
    const product = await usher.createProduct("Mug", 3, { price: 7 });
    found.stock = await usher.reserveStock(product.id, 2);
    const fair = await usher.createShow("Fair", [{ name: "floor", capacity: 4 }]);
    found.together = await usher.reserveTogether([{ show: fair.id, pool: "floor" }, { product: product.id }], { customer: "ada" });
    found.restocked = (await usher.restockProduct(product.id, 5)).capacity;
    found.edited = (await usher.editShow(show, { name: "Grand Tour", prices: { floor: null }, max_per_customer: null })).name;
    found.cheaper = (await usher.editProduct(product.id, { price: 6, edition: 0 })).price;
    const old = await usher.createProduct("Old mug", 1);
    await usher.setProductStatus(old.id, "archived");
    const listed = await Promise.all([false, true].map((archived) => usher.listProducts({ archived })));
    found.archived = listed.map((all) => all.some((one) => one.id === old.id));
    await usher.deleteProduct(old.id);
    found.cancellation = await usher.cancelShow(show, { notify: { message: "{show} is off" } });
    found.ended = await usher.waitForBatch(found.cancellation.batch, { waitSeconds: 20 });
    found.forgotten = (await usher.forgetCustomer(`nobody of ${show}`)).replaced.reservations;
    await usher.deleteShow((await usher.createShow("Short", [{ name: "floor", capacity: 1 }], { id: `${show}-short` })).id);
    found.deleted = (await usher.listShows({ archived: true })).some((one) => one.id === `${show}-short`);
    found.note = await usher.submitJob("note", { a: 1 }, { waitSeconds: 20 });
    const later = await usher.submitJob("note", {}, { delay_ms: 600000, metadata: { why: "tour" }, title: show });
    found.sought = [];
    for await (const one of usher.listJobs({ q: show, type: "note" })) found.sought.push(one.metadata.why);
    found.later = (await usher.editJob(later.id, { priority: "high", data: { a: 2 } })).data;
    found.cancelled = (await usher.cancelJob(later.id)).state;
    await usher.forgetJob(later.id);
    const soon = await usher.submitJob("note", { a: 3 }, { delay_ms: 600000 });
    await usher.runJobNow(soon.id);
    await usher.waitForJob(soon.id, { waitSeconds: 20 });
    const copy = await usher.replayJob(soon.id, { data: { a: 4 } });
    found.copy = (await usher.waitForJob(copy.id, { waitSeconds: 20 })).replay_of === soon.id;
    const batches = await usher.submitJobsInParts(Array.from({ length: 1500 }, () => ({ type: "note" })));
    found.parts = await Promise.all(batches.map(async ({ id }) => (await usher.waitForBatch(id, { waitSeconds: 40 })).total));
    found.listed = 0;
    const ids = new Set();
    for await (const one of usher.listBatches()) ids.add(one.id);
    found.batchesListed = batches.every((one) => ids.has(one.id));
    for await (const job of usher.listBatchJobs(batches[0].id)) found.listed += job.state === "complete" ? 1 : 0;
    found.notes = 0;
    for await (const job of usher.listJobs({ type: "note", state: "complete" })) found.notes += job.type === "note" ? 1 : 0;
    const sent = await usher.notifyMany([{ to: "ada", message: "a" }, { to: "bob", message: "b" }]);
    found.sent = (await usher.waitForBatch(sent.id, { waitSeconds: 20 })).outcomes;
    const recipients = [{ to: "ada", variables: { name: "Ada" } }];
    const templated = await usher.notifyTemplate("Hello {name}", recipients);
    found.told = (await usher.waitForNotification(templated.jobs[0], { waitSeconds: 20 })).message;
    const one = await usher.notify("ada", "hello", { waitSeconds: 20 });
    found.one = one.state;
    found.again = (await usher.resendNotification(one.id, { waitSeconds: 20 })).state;
    for await (const other of usher.listNotifications({ recipient: "ada" })) if (other.id === one.id) found.once = true;
    const waiting = await usher.submitJobs(Array.from({ length: 3 }, () => ({ type: "note", delay_ms: 600000 })));
    const here = { batch: waiting.id };
    const { count } = await usher.previewBulk("cancel", here);
    const stopped = await usher.stopBulk((await usher.startBulk("run_now", { ...here, state: "delayed" }, { rate: 0.01 })).id);
    const { id } = await usher.startBulk("priority", here, { priority: "high" });
    const raised = await usher.waitForBulk(id, { waitSeconds: 20 });
    let isListed = false;
    for await (const one of usher.listBulk()) isListed ||= (await usher.getBulk(one.id)).id === stopped.id;
    found.bulk = [count, stopped.state, raised.state, raised.done >= 2, isListed];
    found.paused = [(await usher.pauseType("note", { reason: "why" })).pause.reason, (await usher.resumeType("note")).paused];
    const worker = (await usher.listWorkers())[0].name;
    found.workers = [(await usher.quietWorker(worker, { reason: "why" })).quiet.reason, (await usher.resumeWorker(worker)).quiet];
    found.stopped = await usher.stopWorker("nobody@nowhere").catch(({ code }) => code);
    found.pausedKey = ["ada" in (await usher.pauseType("note", { key: "ada" })).paused_keys, "ada" in (await usher.resumeType("note", { key: "ada" })).paused_keys];
    found.pausedQueue = [(await usher.pauseQueue("jobs")).paused, (await usher.resumeQueue("jobs")).paused];
    found.pausedChannel = [(await usher.pauseChannel("console")).group, (await usher.resumeChannel("console")).paused];
    found.sandbox = [(await usher.setSandbox(true, { reason: "why" })).reason, (await usher.getSandbox()).on];
    found.sandbox.push((await usher.notify("ada", "m", { waitSeconds: 20 })).state, (await usher.setSandbox(false)).on);
    found.types = (await usher.listTypes()).map((one) => one.type);
    found.looked = (await usher.getFindings()).looked_at;
    const day = await usher.getHistory("day", { type: "note" });
    found.history = [day.recorded_ms.length, (await usher.getHistory()).step_ms];
    found.failing = (await usher.listFailures("day", { limit: 200 })).map((one) => one.course.length);
    found.stats = Object.keys((await usher.getStats()).jobs);
    found.dead = (await usher.listDeadMessages()).filter((one) => one.queue === "nowhere");
    found.trouble = await usher.getShow("nowhere").catch(({ name, code, status, detail }) => ({ name, code, status, detail }));
    found.unfit = await usher.extendReservation(held.id, -1).catch(({ code, errors }) => ({ code, errors }));
    return found;
  },

  /** The life of a key, by an admin. */
  async keys(usher) {
    const made = await usher.createKey("shop", ["client"], { scopes: ["show:hamlet"], expires_seconds: 600, rate: "5/s" });
    const limits = ({ rate, streams }) => [rate, streams];
    const edited = [await usher.editKey(made.id, { streams: 3 }), await usher.editKey(made.id, { rate: null, streams: "none" })];
    const rotated = await usher.rotateKey(made.id, { overlap_seconds: 30 });
    const states = [made, rotated].map(async ({ id }) => (await usher.revokeKey(id)).state);
    const whats = [];
    for await (const change of usher.listChanges({ who: "root", on: `key:${made.id}` })) whats.push(change.what);
    return {
      made: [made.owner, made.roles, made.scopes, made.expires_ms > made.created_ms, made.key.startsWith(`usk_${made.id}_`)],
      limits: [made, ...edited].map(limits),
      rotated: [rotated.id !== made.id, rotated.key.startsWith(`usk_${rotated.id}_`), (await usher.getKey(made.id)).scopes],
      states: await Promise.all(states),
      listed: (await usher.listKeys()).filter(({ id }) => id === made.id || id === rotated.id).map(({ state }) => state),
      whats: whats.filter((what) => what !== "revoke_key"),
      unknown: await usher.getKey("aaaaaaaa").catch(({ code }) => code),
    };
  },

  /** The answers that a scripted server gives, and how often it was asked; in Node alone. */
  async scripted(_, { statuses, headers, call }) {
    const { UsherClient } = await import(process.env.CLIENT);
    const asked = [];
    const answer = async (url, { method, headers: sent }) => {
      asked.push({ method, key: sent["Idempotency-Key"] ?? null, authorization: sent.Authorization ?? null });
      const status = statuses[Math.min(asked.length, statuses.length) - 1];
      if (status === 0) throw new TypeError("the connection broke");
      const body = status < 300 ? { id: "a", state: "queued" } : { code: "queue_full", detail: "full" };
      return new Response(JSON.stringify(body), { status, headers });
    };
    const patience = { attempts: 4, firstPauseSeconds: 0.01, longestPauseSeconds: 0.02, seconds: 5 };
    const usher = new UsherClient("http://usher", { fetch: answer, patience, apiKey: "usk_a" });
    const [method, ...given] = call;
    const result = await usher[method](...given).then((found) => found.state, ({ code, status }) => ({ code, status }));
    return { asked, result };
  },
};

export async function play(usher, name, given) {
  return plays[name](usher, given);
}
