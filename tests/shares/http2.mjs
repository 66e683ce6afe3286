// Fills what the requests of an HTTP/2 connection share (docs/security.md). Each row is bounded for a connection.
import http2 from 'node:http2';
import net from 'node:net';
import { until } from './client.mjs';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = http2.constants;

// A connection by prior knowledge that does not wait for the server's settings before it exceeds them.
function connect(tenant, settings = {}) {
  const where = { port: tenant.server.port, host: '127.0.0.1', localAddress: tenant.client.address };
  const session = http2.connect('http://localhost', {
    createConnection: () => net.connect(where),
    peerMaxConcurrentStreams: 1000,
    maxOutstandingPings: 1000,
    settings,
  });
  return session.on('error', () => {});
}

// Sends a request, and leaves it incomplete if it is a POST; `response` is its headers, `code` that of its reset.
function send(session, { method = 'GET', path, token, headers = {} }, body) {
  const authorization = token && { authorization: `Bearer ${token}` };
  const stream = session.request({ ':method': method, ':path': path, ...authorization, ...headers }, { endStream: method === 'GET' });
  const sent = { stream };
  stream.on('response', (fields) => (sent.response = fields));
  stream.on('error', () => {}).on('close', () => (sent.code = stream.rstCode));
  if (body) stream.write(body);
  return sent;
}

const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));
const refused = (requests) => requests.filter(({ code }) => code === NGHTTP2_REFUSED_STREAM).length;
const json = { 'content-type': 'application/json' };

export const http2Connections = {
  'requests of an HTTP/2 connection at once': {
    async fill({ a }, whileFull) {
      const session = connect(a);
      const request = { ...a.many([]), headers: json };
      const requests = many(120, () => send(session, request));
      await until(() => refused(requests) >= 20, 'requests beyond 100 are refused');
      await whileFull(`${refused(requests)} of 120 requests of a connection were refused`);
      session.destroy();
    },
  },

  'memory of the requests of an HTTP/2 connection that are incomplete or at work': {
    async fill({ a }, whileFull) {
      const session = connect(a);
      const request = { method: 'POST', path: a.tokenPath(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      const requests = many(90, () => send(session, request, 'x'.repeat(1000)));
      await until(() => refused(requests) > 0, 'requests of a stranger are refused');
      await whileFull(`${refused(requests)} of 90 requests of a stranger were refused`);
      session.destroy();
    },
  },

  'fields of an HTTP/2 request': {
    async fill({ a }, whileFull) {
      const session = connect(a);
      const headers = Object.fromEntries(many(5, (n) => [`x-field-${n}`, 'x'.repeat(8000)]));
      const requests = many(20, () => send(session, { ...a.presence(a.users[0]), headers }));
      await until(() => requests.every(({ response }) => response?.[':status'] === 431), '431 for 40 KB of fields');
      await whileFull('20 of 20 requests with 40 KB of fields got 431');
      session.destroy();
    },
  },

  'frames of an HTTP/2 connection that cost work': {
    async fill({ a }, whileFull) {
      const codes = [];
      const sessions = many(5, () => connect(a).on('goaway', (code) => codes.push(code)));
      for (const session of sessions) session.on('connect', () => many(150, () => session.ping(() => {})));
      await until(() => codes.length === sessions.length, 'GOAWAY for 150 pings');
      await whileFull(codes.every((code) => code === NGHTTP2_ENHANCE_YOUR_CALM) && '5 of 5 connections that sent 150 pings ended');
      sessions.forEach((session) => session.destroy());
    },
  },

  'responses of an HTTP/2 connection that wait': {
    unseen: 'a response that is not begun does not show (Http2Limits.ResponsesWait… looks at the connection)',
    async fill({ a }, whileFull) {
      await a.addUsers(500);
      const session = connect(a, { initialWindowSize: 0 });
      const requests = many(90, () => send(session, { ...a.many([]), headers: json }));
      const body = JSON.stringify({ ids: a.users.slice(0, 500) });
      requests.forEach(({ stream }) => stream.end(body));
      await until(() => requests.some(({ response }) => response), 'a response begins');
      await whileFull();
      session.destroy();
    },
  },

  'event streams of an HTTP/2 connection that wait': {
    settings: ['throttle.reads.requests = 0', 'throttle.presence.requests = 0'],
    unseen: 'a stream that waits gets no further events until it reads (Http2Stream.OfASlowReaderEnds pushes bytes to one)',
    async fill({ a }, whileFull) {
      const session = connect(a, { initialWindowSize: 0 });
      const events = send(session, { path: `/porchlight/v1/stream?users=${a.users[0]}`, token: a.token });
      await until(() => events.response, 'the stream opens');
      const activities = ['InACall', 'InAConferenceCall'];
      const client = a.at(1, { keepAlive: true });
      for (let n = 0; n < 200; ++n) await client.send(a.setPresence(a.users[0], activities[n % 2]));
      await whileFull();
      client.close();
      session.destroy();
    },
  },
};
