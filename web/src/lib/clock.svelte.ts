// The time of the server, which countdowns are relative to. It ticks each second; a manual clock moves only when the
// server's does, so it is asked.
import type { Facts } from './facts';
import { loadFacts } from './facts';

const tick = 1000;

class ServerClock {
  now = $state(Date.now());
  private offset = 0;

  // Begins to tick. Never ends: a page has one clock.
  start(facts: Facts): void {
    this.set(facts);
    setInterval(() => {
      if (facts.clock === 'system') this.now = Date.now() + this.offset;
      else void loadFacts(facts.tenant?.id ?? null).then((newer) => (this.now = Date.parse(newer.now)), () => {});
    }, tick);
  }

  // Corrects the time after a reconnection.
  set(facts: Facts): void {
    this.offset = Date.parse(facts.now) - Date.now();
    this.now = Date.parse(facts.now);
  }
}

export const clock = new ServerClock();
