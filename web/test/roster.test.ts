import { expect, test, vi } from 'vitest';
import { type Api, Fault } from '../src/lib/api';
import type { FromHub, ToHub } from '../src/lib/hub';
import { Roster } from '../src/lib/roster.svelte';
import type { Presence } from '../src/lib/states';

const person = (id: string, displayName: string) => ({ id, displayName, userPrincipalName: `${id}@contoso.com` });
const people = [person('1', 'Cleo'), person('2', 'Ana'), person('3', 'Ben'), person('4', 'Dan')];
const groups = [
  { id: 's', displayName: 'Support', members: ['1', '2', '3'] },
  { id: 'e', displayName: 'Empty', members: [] },
];

// A roster over an API that fails with `faults` first.
function rosterOf(only = '', faults: Fault[] = []) {
  const posted: ToHub[] = [];
  const list = async (path: string) => {
    const fault = faults.shift();
    if (fault) throw fault;
    if (path.startsWith('/v1.0/users')) return [...people];
    const id = /groups\/(\w+)\/members/.exec(path)?.[1];
    if (!id) return [...groups];
    return people.filter((one) => groups.find((group) => group.id === id)!.members.includes(one.id));
  };
  let receive: (message: FromHub) => void = () => {};
  const hub = { listen: (listener: typeof receive) => ((receive = listener), () => {}), post: (message: ToHub) => void posted.push(message) };
  const roster = new Roster({ list } as unknown as Api, hub, only);
  return { roster, posted, receive: (message: FromHub) => receive(message) };
}

const names = (roster: Roster) => roster.byGroup.map(({ name, people: members }) => [name, ...members.map(({ displayName }) => displayName)]);

test('has groups and people in order of name, and those in no group last', async () => {
  const { roster, posted } = rosterOf();
  await vi.waitFor(() => expect(roster.isLoaded).toBe(true));
  expect(names(roster)).toEqual([
    ['Support', 'Ana', 'Ben', 'Cleo'],
    ['', 'Dan'],
  ]);
  expect(posted).toEqual([{ type: 'follow', query: 'tenant' }]);
});

test('follows one group by name, and begins its stream once', async () => {
  const { roster, posted } = rosterOf('support');
  await vi.waitFor(() => expect(roster.isLoaded).toBe(true));
  await roster.load();
  expect(names(roster)).toEqual([['Support', 'Ana', 'Ben', 'Cleo']]);
  expect(posted).toEqual([{ type: 'follow', query: 'group=s' }]);
  roster.followAgain();
  expect(posted).toHaveLength(2);
});

test('says that a group is missing', async () => {
  const { roster, posted } = rosterOf('Nowhere');
  await vi.waitFor(() => expect(roster.fault?.kind).toBe('missing'));
  expect(posted).toEqual([]);
});

test('reads again after a fault that may pass', async () => {
  vi.useFakeTimers();
  const { roster } = rosterOf('', [new Fault('throttled', '', 9)]);
  await vi.advanceTimersByTimeAsync(8999);
  expect(roster.isLoaded).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(roster.isLoaded).toBe(true);
  vi.useRealTimers();
});

test('knows who becomes free first', async () => {
  const { roster, receive } = rosterOf();
  await vi.waitFor(() => expect(roster.isLoaded).toBe(true));
  const presence = (id: string, availability: string, until?: string) =>
    ({ id, availability, activity: availability, sequenceNumber: 'A1', ...(until && { '@porchlight.validUntil': until }) }) as Presence;
  const presences = [
    presence('1', 'Busy', '2030-01-07T11:00:00Z'),
    presence('2', 'DoNotDisturb', '2030-01-07T10:00:00Z'),
    presence('3', 'Away', '2030-01-07T09:00:00Z'),
    presence('4', 'Busy'),
  ];
  receive({ type: 'people', change: { reset: true, presences, removed: [] } });
  expect(roster.firstFree(roster.people)?.person.displayName).toBe('Ana');
});

test.each([true, false])('is stale after 30 s without a sign of life, with one before: %s', async (hasSign) => {
  vi.useFakeTimers();
  const { roster, receive } = rosterOf();
  if (hasSign) receive({ type: 'alive', at: Date.now() });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(roster.isStale).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(roster.isStale).toBe(true);
  receive({ type: 'alive', at: Date.now() });
  expect(roster.isStale).toBe(false);
  vi.useRealTimers();
});

test('is not stale before its stream is asked for', async () => {
  vi.useFakeTimers();
  const { roster } = rosterOf('Nowhere');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(roster.isStale).toBe(false);
  vi.useRealTimers();
});
