// Figures of a benchmark from samples. Pure.

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// The sample that `percent` of the others are below.
export function percentile(samples, percent) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(((sorted.length - 1) * percent) / 100)];
}

// Significant digits that are kept in results: more would differ on each run.
const digits = 4;
const rounded = (value) => Number(value.toPrecision(digits));

export const spread = (samples) => ({
  median: rounded(median(samples)),
  least: rounded(Math.min(...samples)),
  most: rounded(Math.max(...samples)),
});

// Whether a figure meets a target, {atMost} or {atLeast}.
export const meets = ({ atMost = Infinity, atLeast = -Infinity }, figure) => figure <= atMost && figure >= atLeast;

// A row that compares two figures of each round: a disturbance of a round affects both. `rounds` are objects of samples;
// `of` and `than` map one to its figures. The target is one of their ratio.
export function comparedRow({ group, what, unit, over, rounds, of, than, target }) {
  const ratio = spread(rounds.map((round) => of(round) / than(round)));
  const row = { group, what, unit, over, figure: spread(rounds.map(of)), other: spread(rounds.map(than)), ratio };
  return target ? { ...row, target, met: meets(target, ratio.median) } : row;
}

// A row of one figure, for which there is nothing to compare.
export function measuredRow({ group, what, unit, samples, target }) {
  const row = { group, what, unit, figure: spread(samples) };
  return target ? { ...row, target, met: meets(target, row.figure.median) } : row;
}

// Takes turns: A B A B. `turns` maps names to functions that measure; the result has an object of their results for each
// round.
export async function interleave(count, turns) {
  const rounds = [];
  for (let n = 0; n < count; ++n) {
    const round = {};
    for (const [name, turn] of Object.entries(turns)) round[name] = await turn();
    rounds.push(round);
  }
  return rounds;
}
