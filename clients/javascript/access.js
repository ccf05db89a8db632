// Of admins: API keys, and the audit log. The other methods: usher-client.js, bulk.js, inventory.js.

import { BulkMethods } from "./bulk.js";
import { part } from "./inventory.js";

const PATH = "/v1/keys";

/** The client's methods about them, and those about bulk operations, shows, products and reservations. */
export class AccessMethods extends BulkMethods {
  /** Sent once: when the connection breaks, nobody knows whether it was heard. */
  createKey(owner, roles, { scopes = [], expires_seconds, rate, streams, signal } = {}) {
    const body = { owner, roles, scopes, expires_seconds, rate, streams };
    return this._requests.askJson({ method: "POST", path: PATH, body, signal });
  }

  async listKeys(options) {
    return (await this._calls.get(PATH, options)).keys;
  }

  getKey(id, options) {
    return this._calls.get(`${PATH}/${part(id)}`, options);
  }

  editKey(id, { rate, streams }, { signal } = {}) {
    const body = { rate, streams };
    return this._requests.askJson({ method: "PATCH", path: `${PATH}/${part(id)}`, body, repeatable: true, signal });
  }

  /** Sent once, as `createKey`. */
  rotateKey(id, { overlap_seconds = 0, signal } = {}) {
    const body = { overlap_seconds };
    return this._requests.askJson({ method: "POST", path: `${PATH}/${part(id)}/rotate`, body, signal });
  }

  revokeKey(id, { signal } = {}) {
    return this._requests.askJson({ method: "DELETE", path: `${PATH}/${part(id)}`, repeatable: true, signal });
  }

  listChanges(options) {
    return this._calls.pages("/v1/audit", "changes", options);
  }
}
