// An import in batches. The server counts what it has added and changed, and names what is wrong.
import { Fault } from '../../lib/api';
import type { Admin } from '../admin.svelte';
import { faultText } from '../work.svelte';
import type { PersonRow, RowFault } from './person_row';

// Rows of a request: with the longest texts a batch is below the 1 MiB that the server takes.
const batchSize = 1000;

export type Imported = { added: number; updated: number; unchanged: number; faults: RowFault[] };

// One batch. `isCheck`: nothing is written, and the numbers are those of an import. Waits if the server says so.
export async function sendRows(admin: Admin, rows: PersonRow[], isCheck: boolean): Promise<Imported> {
  const body = { rows: rows.map(({ line, id, upn, name }) => [line, id, upn, name]), check: isCheck };
  for (;;)
    try {
      return await admin.call<Imported>('POST', 'users/import', body);
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'throttled') throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, error.retryAfter) * 1000));
    }
}

// Rows per second, and the seconds that are left; undefined before anything is done.
export function pace(done: number, total: number, milliseconds: number): { rate: number; left: number } | undefined {
  if (done === 0 || milliseconds <= 0) return undefined;
  const rate = (1000 * done) / milliseconds;
  return { rate, left: (total - done) / rate };
}

export class ImportRun {
  done = $state(0);
  result = $state.raw<Imported>({ added: 0, updated: 0, unchanged: 0, faults: [] });
  step = $state<'ready' | 'running' | 'stopped' | 'finished'>('ready');
  fault = $state('');
  pace = $state.raw<ReturnType<typeof pace>>();

  constructor(
    private readonly admin: Admin,
    readonly rows: PersonRow[],
    private readonly isCheck: boolean,
  ) {}

  // Sends what has not been sent yet.
  async start(): Promise<void> {
    this.step = 'running';
    this.fault = '';
    const begin = performance.now();
    const first = this.done;
    try {
      while (this.step === 'running' && this.done < this.rows.length) {
        const batch = this.rows.slice(this.done, this.done + batchSize);
        this.add(await sendRows(this.admin, batch, this.isCheck));
        this.done += batch.length;
        this.pace = pace(this.done - first, this.rows.length - first, performance.now() - begin);
      }
      if (this.done === this.rows.length) this.step = 'finished';
    } catch (error) {
      this.fault = faultText(error);
      this.step = 'stopped';
    }
  }

  stop(): void {
    this.step = 'stopped';
  }

  private add({ added, updated, unchanged, faults }: Imported): void {
    const before = this.result;
    this.result = {
      added: before.added + added,
      updated: before.updated + updated,
      unchanged: before.unchanged + unchanged,
      faults: [...before.faults, ...faults],
    };
  }
}
