// What the board shows: the people of the tenant with their presence, filtered, sorted and in sections by group.
import { SvelteSet } from 'svelte/reactivity';
import type { FromHub } from '../lib/hub';
import { type Person, Roster } from '../lib/roster.svelte';
import type { Wait, WaitResult } from '../lib/waits';
import { type Filter, filters, look, type Presence, validUntil } from '../lib/states';

export type Sort = 'name' | 'state' | 'freeNext';

// A heading with the people below it. `available` of `all` are free now.
export type Section = { id: string; name: string; people: Person[]; available: number; all: number };

// At most so often the changes of availability are announced to screen readers, in ms.
const announceTime = 5000;

export class Board extends Roster {
  search = $state('');
  shown = new SvelteSet<Filter>();
  group = $state('');
  sort = $state<Sort>('name');
  marked = new SvelteSet<string>();
  waits = $state.raw<Wait[]>([]);
  waited = $state.raw<WaitResult[]>([]);
  // People who became available since the last announcement.
  becameAvailable = $state(0);

  private freed = 0;
  private readonly announcing = setInterval(() => {
    this.becameAvailable = this.freed;
    this.freed = 0;
  }, announceTime);

  override close(): void {
    clearInterval(this.announcing);
    super.close();
  }

  // Whether what is shown may be old. A board is grey at once when the stream breaks: its reader is there and waits.
  isOld = $derived.by(() => this.isStale || ['away', 'throttled', 'silent'].includes(this.health.state));

  // How many of the people have a state of each filter.
  counts = $derived.by(() => {
    const counts = Object.fromEntries(filters.map((filter) => [filter, 0])) as Record<Filter, number>;
    for (const { id } of this.people) counts[look(this.presence(id)).tone] += 1;
    return counts;
  });

  // The sections of the chosen group, or of all groups and then of the people in no group. Empty ones are left out.
  sections = $derived.by((): Section[] =>
    this.byGroup
      .filter(({ id }) => !this.group || id === this.group)
      .map(({ id, name, people }) => ({
        id,
        name,
        people: this.sorted(people.filter((person) => this.matches(person))),
        available: people.filter((person) => this.isAvailable(person)).length,
        all: people.length,
      })),
  );

  // Who becomes free first.
  freeNext = $derived.by(() => this.firstFree(this.people));

  private matches(person: Person): boolean {
    if (this.shown.size > 0 && !this.shown.has(look(this.presence(person.id)).tone)) return false;
    const wanted = this.search.trim().toLocaleLowerCase();
    return (
      !wanted ||
      person.displayName.toLocaleLowerCase().includes(wanted) ||
      person.userPrincipalName.toLowerCase().includes(wanted)
    );
  }

  // The people are in order of name.
  private sorted(people: Person[]): Person[] {
    if (this.sort === 'name') return people;
    const rank = (person: Person) => filters.indexOf(look(this.presence(person.id)).tone);
    if (this.sort === 'state') return people.toSorted((a, b) => rank(a) - rank(b));
    const free = (person: Person) => {
      const presence = this.presence(person.id);
      return look(presence).tone === 'available' ? 0 : (validUntil(presence) ?? Infinity);
    };
    return people.toSorted((a, b) => Math.sign(free(a) - free(b)) || rank(a) - rank(b));
  }

  protected override receive(message: FromHub): void {
    super.receive(message);
    if (message.type === 'waits') this.waits = message.waits;
    else if (message.type === 'waited') this.waited = [message.result, ...this.waited];
  }

  protected override replaced(before: Presence | undefined, presence: Presence): void {
    if (before && look(before).tone !== 'available' && look(presence).tone === 'available') this.freed += 1;
  }
}
