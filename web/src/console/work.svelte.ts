// What a screen reads, and what a button does: each with its state and fault.
import { Fault } from '../lib/api';
import { t } from '../lib/i18n';

// What went wrong, in a sentence.
export function faultText(error: unknown): string {
  if (!(error instanceof Fault)) return String((error as Error).message);
  switch (error.kind) {
    case 'away':
      return t('fault.away');
    case 'expired':
      return t('fault.expired');
    case 'throttled':
      return t('fault.throttled', { seconds: error.retryAfter });
    default:
      return error.message;
  }
}

export class Resource<T> {
  value = $state.raw<T>();
  fault = $state('');
  private reads = 0;

  constructor(private readonly read: () => Promise<T>) {
    void this.reload();
  }

  // Reads again. The value stays until the new one is there; of several reads the last counts.
  reload = async (): Promise<void> => {
    const number = ++this.reads;
    try {
      const value = await this.read();
      if (number !== this.reads) return;
      this.value = value;
      this.fault = '';
    } catch (error) {
      if (number === this.reads) this.fault = faultText(error);
    }
  };
}

// A list that is read page by page.
export class Paged<T> {
  values = $state.raw<T[]>();
  next = $state<string>();
  fault = $state('');
  private reads = 0;

  constructor(private readonly read: (after: string | undefined) => Promise<{ value: T[]; next?: string }>) {
    void this.reload();
  }

  // Begins with the first page.
  reload = (): Promise<void> => this.add(undefined);

  more = (): Promise<void> => this.add(this.next);

  private async add(after: string | undefined): Promise<void> {
    const number = ++this.reads;
    try {
      const page = await this.read(after);
      if (number !== this.reads) return;
      this.values = [...(after ? (this.values ?? []) : []), ...page.value];
      this.next = page.next;
      this.fault = '';
    } catch (error) {
      if (number === this.reads) this.fault = faultText(error);
    }
  }
}

// Work that the user starts.
export class Action {
  isRunning = $state(false);
  fault = $state('');

  // Returns whether the work succeeded.
  run = async (work: () => Promise<unknown>): Promise<boolean> => {
    this.isRunning = true;
    this.fault = '';
    try {
      await work();
      return true;
    } catch (error) {
      this.fault = faultText(error);
      return false;
    } finally {
      this.isRunning = false;
    }
  };
}

// Calls `work` at once and every `milliseconds` until the returned function is called; a call never overlaps the one before.
export function repeat(work: () => Promise<void>, milliseconds: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  const step = async () => {
    if (!document.hidden) await work();
    if (!isEnded) timer = setTimeout(() => void step(), milliseconds);
  };
  void step();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
