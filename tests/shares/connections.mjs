// Fills what connections and requests without a valid token use (docs/security.md, "Before authentication").
import { HttpClient } from '../model/http_client.mjs';
import { until } from './client.mjs';

// Opens `count` connections of a client that send `text` and read everything; `closed` counts those that ended.
function openMany(client, count, text) {
  const group = { closed: 0, got: '' };
  group.sockets = Array.from({ length: count }, () => {
    const socket = client.connect(text);
    socket.on('close', () => ++group.closed);
    return socket.on('data', (data) => (group.got += data));
  });
  return group;
}

const close = (groups) => groups.forEach(({ sockets }) => sockets.forEach((socket) => socket.destroy()));

export const connections = {
  connections: {
    settings: ['http.connections = 250'],
    async fill({ a }, whileFull) {
      const groups = [1, 2, 3].map((n) => openMany(a.at(n), 90));
      const closed = () => groups.reduce((sum, group) => sum + group.closed, 0);
      await until(() => closed() > 0, 'an idle connection ends');
      await whileFull(`${closed()} of 270 idle connections ended`);
      close(groups);
    },
  },

  'connections of requests that come slowly': {
    settings: ['http.connections = 250'],
    async fill({ a }, whileFull) {
      const { path, token } = a.presence(a.users[0]);
      const fields = `HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`;
      const begun = `GET ${path} ${fields}\r\nPOST ${a.many([]).path} ${fields}Content-Length: 100\r\n\r\n{`;
      const groups = [];
      for (const n of [1, 2, 3]) {
        const group = openMany(a.at(n), 90, begun);
        groups.push(group);
        await until(() => group.got.split('HTTP/1.1 200').length + group.closed > 80, 'first requests are answered');
      }
      const closed = () => groups.reduce((sum, group) => sum + group.closed, 0);
      await until(() => closed() > 0, 'a slow connection ends');
      await whileFull(`${closed()} of 270 connections with an incomplete request ended`);
      close(groups);
    },
  },

  'connections without authentication': {
    async fill({ a }, whileFull) {
      const group = openMany(a.at(1), 110);
      await until(() => group.closed === 10, 'connections beyond 100 end');
      await whileFull('10 of 110 connections of a host ended');
      close([group]);
    },
  },

  'memory of a connection before authentication': {
    async fill({ a }, whileFull) {
      // The server reads 64 KiB of a body that it refuses, so that the client gets to read the response.
      const body = 'x'.repeat(32 * 1024);
      const post = (path) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n${body}`;
      const groups = [
        openMany(a.at(1), 40, post('/v1.0/communications/getPresencesByUserId')),
        openMany(a.at(2), 40, post(a.tokenPath())),
        openMany(a.at(3), 40, 'GET /v1.0/me/presence HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5000)),
      ];
      groups[2].sockets.forEach((socket) => socket.pause());
      const count = (group, status) => group.got.split(`HTTP/1.1 ${status} `).length - 1;
      await until(() => count(groups[0], 401) === 40 && count(groups[1], 413) === 40, '401 and 413');
      await whileFull('40 bodies got 401, 40 got 413');
      close(groups);
    },
  },

  'signatures that fail': {
    async fill({ a, server }, whileFull) {
      const pipes = new HttpClient(server.port, 10); // from 127.0.0.1
      const [head, payload] = a.token.split('.');
      const forged = (n) => `${head}.${payload}.${Buffer.alloc(256, `${n}`).toString('base64url')}`;
      const read = (token) => ({ ...a.presence(a.users[0]), method: 'GET', token });
      let refused = 0;
      for (let n = 0; refused === 0 && n < 8000; n += 500) {
        const sent = Array.from({ length: 500 }, (_, i) => pipes.send(i, read(forged(n + i))));
        refused = (await Promise.all(sent)).filter(({ status }) => status === 429).length;
      }
      await whileFull(refused > 0 && `${refused} forged tokens got 429`);
      pipes.close();
    },
  },
};
