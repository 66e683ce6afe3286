// What a second serving thread gains.
import { turnOf } from '../load.mjs';
import { signedIn } from '../data.mjs';
import { servePorchlight } from '../servers.mjs';

// A turn of a server with that many serving threads. The load may need a processor of the same two, so the figure is of
// processor time: locks and shared cache lines would make requests dearer.
async function turnWith(bench, folder, threads) {
  const server = await servePorchlight(bench, folder, { threads, processors: 'all' });
  await server.program.becomesIdle();
  const { cpuUs } = await turnOf(bench, server, { depth: 16 });
  await server.program.stop('SIGKILL');
  return (threads * 1e6) / cpuUs;
}

export async function secondThread(bench) {
  const folder = await signedIn(bench, bench.sizes[0]);
  const rounds = await bench.rounds('serving threads', 5, {
    one: () => turnWith(bench, folder, 1),
    two: () => turnWith(bench, folder, 2),
  });
  bench.compare({
    group: 'Threads and connections',
    what: 'reads of two serving threads, 16 pipelined',
    unit: 'per second of their CPU',
    over: 'one thread',
    rounds,
    of: ({ two }) => two,
    than: ({ one }) => one,
    target: { atLeast: 1.8 },
  });
}
