// Listing: rows that are read page by page, as the end comes into sight or as a button asks for more; each row once.

export class Listing {
  /**
   * `read(cursor)` resolves to {rows, cursor}; a cursor of null = there are no more. `changed` is called when there is
   * something to draw. A page may be short, or empty, before the end: a load reads on until it has `enough` rows, and at
   * most `pages`. `first` is the cursor of the first page; `key` is the field that tells rows apart.
   */
  constructor(read, changed, { first = "", enough = 25, pages = Infinity, key = "id" } = {}) {
    Object.assign(this, { read, changed, first, enough, pages, key, rows: [], cursor: first, isLoading: false, problem: null });
    this.ends = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && !this.problem && this.load(), { rootMargin: "600px" });
  }

  async load() {
    if (this.isLoading || this.cursor === null) return;
    this.isLoading = true;
    if (this.cursor !== this.first) this.changed(); // until the first page comes, the page's own placeholder stands
    const had = this.rows.length;
    try {
      for (let left = this.pages; left && this.cursor !== null && this.rows.length - had < this.enough; left--) {
        const found = await this.read(this.cursor);
        this.rows = [...this.rows, ...this.unknown(found.rows)];
        this.cursor = found.cursor;
        this.changed();
      }
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.isLoading = false;
    this.changed();
  }

  /** Begins anew. */
  reload() {
    Object.assign(this, { rows: [], cursor: this.first });
    return this.load();
  }

  /** Those of the rows that are not in the list. */
  unknown(found) {
    const known = new Set(this.rows.map((one) => one[this.key]));
    return found.filter((one) => !known.has(one[this.key]));
  }

  /** Rows that were read once more take the place of those that are shown. */
  renew(found) {
    const now = new Map(found.map((one) => [one[this.key], one]));
    this.rows = this.rows.map((one) => now.get(one[this.key]) || one);
  }

  /** Nothing more is to come, and nothing came. */
  get isEmpty() {
    return !this.rows.length && this.cursor === null && !this.problem;
  }

  /** Whether all rows are there. */
  get isWhole() {
    return this.rows.length > 0 && this.cursor === null;
  }

  /** Loads more whenever the element with the id `end-of-list` comes into sight. Call it with each drawing. */
  watchEnd() {
    setTimeout(() => {
      const end = document.getElementById("end-of-list");
      this.ends.disconnect(); // an observer tells once of what is in sight, so it observes anew
      if (end) this.ends.observe(end);
    });
  }
}
