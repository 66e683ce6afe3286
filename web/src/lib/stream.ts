// A stream of presence that reconnects by itself. It is read with fetch, because EventSource sends no token.
import { createParser } from 'eventsource-parser';
import { Fault, type TokenSource } from './api';
import type { StreamEvent } from './people';
import type { Presence } from './states';

// How a stream is. 'live': it had bytes less than silenceMax ago.
export type Health =
  | { state: 'connecting' }
  | { state: 'live' }
  // The server does not answer; the next attempt is at retryAt (ms since 1970).
  | { state: 'away'; retryAt: number }
  | { state: 'throttled'; retryAt: number }
  // Nothing comes: the server hangs, or a proxy holds back what it sends. Attempts follow, and the state lasts meanwhile.
  | { state: 'silent' }
  // The stream has ended for good: the permission or the sign-in is gone.
  | { state: 'denied' | 'expired'; message: string };

// The server sends a sign of life every 15 s (docs/streams.md).
export const silenceMax = 25_000;
const retryMin = 500;
const retryMax = 15_000;

export type StreamSink = {
  event(event: StreamEvent): void;
  // Bytes have arrived, and the first presence of everybody before: what is known is right at this moment.
  alive(): void;
  health(health: Health): void;
};

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

// What an attempt ended with: undefined if the server did not answer, or has closed the stream.
type Ending = Extract<Health, { message: string } | { state: 'throttled' | 'silent' }> | undefined;

// A sign-in that has ended stops the stream; any other failure is one of the network.
const endingOf = (error: unknown): Ending =>
  error instanceof Fault && error.kind === 'expired' ? { state: 'expired', message: error.message } : undefined;

export class Stream {
  private readonly ended = new AbortController();
  private lastId = '';
  private isTokenRefused = false;
  private retry = retryMin;
  private isSilent = false;

  // Follows what `query` selects: "tenant", "group={id}" or "users=…".
  constructor(
    private readonly query: string,
    private readonly token: TokenSource,
    private readonly sink: StreamSink,
  ) {
    void this.run();
  }

  close(): void {
    this.ended.abort();
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      if (!this.isSilent) this.sink.health({ state: 'connecting' });
      const ending = await this.attempt().catch(endingOf);
      if (this.ended.signal.aborted) return;
      if (ending && 'message' in ending) return this.sink.health(ending);
      this.isSilent = ending?.state === 'silent';
      const wait = ending?.state === 'throttled' ? ending.retryAt - Date.now() : this.nextWait();
      this.sink.health(ending ?? { state: 'away', retryAt: Date.now() + wait });
      await sleep(wait, this.ended.signal);
    }
  }

  // Doubles from attempt to attempt, and differs between browsers, so that a restarted server is not stormed.
  private nextWait(): number {
    const wait = this.retry * (0.5 + Math.random() / 2);
    this.retry = Math.min(retryMax, this.retry * 2);
    return wait;
  }

  private async attempt(): Promise<Ending> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMax);
    const stop = () => silence.abort();
    this.ended.signal.addEventListener('abort', stop, { once: true });
    try {
      const headers: Record<string, string> = { Authorization: `Bearer ${await this.token(this.isTokenRefused)}` };
      if (this.lastId) headers['Last-Event-ID'] = this.lastId;
      const answer = await fetch(`/porchlight/v1/stream?${this.query}`, { headers, signal: silence.signal });
      if (!answer.ok || !answer.body) return await this.refused(answer);
      this.isTokenRefused = false;
      let isLive = false;
      let isReady = false;
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          if (id) this.lastId = id;
          isReady ||= event === 'ready';
          this.take(event ?? '', data);
        },
      });
      const decoder = new TextDecoder();
      for (const reader = answer.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMax);
        if (!isLive) this.begin();
        isLive = true;
        parser.feed(decoder.decode(value, { stream: true }));
        if (isReady) this.sink.alive();
      }
    } catch (error) {
      if (silence.signal.aborted) return { state: 'silent' };
      throw error;
    } finally {
      clearTimeout(timer);
      this.ended.signal.removeEventListener('abort', stop);
    }
  }

  // The first bytes have come. Headers alone prove nothing: a proxy may hold back the body.
  private begin(): void {
    this.retry = retryMin;
    this.isSilent = false;
    this.sink.health({ state: 'live' });
  }

  private async refused(answer: Response): Promise<Ending> {
    const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    const message = body?.error?.message ?? '';
    if (answer.status === 429)
      return { state: 'throttled', retryAt: Date.now() + 1000 * Number(answer.headers.get('Retry-After') ?? 10) };
    // Once, the next attempt has a new token.
    if (answer.status === 401 && this.isTokenRefused) return { state: 'expired', message };
    this.isTokenRefused = answer.status === 401;
    if (answer.status === 403 || answer.status === 404) return { state: 'denied', message };
    return undefined;
  }

  private take(name: string, data: string): void {
    const body = JSON.parse(data) as Presence & { id: string; reason?: string };
    if (name === 'presence') this.sink.event({ name, presence: body });
    else if (name === 'removed') this.sink.event({ name, id: body.id });
    else if (name === 'snapshot' || name === 'ready') this.sink.event({ name });
    // After any end, a new attempt shows whether the stream may go on. notAllowed can be the end of the token.
    else if (name === 'end' && body.reason === 'notAllowed') this.isTokenRefused = true;
  }
}
