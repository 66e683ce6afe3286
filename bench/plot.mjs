// Plots as SVG, in colours of the page (report.mjs). Pure.

const width = 760;
const margin = { top: 28, right: 150, bottom: 46, left: 76 };
const inner = { width: width - margin.left - margin.right };

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeText = (text) => String(text).replace(/[&<>"]/g, (char) => escapes[char]);

// A logarithmic scale from values to pixels, and its ticks: powers of ten, with others between them if there are few.
export function logScale(values, from, to) {
  const low = Math.log10(Math.min(...values)) - 0.05;
  const high = Math.log10(Math.max(...values)) + 0.05;
  const at = (value) => from + ((Math.log10(value) - low) / (high - low || 1)) * (to - from);
  const steps = high - low > 2.5 ? [1] : high - low > 0.6 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8];
  const ticks = [];
  for (let power = Math.floor(low); power <= high; ++power)
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
    }
  return { at, ticks };
}

export function tickText(value) {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(3)));
}

const line = (x1, y1, x2, y2, kind) =>
  `<line class="${kind}" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`;
const text = (x, y, content, kind, anchor = 'middle') =>
  `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escapeText(content)}</text>`;

function frame({ id, title, description }, height, content) {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${escapeText(title)}</title>
<desc id="${id}-description">${escapeText(description)}</desc>
${content.join('\n')}
</svg>`;
}

function xAxis(scale, bottom, label) {
  const ticks = scale.ticks.flatMap((tick) => [
    line(scale.at(tick), margin.top, scale.at(tick), bottom, 'grid'),
    text(scale.at(tick), bottom + 18, tickText(tick), 'tick'),
  ]);
  return [...ticks, text(margin.left + inner.width / 2, bottom + 38, label, 'label')];
}

function yAxis(scale, label) {
  const right = margin.left + inner.width;
  const ticks = scale.ticks.flatMap((tick) => [
    line(margin.left, scale.at(tick), right, scale.at(tick), 'grid'),
    text(margin.left - 8, scale.at(tick) + 4, tickText(tick), 'tick', 'end'),
  ]);
  return [...ticks, text(12, margin.top - 8, label, 'label', 'start')];
}

// The names at the right end of lines, moved apart.
function endLabels(ends) {
  const gap = 16;
  let last = -Infinity;
  return [...ends]
    .sort((a, b) => a.y - b.y)
    .map(({ x, y, name, colour }) => {
      last = Math.max(y, last + gap);
      return text(x + 10, last + 4, name, `name s${colour}`, 'start');
    });
}

// Lines through points. `series`: [{name, points: [{x, y, note}]}]; a note is shown beside its point.
export function linePlot({ series, xLabel, yLabel, ...about }) {
  const height = 380;
  const bottom = height - margin.bottom;
  const points = series.flatMap((each) => each.points);
  const x = logScale(
    points.map((point) => point.x),
    margin.left,
    margin.left + inner.width
  );
  const y = logScale(
    points.map((point) => point.y),
    bottom,
    margin.top
  );
  const ends = [];
  const lines = series.map(({ name, points: ofSeries }, colour) => {
    const places = ofSeries.map((point) => ({ ...point, px: x.at(point.x), py: y.at(point.y) }));
    const rightmost = places.reduce((a, b) => (b.px > a.px ? b : a));
    ends.push({ x: rightmost.px, y: rightmost.py, name, colour });
    const path = places.map(({ px, py }, n) => `${n === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
    const dots = places.map(({ px, py, note }) => {
      const label = `${name}${note ? `, ${note}` : ''}`;
      return `<circle class="s${colour}" cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="4"><title>${escapeText(
        label
      )}</title></circle>`;
    });
    return `<path class="line s${colour}" d="${path}"/>${dots.join('')}`;
  });
  return frame(about, height, [...xAxis(x, bottom, xLabel), ...yAxis(y, yLabel), ...lines, ...endLabels(ends)]);
}

// A dot for each row at its ratio, with the range of the rounds; and a mark at the target. `rows`: [{name, ratio, target,
// met}].
export function ratioPlot({ rows, xLabel, ...about }) {
  const charWidth = 6.6; // of a typical name, in pixels
  const left = 24 + charWidth * Math.max(...rows.map(({ name }) => name.length));
  const pitch = 26;
  const bottom = margin.top + rows.length * pitch;
  const bounds = ({ target = {} }) => [target.atMost, target.atLeast].filter((bound) => bound !== undefined);
  const values = rows.flatMap((row) => [row.ratio.least, row.ratio.most, ...bounds(row), 1]);
  const x = logScale(values, left, width - 40);
  const marks = rows.flatMap((row, n) => {
    const y = margin.top + (n + 0.5) * pitch;
    const kind = row.met === undefined ? 'plain' : row.met ? 'met' : 'missed';
    return [
      text(left - 12, y + 4, row.name, 'tick', 'end'),
      line(x.at(row.ratio.least), y, x.at(row.ratio.most), y, `range ${kind}`),
      `<circle class="${kind}" cx="${x.at(row.ratio.median).toFixed(1)}" cy="${y}" r="5"><title>${escapeText(
        `${row.name}: ${row.ratio.median}`
      )}</title></circle>`,
      ...bounds(row).map((bound) => line(x.at(bound), y - 9, x.at(bound), y + 9, 'target')),
    ];
  });
  const axis = xAxis(x, bottom, '').slice(0, -1);
  return frame(about, bottom + margin.bottom, [
    ...axis,
    line(x.at(1), margin.top, x.at(1), bottom, 'one'),
    ...marks,
    text((left + width - 40) / 2, bottom + 38, xLabel, 'label'),
  ]);
}
