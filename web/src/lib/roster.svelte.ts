// The people of a tenant, or of one of its groups, with their presence: names and groups are read, the presence comes by
// the stream of the hub.
import { SvelteMap } from 'svelte/reactivity';
import type { Api } from './api';
import { Fault } from './api';
import type { FromHub } from './hub';
import type { HubClient } from './hub_client';
import { collator } from './i18n';
import type { Change } from './people';
import { isStale, type Sign, staleAfter } from './staleness';
import { look, type Presence, validUntil } from './states';
import type { Health } from './stream';

export type Person = { id: string; displayName: string; userPrincipalName: string };
// `members` are in order of name.
export type Group = { id: string; displayName: string; members: string[] };

const absent: Presence = {
  id: '',
  availability: 'PresenceUnknown',
  activity: 'PresenceUnknown',
  statusMessage: null,
  outOfOfficeSettings: { message: null, isOutOfOffice: false },
  sequenceNumber: 'A0',
  workLocation: null,
};

const tick = 1000;

// Seconds until a read that failed is repeated.
const retryMin = 5;

const fields = '$select=id,displayName,userPrincipalName&$top=999';

export class Roster {
  people = $state.raw<Person[]>([]);
  groups = $state.raw<Group[]>([]);
  presences = new SvelteMap<string, Presence>();
  health = $state.raw<Health>({ state: 'connecting' });
  // The last sign of life; undefined before the first.
  sign = $state.raw<Sign>();
  fault = $state.raw<Fault>();
  isLoaded = $state(false);

  // When the stream was asked for, by the steady clock.
  private begun = Infinity;
  // By the page's own clock, which runs whatever the hub and the server do.
  private now = $state.raw({ wall: Date.now(), steady: performance.now() });
  private readonly timer = setInterval(() => (this.now = { wall: Date.now(), steady: performance.now() }), tick);
  private readonly names = collator();
  private readonly leave: () => void;
  private retry: ReturnType<typeof setTimeout> | undefined;
  // What the stream follows; empty until it is known.
  private query = '';

  // `only`: the id or name of a group; empty for the whole tenant.
  constructor(
    private readonly api: Api,
    protected readonly hub: Pick<HubClient, 'listen' | 'post'>,
    private readonly only = '',
  ) {
    this.leave = hub.listen((message) => this.receive(message));
    if (!only) this.follow('tenant');
    void this.load();
  }

  close(): void {
    clearTimeout(this.retry);
    clearInterval(this.timer);
    this.leave();
  }

  // Whether nothing may be believed that is shown: there was no sign of life for a while, or never one.
  isStale = $derived.by(() =>
    this.sign ? isStale(this.sign, this.now.wall, this.now.steady) : this.now.steady - this.begun > staleAfter,
  );

  presence(id: string): Presence {
    return this.presences.get(id) ?? absent;
  }

  // Reads the people and groups. A fault that may pass is followed by another attempt.
  async load(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await this.read();
      this.fault = undefined;
      this.isLoaded = true;
    } catch (error) {
      this.fault = error instanceof Fault ? error : new Fault('away', String(error));
      if (this.fault.kind === 'away' || this.fault.kind === 'throttled')
        this.retry = setTimeout(() => void this.load(), Math.max(retryMin, this.fault.retryAfter) * 1000);
    }
  }

  // Begins the stream again, which has ended for good: the permission may be back.
  followAgain(): void {
    if (this.query) this.hub.post({ type: 'follow', query: this.query });
  }

  private async read(): Promise<void> {
    const byName = (a: { displayName: string }, b: { displayName: string }) => this.names.compare(a.displayName, b.displayName);
    const [users, all] = await Promise.all([
      this.only ? undefined : this.api.list<Person>(`/v1.0/users?${fields}`),
      this.api.list<{ id: string; displayName: string }>('/v1.0/groups?$select=id,displayName&$top=999'),
    ]);
    const groups = all.filter((group) => this.wants(group)).sort(byName);
    if (this.only && !groups[0]) throw new Fault('missing', this.only);
    const lists = await Promise.all(groups.map(({ id }) => this.api.list<Person>(`/v1.0/groups/${id}/members?${fields}`)));
    this.people = (users ?? lists.flat()).sort(byName);
    const ids = lists.map((members) => members.sort(byName).map(({ id }) => id));
    this.groups = groups.map((group, i) => ({ ...group, members: ids[i] ?? [] }));
    if (this.only) this.follow(`group=${groups[0]!.id}`);
  }

  private wants({ id, displayName }: { id: string; displayName: string }): boolean {
    return !this.only || id === this.only || this.names.compare(displayName, this.only) === 0;
  }

  private follow(query: string): void {
    if (query === this.query) return;
    this.query = query;
    this.begun = performance.now();
    this.followAgain();
  }

  // The people of each group, and then those in no group, with an empty id and name. Empty ones are left out.
  byGroup = $derived.by(() => {
    const inGroups = new Set(this.groups.flatMap(({ members }) => members));
    const groups = this.groups.map(({ id, displayName, members }) => {
      const inGroup = new Set(members);
      // The people are in order of name, and so are those of a group.
      return { id, name: displayName, people: this.people.filter((person) => inGroup.has(person.id)) };
    });
    const others = { id: '', name: '', people: this.people.filter(({ id }) => !inGroups.has(id)) };
    return [...groups, others].filter(({ people }) => people.length > 0);
  });

  isAvailable(person: Person): boolean {
    return look(this.presence(person.id)).tone === 'available';
  }

  // Who of the people becomes free first, of those whose state ends at a known time.
  firstFree(people: readonly Person[]): { person: Person; at: number } | undefined {
    let first: { person: Person; at: number } | undefined;
    for (const person of people) {
      const presence = this.presence(person.id);
      const at = validUntil(presence);
      const { tone } = look(presence);
      if (at === undefined || (tone !== 'busy' && tone !== 'doNotDisturb')) continue;
      if (!first || at < first.at) first = { person, at };
    }
    return first;
  }

  protected receive(message: FromHub): void {
    switch (message.type) {
      case 'people':
        return this.change(message.change);
      case 'alive':
        this.sign = { at: message.at, notedAt: performance.now() };
        break;
      case 'health':
        this.health = message.health;
    }
  }

  private change({ reset, presences, removed }: Change): void {
    if (reset) this.presences.clear();
    let isUnknown = false;
    const known = new Set(this.people.map(({ id }) => id));
    for (const presence of presences) {
      this.replaced(this.presences.get(presence.id), presence);
      this.presences.set(presence.id, presence);
      isUnknown ||= this.isLoaded && !known.has(presence.id);
    }
    for (const id of removed) this.presences.delete(id);
    if (removed.length > 0) this.people = this.people.filter(({ id }) => !removed.includes(id));
    // A user who was added since has no name yet.
    if (isUnknown) void this.load();
  }

  // For pages that compare: the presence of a user was replaced.
  protected replaced(_before: Presence | undefined, _presence: Presence): void {}
}
