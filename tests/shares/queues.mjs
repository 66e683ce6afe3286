// Fills the budgets, caches and queues of authenticated requests (docs/security.md, "After authentication").
import { until } from './client.mjs';
import { Flood } from './flood.mjs';

const noBudgets = { settings: ['throttle.reads.requests = 0', 'throttle.presence.requests = 0'] };

// Keeps `width` requests of the tenant on their way, until one gets `status`, if it is given, and whileFull ends.
async function flood(tenant, { width, request, status }, whileFull) {
  const clients = Array.from({ length: 10 }, (_, n) => tenant.at(n + 1, { keepAlive: true }));
  const requests = new Flood(width, (n) => clients[n % clients.length].send(request(n)));
  if (status) await requests.refused(status);
  await whileFull(status && `${requests.count(status)} of ${requests.sent} requests got ${status}`);
  requests.stop();
  clients.forEach((client) => client.close());
}

// Connections that send requests for large responses, and read nothing.
async function slowReaders({ a }, count, requestsOfEach) {
  await a.addUsers(10_000);
  const body = JSON.stringify({ ids: a.users });
  const { path, token } = a.many([]);
  const fields = `Host: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const text = `POST ${path} HTTP/1.1\r\n${fields}\r\n\r\n${body}`.repeat(requestsOfEach);
  return Array.from({ length: count }, () => a.client.connect(text).pause());
}
const largeReads = ['presence.bulk_ids_max = 10000'];

// A calendar that takes long to read: it has many events that recur.
const events = Array.from({ length: 1500 }, (_, n) => [
  ...['BEGIN:VEVENT', `UID:${n}`, `DTSTART;TZID=Europe/Berlin:20200101T${String(n % 24).padStart(2, '0')}0000`, 'DURATION:PT30M'],
  ...['RRULE:FREQ=DAILY;INTERVAL=7', 'END:VEVENT'],
]).flat();
const longFeed = ['BEGIN:VCALENDAR', ...events, 'END:VCALENDAR', ''].join('\r\n');

const patch = (count) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: Array.from({ length: count }, (_, n) => ({ op: 'replace', path: 'displayName', value: `name ${n}` })),
});

export const queues = {
  requests: {
    async fill({ a }, whileFull) {
      const { path: url } = a.presence(a.users[0]);
      const steps = Array.from({ length: 20 }, (_, n) => ({ id: `${n}`, method: 'GET', url: url.replace('/v1.0', '') }));
      const batch = { method: 'POST', path: '/v1.0/$batch', token: a.token, body: { requests: steps } };
      for (let reads = 0; reads < 1500; reads += steps.length) await a.client.send(batch);
      return flood(a, { width: 10, request: () => a.presence(a.users[0]), status: 429 }, whileFull);
    },
  },

  'time of a serving thread': {
    ...noBudgets,
    unseen: 'a turn ends unseen: http/turns_test',
    async fill({ a }, whileFull) {
      await a.addUsers(300);
      return flood(a, { width: 100, request: () => a.many(a.users.slice(0, 300)) }, whileFull);
    },
  },

  'cached tokens': {
    ...noBudgets,
    unseen: 'a token that was forgotten is verified again, and gets the same response',
    fill({ a, template }, whileFull) {
      const claims = JSON.parse(Buffer.from(a.token.split('.')[1], 'base64url'));
      const pad = 'x'.repeat(11_500); // 2,200 such tokens have 33 MiB
      const tokens = Array.from({ length: 2200 }, (_, n) => template.minter.mint({ ...claims, pad: `${n}${pad}` }));
      let sent = 0;
      const request = () => ({ ...a.presence(a.users[0]), token: tokens[sent++ % tokens.length] });
      return flood(a, { width: 20, request }, async () => {
        await until(() => sent > tokens.length, 'each token is sent');
        await whileFull();
      });
    },
  },

  'output that waits': {
    settings: largeReads,
    async fill(world, whileFull) {
      const sockets = await slowReaders(world, 40, 5);
      let closed = 0;
      for (const socket of sockets) socket.on('close', () => ++closed);
      // A connection that does not read learns of its end when it writes.
      const writing = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('\r\n')), 20);
      await until(() => closed > 0, 'a slow reader is closed');
      await whileFull(`${closed} of ${sockets.length} slow readers were closed`);
      clearInterval(writing);
      sockets.forEach((socket) => socket.destroy());
    },
  },

  'a slow reader': {
    settings: largeReads,
    unseen: 'it is closed by the machine\'s clock, for which no test waits (http/limits_test has a manual one)',
    async fill(world, whileFull) {
      const sockets = await slowReaders(world, 10, 2);
      await whileFull();
      sockets.forEach((socket) => socket.destroy());
    },
  },

  'writes that wait': {
    ...noBudgets,
    unseen: 'each of the 16,384 writes needs a connection of its own: state/writer_test fills a shard',
    async fill({ a }, whileFull) {
      await a.addUsers(500); // some in each shard
      return flood(a, { width: 400, request: (n) => a.setPresence(a.users[n % 500], 'InACall') }, whileFull);
    },
  },

  'calendars and dead letters at work': {
    ...noBudgets,
    fill: ({ a }, whileFull) =>
      flood(a, { width: 25, request: (n) => a.calendar(a.users[n % 20], longFeed), status: 503 }, whileFull),
  },

  'queries about the past': {
    ...noBudgets,
    async fill({ a, now }, whileFull) {
      await a.addUsers(300);
      const request = () => a.many(a.users.slice(0, 300), `?asOf=${new Date(now).toISOString()}`);
      return flood(a, { width: 300, request, status: 503 }, whileFull);
    },
  },

  'SCIM requests': {
    async fill({ a }, whileFull) {
      await a.addUsers(1000);
      const path = `/Users?count=200&filter=${encodeURIComponent('displayName co "user"')}`;
      return flood(a, { width: 150, request: () => a.scim('GET', path), status: 503 }, whileFull);
    },
  },

  'a SCIM PATCH': {
    fill: ({ a }, whileFull) => {
      const request = (n) => a.scim('PATCH', `/Users/${a.users[0]}`, patch(n % 2 ? 1000 : 1001));
      return flood(a, { width: 10, request, status: 400 }, whileFull);
    },
  },

  'administrative commands': {
    ...noBudgets,
    async fill({ a }, whileFull) {
      await a.addUsers(1000);
      return flood(a, { width: 300, request: () => a.administration('GET', '/users?limit=999'), status: 503 }, whileFull);
    },
  },

  'the audit log': {
    unseen: 'its 64 MiB take long to fill: audit/audit_log_test',
    fill: ({ a }, whileFull) => {
      const request = (n) => a.administration('PATCH', `/users/${a.users[3]}`, { displayName: `Name ${n}` });
      return flood(a, { width: 20, request }, whileFull);
    },
  },

  'revocations of tokens': {
    unseen: 'there is no bound to reach: only an administrator revokes',
    async fill({ a, server }, whileFull) {
      for (const user of a.users) await server.admin({ command: 'token.revoke', tenant: a.name, user });
      await whileFull();
    },
  },
};
