// The types of usher-client.js. Names in camel case are the client's own; all others are those of the API.

export interface Patience {
  /** How often a request is sent at most; 10. */
  attempts: number;
  /** What is over after so long is not repeated, s; 30. */
  seconds: number;
  /** The pause before the second attempt is up to so long, s; it doubles from then on. */
  firstPauseSeconds: number;
  longestPauseSeconds: number;
  /** How long a stream that broke off is opened again, s; 300. */
  reconnectSeconds: number;
}

export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string;
  /** How long an answer may take, beyond what the call itself waits, s; 10. */
  timeoutSeconds?: number;
  patience?: Partial<Patience>;
  fetch?: typeof fetch;
}

export interface Calling {
  signal?: AbortSignal;
}

export interface Keyed extends Calling {
  /** By default one that nobody else has. The same call with the same key does nothing twice. */
  idempotencyKey?: string;
}

export interface Waiting extends Keyed {
  /** How long to wait for the outcome, s. */
  waitSeconds?: number;
}

export interface Fault {
  field: string;
  message: string;
}

/** All trouble: the server's problem, or the codes `connection_lost`, `pending` and `http_502` (of something before it). */
export class UsherError extends Error {
  readonly code: string;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  readonly detail: string;
  readonly errors: Fault[];
  readonly problem: Record<string, unknown>;
  readonly idempotencyKey?: string;
}

export interface Line {
  pool: string;
  quantity: number;
  /** The show or product, in a reservation over several. */
  target?: string;
}

export interface Reservation {
  id: string;
  state:
    | "queued" | "delayed" | "active" | "held" | "confirmed" | "released" | "expired"
    | "refused" | "cancelled" | "failed" | "forgotten";
  target: string;
  lines: Line[];
  customer: string | null;
  metadata: Record<string, unknown>;
  created_ms?: number;
  expires_ms?: number | null;
  finished_ms?: number | null;
  /** If refused: its `code`, such as `sold_out`, and the numbers behind it. */
  refusal: { code?: string; [name: string]: unknown };
  /** If refused: the same in a sentence. */
  detail?: string;
  error?: JobError | null;
  links?: Record<string, string>;
}

export interface NewLine {
  show?: string;
  /** Of a show. */
  pool?: string;
  product?: string;
  quantity?: number;
}

export interface ReserveOptions extends Waiting {
  customer?: string;
  hold_seconds?: number;
  /** Words of your own about it, such as an order's number. */
  metadata?: Record<string, unknown>;
}

/** What the lists have in common: `since` and `until` are unix ms or ISO 8601, of `metadata` the keys are declared ones. */
export interface Finding extends Calling {
  since?: number | string;
  metadata?: Record<string, string>;
}

export interface ReservationsWanted extends Finding {
  customer?: string;
  show?: string;
  product?: string;
  state?: "held" | "confirmed" | "released" | "expired";
}

export interface JobsWanted extends Finding {
  /** A text in their id, title, type, target, customer or declared metadata. */
  q?: string;
  state?: JobState;
  type?: string;
  target?: string;
  batch?: string;
  /** Of their error. */
  code?: string;
  until?: number | string;
}

export interface NotificationsWanted extends Finding {
  channel?: string;
  recipient?: string;
  batch?: string;
  state?: Notification["state"];
  until?: number | string;
}

export interface ConfirmOptions extends Waiting {
  reacquire?: boolean;
}

export interface Numbers {
  capacity: number;
  held: number;
  sold: number;
  available: number;
  price: number | null;
}

export interface Sale {
  id: string;
  name: string;
  status: "on_sale" | "closed" | "cancelled" | "archived";
  /** Reservations wait until it is resumed. */
  paused: boolean;
  hold_seconds: number;
  hold_max_seconds: number;
  max_per_customer: number | null;
  version: number;
  /** How often it was edited. */
  edition: number;
  links: Record<string, string>;
}

export interface Show extends Sale {
  pools: Record<string, Numbers>;
}

export interface Product extends Sale, Numbers {
  initial_quantity: number;
}

export interface SaleOptions extends Waiting {
  id?: string;
  hold_seconds?: number;
  hold_max_seconds?: number;
  max_per_customer?: number;
}

export interface CancelOptions extends Waiting {
  /** Only count. */
  dry_run?: boolean;
  /** `{customer}` and `{show}` stand for their names. */
  notify?: { message: string; title?: string; channel?: string };
}

export interface Forgotten {
  /** The pseudonym. */
  customer: string;
  /** How many reservations, changes, jobs and events have it now. */
  replaced: Record<string, number>;
  kept: { what: string; count: number | null; channels: string[]; why: string }[];
}

export interface Cancellation {
  target: string;
  dry_run: boolean;
  /** Reservations that are released. */
  held: number;
  confirmed: number;
  /** How many are told. */
  customers: number;
  batch: string | null;
  links: Record<string, string>;
}

interface Changes {
  name?: string;
  hold_seconds?: number;
  hold_max_seconds?: number;
  /** null = no limit. */
  max_per_customer?: number | null;
  /** Only if it still has this edition. */
  edition?: number;
}

export interface ShowChanges extends Changes {
  new_pools?: { name: string; capacity: number; price?: number }[];
  prices?: Record<string, number | null>;
}

export interface ProductChanges extends Changes {
  price?: number | null;
}

export interface JobError {
  code: string;
  message: string;
  [name: string]: unknown;
}

export type Priority = number | "low" | "normal" | "medium" | "high" | "critical";
export type JobState = "queued" | "delayed" | "active" | "complete" | "failed" | "cancelled";

export interface Backoff {
  kind?: "fixed" | "exponential";
  delay_ms?: number;
  max_ms?: number;
  jitter?: number;
}

export interface JobOptions {
  metadata?: Record<string, unknown>;
  key?: string;
  priority?: Priority;
  attempts?: number;
  backoff?: Backoff;
  delay_ms?: number;
  due_ms?: number;
  due?: string;
  ttl_ms?: number;
  title?: string;
  unique?: { key: string; while?: number | "queued" | "unfinished"; on_conflict?: "return" | "replace" | "refuse" };
}

export interface NewJob extends JobOptions {
  type: string;
  data?: Record<string, unknown>;
}

/** What changes of a job that has not begun, with at most one date. */
export interface JobChanges {
  data?: Record<string, unknown>;
  priority?: Priority;
  attempts?: number;
  title?: string | null;
  metadata?: Record<string, unknown>;
  delay_ms?: number;
  due_ms?: number;
  due?: string;
}

/** Besides `id` and `state`, the members of an answer that came before the job was over may be missing. */
export interface Job {
  id: string;
  state: JobState;
  type: string;
  data: Record<string, unknown>;
  result?: unknown;
  outcome?: string | null;
  error?: JobError | null;
  progress?: number;
  attempts_made?: number;
  batch?: string | null;
  created_ms?: number;
  due_ms?: number | null;
  finished_ms?: number | null;
  [name: string]: unknown;
}

/** A job in a list, without what has more than 4,096 bytes of JSON: null here, whole from `getJob`. */
export interface ListedJob extends Omit<Job, "data"> {
  data: Record<string, unknown> | null;
  /** Such members, and how many bytes each has. */
  left_out: Record<string, number>;
}

export interface Submitted {
  id: string;
  /** The ids of the jobs; missing for lines. */
  jobs?: string[];
  /** Of lines: how many. */
  taken?: number;
  conflicts?: { place: number; job: string; conflict: "returned" | "replaced" }[];
  duplicates?: number;
  suppressed?: number;
  links: Record<string, string>;
}

export interface Batch {
  id: string;
  /** Of its first job; null = that is forgotten. */
  type: string | null;
  total: number;
  counts: Partial<Record<JobState, number>>;
  outcomes: Record<string, number>;
  finished: boolean;
  paused: boolean;
  pause: Pause | null;
  created_ms: number;
  cancelled?: number;
  replayed?: number;
  links: Record<string, string>;
}

export type BulkAction = "cancel" | "replay" | "run_now" | "priority" | "delete";

/** Those of the list of jobs; at least one. */
export interface JobFilter {
  q?: string;
  state?: JobState;
  type?: string;
  target?: string;
  batch?: string;
  code?: string;
  since?: string;
  until?: string;
  metadata?: Record<string, string>;
}

export interface BulkPreview {
  action: BulkAction;
  count: number;
  is_all: boolean;
  examples: ListedJob[];
}

export interface Bulk {
  id: string;
  action: BulkAction;
  filter: Record<string, unknown>;
  priority: number | null;
  rate: number | null;
  by: string | null;
  state: "running" | "complete" | "stopped" | "failed";
  frozen_ms: number;
  finished_ms: number | null;
  total: number;
  looked_at: number;
  done: number;
  skipped: Record<string, number>;
  failed: Record<string, number>;
  examples: Record<string, string[]>;
  error: { code: string; message: string } | null;
  links: Record<string, string>;
}

export interface RecipientOptions {
  metadata?: Record<string, unknown>;
  channel?: string;
  data?: Record<string, unknown>;
  urgency?: "very-low" | "low" | "normal" | "high";
  ttl_seconds?: number;
  quiet?: { from: string; to: string; zone: string; policy?: "defer" | "skip" | "override" };
  dedup_key?: string;
  priority?: Priority;
  attempts?: number;
  backoff?: Backoff;
  delay_ms?: number;
  due_ms?: number;
  due?: string;
}

export interface NewNotification extends RecipientOptions {
  to: string;
  message: string;
  title?: string;
}

export interface Recipient extends RecipientOptions {
  to: string;
  variables?: Record<string, string | number>;
}

export interface Notification {
  id: string;
  state: "queued" | "delayed" | "sending" | "sent" | "in_doubt" | "skipped" | "sandboxed" | "failed" | "cancelled";
  to: string;
  message: string;
  /** In a list: the bytes of a long message, of which it has the head. */
  left_out?: Record<string, number>;
  channel?: string;
  title?: string | null;
  answer?: string | null;
  code?: string | null;
  error?: string | null;
  /** Since when, and why, nothing is sent to the recipient; null = it is. */
  suppression?: { channel: string; address: string; why: string; since_ms: number } | null;
  [name: string]: unknown;
}

export interface Pause {
  since_ms: number;
  by: string | null;
  reason: string | null;
  until_ms: number | null;
}

export interface Paused {
  target: string;
  paused: boolean;
  pause: Pause | null;
}

/** Whether every notification goes to the console instead of to its provider; if so, since when, by whom and why. */
export interface Sandbox {
  on: boolean;
  since_ms: number | null;
  by: string | null;
  reason: string | null;
}

/** A queue or a channel. */
export interface PausedGroup {
  group: string;
  paused: boolean;
  pause: Pause | null;
}

/** Why, and when it ends by itself: `until`, ISO 8601, or after so many s. */
export interface Pausing extends Calling {
  reason?: string;
  until?: string;
  for_seconds?: number;
}

export interface JobType {
  type: string;
  weight: number;
  paused: boolean;
  pause: Pause | null;
  paused_keys: Record<string, Pause>;
  at_once: number | null;
  rate: { jobs: number; seconds: number } | null;
  per_key: { at_once: number | null; rate: { jobs: number; seconds: number } | null };
}

/** A message that no worker could read. `raw` is the beginning of its text. */
/** Failed jobs of one type and kind of error: `error:ValueError`; `code` null = the kinds beyond a hundred. */
export interface FailureGroup {
  type: string;
  code: string | null;
  count: number;
  first_ms: number;
  last_ms: number;
  message: string;
  /** Ids of the last five. */
  jobs: string[];
  /** How many failed in each step of the span. */
  course: number[];
}

export interface DeadMessage {
  id: string;
  queue: string;
  reason: string;
  time_ms: number | null;
  raw: string;
  characters: number;
}

/** What an operator wishes of a worker. */
export interface Wish {
  since_ms: number;
  by: string | null;
  reason: string | null;
}

export interface Worker {
  name: string;
  state: "working" | "quiet" | "stopping" | "silent";
  host: string;
  pid: number;
  queues: string[];
  release: string;
  since_ms: number;
  seen_ms: number;
  quiet: Wish | null;
  stop: Wish | null;
  slots: { queue: string; pid: number; state: string; type: string | null; since_ms: number; job: string | null; jobs: number }[];
}

export interface Stats {
  jobs: Record<string, Partial<Record<JobState, number>>>;
  paused: Record<string, Pause>;
  queues: Record<string, number>;
  backlog: Record<string, unknown>;
  rates: Record<string, Record<string, number>>;
  on_sale: Record<string, unknown>[];
  slots: Record<string, unknown>[];
  workers: Record<string, unknown>[];
  dead_messages: number | null;
}

export interface Findings {
  status: "ok" | "warning" | "error";
  findings: { check: string; level: "warning" | "error"; what: string; remedy: string }[];
  looked_at: string[];
  unseen: { check: string; why: string }[];
}

/** A number for each step, the oldest first; null = nothing was recorded. */
export type Course = (number | null)[];

export interface History {
  span: "hour" | "day";
  start_ms: number;
  step_ms: number;
  recorded_ms: Course;
  queues: Record<string, Record<string, Course>>;
  types: Record<string, Record<string, Course>>;
  inventories: Record<string, Record<string, Course>>;
}

/** `name` is what happened (`held`, `complete`), or `snapshot` or `reset`, whose `data` is the topic as it is. */
export interface Event {
  id: string;
  name: string;
  data: Record<string, unknown>;
}

export type Role = "viewer" | "client" | "box_office" | "operator" | "admin";

/** `none` = any number, null = as the settings say. */
export interface KeyLimits {
  rate?: string | null;
  streams?: number | "none" | null;
}

/** An API key without its text; times in unix ms, null = never. */
export interface Key {
  id: string;
  owner: string;
  roles: Role[];
  scopes: string[];
  rate: string | null;
  streams: number | "none" | null;
  state: "valid" | "expired" | "revoked";
  created_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
  used_ms: number | null;
}

/** With its text, which nobody can read again. */
export interface NewKey extends Key {
  key: string;
}

/** An entry of the audit log. */
export interface Change {
  id: string;
  at_ms: number;
  by: string;
  key_id: string;
  owner: string;
  roles: Role[];
  what: string;
  on: string[];
  address: string;
  request_id: string;
  outcome: string;
  status: number | null;
  code: string;
}

/** `who`: an owner or the id of a key; `on`: `show:hamlet`; the moments in unix ms or ISO 8601. */
export interface ChangesWanted extends Calling {
  who?: string;
  what?: string;
  on?: string;
  since?: string | number;
  until?: string | number;
}

type Many<T> = Iterable<T> | AsyncIterable<T>;

export class UsherClient {
  /** In a browser the server is by default the one that the page came from. */
  constructor(baseUrl?: string, options?: ClientOptions);

  /** Holds so many units of each pool, all or none. That a show is sold out is an outcome: the state `refused`. */
  reserveSeats(show: string, lines: Record<string, number>, options?: ReserveOptions): Promise<Reservation>;
  reserveStock(product: string, quantity?: number, options?: ReserveOptions): Promise<Reservation>;
  /** Holds units of several shows and products as one reservation, all or none. */
  reserveTogether(lines: NewLine[], options?: ReserveOptions): Promise<Reservation>;
  getReservation(id: string, options?: Calling): Promise<Reservation>;
  /** Those that took units, newest first. */
  listReservations(options?: ReservationsWanted): AsyncGenerator<Reservation, void>;
  waitForReservation(id: string, options?: Waiting): Promise<Reservation>;
  /** Throws `hold_expired` and the like; `pending` when it is not done within `waitSeconds`. */
  confirmReservation(id: string, options?: ConfirmOptions): Promise<Reservation>;
  extendReservation(id: string, seconds: number, options?: Waiting): Promise<Reservation>;
  /** Gives so many units of each pool back, held or sold; the rest stays. */
  reduceReservation(id: string, lines: Record<string, number>, options?: Waiting): Promise<Reservation>;
  releaseReservation(id: string, options?: Waiting): Promise<Reservation>;

  createShow(name: string, pools: { name: string; capacity: number; price?: number }[], options?: SaleOptions): Promise<Show>;
  createProduct(name: string, quantity: number, options?: SaleOptions & { price?: number }): Promise<Product>;
  getShow(id: string, options?: Calling): Promise<Show>;
  getProduct(id: string, options?: Calling): Promise<Product>;
  /** Those that are archived only if they are asked for. */
  listShows(options?: Calling & { archived?: boolean }): Promise<Show[]>;
  listProducts(options?: Calling & { archived?: boolean }): Promise<Product[]>;
  /** Changes what is named; what is held keeps its deadline and its units, even beyond a new limit. */
  editShow(id: string, changes: ShowChanges, options?: Waiting): Promise<Show>;
  editProduct(id: string, changes: ProductChanges, options?: Waiting): Promise<Product>;
  /** Ends the sale for good, releases all and tells the customers, by one batch; nobody is told twice. */
  cancelShow(id: string, options?: CancelOptions): Promise<Cancellation>;
  /** Puts a pseudonym in the place of the name. Throws `customer_busy` while something of the customer is under way. */
  forgetCustomer(customer: string, options?: Waiting): Promise<Forgotten>;
  /** Throws `still_live` while units are held or sold, or jobs about it wait. */
  deleteShow(id: string, options?: Waiting): Promise<void>;
  deleteProduct(id: string, options?: Waiting): Promise<void>;
  restockProduct(id: string, quantity: number, options?: Waiting): Promise<Product>;
  setShowStatus(id: string, status: "on_sale" | "closed" | "archived", options?: Waiting): Promise<Show>;
  setProductStatus(id: string, status: "on_sale" | "closed" | "archived", options?: Waiting): Promise<Product>;
  pauseShow(id: string, options?: Pausing): Promise<Paused>;
  resumeShow(id: string, options?: Calling): Promise<Paused>;
  pauseProduct(id: string, options?: Pausing): Promise<Paused>;
  resumeProduct(id: string, options?: Calling): Promise<Paused>;

  notify(to: string, message: string, options?: Waiting & RecipientOptions & { title?: string }): Promise<Notification>;
  notifyMany(notifications: NewNotification[], options?: Keyed): Promise<Submitted>;
  notifyTemplate(message: string, recipients: Recipient[], options?: Keyed & { title?: string }): Promise<Submitted>;
  /** Any number of recipients with one request; they are gathered before it is sent. */
  notifyLines(notifications: Many<NewNotification>, options?: Keyed): Promise<Submitted>;
  getNotification(id: string, options?: Calling): Promise<Notification>;
  listNotifications(options?: NotificationsWanted): AsyncGenerator<Notification, void>;
  /** The same once more, as a new notification, if the first is over. */
  resendNotification(id: string, options?: Waiting): Promise<Notification>;
  waitForNotification(id: string, options?: Waiting): Promise<Notification>;
  getSandbox(options?: Calling): Promise<Sandbox>;
  /** After `true`, no send to a provider begins any more. */
  setSandbox(on: boolean, options?: Calling & { reason?: string }): Promise<Sandbox>;

  submitJob(type: string, data?: Record<string, unknown>, options?: Waiting & JobOptions): Promise<Job>;
  submitJobs(jobs: NewJob[], options?: Keyed): Promise<Submitted>;
  /** Any number of jobs, in batches of up to 1,000 and 1 MiB. */
  submitJobsInParts(jobs: Many<NewJob>, options?: Keyed): Promise<Submitted[]>;
  getJob(id: string, options?: Calling): Promise<Job>;
  waitForJob(id: string, options?: Waiting): Promise<Job>;
  getJobLog(id: string, options?: Calling): Promise<string[]>;
  /** Delayed ones first, then those queued, active, ended. A job whose state changes meanwhile may come again. */
  listJobs(options?: JobsWanted): AsyncGenerator<ListedJob, void>;
  cancelJob(id: string, options?: Calling): Promise<Job>;
  /** What is missing stays. Throws `illegal_transition` once it has begun, `fixed_job` for most of Usher's own types. */
  editJob(id: string, changes: JobChanges, options?: Calling): Promise<Job>;
  runJobNow(id: string, options?: Calling): Promise<Job>;
  /** Of a complete job, a copy. Sent once: when the connection breaks, nobody knows whether it was heard. */
  replayJob(id: string, options?: Calling & Pick<JobChanges, "data" | "priority" | "attempts">): Promise<Job>;
  /** Drops the record of a job that is over. Sent once. */
  forgetJob(id: string, options?: Calling): Promise<void>;

  getBatch(id: string, options?: Calling): Promise<Batch>;
  /** Those of which a job changed last first. */
  listBatches(options?: Calling): AsyncGenerator<Batch, void>;
  waitForBatch(id: string, options?: Waiting): Promise<Batch>;
  listBatchJobs(id: string, options?: Calling & { state?: JobState; outcome?: string }): AsyncGenerator<ListedJob, void>;
  cancelBatch(id: string, options?: Calling): Promise<Batch>;
  replayFailedJobs(id: string, options?: Calling): Promise<Batch>;
  pauseBatch(id: string, options?: Pausing): Promise<Batch>;
  resumeBatch(id: string, options?: Calling): Promise<Batch>;

  /** How many jobs the operation would find now; nothing is changed. */
  previewBulk(action: BulkAction, filter: JobFilter, options?: Calling & { priority?: Priority }): Promise<BulkPreview>;
  /** Does the same to all jobs that the filter finds now, at most `rate` of them a second. */
  startBulk(action: BulkAction, filter: JobFilter, options?: Keyed & { priority?: Priority; rate?: number }): Promise<Bulk>;
  getBulk(id: string, options?: Calling): Promise<Bulk>;
  waitForBulk(id: string, options?: Waiting): Promise<Bulk>;
  stopBulk(id: string, options?: Calling): Promise<Bulk>;
  listBulk(options?: Calling): AsyncGenerator<Bulk, void>;

  listTypes(options?: Calling): Promise<JobType[]>;
  getType(type: string, options?: Calling): Promise<JobType>;
  /** Its jobs, or with a `key` only those that have it. */
  pauseType(type: string, options?: Pausing & { key?: string }): Promise<JobType>;
  resumeType(type: string, options?: Calling & { key?: string }): Promise<JobType>;
  pauseQueue(queue: "reservations" | "notifications" | "jobs", options?: Pausing): Promise<PausedGroup>;
  resumeQueue(queue: "reservations" | "notifications" | "jobs", options?: Calling): Promise<PausedGroup>;
  pauseChannel(channel: string, options?: Pausing): Promise<PausedGroup>;
  resumeChannel(channel: string, options?: Calling): Promise<PausedGroup>;
  listWorkers(options?: Calling): Promise<Worker[]>;
  quietWorker(worker: string, options?: Calling & { reason?: string }): Promise<Worker>;
  resumeWorker(worker: string, options?: Calling): Promise<Worker>;
  stopWorker(worker: string, options?: Calling & { reason?: string }): Promise<Worker>;
  getStats(options?: Calling): Promise<Stats>;
  getFindings(options?: Calling): Promise<Findings>;
  /** By the minute of the last hour, or by the quarter of an hour of the last day. */
  getHistory(span?: "hour" | "day", options?: Calling & { type?: string; queue?: string }): Promise<History>;
  /** Those of most jobs first. */
  listFailures(span?: "hour" | "day", options?: Calling & { type?: string; limit?: number }): Promise<FailureGroup[]>;
  listDeadMessages(options?: Calling): Promise<DeadMessage[]>;
  deleteDeadMessage(id: string, options?: Calling): Promise<void>;

  /** Its text is in this answer and nowhere else. */
  createKey(owner: string, roles: Role[], options?: Calling & KeyLimits & { scopes?: string[]; expires_seconds?: number }): Promise<NewKey>;
  /** The oldest first; those that are over as well, for 30 days. */
  listKeys(options?: Calling): Promise<Key[]>;
  getKey(id: string, options?: Calling): Promise<Key>;
  /** What is missing stays as it is. */
  editKey(id: string, limits: KeyLimits, options?: Calling): Promise<Key>;
  /** Makes a key that may do the same; the old one ends after `overlap_seconds`, at once by default. */
  rotateKey(id: string, options?: Calling & { overlap_seconds?: number }): Promise<NewKey>;
  revokeKey(id: string, options?: Calling): Promise<Key>;
  /** The audit log, the newest first. */
  listChanges(options?: ChangesWanted): AsyncGenerator<Change, void>;

  /** Each event once and in order, however often the connection breaks. Ends with the story of a job or batch. */
  watch(topic: string, options?: Calling & { after?: string }): AsyncGenerator<Event, void>;
  /** Any other request; repeated if it is a GET or PUT, or has a key that its route heeds. */
  request(method: string, path: string, options?: Keyed & { body?: unknown; query?: Record<string, unknown> }): Promise<unknown>;
}
