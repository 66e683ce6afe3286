import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Health, silenceMax, Stream } from '../src/lib/stream';

// The connections that the stream has opened, each with a way to send and end.
type Connection = { send(text: string): void; end(): void; lastId: string | null };
let connections: Connection[] = [];
// Whether the answers have their headers before their first byte.
let hasHeaders = true;

const encoder = new TextEncoder();

function answerTo(signal: AbortSignal, headers: Headers): Promise<Response> {
  return new Promise((resolve, reject) => {
    let body: ReadableStreamDefaultController<Uint8Array>;
    const answer = new Response(new ReadableStream({ start: (controller) => void (body = controller) }));
    connections.push({
      send: (text) => (body.enqueue(encoder.encode(text)), resolve(answer)),
      end: () => (body.close(), resolve(answer)),
      lastId: headers.get('Last-Event-ID'),
    });
    signal.addEventListener('abort', () => {
      reject(signal.reason);
      body.error(signal.reason);
    });
    if (hasHeaders) resolve(answer);
  });
}

let states: Health['state'][] = [];
let signs = 0;
let stream: Stream;

beforeEach(() => {
  vi.useFakeTimers();
  [connections, states, signs, hasHeaders] = [[], [], 0, true];
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => answerTo(init.signal!, new Headers(init.headers)));
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

async function open(): Promise<void> {
  const sink = { event: () => {}, alive: () => void (signs += 1), health: ({ state }: Health) => void states.push(state) };
  stream = new Stream('tenant', async () => 'token', sink);
  await vi.advanceTimersByTimeAsync(0);
}

const ready = 'id: one\nevent: ready\ndata: {"users":1}\n\n';

test('lives from its first bytes, and what is known is right once it is ready', async () => {
  await open();
  expect(states).toEqual(['connecting']);
  connections[0]!.send('retry: 3000\n\n');
  await vi.advanceTimersByTimeAsync(0);
  expect([states, signs]).toEqual([['connecting', 'live'], 0]);
  connections[0]!.send(ready);
  await vi.advanceTimersByTimeAsync(0);
  connections[0]!.send(': alive\n\n');
  await vi.advanceTimersByTimeAsync(0);
  expect([states, signs]).toEqual([['connecting', 'live'], 2]);
});

test.each([true, false])('is silent if nothing comes, with headers: %s, until something does', async (withHeaders) => {
  hasHeaders = withHeaders;
  await open();
  await vi.advanceTimersByTimeAsync(silenceMax - 1);
  expect(states).toEqual(['connecting']);
  await vi.advanceTimersByTimeAsync(1);
  expect(states).toEqual(['connecting', 'silent']);
  await vi.advanceTimersByTimeAsync(2 * silenceMax);
  expect(new Set(states.slice(1))).toEqual(new Set(['silent']));
  connections.at(-1)!.send(ready);
  await vi.advanceTimersByTimeAsync(0);
  expect([states.at(-1), signs]).toEqual(['live', 1]);
});

test('is silent after events as well, and resumes with the last id', async () => {
  await open();
  connections[0]!.send(ready);
  await vi.advanceTimersByTimeAsync(silenceMax);
  expect(states).toEqual(['connecting', 'live', 'silent']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(connections.map(({ lastId }) => lastId)).toEqual([null, 'one']);
});

test('is away after an end, and connects again', async () => {
  await open();
  connections[0]!.send(ready);
  connections[0]!.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual(['connecting', 'live', 'away']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(states.at(-1)).toBe('connecting');
  expect(connections).toHaveLength(2);
});
