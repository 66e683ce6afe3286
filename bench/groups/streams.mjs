// Event streams, beside a loop that only pushes.
import { join } from 'node:path';
import { turnOf } from '../load.mjs';
import { figuresOf, forLoad } from '../program.mjs';
import { signedIn } from '../data.mjs';
import { servePorchlight, servePushFloor } from '../servers.mjs';

const group = 'Event streams';
const changes = 5; // of each user

async function streamsTurn({ tools }, { port, token, program }, streams, people) {
  const args = [port, program.pid, streams, people, changes];
  const figures = await figuresOf(join(tools, 'bench_streams'), args, { input: token, processors: forLoad });
  return { cpuUs: figures.cpu_us_per_event, p99Us: figures.p99_us, bytes: figures.bytes_per_stream };
}

export async function streams(bench) {
  const count = bench.full ? 17_000 : 2000;
  const counted = count.toLocaleString('en-US');
  const config = `[streams]\nper_application = ${count}\n`;
  const server = await servePorchlight(bench, await signedIn(bench, bench.sizes[1]), { config });
  await server.program.becomesIdle();
  const floor = await servePushFloor(bench);
  const rounds = await bench.rounds('event streams', 3, {
    one: () => streamsTurn(bench, server, count, 1),
    oneFloor: () => streamsTurn(bench, floor, count, 1),
    many: () => streamsTurn(bench, server, count, count),
    manyFloor: () => streamsTurn(bench, floor, count, count),
    write: () => turnOf(bench, server, { kind: 'set' }),
  });
  bench.compare({
    group,
    what: `deliveries of changes of one user to ${counted} streams`,
    unit: 'per second of CPU',
    over: 'push-only loop',
    rounds,
    of: ({ one }) => 1e6 / one.cpuUs,
    than: ({ oneFloor }) => 1e6 / oneFloor.cpuUs,
    target: { atLeast: 0.9 },
  });
  bench.compare({
    group,
    what: `change and event, ${counted} users with one stream each`,
    unit: 'µs of CPU',
    over: 'one write + push-only loop',
    rounds,
    of: ({ many }) => many.cpuUs,
    than: ({ write, manyFloor }) => write.cpuUs + manyFloor.cpuUs,
    target: { atMost: 1.2 },
  });
  bench.compare({
    group,
    what: `until an event of ${counted} streams of one user arrives, 99th percentile`,
    unit: 'µs',
    over: 'push-only loop',
    rounds,
    of: ({ one }) => one.p99Us,
    than: ({ oneFloor }) => oneFloor.p99Us,
  });
  // Later streams reuse the memory of the first ones.
  bench.measure({
    group,
    what: 'memory of an idle stream',
    unit: 'bytes',
    samples: [rounds[0].one.bytes],
    target: { atMost: 8192 },
  });
  for (const { program } of [server, floor]) await program.stop('SIGKILL');
}
