// The requests whose instructions scripts/instructions.mjs counts. A row has
//
//   name      as bench/instructions.json and docs/performance.md name it
//   requests  how many are counted
//   budget    `used up`: the server refuses all reads but the first; without it, none
//   open      connects to a server, {port, token}, and resolves to a function that sends one request and resolves when the
//             response is complete; rejects if it is not the expected one
import http2 from 'node:http2';
import net from 'node:net';

export const tenant = 'c0000000-0000-4000-8000-000000000001';
const idsOfBulkRead = 650;
const stepsOfBatch = 20;

// Neighbouring ids: a directory may number its users.
const userId = (n) => `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const users = Array.from({ length: idsOfBulkRead }, (_, n) => userId(n));

// A persistent HTTP/1.1 connection with one request at a time.
class Connection {
  static async open(port) {
    const connection = new Connection();
    connection.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    connection.socket.on('data', (bytes) => connection.take(bytes));
    connection.socket.on('close', () => connection.fail?.(new Error('the server closed a connection')));
    await new Promise((resolve, reject) => connection.socket.once('connect', resolve).once('error', reject));
    return connection;
  }

  // Sends the bytes of a request. Resolves to the response.
  exchange(bytes) {
    this.socket.write(bytes);
    return this.receive(hasWholeBody);
  }

  // Resolves to the received text once `isComplete` is true of it.
  receive(isComplete) {
    this.text = '';
    this.isComplete = isComplete;
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }

  take(bytes) {
    this.text += bytes.toString('latin1');
    if (this.isComplete(this.text)) this.finish(this.text);
  }
}

// Whether `text` is a response with all of the body that its Content-Length promises.
function hasWholeBody(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + 4 + length;
}

// Whether `text` has the whole event of that name.
const hasEvent = (name) => (text) => {
  const begin = text.indexOf(`event: ${name}\n`);
  return begin >= 0 && text.includes('\n\n', begin);
};

function request(method, path, { token, tag, body, accept = 'application/json' } = {}) {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: presence.example',
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    `Accept: ${accept}`,
    ...(tag ? [`If-None-Match: ${tag}`] : []),
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

// Sends `bytes` each time, and expects responses with that status.
function repeated(connection, bytes, status) {
  return async () => {
    const response = await connection.exchange(bytes);
    if (!response.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`not ${status}: ${response}`);
  };
}

const path = `/v1.0/users/${userId(0)}/presence`;
const read = ({ token }, tag) => request('GET', path, { token, tag });

// Alternates between two states, so that each request changes the presence.
async function openSetter({ port, token }) {
  const connection = await Connection.open(port);
  const sends = ['Available', 'DoNotDisturb'].map((availability) => {
    const activity = availability === 'Available' ? 'Available' : 'Presenting';
    const body = JSON.stringify({ sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability, activity });
    return repeated(connection, request('POST', `${path}/setPresence`, { token, body }), 200);
  });
  let sent = 0;
  return () => sends[sent++ % 2]();
}

async function openSetterWithStream(server) {
  const stream = await Connection.open(server.port);
  const { token } = server;
  stream.socket.write(request('GET', `/porchlight/v1/stream?users=${userId(0)}`, { token, accept: 'text/event-stream' }));
  await stream.receive(hasEvent('ready'));
  const set = await openSetter(server);
  return () => Promise.all([stream.receive(hasEvent('presence')), set()]);
}

async function openConditionalRead(server) {
  const connection = await Connection.open(server.port);
  const response = await connection.exchange(read(server));
  return repeated(connection, read(server, /\r\netag: (\S+)/i.exec(response)[1]), 304);
}

async function openRefusedRead(server) {
  const connection = await Connection.open(server.port);
  await repeated(connection, read(server), 200)();
  return repeated(connection, read(server), 429);
}

// The same read as a stream of one HTTP/2 connection.
async function openHttp2Read({ port, token }) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
  const head = { ':path': path, ':authority': 'presence.example', authorization: `Bearer ${token}`, accept: 'application/json' };
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request(head);
      stream.once('response', ({ ':status': status }) => status === 200 || reject(new Error(`not 200: ${status}`)));
      stream.once('error', reject).once('end', resolve).resume();
    });
}

async function openPost({ port, token }, target, body) {
  return repeated(await Connection.open(port), request('POST', target, { token, body: JSON.stringify(body) }), 200);
}

const steps = Array.from({ length: stepsOfBatch }, (_, n) => ({
  id: String(n),
  method: 'GET',
  url: `/users/${userId(n)}/presence`,
}));

export const rows = [
  {
    name: 'single read',
    requests: 200,
    open: async (server) => repeated(await Connection.open(server.port), read(server), 200),
  },
  { name: 'single read over HTTP/2', requests: 200, open: openHttp2Read },
  {
    name: `read of ${idsOfBulkRead} users`,
    requests: 5,
    open: (server) => openPost(server, '/v1.0/communications/getPresencesByUserId', { ids: users }),
  },
  { name: 'read that is not modified (304)', requests: 200, open: openConditionalRead },
  {
    name: 'read without a token (401)',
    requests: 200,
    open: async ({ port }) => repeated(await Connection.open(port), read({}), 401),
  },
  { name: 'read beyond the budget (429)', requests: 200, budget: 'used up', open: openRefusedRead },
  {
    name: `$batch of ${stepsOfBatch} reads`,
    requests: 20,
    open: (server) => openPost(server, '/v1.0/$batch', { requests: steps }),
  },
  { name: 'setPresence', requests: 200, open: openSetter },
  { name: 'setPresence, with its event on one stream', requests: 200, open: openSetterWithStream },
];
