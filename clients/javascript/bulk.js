// Bulk operations: the same done to all jobs that a filter finds. The other methods: usher-client.js, inventory.js.

import { InventoryMethods, part } from "./inventory.js";
import { newKey } from "./requests.js";

const PATH = "/v1/bulk";

/** The client's methods about them, and those about shows, products and reservations. */
export class BulkMethods extends InventoryMethods {
  previewBulk(action, filter, { priority, signal } = {}) {
    const body = { action, filter, priority, dry_run: true };
    return this._requests.askJson({ method: "POST", path: PATH, body, repeatable: true, signal });
  }

  async startBulk(action, filter, { priority, rate, idempotencyKey = newKey(), signal } = {}) {
    const body = { action, filter, priority, rate };
    const taken = await this._requests.askJson({ method: "POST", path: PATH, body, idempotencyKey, signal });
    return this.getBulk(taken.id, { signal });
  }

  getBulk(id, options) {
    return this._calls.get(`${PATH}/${part(id)}`, options);
  }

  waitForBulk(id, options) {
    return this._calls.until(() => this.getBulk(id, options), (found) => found.state !== "running", options);
  }

  stopBulk(id, options) {
    return this._calls.repeatable(`${PATH}/${part(id)}/stop`, options);
  }

  listBulk(options) {
    return this._calls.pages(PATH, "operations", options);
  }
}
