// Delivery of notifications uses HTTP/2 if the receiver offers it, else HTTP/1.1, over a few reused connections.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { advance, beRightBack, me, presenting, token, url } from './demo.mjs';

const port = Number(process.env.PORCHLIGHT_RECEIVER_PORT);
const patienceMs = 20_000;
const kaya = '5fa814e0-5d42-8bad-a826-5c1e118038ea';
const writer = token('Demo writer', { role: 'Presence.ReadWrite.All' });
// Six subscribers, so that one change makes six posts due at once.
const jonas = '1cdf6684-38d9-8d42-a56a-7e84d4a68436', dev = '61de633e-4245-8a91-a5be-a46c73e720c2';
const subscribers = [me, beRightBack, presenting, kaya, jonas, dev];
const kinds = {
  'HTTP/2 if the receiver offers it': [(tls, take) => createSecureServer(tls, take), '2.0'],
  'HTTP/1.1 if the receiver offers nothing else': [(tls, take) => createServer(tls, take), '1.1'],
};

// A receiver that records posts and connections. It answers a post after 20 ms, so that posts overlap.
class Receiver {
  sockets = [];
  posts = []; // {version, path, type, atOnce}; atOnce: requests under way when the post arrived, itself included
  underWay = 0;

  static async start(make) {
    const receiver = new Receiver();
    const at = (name) => readFileSync(join(process.env.PORCHLIGHT_DATA, 'tls', name));
    receiver.server = make({ cert: at('server.pem'), key: at('server.key') }, (request, response) => receiver.take(request, response));
    receiver.server.on('secureConnection', (socket) => receiver.sockets.push(socket));
    await new Promise((resolve) => receiver.server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  async take(request, response) {
    const atOnce = ++this.underWay;
    request.resume();
    await once(request, 'end');
    const { pathname, searchParams } = new URL(request.url, url);
    const asked = searchParams.get('validationToken');
    if (asked === null) {
      this.posts.push({ version: request.httpVersion, path: pathname, type: request.headers['content-type'], atOnce });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    --this.underWay;
    response.writeHead(asked === null ? 202 : 200, asked === null ? {} : { 'Content-Type': 'text/plain' }).end(asked ?? '');
  }

  async await(count) {
    for (const end = Date.now() + patienceMs; this.posts.length < count; ) {
      assert.ok(Date.now() < end, `received ${this.posts.length} posts, expected ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

async function send(method, path, accessToken, body) {
  const answer = await fetch(`${url}/v1.0${path}`, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

for (const [name, [make, version]] of Object.entries(kinds)) {
  test(`posts use ${name}`, async (context) => {
    const receiver = await Receiver.start(make);
    context.after(() => receiver.stop());
    const expirationDateTime = new Date((await advance('PT0S')).getTime() + 3_600_000).toISOString();
    const made = [];
    for (const user of subscribers) {
      const mine = token('Demo reader', { user, scope: 'Presence.Read.All' });
      const { id } = await send('POST', '/subscriptions', mine, {
        changeType: 'updated', notificationUrl: `https://localhost:${port}/${user}`, expirationDateTime,
        resource: `communications/presences/${kaya}`,
      });
      made.push([id, mine]);
    }
    const rounds = 8;
    for (let round = 1; round <= rounds; ++round) {
      await send('POST', `/users/${kaya}/presence/setPresence`, writer, {
        sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability: 'Busy',
        activity: round % 2 ? 'InACall' : 'InAConferenceCall', expirationDuration: 'PT4H',
      });
      await receiver.await(round * subscribers.length);
    }
    assert.deepEqual([...new Set(receiver.posts.map((post) => post.version))], [version]);
    assert.deepEqual([...new Set(receiver.posts.map((post) => post.type))], ['application/json; charset=utf-8']);
    assert.ok(receiver.sockets.length <= 4, `${receiver.sockets.length} connections`);
    assert.ok(receiver.posts.every(({ atOnce }) => atOnce <= 4), 'more than four posts at once to one host');
    for (const [id, mine] of made) await send('DELETE', `/subscriptions/${id}`, mine);
  });
}
