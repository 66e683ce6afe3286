// What the board shows: the people of the tenant with their presence, filtered, sorted and in sections by group.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Api } from '../lib/api';
import { Fault } from '../lib/api';
import type { FromHub } from '../lib/hub';
import type { HubClient } from '../lib/hub_client';
import { collator } from '../lib/i18n';
import type { Wait, WaitResult } from '../lib/waits';
import { type Filter, filters, look, type Presence, validUntil } from '../lib/states';
import type { Health } from '../lib/stream';

export type Person = { id: string; displayName: string; userPrincipalName: string };
export type Group = { id: string; displayName: string; members: string[] };
export type Sort = 'name' | 'state' | 'freeNext';

// A heading with the people below it. `available` of `all` are free now.
export type Section = { id: string; name: string; people: Person[]; available: number; all: number };

const absent: Presence = {
  id: '',
  availability: 'PresenceUnknown',
  activity: 'PresenceUnknown',
  statusMessage: null,
  outOfOfficeSettings: { message: null, isOutOfOffice: false },
  sequenceNumber: 'A0',
  workLocation: null,
};

// At most so often the changes of availability are announced to screen readers, in ms.
const announceTime = 5000;

export class Board {
  people = $state.raw<Person[]>([]);
  groups = $state.raw<Group[]>([]);
  presences = new SvelteMap<string, Presence>();
  health = $state.raw<Health>({ state: 'connecting' });
  aliveAt = $state(0);
  fault = $state.raw<Fault>();
  isLoaded = $state(false);

  search = $state('');
  shown = new SvelteSet<Filter>();
  group = $state('');
  sort = $state<Sort>('name');
  marked = new SvelteSet<string>();
  waits = $state.raw<Wait[]>([]);
  waited = $state.raw<WaitResult[]>([]);
  // People who became available since the last announcement.
  becameAvailable = $state(0);

  private readonly names = collator();
  private readonly leave: () => void;
  private freed = 0;

  constructor(
    private readonly api: Api,
    private readonly hub: Pick<HubClient, 'listen' | 'post'>,
  ) {
    this.leave = hub.listen((message) => this.receive(message));
    this.follow();
    void this.load();
    setInterval(() => {
      this.becameAvailable = this.freed;
      this.freed = 0;
    }, announceTime);
  }

  close(): void {
    this.leave();
  }

  presence(id: string): Presence {
    return this.presences.get(id) ?? absent;
  }

  // Whether what is shown may be old.
  get isStale(): boolean {
    return this.health.state !== 'live' && this.health.state !== 'connecting';
  }

  // Reads the people and groups. The presence comes by the stream.
  async load(): Promise<void> {
    try {
      const [people, groups] = await Promise.all([
        this.api.list<Person>('/v1.0/users?$select=id,displayName,userPrincipalName&$top=999'),
        this.api.list<{ id: string; displayName: string }>('/v1.0/groups?$select=id,displayName&$top=999'),
      ]);
      const members = groups.map(({ id }) => this.api.list<{ id: string }>(`/v1.0/groups/${id}/members?$select=id&$top=999`));
      const lists = await Promise.all(members);
      this.people = people.sort((a, b) => this.names.compare(a.displayName, b.displayName));
      this.groups = groups
        .map((group, i) => ({ ...group, members: (lists[i] ?? []).map(({ id }) => id) }))
        .sort((a, b) => this.names.compare(a.displayName, b.displayName));
      this.fault = undefined;
      this.isLoaded = true;
    } catch (error) {
      this.fault = error instanceof Fault ? error : new Fault('away', String(error));
      if (this.fault.kind === 'away' || this.fault.kind === 'throttled')
        setTimeout(() => void this.load(), Math.max(5, this.fault.retryAfter) * 1000);
    }
  }

  follow(): void {
    this.hub.post({ type: 'follow', query: 'tenant' });
  }

  // How many of the people have a state of each filter.
  counts = $derived.by(() => {
    const counts = Object.fromEntries(filters.map((filter) => [filter, 0])) as Record<Filter, number>;
    for (const { id } of this.people) counts[look(this.presence(id)).tone] += 1;
    return counts;
  });

  // The sections of the chosen group, or of all groups and then of the people in no group. Empty ones are left out.
  sections = $derived.by((): Section[] => {
    const byId = new Map(this.people.map((person) => [person.id, person]));
    const inGroups = new Set(this.groups.flatMap(({ members }) => members));
    const groups = this.groups.filter(({ id }) => !this.group || id === this.group);
    const sections = groups.map(({ id, displayName, members }) =>
      this.section(id, displayName, members.flatMap((member) => byId.get(member) ?? [])),
    );
    if (!this.group) sections.push(this.section('', '', this.people.filter(({ id }) => !inGroups.has(id))));
    return sections.filter(({ people }) => people.length > 0);
  });

  // Who becomes free first, of those whose state ends at a known time.
  freeNext = $derived.by(() => {
    let first: { person: Person; at: number } | undefined;
    for (const person of this.people) {
      const presence = this.presence(person.id);
      const at = validUntil(presence);
      const tone = look(presence).tone;
      if (at === undefined || (tone !== 'busy' && tone !== 'doNotDisturb')) continue;
      if (!first || at < first.at) first = { person, at };
    }
    return first;
  });

  private section(id: string, name: string, people: Person[]): Section {
    const available = people.filter((person) => look(this.presence(person.id)).tone === 'available').length;
    const shown = people.filter((person) => this.matches(person)).sort((a, b) => this.names.compare(a.displayName, b.displayName));
    return { id, name, people: this.sorted(shown), available, all: people.length };
  }

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

  private receive(message: FromHub): void {
    switch (message.type) {
      case 'people':
        return this.change(message.change);
      case 'alive':
        this.aliveAt = message.at;
        break;
      case 'health':
        this.health = message.health;
        break;
      case 'waits':
        this.waits = message.waits;
        break;
      case 'waited':
        this.waited = [message.result, ...this.waited];
    }
  }

  private change({ reset, presences, removed }: Extract<FromHub, { type: 'people' }>['change']): void {
    if (reset) this.presences.clear();
    let isUnknown = false;
    const known = new Set(this.people.map(({ id }) => id));
    for (const presence of presences) {
      const before = this.presences.get(presence.id);
      if (before && look(before).tone !== 'available' && look(presence).tone === 'available') this.freed += 1;
      this.presences.set(presence.id, presence);
      isUnknown ||= this.isLoaded && !known.has(presence.id);
    }
    for (const id of removed) this.presences.delete(id);
    if (removed.length > 0) this.people = this.people.filter(({ id }) => !removed.includes(id));
    // A user who was added since has no name yet.
    if (isUnknown) void this.load();
  }
}
