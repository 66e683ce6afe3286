// The report of the benchmark as one page without outside resources. Pure.
import { escapeText, linePlot, ratioPlot } from './plot.mjs';
import { cells, columns, figureText, groupsOf, shortNumber } from './table.mjs';

// Colours of Okabe and Ito, which colour-blind readers can distinguish; lighter ones on a dark page.
const style = `
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --text: #1d2329; --weak: #5b6570; --rule: #dfe3e6;
  --s0: #0063a6; --s1: #6b7280; --s2: #b04a00; --s3: #00775a; --s4: #9a3d7a; --met: #00775a; --missed: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --card: #1c2127; --text: #e8eaed; --weak: #a3adb8;
  --rule: #343b43; --s0: #6cb8f0; --s1: #a8b0ba; --s2: #f0a060; --s3: #4fd0a5; --s4: #e69ac8; --met: #4fd0a5; --missed: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 70rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 0 0 .4rem; }
p { margin: .3rem 0 .8rem; max-width: 46rem; } .weak { color: var(--weak); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; padding: 1.2rem; margin: 1.2rem 0; }
.tally { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: 0; } .tally div { min-width: 7rem; }
.tally dt { color: var(--weak); font-size: .85rem; } .tally dd { margin: 0; font-size: 1.5rem; font-weight: 600; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--s0); }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--weak); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th[scope=row] { font-weight: 500; white-space: normal; min-width: 15rem; } thead th { color: var(--weak); font-weight: 500; }
.is-met { color: var(--met); } .is-missed { color: var(--missed); font-weight: 600; }
svg { display: block; width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: var(--text); } svg .tick, svg .label { fill: var(--weak); } svg .name { font-weight: 600; }
svg .grid { stroke: var(--rule); } svg .one { stroke: var(--weak); stroke-dasharray: 4 4; }
svg .target { stroke: var(--text); stroke-width: 2; } svg .range { stroke-width: 3; opacity: .55; }
svg path.line { fill: none; stroke-width: 2; }
${[0, 1, 2, 3, 4]
  .map((n) => `svg circle.s${n}, svg text.s${n} { fill: var(--s${n}); } svg path.s${n} { stroke: var(--s${n}); }`)
  .join('\n')}
svg circle.plain { fill: var(--s0); } svg .range.plain { stroke: var(--s0); }
svg circle.met { fill: var(--met); } svg .range.met { stroke: var(--met); }
svg circle.missed { fill: var(--missed); } svg .range.missed { stroke: var(--missed); }
`;

const table = (caption, head, rows) => `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(
  caption
)}"><table>
<caption>${escapeText(caption)}</caption>
<thead><tr>${head.map((cell) => `<th scope="col">${escapeText(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;

const tableRow = ([first, ...others], kind = '') =>
  `<tr><th scope="row">${escapeText(first)}</th>${others
    .map((cell, n) => `<td${kind && n === others.length - 1 ? ` class="${kind}"` : ''}>${escapeText(cell)}</td>`)
    .join('')}</tr>`;

const section = (title, ...content) => `<section><h2>${escapeText(title)}</h2>\n${content.join('\n')}\n</section>`;
const paragraph = (text) => `<p>${escapeText(text)}</p>`;

const counted = (number) => number.toLocaleString('en-US');

// The points of a plot, by server.
function seriesOf(points, plot, coordinates) {
  const names = [...new Set(points.filter((point) => point.plot === plot).map(({ server }) => server))];
  return names.map((name) => ({
    name,
    points: points.filter((point) => point.plot === plot && point.server === name).map(coordinates),
  }));
}

const pointsTable = (caption, what, points) =>
  table(
    caption,
    ['server', what, 'requests per second', '99th percentile, ms', 'µs of CPU for each'],
    points.map(({ server, x, perSecond, p99Us, cpuUs }) =>
      tableRow([server, counted(x), figureText(perSecond), shortNumber(p99Us.median / 1000), figureText(cpuUs)])
    )
  );

function latencySection({ points }) {
  const ofPlot = points.filter(({ plot }) => plot === 'connections');
  if (ofPlot.length === 0) return '';
  const series = seriesOf(points, 'connections', ({ x, perSecond, p99Us }) => ({
    x: perSecond.median,
    y: p99Us.median / 1000,
    note: `${counted(x)} connections: ${shortNumber(perSecond.median)} requests/s, ${shortNumber(p99Us.median / 1000)} ms`,
  }));
  const growth = seriesOf(points, 'connections', ({ x, perSecond }) => ({
    x,
    y: perSecond.median,
    note: `${counted(x)} connections: ${shortNumber(perSecond.median)}/s`,
  }));
  return [
    section(
      'Throughput against latency',
      paragraph(
        'Reads of one presence on 1 to many connections, each of which sends its next request when it has the answer. Right and down is better.'
      ),
      linePlot({
        id: 'latency',
        title: 'Throughput against latency',
        description:
          'The 99th percentile of latency over requests per second of each server; the table below has the figures.',
        series,
        xLabel: 'requests per second',
        yLabel: '99th percentile, ms',
      })
    ),
    section(
      'Growth with connections',
      linePlot({
        id: 'connections',
        title: 'Requests per second over the number of connections',
        description: 'Requests per second of each server over its connections; the table below has the figures.',
        series: growth,
        xLabel: 'connections',
        yLabel: 'requests per second',
      }),
      pointsTable('Both plots as figures: median (least to most)', 'connections', ofPlot)
    ),
  ].join('\n');
}

function usersSection({ points }) {
  const ofPlot = points.filter(({ plot }) => plot === 'users');
  if (ofPlot.length === 0) return '';
  const [fewest] = ofPlot;
  const series = [
    ['CPU', 'cpuUs'],
    ['99th percentile', 'p99Us'],
    ['throughput', 'perSecond'],
  ].map(([name, field]) => ({
    name,
    points: ofPlot.map((point) => {
      const y = point[field].median / fewest[field].median;
      return { x: point.x, y, note: `${counted(point.x)} users: ${shortNumber(y)}` };
    }),
  }));
  return section(
    'Growth with users',
    paragraph(
      'Reads of random users on 64 connections. A flat line means that a read costs the same however many users there are.'
    ),
    linePlot({
      id: 'users',
      title: 'CPU, latency and throughput of reads over the number of users',
      description: 'Each relative to the fewest users, over the number of users; the table below has the figures.',
      series,
      xLabel: 'users',
      yLabel: `relative to ${counted(fewest.x)} users`,
    }),
    pointsTable('The plot as figures: median (least to most)', 'users', ofPlot)
  );
}

function tally({ rows, full, seconds, machine }) {
  const withTarget = rows.filter(({ target }) => target);
  const figures = [
    ['targets met', `${withTarget.filter(({ met }) => met).length} of ${withTarget.length}`],
    ['run', `${full ? 'full' : 'short'}, ${Math.max(1, Math.round(seconds / 60))} min`],
    ['processors', machine.processors],
  ];
  return `<dl class="tally">${figures
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeText(value)}</dd></div>`)
    .join('')}</dl>`;
}

// The ratios of a group as a plot; empty if it has none.
function ratios(group, rows, n) {
  const compared = rows.filter(({ ratio }) => ratio).map((row) => ({ ...row, name: row.what }));
  if (compared.length === 0) return '';
  return ratioPlot({
    id: `ratios-${n}`,
    title: `${group}: ratios`,
    description: 'For each row, the median ratio, the range of the rounds and the target; the table below has the figures.',
    rows: compared,
    xLabel: 'Porchlight ÷ what it is compared with',
  });
}

const groupSections = (results) =>
  [...groupsOf(results)].map(([group, rows], n) =>
    section(
      group,
      ratios(group, rows, n),
      table(
        'Medians (least to most of the rounds)',
        columns,
        rows.map((row) => tableRow(cells(row), row.target ? (row.met ? 'is-met' : 'is-missed') : ''))
      )
    )
  );

const leftOutSection = ({ leftOut }) =>
  leftOut.length === 0
    ? ''
    : section(
        'Left out',
        `<ul>${leftOut.map(({ what, reason }) => `<li>${escapeText(`${what}: ${reason}`)}</li>`).join('')}</ul>`
      );

export function htmlReport(results) {
  const { machine } = results;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Porchlight: benchmark</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Porchlight: benchmark</h1>
<p class="weak">${escapeText(`${machine.processor}, ${machine.system}, node ${machine.node}`)}</p>
<p>Everything is a ratio of measurements that took turns in one run, because a machine may be busy with other work. docs/performance.md
explains each row. In plots of ratios, a dot is the median, a line the range of the rounds, and a mark the target.</p>
</header>
<main>
<section>${tally(results)}</section>
${[latencySection(results), usersSection(results), ...groupSections(results), leftOutSection(results)].join('\n')}
</main>
</body>
</html>
`;
}
