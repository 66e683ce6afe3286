#!/usr/bin/env node
// Counts the instructions that the release build of the server executes in user space for fixed requests
// (bench/fixed_requests.mjs), and fails if one of them costs more than bench/instructions.json states, by over 5 %. Unlike
// times, the counts are nearly the same on every run. Needs valgrind.
//
//   node scripts/instructions.mjs                       compares
//   node scripts/instructions.mjs --update              writes bench/instructions.json
//   node scripts/instructions.mjs --profile NAME        prints where the instructions of one row are executed
//
// For each row, callgrind counts the instructions of no request and of N requests, by thread. Their difference, divided by
// N, is without the costs that do not grow with the requests. The median of some rounds, for each thread, leaves out what
// other threads do from time to time; the sum over the threads is the figure.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { rows, tenant, users } from '../bench/fixed_requests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stated = join(root, 'bench/instructions.json');
const tolerance = 0.05;
const rounds = 3;
const { values: options } = parseArgs({
  options: {
    server: { type: 'string', default: join(root, 'build/release/porchlight') },
    update: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const run = promisify(execFile);

// A data folder with one application and the users of the requests; and a token of the application.
function makeData(folder) {
  const data = join(folder, 'data');
  const porchlight = (...args) => execFileSync(options.server, [...args, '--data', data], { encoding: 'utf8' });
  const role = ['--role', 'Presence.ReadWrite.All'];
  porchlight('init');
  porchlight('tenant', 'add', '--name', 'Contoso', '--id', tenant);
  porchlight('app', 'add', '--name', 'Bench', '--client', ...role);
  const csv = join(folder, 'users.csv');
  writeFileSync(csv, ['id,upn,name', ...users.map((id) => `${id},${id}@contoso.example,User`)].join('\n'));
  porchlight('user', 'import', csv);
  return { data, token: porchlight('token', '--app', 'Bench', ...role, '--expires', '24h').trim() };
}

// A server under callgrind, in a data folder of its own.
class Server {
  // `reads`: the budget of reads. Budgets are on, as by default, but for one server no row uses them up.
  static async start(folder, reads) {
    const server = new Server();
    mkdirSync(folder);
    server.folder = folder;
    const { data, token } = makeData(folder);
    const config = join(folder, 'porchlight.toml');
    const budget = (name, requests) => `[throttle.${name}]\nrequests = ${requests}\nwindow = "1h"\n`;
    // The indexing of history is left out: it takes events in portions that depend on the time.
    writeFileSync(
      config,
      'log_level = "warn"\n[history]\nretention = "off"\n' +
        budget('reads', reads) + budget('presence', 1_000_000) + budget('graph', 1_000_000),
    );
    const output = `--callgrind-out-file=${join(folder, 'profile')}`;
    const valgrind = ['--quiet', '--tool=callgrind', '--separate-threads=yes', output];
    const serve = ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0', '--threads', '1'];
    const stdio = ['ignore', 'pipe', 'inherit'];
    server.child = spawn('valgrind', [...valgrind, options.server, ...serve], { stdio });
    server.token = token;
    server.port = await new Promise((resolve, reject) => {
      server.child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      server.child.stdout.on('data', (text) => resolve(Number(/:(\d+)\n/.exec(text)[1])));
    });
    server.dumps = 0;
    return server;
  }

  // The instructions since the last call, by thread, as files of callgrind.
  async dump() {
    await run('vgdb', [`--pid=${this.child.pid}`, 'dump']);
    const prefix = `profile.${++this.dumps}-`;
    const profiles = new Map();
    for (const file of readdirSync(this.folder)) {
      if (!file.startsWith(prefix)) continue;
      const path = join(this.folder, file);
      const count = Number(/^totals: (\d+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
      profiles.set(file.slice(prefix.length), { path, count });
    }
    return profiles;
  }

  // The instructions of `count` requests.
  async dumpOf(send, count) {
    await this.dump();
    for (let n = 0; n < count; ++n) await send();
    return this.dump();
  }

  async stop() {
    this.child.removeAllListeners('exit');
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

// The instructions of one request of a row.
async function count(server, { requests, open }) {
  const send = await open(server);
  for (let n = 0; n < requests; ++n) await send(); // fills caches and grows buffers
  const byThread = new Map();
  for (let round = 0; round < rounds; ++round) {
    const idle = await server.dumpOf(send, 0);
    const busy = await server.dumpOf(send, requests);
    for (const [thread, { count: all }] of busy) {
      const more = all - (idle.get(thread)?.count ?? 0);
      byThread.set(thread, [...(byThread.get(thread) ?? []), more / requests]);
    }
  }
  return Math.round([...byThread.values()].map(median).reduce((sum, each) => sum + each, 0));
}

// Prints what callgrind_annotate says of the thread that executes most.
async function profile(server, { requests, open }) {
  const send = await open(server);
  for (let n = 0; n < requests; ++n) await send();
  const profiles = [...(await server.dumpOf(send, requests)).values()];
  const busiest = profiles.reduce((a, b) => (a.count > b.count ? a : b));
  // callgrind_annotate takes a call that began before the last dump for all of the thread.
  const text = readFileSync(busiest.path, 'utf8').replaceAll(/^calls=0 .*\n.*\n/gm, '');
  writeFileSync(busiest.path, text);
  console.log(`${requests} requests:`);
  console.log((await run('callgrind_annotate', ['--auto=no', busiest.path], { maxBuffer: 1 << 28 })).stdout);
}

const scratch = mkdtempSync(join(tmpdir(), 'porchlight-instructions-'));

// Calls `use` with a server of each kind that the rows need, both at a time.
async function withServers(wanted, use) {
  const kinds = [...new Set(wanted.map(({ budget }) => budget))];
  await Promise.all(
    kinds.map(async (budget) => {
      const server = await Server.start(join(scratch, budget ?? 'roomy'), budget ? 1 : 1_000_000);
      try {
        for (const row of wanted.filter((each) => each.budget === budget)) await use(server, row);
      } finally {
        await server.stop();
      }
    }),
  );
}

// Prints each figure beside the stated one. Returns whether all are within the tolerance.
function compare(figures) {
  const limits = JSON.parse(readFileSync(stated, 'utf8'));
  let good = true;
  for (const [name, figure] of Object.entries(figures)) {
    const isGood = figure <= limits[name] * (1 + tolerance);
    good &&= isGood;
    const numbers = `${String(figure).padStart(9)}  stated: ${String(limits[name]).padStart(9)}`;
    console.log(`${numbers}  ${name}${isGood ? '' : '  TOO MANY'}`);
  }
  return good;
}

try {
  if (options.profile) {
    const wanted = rows.filter(({ name }) => name === options.profile);
    if (wanted.length === 0) throw new Error(`no such row; the rows are: ${rows.map(({ name }) => name).join('; ')}`);
    await withServers(wanted, profile);
  } else {
    const figures = Object.fromEntries(rows.map(({ name }) => [name, 0]));
    await withServers(rows, async (server, row) => (figures[row.name] = await count(server, row)));
    if (options.update) writeFileSync(stated, `${JSON.stringify(figures, null, 2)}\n`);
    if (!compare(figures)) {
      console.error('A request executes more instructions than bench/instructions.json states. --profile shows where.');
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
