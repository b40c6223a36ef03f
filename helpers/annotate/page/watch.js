// How long a text has been looked at: while the page can be seen.

export class Watch {
  constructor() {
    this.start();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.before = this.milliseconds();
      this.since = performance.now();
      this.seen = !document.hidden;
    });
  }

  start() {
    this.before = 0;
    this.since = performance.now();
    this.seen = !document.hidden;
  }

  milliseconds() {
    return this.before + (this.seen ? performance.now() - this.since : 0);
  }

  seconds() {
    return this.milliseconds() / 1000;
  }
}
