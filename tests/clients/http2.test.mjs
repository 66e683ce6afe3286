// Clients of HTTP/2 against the server: node's own, curl and h2load. All streams of a session share one connection.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, constants } from 'node:http2';
import { join } from 'node:path';
import { after, before, test as nodeTest } from 'node:test';
import { promisify } from 'node:util';
import { beRightBack, me, presenting, token, url } from './demo.mjs';

// The time limit keeps a response that never comes from blocking all tests.
const test = (name, body) => nodeTest(name, { timeout: 60_000 }, body);

const run = promisify(execFile);
const ca = join(process.env.PORCHLIGHT_DATA, 'tls/ca.pem');
let session, authorization;

before(async () => {
  authorization = `Bearer ${token('Demo reader', { user: me })}`;
  session = connect(url, { ca: readFileSync(ca) });
  await once(session, 'remoteSettings');
});
after(() => session.close());

// Opens a stream for a request; resolves with it, its headers and what has come of its body, once the headers are there.
async function open(path, headers = {}) {
  const stream = session.request({ ':path': path, authorization, ...headers });
  stream.setEncoding('utf8');
  const opened = { stream, body: '' };
  stream.on('data', (text) => (opened.body += text));
  [opened.headers] = await once(stream, 'response');
  return opened;
}

async function get(path, headers) {
  const opened = await open(path, headers);
  if (!opened.stream.readableEnded) await once(opened.stream, 'end');
  return opened;
}

// Waits until the events that a stream has sent name all users.
async function sees(events, users) {
  while (!users.every((user) => events.body.includes(`"id":"${user}"`))) await once(events.stream, 'data');
}

test('node agrees on HTTP/2 and reads in parallel', async () => {
  assert.equal(session.alpnProtocol, 'h2');
  assert.equal(session.remoteSettings.maxConcurrentStreams, 100);
  const answers = await Promise.all(Array.from({ length: 90 }, () => get('/v1.0/me/presence')));
  for (const { headers, body } of answers) {
    assert.equal(headers[':status'], 200);
    assert.equal(JSON.parse(body).id, me);
  }
});

test('node sends a body', async () => {
  const stream = session.request({
    ':method': 'POST', ':path': '/v1.0/communications/getPresencesByUserId', authorization, 'content-type': 'application/json',
  });
  stream.setEncoding('utf8');
  let body = '';
  stream.on('data', (text) => (body += text));
  stream.write('{"ids":[');
  stream.end(`"${me}","${presenting}"]}`);
  const [headers] = await once(stream, 'response');
  await once(stream, 'end');
  assert.equal(headers[':status'], 200, body);
  assert.equal(JSON.parse(body).value.length, 2);
});

test('event streams share a connection with reads', async () => {
  const paths = [me, presenting, beRightBack].map((user) => `/porchlight/v1/stream?users=${user}`);
  const streams = await Promise.all(paths.map((path) => open(path, { accept: 'text/event-stream' })));
  for (const { headers } of streams) assert.equal(headers['content-type'], 'text/event-stream');
  await Promise.all(streams.map((events, i) => sees(events, [[me, presenting, beRightBack][i]])));
  assert.equal((await get('/v1.0/me/presence')).headers[':status'], 200);
  for (const { stream } of streams) stream.close(constants.NGHTTP2_CANCEL);
  await Promise.all(streams.map(({ stream }) => stream.closed || once(stream, 'close')));
  assert.equal((await get('/v1.0/me/presence')).headers[':status'], 200);
});

test('a WebSocket is a stream (RFC 8441)', async () => {
  assert.equal(session.remoteSettings.enableConnectProtocol, true);
  const stream = session.request({
    ':method': 'CONNECT', ':protocol': 'websocket', ':path': `/porchlight/v1/stream?users=${me}`, authorization,
    'sec-websocket-version': '13',
  });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  let received = Buffer.alloc(0);
  stream.on('data', (bytes) => (received = Buffer.concat([received, bytes])));
  while (!received.includes('"event":"presence"')) await once(stream, 'data');
  stream.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])); // a masked close frame, 1000
  await once(stream, 'end');
  assert.deepEqual([...received.subarray(-4)], [0x88, 0x02, 0x03, 0xe8]);
  stream.close();
});

test('curl', async () => {
  const format = ['-sS', '-o', '/dev/null', '-w', '%{http_version} %{http_code}', '--cacert', ca, '-H', `Authorization: ${authorization}`];
  const { stdout } = await run('curl', ['--http2', ...format, `${url}/v1.0/me/presence`]);
  assert.equal(stdout, '2 200');
  const older = await run('curl', ['--http1.1', ...format, `${url}/v1.0/me/presence`]);
  assert.equal(older.stdout, '1.1 200');
});

test('h2load', async () => {
  const { stdout } = await run('h2load', ['-n', '5000', '-c', '4', '-m', '50', `${url}/healthz`]);
  assert.match(stdout, /5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout/);
});
