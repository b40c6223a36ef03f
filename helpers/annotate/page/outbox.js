// Judgments on their way to the server: one after the other, in order, each again and again under the name of its
// request until the server has it. They are kept over a reload.

import { recall, remember } from "./memory.js";

const delays = [300, 700, 1500, 3000]; // milliseconds between tries

// newRequest returns a name that no other request has.
export function newRequest() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  // send sends one, changed hears of every change, refused of what the server will never take.
  constructor({ send, changed, accepted, refused }) {
    this.send = send;
    this.changed = changed;
    this.accepted = accepted;
    this.refused = refused;
    this.waiting = recall("outbox", []);
    this.trouble = ""; // why the first one isn't saved yet, where it was tried
    this.acknowledged = 0;
    this.running = false;
    this.wake = () => {};
  }

  add(judging) {
    this.waiting.push(judging);
    remember("outbox", this.waiting);
    this.changed();
    this.run();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let tries = 0; this.waiting.length > 0;) {
      const judging = this.waiting[0];
      let refusal = null;
      try {
        await this.send(judging);
      } catch (failure) {
        if (!failure.final) {
          this.trouble = failure.message;
          this.changed();
          await new Promise((go) => {
            this.wake = go;
            setTimeout(go, delays[Math.min(tries++, delays.length - 1)]);
          });
          continue;
        }
        refusal = failure.message;
      }
      tries = 0;
      this.trouble = "";
      this.waiting.shift();
      remember("outbox", this.waiting);
      if (refusal === null) {
        this.acknowledged++;
        this.accepted(judging);
      } else {
        this.refused(judging, refusal);
      }
      this.changed();
    }
    this.running = false;
  }
}
