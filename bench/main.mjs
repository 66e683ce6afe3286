// Runs the groups of measurements and writes what they found: see bench/run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { comparedRow, interleave, measuredRow, spread } from './compare.mjs';
import { documentWith } from './document.mjs';
import { bulkReads } from './groups/bulk.mjs';
import { connections, users } from './groups/growth.mjs';
import { idleConnections } from './groups/idle.mjs';
import { follow, history, subscriptions, tokens } from './groups/modules.mjs';
import { backups, scrapes } from './groups/operations.mjs';
import { protocolReads } from './groups/protocols.mjs';
import { reads } from './groups/reads.mjs';
import { starts, subscribedStarts } from './groups/starts.mjs';
import { streams } from './groups/streams.mjs';
import { secondThread } from './groups/threads.mjs';
import { webhooks } from './groups/webhooks.mjs';
import { readsDuringWrites, writes } from './groups/writes.mjs';
import { htmlReport } from './report.mjs';
import { markdownTable, textTable } from './table.mjs';

const usualGroups = {
  reads,
  protocolReads,
  bulkReads,
  writes,
  readsDuringWrites,
  connections,
  users,
  secondThread,
  idleConnections,
  streams,
  webhooks,
  starts,
  backups,
  scrapes,
};
const fullGroups = { ...usualGroups, subscribedStarts, tokens, history, follow, subscriptions };
const root = fileURLToPath(new URL('..', import.meta.url));
const resultsFile = join(root, 'bench/results.json');

// What all groups share: the programs, the extent of the run, and the collected results.
class Bench {
  rows = [];
  points = [];
  leftOut = [];
  folders = new Map(); // of data.mjs, by number of users

  constructor(full) {
    this.full = full;
    this.porchlight = join(root, 'build/release/porchlight');
    this.tools = join(root, 'build/release/bench');
    // On the disk of the build: durable writes must reach a real disk.
    this.work = join(root, 'build/release', `bench.${process.pid}`);
    this.sizes = full ? [10_000, 100_000, 1_000_000, 10_000_000] : [10_000, 100_000, 300_000];
    this.people = full ? 1_000_000 : 300_000; // in groups that do not vary it
    this.seconds = full ? 1.5 : 0.3; // of a turn
    this.requests = full ? 120_000 : 24_000; // of a turn of h2load
  }

  progress(what) {
    console.error(`bench: ${Math.round(performance.now() / 1000)} s: ${what}`);
  }

  rounds(what, count, turns) {
    this.progress(what);
    return interleave(count, turns);
  }

  compare(row) {
    this.rows.push(comparedRow(row));
  }

  measure(row) {
    this.rows.push(measuredRow(row));
  }

  // A point of a plot, from turns of one server.
  point(plot, server, x, turns) {
    const figure = (name) => spread(turns.map((turn) => turn[name]));
    this.points.push({ plot, server, x, perSecond: figure('perSecond'), p99Us: figure('p99Us'), cpuUs: figure('cpuUs') });
  }

  // Without the folders of this machine.
  leaveOut(what, reason) {
    if (!this.leftOut.some((each) => each.what === what)) this.leftOut.push({ what, reason: reason.replaceAll(root, '') });
  }

  results() {
    const { rows, points, leftOut, full } = this;
    return {
      machine: machine(),
      source: source(),
      full,
      seconds: Math.round(performance.now() / 1000),
      rows,
      points,
      leftOut,
    };
  }
}

const machine = () => ({
  processor: os.cpus()[0].model,
  processors: os.availableParallelism(),
  system: `${os.type()} ${os.release()} ${os.machine()}`,
  node: process.version,
});

// The tree of src/ in the commit that was measured.
function source() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD:src'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

// A group that fails is left out, and the others run: a full run takes long.
async function runGroup(bench, group) {
  try {
    await group(bench);
  } catch (error) {
    console.error(error);
    bench.leaveOut(group.name, error.message);
    process.exitCode = 1;
  }
}

// Runs groups. Resolves to the results; removes the folder of the run.
async function measure(groups, full) {
  const bench = new Bench(full);
  mkdirSync(bench.work, { recursive: true });
  try {
    for (const group of groups) await runGroup(bench, group);
  } finally {
    rmSync(bench.work, { recursive: true, force: true });
  }
  return bench.results();
}

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    render: { type: 'boolean', default: false },
  },
});

// The report and the table of docs/performance.md show the same results.
function render(results) {
  writeFileSync(join(root, 'bench/report.html'), htmlReport(results));
  const document = join(root, 'docs/performance.md');
  writeFileSync(document, documentWith(readFileSync(document, 'utf8'), markdownTable(results)));
}

if (options.render) {
  render(JSON.parse(readFileSync(resultsFile, 'utf8')));
} else {
  const all = options.full ? fullGroups : usualGroups;
  const names = options.only?.split(',') ?? Object.keys(all);
  const unknown = names.find((name) => !(name in all));
  if (unknown) throw new Error(`no group ${unknown}; the groups are: ${Object.keys(all).join(', ')}`);
  const results = await measure(
    names.map((name) => all[name]),
    options.full,
  );
  process.stdout.write(textTable(results));
  if (!options.only) {
    writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
    render(results);
  }
}
process.exit(); // without waiting for servers of a group that failed
