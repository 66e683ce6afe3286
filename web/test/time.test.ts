import { expect, test, vi } from 'vitest';

// The keeper of sessions reads the storage when its module loads.
vi.hoisted(() => vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} }));
vi.hoisted(() => vi.stubGlobal('document', { documentElement: {} }));

import { type Ending, endings, endOf } from '../src/board/my_presence.svelte';
import { en } from '../src/board/languages/en';
import { useLanguage } from '../src/lib/i18n';
import { clockText, countdownText, isoDuration, untilText } from '../src/lib/time';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const utc = 'UTC';
// A Monday.
const now = Date.parse('2030-01-07T09:00:00Z');

test.each([
  ['2030-01-07T11:30:00Z', utc, '11:30'],
  ['2030-01-07T00:00:00Z', utc, '00:00'],
  ['2030-01-08T11:30:00Z', utc, 'Tue 11:30'],
  ['2030-01-06T23:59:00Z', utc, 'Sun 23:59'],
  ['2030-01-13T08:59:00Z', utc, 'Sun 08:59'],
  ['2030-01-13T09:00:00Z', utc, '13 Jan 2030'],
  ['2031-01-07T11:30:00Z', utc, '7 Jan 2031'],
  // The zone decides what the time is, and which day it is.
  ['2030-01-07T11:30:00Z', 'Europe/Berlin', '12:30'],
  ['2030-01-07T23:30:00Z', 'Europe/Berlin', 'Tue 00:30'],
  ['2030-01-07T04:00:00Z', 'America/New_York', 'Sun 23:00'],
])('the time %s in %s is %s', (at, zone, text) => {
  expect(clockText(Date.parse(at), now, zone).replace(',', '')).toBe(text);
});

test.each([
  [-minute, 'in 0 s'],
  [0, 'in 0 s'],
  [1, 'in 1 s'],
  [minute - 1, 'in 60 s'],
  [minute, 'in 1 min'],
  [minute + 1, 'in 2 min'],
  [90 * minute - 1, 'in 90 min'],
  [90 * minute, 'in 2 hours'],
  [36 * hour - 1, 'in 36 hours'],
  [36 * hour, 'in 2 days'],
  [3 * day, 'in 3 days'],
])('%i ms are %s', (left, text) => {
  expect(countdownText(now + left, now)).toBe(text);
});

test('the countdown is left out a day before', () => {
  expect(untilText(now + day - 1, now)).toContain('in 24 hours');
  expect(untilText(now + day, now)).not.toContain('in ');
});

test.each([
  [0, 'PT1M'],
  [29 * second, 'PT1M'],
  [90 * second, 'PT2M'],
  [4 * hour, 'PT240M'],
])('%i ms as a duration are %s', (ms, text) => expect(isoDuration(ms)).toBe(text));

// Local times, whatever the zone of the machine is.
const local = (text: string) => new Date(text).getTime();

test.each<[Ending, string, string | undefined]>([
  ['30m', '2030-01-07T09:00', '2030-01-07T09:30'],
  ['1h', '2030-01-07T23:30', '2030-01-08T00:30'],
  ['2h', '2030-01-07T09:00', '2030-01-07T11:00'],
  ['afternoon', '2030-01-07T09:00', '2030-01-07T17:00'],
  ['today', '2030-01-07T09:00', '2030-01-08T00:00'],
  ['today', '2030-01-07T00:00', '2030-01-08T00:00'],
  ['week', '2030-01-07T09:00', '2030-01-14T00:00'],
  ['week', '2030-01-12T09:00', '2030-01-14T00:00'],
  // The week ends with Sunday.
  ['week', '2030-01-13T23:59', '2030-01-14T00:00'],
  ['week', '2030-01-29T09:00', '2030-02-04T00:00'],
  ['open', '2030-01-07T09:00', undefined],
])('"%s" from %s ends at %s', (ending, from, end) => {
  expect(endOf(ending, local(from))).toBe(end && local(end));
});

test('the end of the afternoon is offered until five minutes before it', () => {
  const offered = (from: string) => endings(local(from)).some(({ value }) => value === 'afternoon');
  expect(offered('2030-01-07T16:54')).toBe(true);
  expect(offered('2030-01-07T16:55')).toBe(false);
  expect(offered('2030-01-07T18:00')).toBe(false);
});

test('counts follow the rules of the language', async () => {
  await useLanguage(['fr'], { en, fr: async () => ({}), de: async () => ({}), es: async () => ({}) });
  expect(countdownText(now + 12 * minute, now)).toBe('dans 12 min');
  expect(clockText(now + day, now, utc)).toBe('mar. 09:00');
});
