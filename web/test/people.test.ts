// Property: after any order of events, over any number of reconnections, the people of a stream equal a read.
import { expect, test } from 'vitest';
import { type Change, People, type StreamEvent } from '../src/lib/people';
import type { Presence } from '../src/lib/states';

// A repeatable source of random numbers below `limit` (mulberry32).
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const ids = ['ana', 'ben', 'cleo', 'dan', 'eva'];
const states = ['Available', 'Busy', 'Away', 'Offline'];

const presenceOf = (id: string, availability: string): Presence => ({
  id,
  availability,
  activity: availability,
  statusMessage: null,
  outOfOfficeSettings: { message: null, isOutOfOffice: false },
  sequenceNumber: 'A1',
  workLocation: null,
});

const none = (): Change => ({ reset: false, presences: [], removed: [] });

// A page that follows: it keeps what the changes say.
class Page {
  readonly shown = new Map<string, string>();

  take({ reset, presences, removed }: Change): void {
    if (reset) this.shown.clear();
    for (const { id, availability } of presences) this.shown.set(id, availability);
    for (const id of removed) this.shown.delete(id);
  }
}

// The server's side of a stream, as docs/streams.md describes it: `sent` is what the last id of the client stands for.
class Server {
  readonly people = new Map<string, string>();
  private sent = new Map<string, string>();
  private members = '';
  private queue: StreamEvent[] = [];

  constructor(private readonly random: (limit: number) => number) {}

  // Adds, changes or removes a user.
  change(): void {
    const id = ids[this.random(ids.length)]!;
    if (this.random(4) === 0) this.people.delete(id);
    else this.people.set(id, states[this.random(states.length)]!);
  }

  // A stream resumes if the same people belong to it. What the client knows may be sent again.
  connect(): void {
    this.queue = [];
    if (this.members === this.memberIds()) {
      for (const id of this.people.keys()) if (this.random(3) === 0) this.sent.delete(id);
    } else {
      this.sent.clear();
      this.queue.push({ name: 'snapshot' });
    }
    this.members = this.memberIds();
    this.catchUp();
    this.queue.push({ name: 'ready' });
  }

  // The events of what has changed since the last ones.
  catchUp(): void {
    for (const id of this.sent.keys()) if (!this.people.has(id)) this.queue.push({ name: 'removed', id });
    for (const [id, availability] of this.people)
      if (this.sent.get(id) !== availability) this.queue.push({ name: 'presence', presence: presenceOf(id, availability) });
    this.sent = new Map(this.people);
    this.members = this.memberIds();
  }

  // The next event, or undefined.
  next(): StreamEvent | undefined {
    return this.queue.shift();
  }

  // The connection breaks: what was not read was not sent.
  break(): void {
    for (const event of this.queue) {
      if (event.name === 'presence') this.sent.delete(event.presence.id);
      // The last id that the client has is of other people.
      if (event.name === 'removed' || event.name === 'snapshot') this.members = 'other';
    }
    this.queue = [];
  }

  private memberIds(): string {
    return [...this.people.keys()].sort().join();
  }
}

function play(seed: number): void {
  const random = randomOf(seed);
  const server = new Server(random);
  const people = new People();
  const early = new Page();
  let change = none();
  const flush = () => {
    early.take(change);
    change = none();
  };
  const read = (count: number) => {
    for (let event; count > 0 && (event = server.next()); count -= 1) people.apply(event, change);
  };
  early.take(people.all());
  server.connect();
  for (let step = 0; step < 40; step += 1) {
    const choice = random(10);
    if (choice < 4) server.change();
    else if (choice < 6) server.catchUp();
    else if (choice < 8) read(random(6));
    else if (choice < 9) flush();
    else (server.break(), server.connect());
  }
  server.catchUp();
  read(Infinity);
  flush();
  const late = new Page();
  late.take(people.all());
  expect(late.shown, `seed ${seed}`).toEqual(server.people);
  expect(early.shown, `seed ${seed}`).toEqual(server.people);
  expect(people.size).toBe(server.people.size);
}

test('equals a read after any order of events', () => {
  for (let seed = 1; seed <= 5000; seed += 1) play(seed);
});

test('keeps a person who was removed and added within one change', () => {
  const people = new People();
  const page = new Page();
  const change = none();
  people.apply({ name: 'presence', presence: presenceOf('ana', 'Busy') }, change);
  people.apply({ name: 'removed', id: 'ana' }, change);
  people.apply({ name: 'presence', presence: presenceOf('ana', 'Away') }, change);
  page.take(change);
  expect([...page.shown]).toEqual([['ana', 'Away']]);
});

test('removes who is missing from a new snapshot, once it is complete', () => {
  const people = new People();
  for (const id of ['ana', 'ben']) people.apply({ name: 'presence', presence: presenceOf(id, 'Busy') }, none());
  const change = none();
  people.apply({ name: 'snapshot' }, change);
  people.apply({ name: 'presence', presence: presenceOf('ana', 'Away') }, change);
  expect(people.size).toBe(2);
  people.apply({ name: 'ready' }, change);
  expect(change.removed).toEqual(['ben']);
});
