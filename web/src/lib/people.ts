// The people of a stream: what a read of all of them would show now. Pure.
import type { Presence } from './states';

// The events of a stream (docs/streams.md).
export type StreamEvent =
  | { name: 'snapshot' }
  | { name: 'presence'; presence: Presence }
  | { name: 'removed'; id: string }
  | { name: 'ready' };

// What has changed for those who follow. `reset`: forget everything before. `removed` have gone after all `presences`.
export type Change = { reset: boolean; presences: Presence[]; removed: string[] };

export class People {
  private readonly byId = new Map<string, Presence>();
  // While a snapshot arrives: who has not been sent again yet. A stream that does not resume sends everybody, and who is
  // missing from it has gone.
  private unseen: Set<string> | undefined;

  // Applies an event, and adds to `change` what it changed.
  apply(event: StreamEvent, change: Change): void {
    switch (event.name) {
      case 'snapshot':
        this.unseen = new Set(this.byId.keys());
        break;
      case 'presence':
        this.unseen?.delete(event.presence.id);
        this.byId.set(event.presence.id, event.presence);
        change.presences.push(event.presence);
        // A person who was removed before is back.
        change.removed = change.removed.filter((id) => id !== event.presence.id);
        break;
      case 'removed':
        this.remove(event.id, change);
        break;
      case 'ready':
        for (const id of this.unseen ?? []) this.remove(id, change);
        this.unseen = undefined;
    }
  }

  // Everybody, for one who begins to follow.
  all(): Change {
    return { reset: true, presences: [...this.byId.values()], removed: [] };
  }

  get size(): number {
    return this.byId.size;
  }

  private remove(id: string, change: Change): void {
    this.unseen?.delete(id);
    if (this.byId.delete(id)) change.removed.push(id);
  }
}
