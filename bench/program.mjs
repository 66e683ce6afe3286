// Programs bound to processors: their output, their cost and their end.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const statusField = (pid, name) =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];

// The processors that this process may use, as numbers.
function allowedProcessors() {
  return statusField('self', 'Cpus_allowed_list')
    .split(',')
    .flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
}

const [first, second = first] = allowedProcessors();
// Processors, as taskset has them: of servers and of their load; different ones if the machine has two.
export const forServers = String(first);
export const forLoad = String(second);
export const forBoth = first === second ? forServers : `${first},${second}`;

export class Program {
  // Starts a program, which is killed if this process ends. `input` is its stdin.
  constructor(command, args, { processors = forServers, input = '', cwd } = {}) {
    this.name = command.split('/').at(-1);
    const bound = ['--pdeathsig', 'KILL', 'taskset', '-c', processors, command, ...args];
    this.child = spawn('setpriv', bound, { stdio: ['pipe', 'pipe', 'pipe'], cwd });
    this.child.stdin.on('error', () => {}).end(input);
    this.output = '';
    this.errors = '';
    this.child.stdout.on('data', (text) => (this.output += text));
    this.child.stderr.on('data', (text) => (this.errors = (this.errors + text).slice(-4000)));
    this.ended = new Promise((resolve, reject) => this.child.once('close', resolve).once('error', reject));
  }

  get pid() {
    return this.child.pid;
  }

  failure(what) {
    return new Error(`${this.name} ${what}: ${this.errors.trim() || this.output.trim().slice(-400)}`);
  }

  // Resolves to the match of a pattern in the output.
  async says(pattern) {
    for (let n = 0; n < 12_000; ++n) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.child.exitCode !== null) throw this.failure('ended too soon');
      await sleep(10);
    }
    throw this.failure('does not become ready');
  }

  // Processor time of its threads in µs.
  cpuUs() {
    let ns = 0;
    for (const task of readdirSync(`/proc/${this.pid}/task`))
      ns += Number(readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    return ns / 1000;
  }

  residentBytes() {
    return Number.parseInt(statusField(this.pid, 'VmRSS'), 10) * 1024;
  }

  // Waits until it has no work in the background, such as indexing the history.
  async becomesIdle() {
    const pollMs = 250;
    for (let n = 0; n < 1200; ++n) {
      const before = this.cpuUs();
      await sleep(pollMs);
      if (this.cpuUs() - before < 5000) return;
    }
    throw this.failure('does not come to rest');
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.ended;
  }
}

// Runs a program to its end. Resolves to its output.
export async function outputOf(command, args, options) {
  const program = new Program(command, args, { processors: forBoth, ...options });
  if ((await program.ended) !== 0) throw program.failure('failed');
  return program.output;
}

// Runs a program that prints "NAME VALUE" lines. Resolves to the values of each name.
export async function samplesOf(command, args, options) {
  const samples = {};
  for (const [, name, value] of (await outputOf(command, args, options)).matchAll(/^(\w+) (\S+)$/gm))
    (samples[name] ??= []).push(Number(value));
  return samples;
}

// The same for one that prints each name once.
export async function figuresOf(command, args, options) {
  const samples = await samplesOf(command, args, options);
  return Object.fromEntries(Object.entries(samples).map(([name, [value]]) => [name, value]));
}
