// Figures of the benchmark from samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparedRow, interleave, measuredRow, median, meets, percentile, spread } from '../../bench/compare.mjs';

test('the median is the middle, or between the two in the middle', () => {
  assert.equal(median([3]), 3);
  assert.equal(median([10, 9, 100]), 10);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('percentiles go from the least to the most', () => {
  const samples = Array.from({ length: 101 }, (_, n) => 100 - n);
  assert.deepEqual(
    [0, 10, 99, 100].map((percent) => percentile(samples, percent)),
    [0, 10, 99, 100]
  );
});

test('samples keep their order', () => {
  const samples = [3, 1, 2];
  median(samples);
  assert.deepEqual(samples, [3, 1, 2]);
});

test('a spread has four significant digits', () => {
  assert.deepEqual(spread([123_456, 1.23456, 7]), { median: 7, least: 1.235, most: 123_500 });
});

test('a target is met at its bound', () => {
  assert.equal(meets({ atMost: 2 }, 2), true);
  assert.equal(meets({ atMost: 2 }, 2.001), false);
  assert.equal(meets({ atLeast: 2 }, 2), true);
  assert.equal(meets({ atLeast: 2 }, 1.999), false);
});

const rounds = [
  { a: 10, b: 5 },
  { a: 90, b: 30 }, // both were disturbed
  { a: 10, b: 4 },
];
const row = { group: 'g', what: 'w', unit: 'µs', over: 'b', rounds, of: ({ a }) => a, than: ({ b }) => b };

test('a ratio is that of each round, not of the medians', () => {
  const { figure, other, ratio } = comparedRow(row);
  assert.deepEqual(figure, { median: 10, least: 10, most: 90 });
  assert.deepEqual(other, { median: 5, least: 4, most: 30 });
  assert.deepEqual(ratio, { median: 2.5, least: 2, most: 3 });
});

test('the target of a comparison is one of its ratio', () => {
  assert.equal(comparedRow({ ...row, target: { atMost: 2.5 } }).met, true);
  assert.equal(comparedRow({ ...row, target: { atMost: 2.4 } }).met, false);
  assert.equal('met' in comparedRow(row), false);
});

test('the target of a single figure is one of its median', () => {
  const single = { group: 'g', what: 'w', unit: 's', samples: [1, 2, 9] };
  assert.equal(measuredRow({ ...single, target: { atMost: 2 } }).met, true);
  assert.equal(measuredRow({ ...single, target: { atLeast: 3 } }).met, false);
  assert.deepEqual(measuredRow(single), { group: 'g', what: 'w', unit: 's', figure: { median: 2, least: 1, most: 9 } });
});

test('turns are taken A B A B', async () => {
  const order = [];
  const turn = (name) => async () => order.push(name);
  assert.deepEqual(await interleave(2, { a: turn('a'), b: turn('b') }), [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ]);
  assert.deepEqual(order, ['a', 'b', 'a', 'b']);
});
