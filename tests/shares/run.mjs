// Fills each resource that clients share as one tenant, and checks that no request of another tenant fails meanwhile.
// Usage: node run.mjs [--server PATH/TO/porchlight] [--only NAME] [--measure]
// The resources are the rows of docs/security.md, "What clients share"; each needs a filler of its name. A filler is
//   {settings, fill(world, whileFull), unseen}
// `fill` uses up the resource as tenant `a`, calls `whileFull(text)` once, and ends. The text says how `a` was bounded;
// it is falsy if `a` was not. `unseen` says why this test cannot see or reach the bound; few rows have it. `settings`
// are lines of the server's configuration, which make bounds small.
// --measure prints instead by how much the other tenant's 99th percentile of reads changes; it never fails.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scratchFolder, Template } from '../transcripts/server.mjs';
import { connections } from './connections.mjs';
import { following } from './following.mjs';
import { http2Connections } from './http2.mjs';
import { Neighbour } from './neighbour.mjs';
import { queues } from './queues.mjs';
import { percentile99 } from './read_times.mjs';
import { Receiver } from './receiver.mjs';
import { signIn } from './sign_in.mjs';
import { mismatches, sharedResources } from './table.mjs';
import { World } from './tenants.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    server: { type: 'string', default: join(here, '../../build/release/porchlight') },
    only: { type: 'string' },
    measure: { type: 'boolean', default: false },
  },
});
const fillers = { ...connections, ...http2Connections, ...signIn, ...queues, ...following };
const scratch = scratchFolder('shares');
const rounds = 5;

// What tenant `b` got wrong while the resource was full, as lines.
async function faultsOf(world, neighbour) {
  const faults = [];
  for (const [name, request] of Object.entries(neighbour.requests))
    await request().catch((error) => faults.push(`the other tenant failed to ${name}: ${error.message}`));
  return faults;
}

// Fills the resource, and resolves to {seen, faults}: how `a` was bounded, and what `b` got wrong.
async function check(world, { fill, unseen }) {
  const neighbour = await Neighbour.begin(world.b);
  let result = { faults: ['the filler did not call whileFull'] };
  await fill(world, async (seen) => {
    result = { seen: seen || unseen, faults: await faultsOf(world, neighbour) };
    if (!result.seen) result.faults.push('the tenant that fills it was not bounded');
  });
  neighbour.end();
  return result;
}

// Compares the other tenant's reads without and with filling, by turns, and prints the ratio of the 99th percentiles.
// Each is the lowest of its rounds, because other work of the machine only adds to it.
async function measure(world, { fill }) {
  const idle = [], full = [];
  for (let round = 0; round < rounds; ++round) {
    await world.pass(40); // so that each round has the budget of reads
    idle.push(await percentile99(world.b));
    await fill(world, async () => full.push(await percentile99(world.b)));
  }
  const [before, after] = [idle, full].map((times) => Math.min(...times));
  return { seen: `${(after / before).toFixed(2)} = ${after.toFixed(2)} ms / ${before.toFixed(2)} ms`, faults: [] };
}

const rows = sharedResources(readFileSync(join(here, '../../docs/security.md'), 'utf8'));
const faults = mismatches(rows, fillers);
const receivers = { a: await Receiver.start(scratch), b: await Receiver.start(scratch) };
const prepared = await World.prepare(new Template(values.server, scratch), receivers);
for (const [name, filler] of Object.entries(fillers)) {
  if (values.only && values.only !== name) continue;
  const began = Date.now();
  const world = await prepared.start(filler.settings);
  const result = await (values.measure ? measure : check)(world, filler).catch((error) => ({ faults: [error.stack] }));
  faults.push(...result.faults.map((fault) => `${name}: ${fault}`));
  await world.server.stop().catch((error) => faults.push(`${name}: ${error.message}`));
  console.log(`${String(Date.now() - began).padStart(6)} ms  ${name}: ${result.seen}`);
}
faults.forEach((fault) => console.log(fault));
console.log(`${Object.keys(fillers).length} resources, ${faults.length} faults`);
process.exit(faults.length > 0 && !values.measure ? 1 : 0);
