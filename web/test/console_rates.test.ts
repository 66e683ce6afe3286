import { expect, test } from 'vitest';
import { axisEnd, linePath } from '../src/console/overview/line';
import { pace } from '../src/console/people/import_run.svelte';
import { ratesBetween, type Sample, type ServerNumbers } from '../src/console/overview/rates';

const times = (count: number, sumMs: number) => ({ count, sumMs, p50Ms: 0, p99Ms: 0 });
const sample = (at: number, numbers: Partial<ServerNumbers>): Sample => ({
  at,
  numbers: {
    uptimeSeconds: 100,
    sessions: 0,
    responses: { '2xx': 0, '5xx': 0 },
    requestTimes: times(0, 0),
    writes: 0,
    syncTimes: times(0, 0),
    notificationsPending: 0,
    webhookHosts: { well: 0, slow: 0, dropped: 0 },
    ...numbers,
  },
});

test('rates are differences per second, times are means', () => {
  const before = sample(1000, { responses: { '2xx': 10, '5xx': 1 }, requestTimes: times(10, 20), writes: 5 });
  const after = sample(3000, { responses: { '2xx': 28, '5xx': 3 }, requestTimes: times(30, 60), writes: 6 });
  expect(ratesBetween(before, after)).toEqual({ requests: 10, failures: 1, writes: 0.5, requestMs: 2, syncMs: undefined });
});

test('a server that has started again has no rates yet', () => {
  expect(ratesBetween(sample(0, {}), sample(1000, { uptimeSeconds: 3 }))).toBeUndefined();
  expect(ratesBetween(sample(0, {}), sample(0, {}))).toBeUndefined();
});

test('the pace of an import', () => {
  expect(pace(0, 10, 100)).toBeUndefined();
  expect(pace(1000, 5000, 500)).toEqual({ rate: 2000, left: 2 });
});

test.each([
  [[], 1],
  [[0, null], 1],
  [[3, 4], 5],
  [[5], 5],
  [[5.1], 10],
  [[0.03], 0.05],
])('the axis for %j ends at %d', (values, end) => {
  expect(axisEnd(values)).toBeCloseTo(end);
});

test('a line has gaps, and ends at the right', () => {
  expect(linePath([1, 2, null, 0], 2, 5)).toBe('M25.00 50.00L50.00 0.00M100.00 100.00');
});
