// Results of the benchmark as tables, plots and a page; and that what is committed was made from the same results.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { comparedRow, measuredRow, spread } from '../../bench/compare.mjs';
import { documentWith } from '../../bench/document.mjs';
import { linePlot, logScale, ratioPlot, tickText } from '../../bench/plot.mjs';
import { htmlReport } from '../../bench/report.mjs';
import { cells, figureText, markdownTable, shortNumber, textTable } from '../../bench/table.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const rounds = [
  { a: 2, b: 1 },
  { a: 3, b: 2 },
  { a: 4, b: 1 },
];
const compared = comparedRow({
  group: 'Reads',
  what: 'one <read>',
  unit: 'µs',
  over: 'loop',
  rounds,
  of: ({ a }) => a,
  than: ({ b }) => b,
  target: { atMost: 1.15 },
});
const measured = measuredRow({ group: 'Starts', what: 'start', unit: 's', samples: [0.5], target: { atMost: 1 } });
const point = (plot, server, x) => ({
  plot,
  server,
  x,
  perSecond: spread([1000 * x]),
  p99Us: spread([100 * x]),
  cpuUs: spread([5]),
});
const results = {
  machine: { processor: 'P', processors: 2, system: 'S', node: 'v1' },
  source: null,
  full: false,
  seconds: 200,
  rows: [compared, measured],
  points: [
    point('connections', 'Porchlight', 1),
    point('connections', 'Porchlight', 64),
    point('users', 'Porchlight', 10_000),
    point('users', 'Porchlight', 100_000),
  ],
  leftOut: [{ what: 'h2o', reason: 'h2o is not installed' }],
};

test('numbers have three significant digits', () => {
  const rows = [
    [0.01234, '0.0123'],
    [0.5, '0.50'],
    [1.234, '1.23'],
    [12.34, '12.3'],
    [123.4, '123'],
    [1234.5, '1,235'],
    [0, '0.00'],
  ];
  for (const [value, text] of rows) assert.equal(shortNumber(value), text);
});

test('a figure shows its spread, if it has one', () => {
  assert.equal(figureText(spread([1, 2, 4])), '2.00 (1.00 to 4.00)');
  assert.equal(figureText(spread([2])), '2.00');
});

test('a row has its figure, what it is compared with, the ratio and the target', () => {
  assert.deepEqual(cells(compared), [
    'one <read>',
    'µs',
    '3.00 (2.00 to 4.00)',
    'loop: 1.00',
    '2.00 (1.50 to 4.00)',
    '≤ 1.15: missed',
  ]);
  assert.deepEqual(cells(measured), ['start', 's', '0.50', '', '', '≤ 1.00: met']);
});

test('both tables have each group, each row and what was left out', () => {
  for (const text of [textTable(results), markdownTable(results)])
    for (const part of ['Reads', 'one <read>', 'Starts', 'start', 'h2o is not installed'])
      assert.ok(text.includes(part), part);
  assert.match(markdownTable(results), /\*\*missed\*\*/);
});

test('a scale is logarithmic and has its ticks within', () => {
  const { at, ticks } = logScale([1, 100], 0, 210);
  assert.deepEqual(ticks, [1, 2, 5, 10, 20, 50, 100]);
  assert.equal(Math.round(at(10)), 105);
  assert.deepEqual(logScale([10, 1e7], 0, 1).ticks, [10, 100, 1000, 1e4, 1e5, 1e6, 1e7]);
});

test('a scale of one value is finite', () => assert.ok(Number.isFinite(logScale([7], 0, 100).at(7))));

test('ticks are short', () => assert.deepEqual([0.5, 100, 1000, 20_000, 2e6].map(tickText), ['0.5', '100', '1 k', '20 k', '2 M']));

test('plots say what they show, escaped', () => {
  const about = { id: 'p', title: 'A & B', description: 'C < D', xLabel: 'x', yLabel: 'y' };
  const plots = [
    linePlot({
      ...about,
      series: [
        {
          name: 'a<b',
          points: [
            { x: 1, y: 2 },
            { x: 3, y: 4 },
          ],
        },
      ],
    }),
    ratioPlot({ ...about, rows: [{ ...compared, name: 'a<b' }] }),
  ];
  for (const plot of plots) {
    assert.match(plot, /role="img" aria-labelledby="p-title p-description"/);
    assert.match(plot, /<title id="p-title">A &amp; B<\/title>\n<desc id="p-description">C &lt; D<\/desc>/);
    assert.match(plot, /a&lt;b/);
    assert.doesNotMatch(plot, /NaN|undefined|a<b/);
  }
});

test('the page needs nothing from outside, and has a plot and a table of each figure', () => {
  const page = htmlReport(results);
  assert.doesNotMatch(page, /<script|<link|@import|url\(|src=|href=|NaN|undefined/);
  assert.equal(page.match(/<svg /g).length, 4);
  assert.equal(page.match(/<table>/g).length, 4);
  assert.match(page, /prefers-color-scheme: dark/);
  assert.match(page, /one &lt;read&gt;/);
  assert.match(page, /h2o is not installed/);
});

test('a page without points has no empty plot', () => {
  const page = htmlReport({ ...results, points: [], rows: [measured], leftOut: [] });
  assert.doesNotMatch(page, /<svg|Left out/);
});

test('a table replaces the one of the document', () => {
  const document = 'a\n<!-- generated: bench/run -->\nold\n<!-- end -->\nb\n';
  assert.equal(documentWith(document, 'new\n'), 'a\n<!-- generated: bench/run -->\n\nnew\n\n<!-- end -->\nb\n');
  assert.throws(() => documentWith('no marks', 'new'), /has no table/);
});

const committed = JSON.parse(read('bench/results.json'));

test('bench/report.html shows bench/results.json', () => assert.equal(read('bench/report.html'), htmlReport(committed)));

test('docs/performance.md has the table of bench/results.json (bench/run --render)', () => {
  const document = read('docs/performance.md');
  assert.equal(document, documentWith(document, markdownTable(committed)));
});

test('results name no folder of the machine', () =>
  assert.doesNotMatch(read('bench/results.json'), /"[^"]*(\/home\/|\/tmp\/|\/root\/|\/work\/)/));
