// Requests that one tenant keeps sending, always the same number of them at once.
import { until } from './client.mjs';

// The mean pause of a sender that was refused, so that the load is bounded.
const pauseMs = 50;

export class Flood {
  statuses = new Map(); // the number of responses by status

  // Each of `width` senders calls `send(n)`, waits for the response and calls it again; `n` counts all calls.
  constructor(width, send) {
    this.send = send;
    this.sent = 0;
    this.isOver = false;
    for (let i = 0; i < width; ++i) this.repeat();
  }

  async repeat() {
    while (!this.isOver) {
      const response = await this.send(this.sent++).catch((error) => ({ status: error.code }));
      this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 429) await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
    }
  }

  count(status) {
    return this.statuses.get(status) ?? 0;
  }

  // Resolves when a request got this status.
  refused(status) {
    return until(() => this.count(status) > 0, `${status} for a flood, which got ${JSON.stringify([...this.statuses])}`);
  }

  stop() {
    this.isOver = true;
  }
}
