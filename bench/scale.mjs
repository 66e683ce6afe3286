#!/usr/bin/env node
// Measures what grows with the number of users: import, memory, start, start after kill -9, stop. Prints a row for each.
//
//   node bench/scale.mjs [--people 10000000] [--subscriptions 1000000] [--build build/release] [--folder FOLDER]
//
// FOLDER, a new one on a real disk, takes 4 GB for ten million users, and is removed at the end. Beside each time is the
// processor time of all threads, which another load on the machine changes less.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '10000000' },
    subscriptions: { type: 'string', default: '1000000' },
    build: { type: 'string', default: 'build/release' },
    folder: { type: 'string', default: 'build/scale' },
  },
});
const build = resolve(options.build);
const folder = resolve(options.folder);
const porchlight = join(build, 'porchlight');
const tenant = '7e57ab1e-0000-4000-8000-00000be7c400'; // that of bench_notifications
const clockTicks = 100; // a second, in /proc
const configuration = join(folder, 'porchlight.toml');
const base = 'http://127.0.0.1:18399';

const command = (program, ...args) => execFileSync(program, args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const seconds = (begin) => (performance.now() - begin) / 1000;

function print(name, value, unit, processor) {
  const used = processor === undefined ? '' : `   processor ${processor.toFixed(1)} s`;
  console.log(`${name.padEnd(52)} ${value.toFixed(unit === 's' ? 2 : 0).padStart(9)} ${unit}${used}`);
}

// The ids of bench/people.cc, which bench_notifications uses.
function scrambledDigits(number) {
  const cut = (value) => BigInt.asUintN(64, value);
  let bits = cut(number * 0x9e3779b97f4a7c15n + 0x9e3779b97f4a7c15n);
  bits = cut((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = cut((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  const hex = (bits ^ (bits >> 31n)).toString(16).padStart(16, '0');
  return [...hex].reverse().join('');
}
function idOf(person) {
  const x = scrambledDigits(2n * BigInt(person)) + scrambledDigits(2n * BigInt(person) + 1n);
  return `${x.slice(0, 8)}-${x.slice(8, 12)}-4${x.slice(12, 15)}-8${x.slice(15, 18)}-${x.slice(18, 30)}`;
}

async function writePeople(file, people) {
  const out = createWriteStream(file);
  out.write('id,userPrincipalName,displayName\n');
  const perWrite = 10_000;
  for (let first = 0; first < people; first += perWrite) {
    let rows = '';
    for (let i = first; i < Math.min(people, first + perWrite); ++i) rows += `${idOf(i)},person${i}@contoso.com,Person ${i}\n`;
    if (!out.write(rows)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function makeData(name) {
  const data = join(folder, name);
  command(porchlight, 'init', '--data', data);
  command(porchlight, 'tenant', 'add', '--name', 'Contoso', '--id', tenant, '--data', data);
  const role = ['--role', 'Presence.ReadWrite.All'];
  command(porchlight, 'app', 'add', '--name', 'Bench', '--client', ...role, '--data', data);
  const token = command(porchlight, 'token', '--app', 'Bench', ...role, '--expires', '24h', '--data', data).trim();
  return { data, headers: { authorization: `Bearer ${token}` } };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Server {
  constructor({ data, headers }) {
    this.headers = headers;
    this.began = performance.now();
    const serve = ['serve', '--data', data, '--config', configuration, '--listen', new URL(base).host];
    this.process = spawn(porchlight, [...serve, '--throttle', 'off', '--no-notifications'], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.ended = once(this.process, 'exit');
  }
  async status(path) {
    return fetch(base + path, { headers: this.headers }).then(
      (response) => response.arrayBuffer().then(() => response.status),
      () => 0,
    );
  }
  // Seconds since the start until a request is answered with one of these statuses.
  async until(path, statuses) {
    while (!statuses.includes(await this.status(path))) {
      if (this.process.exitCode !== null) throw new Error(`the server has ended with ${this.process.exitCode}`);
      await pause(10);
    }
    return seconds(this.began);
  }
  bytes() {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))[1]);
  }
  processor() {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / clockTicks;
  }
  async end(signal) {
    const begin = performance.now();
    this.process.kill(signal);
    await this.ended;
    return seconds(begin);
  }
}

const presence = `/v1.0/users/${idOf(0)}/presence`;

async function importPeople(data, people) {
  const file = join(folder, 'people.csv');
  await writePeople(file, people);
  const begin = performance.now();
  command(porchlight, 'user', 'import', file, '--data', data);
  print(`import of ${people} users`, people / seconds(begin), 'users/s');
  rmSync(file);
}

async function bytesWithoutUsers() {
  const empty = new Server(makeData('empty'));
  await empty.until('/healthz', [200]);
  const bytes = empty.bytes();
  await empty.end('SIGTERM');
  return bytes;
}

async function measurePeople(people) {
  const before = await bytesWithoutUsers();
  const folderOfPeople = makeData('people');
  await importPeople(folderOfPeople.data, people);
  command(join(build, 'bench/bench_sign_in'), folderOfPeople.data);
  const clean = new Server(folderOfPeople);
  const first = await clean.until(presence, [200]);
  print(`start with ${people} users, to the first answer`, first, 's', clean.processor());
  print('memory', clean.bytes() / 1e6, 'MB');
  print('memory for each user with a session', (clean.bytes() - before) / people, 'bytes');
  await clean.end('SIGKILL');
  const killed = new Server(folderOfPeople);
  print('start after kill -9, to the first answer', await killed.until(presence, [200]), 's', killed.processor());
  await killed.end('SIGKILL');
  rmSync(folderOfPeople.data, { recursive: true });
}

// One subscription for each of as many users.
async function measureSubscriptions(count) {
  const folderOfPeople = makeData('subscribed');
  await importPeople(folderOfPeople.data, count);
  command(join(build, 'bench/bench_notifications'), join(folderOfPeople.data, 'subscriptions'), count, 'fill');
  const server = new Server(folderOfPeople);
  print(`start with ${count} subscriptions, to the first answer`, await server.until(presence, [200]), 's', server.processor());
  // Until then the answer is 503.
  print('until all are loaded', await server.until('/v1.0/subscriptions', [200, 403]), 's', server.processor());
  print('stop', await server.end('SIGTERM'), 's');
}

mkdirSync(folder);
// The thread that indexes the past would take a processor.
writeFileSync(configuration, 'log_level = "error"\n[history]\nretention = "off"\n');
try {
  await measurePeople(Number(options.people));
  await measureSubscriptions(Number(options.subscriptions));
} finally {
  rmSync(folder, { recursive: true });
}
