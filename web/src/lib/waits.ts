// "Tell me when": waits at the server (docs/waiting.md), renewed until they are met, cancelled or over.
import { Api, Fault } from './api';
import type { FromHub } from './hub';
import { isoDuration } from './time';

export type Wait = {
  id: string;
  users: string[];
  // What is shown for them.
  label: string;
  mode: 'any' | 'all';
  availability: string[];
  // How long the state must hold, in ms.
  hold: number;
  // When the wait ends unmet, in ms since 1970.
  until: number;
};

export type WaitResult = { wait: Wait; met: boolean; users: string[] };

// The longest wait that the server takes in one request.
const requestMax = 10 * 60_000;
const retryTime = 5_000;

export class Waits {
  private readonly running = new Map<string, { wait: Wait; cancelled: boolean }>();

  constructor(
    token: () => Promise<string>,
    private readonly tell: (message: FromHub) => void,
    private readonly api = new Api(token),
  ) {}

  list(): Wait[] {
    return [...this.running.values()].map(({ wait }) => wait);
  }

  add(wait: Wait): void {
    const entry = { wait, cancelled: false };
    this.running.set(wait.id, entry);
    this.changed();
    void this.run(entry);
  }

  cancel(id: string): void {
    const entry = this.running.get(id);
    if (!entry) return;
    entry.cancelled = true;
    this.running.delete(id);
    this.changed();
  }

  clear(): void {
    for (const id of [...this.running.keys()]) this.cancel(id);
  }

  private async run(entry: { wait: Wait; cancelled: boolean }): Promise<void> {
    const { wait } = entry;
    while (!entry.cancelled && Date.now() < wait.until) {
      const result = await this.ask(wait);
      if (entry.cancelled) return;
      if (result) return this.finish({ wait, met: true, users: result });
    }
    if (!entry.cancelled) this.finish({ wait, met: false, users: [] });
  }

  // The users who match; undefined if no user matches yet.
  private async ask(wait: Wait): Promise<string[] | undefined> {
    const timeout = Math.min(requestMax, Math.max(60_000, wait.until - Date.now()), requestMax);
    try {
      const { met, users } = await this.api.call<{ met: boolean; users?: { id: string }[] }>('POST', '/porchlight/v1/waitFor', {
        users: wait.users,
        mode: wait.mode,
        until: { availability: wait.availability },
        ...(wait.hold > 0 && { for: isoDuration(wait.hold) }),
        timeout: isoDuration(timeout),
      });
      return met ? (users ?? []).map(({ id }) => id) : undefined;
    } catch (error) {
      const seconds = error instanceof Fault ? error.retryAfter : 0;
      await new Promise((resolve) => setTimeout(resolve, Math.max(retryTime, seconds * 1000)));
      return undefined;
    }
  }

  private finish(result: WaitResult): void {
    this.running.delete(result.wait.id);
    this.changed();
    this.tell({ type: 'waited', result });
  }

  private changed(): void {
    this.tell({ type: 'waits', waits: this.list() });
  }
}
