// Change notifications to a receiver written in JavaScript: validation handshake, plain and encrypted items, validation
// tokens, lifecycle notifications, retries. The unmodified @pnp/graph makes subscriptions, and the models of the
// unmodified @microsoft/msgraph-sdk parse them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSubscriptionFromDiscriminatorValue } from '@microsoft/msgraph-sdk/models/index.js';
import { JsonParseNodeFactory } from '@microsoft/kiota-serialization-json';
import { GraphBrowser, graphfi } from '@pnp/graph';
import '@pnp/graph/subscriptions/index.js';
import { BearerToken } from '@pnp/queryable';
import { advance, beRightBack, me, nobody, presenting, token, url } from './demo.mjs';
import { checkedClaims, makeKey, open, Receiver } from './receiver.mjs';

const receiver = await Receiver.start(process.env.PORCHLIGHT_DATA, Number(process.env.PORCHLIGHT_RECEIVER_PORT));
after(() => receiver.stop());

const kaya = '5fa814e0-5d42-8bad-a826-5c1e118038ea'; // an offline user
const writer = token('Demo writer', { role: 'Presence.ReadWrite.All' });
const of = (user) => token('Demo reader', { user, scope: 'Presence.Read.All' });
const life = async (minutes) => new Date((await advance('PT0S')).getTime() + minutes * 60_000).toISOString();
const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));

async function send(method, path, accessToken, body) {
  const answer = await fetch(`${url}/v1.0${path}`, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: text ? JSON.parse(text) : undefined };
}

async function subscribe(accessToken, resource, more = {}) {
  const { status, body } = await send('POST', '/subscriptions', accessToken, {
    changeType: 'updated', notificationUrl: `${receiver.url}/hook`, resource, expirationDateTime: await life(60), ...more,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function set(user, availability, activity) {
  const body = { sessionId: claimsOf(writer).appid ?? claimsOf(writer).azp, availability, activity, expirationDuration: 'PT4H' };
  assert.equal((await send('POST', `/users/${user}/presence/setPresence`, writer, body)).status, 200);
}

test('a client library subscribes, renews and unsubscribes', async () => {
  const graph = graphfi().using(GraphBrowser({ baseUrl: `${url}/v1.0` }), BearerToken(of(me)));
  const resource = `communications/presences/${kaya}`;
  const first = await life(50);
  const { data: made, subscription } = await graph.subscriptions.add('updated', `${receiver.url}/pnp?tag=a%20b`, resource, first, { clientState: 'secret' });
  assert.equal(made.resource, resource);
  assert.equal(new Date(made.expirationDateTime).toISOString(), first);
  assert.equal(receiver.handshakes.length, 1);
  const [handshake] = receiver.handshakes;
  assert.match(handshake.query, /^\?tag=a%20b&validationToken=[A-Za-z0-9%._~-]+$/);
  assert.match(handshake.token, /^Validation: Testing client application reachability for subscription Request-Id: [0-9a-f-]{36}$/);
  assert.deepEqual([handshake.type, handshake.text], ['text/plain; charset=utf-8', '']);
  const again = await life(60);
  await subscription.update({ expirationDateTime: again });
  const [listed] = await graph.subscriptions();
  assert.deepEqual([listed.id, listed.clientState], [made.id, null]);
  assert.equal(new Date(listed.expirationDateTime).toISOString(), again);
  await subscription.delete();
  assert.deepEqual(await graph.subscriptions(), []);
});

test('the typed model reads a subscription', async () => {
  const made = await subscribe(of(me), `communications/presences/${kaya}`, { clientState: 'secret' });
  const bytes = new TextEncoder().encode(JSON.stringify(made));
  const node = new JsonParseNodeFactory().getRootParseNode('application/json', bytes.buffer);
  const model = node.getObjectValue(createSubscriptionFromDiscriminatorValue);
  assert.deepEqual(
    [model.id, model.changeType, model.clientState, model.resource, model.creatorId, model.notificationUrl],
    [made.id, 'updated', 'secret', made.resource, me, `${receiver.url}/hook`],
  );
  assert.ok(model.expirationDateTime instanceof Date);
  await send('DELETE', `/subscriptions/${made.id}`, of(me));
});

test('a plain item names the changed user and contains no presence', async () => {
  const made = await subscribe(of(me), `communications/presences?$filter=id in ('${kaya}','${nobody}')`, { clientState: 'secret' });
  await set(beRightBack, 'DoNotDisturb', 'Presenting');
  await set(kaya, 'Busy', 'InACall');
  const [item] = await receiver.items('/hook', 1);
  const post = receiver.posts.at(-1);
  assert.equal(post.type, 'application/json; charset=utf-8');
  assert.equal(post.body.validationTokens, undefined);
  const { id, ...rest } = item;
  assert.match(id, /^[0-9a-f-]{36}$/);
  const { tid } = claimsOf(of(me));
  assert.deepEqual(rest, {
    subscriptionId: made.id,
    subscriptionExpirationDateTime: made.expirationDateTime,
    clientState: 'secret',
    changeType: 'updated',
    tenantId: tid,
    organizationId: tid,
    resource: `communications/presences('${kaya}')`,
    resourceData: { '@odata.type': '#microsoft.graph.presence', '@odata.id': `users/${kaya}/presence`, id: kaya },
  });
  await send('DELETE', `/subscriptions/${made.id}`, of(me));
});

for (const bits of [2048, 4096]) {
  test(`an encrypted item is decrypted with an openssl key of ${bits} bits`, async () => {
    const key = makeKey(bits);
    const subscriber = of(presenting);
    const path = `/rich${bits}`;
    const made = await subscribe(subscriber, `/users/${beRightBack}/presence`, {
      notificationUrl: receiver.url + path,
      includeResourceData: true,
      encryptionCertificate: key.base64,
      encryptionCertificateId: `key of ${bits}`,
    });
    assert.deepEqual([made.encryptionCertificate, made.encryptionCertificateId], [null, `key of ${bits}`]);
    await set(beRightBack, 'Busy', bits === 2048 ? 'InACall' : 'InAConferenceCall');
    const [item] = await receiver.items(path, 1);
    assert.equal(item.encryptedContent.encryptionCertificateId, `key of ${bits}`);
    const resource = open(item, key);
    const read = (await send('GET', `/users/${beRightBack}/presence`, subscriber)).body;
    assert.deepEqual(resource, {
      '@odata.type': '#microsoft.graph.presence',
      '@odata.id': `users/${beRightBack}/presence`,
      id: beRightBack,
      availability: read.availability,
      activity: read.activity,
      sequenceNumber: read.sequenceNumber,
    });
    const { validationTokens } = receiver.posts.at(-1).body;
    assert.equal(validationTokens.length, 1);
    await checkedClaims(validationTokens[0], {
      discovery: `${url}/.well-known/openid-configuration`,
      app: made.applicationId,
      tenant: claimsOf(subscriber).tid,
      now: (await advance('PT0S')).getTime(),
    });
    // The authority publishes the key too, for receivers that are configured with its address alone.
    const keyAt = async (discovery) => {
      const { keys } = await (await fetch((await (await fetch(url + discovery)).json()).jwks_uri)).json();
      return keys.find(({ kid }) => kid === JSON.parse(Buffer.from(validationTokens[0].split('.')[0], 'base64url')).kid);
    };
    assert.deepEqual(
      await keyAt('/common/v2.0/.well-known/openid-configuration'), await keyAt('/.well-known/openid-configuration'));
    // A validation token identifies the sender of a post and is not an access token.
    assert.equal((await send('GET', `/users/${beRightBack}/presence`, validationTokens[0])).status, 401);
    await send('DELETE', `/subscriptions/${made.id}`, subscriber);
  });
}

test('a failed post is retried with the same item', async () => {
  const made = await subscribe(of(me), `communications/presences/${kaya}`, { notificationUrl: `${receiver.url}/failing` });
  receiver.answer = (at, handshake) => (handshake === null && at.pathname === '/failing' ? [500, 'no'] : undefined);
  await set(kaya, 'DoNotDisturb', 'Presenting');
  const [first] = await receiver.items('/failing', 1);
  receiver.answer = () => undefined;
  let items = [first];
  for (let tries = 0; items.length < 2 && tries < 200; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await advance('PT1S');
    items = receiver.posts.filter(({ path }) => path === '/failing').flatMap(({ body }) => body.value);
  }
  assert.deepEqual(items, [first, first]);
  await send('DELETE', `/subscriptions/${made.id}`, of(me));
});

test('a subscription sends reauthorizationRequired before it expires', async () => {
  const made = await subscribe(of(me), `communications/presences/${kaya}`, {
    lifecycleNotificationUrl: `${receiver.url}/life`, clientState: 'secret',
  });
  await advance('PT45M');
  const [event] = await receiver.items('/life', 1);
  assert.deepEqual(event, {
    subscriptionId: made.id,
    subscriptionExpirationDateTime: made.expirationDateTime,
    clientState: 'secret',
    tenantId: claimsOf(of(me)).tid,
    lifecycleEvent: 'reauthorizationRequired',
    organizationId: claimsOf(of(me)).tid,
  });
  assert.equal((await send('POST', `/subscriptions/${made.id}/reauthorize`, of(me))).status, 204);
  await advance('PT15M');
  assert.equal((await send('GET', `/subscriptions/${made.id}`, of(me))).status, 404);
});

test('no subscription is made if the URL fails the validation handshake', async (context) => {
  const failed = (how) => `Subscription validation request failed. ${how} Notification endpoint must respond with 200 OK to validation request.`;
  const rows = {
    'still encoded': [() => [200, 'Validation%3A%20Testing', 'text/plain'], /must exactly match validationToken query parameter\. The response body is 23 bytes long/],
    'forbidden': [() => [403, ''], failed("HTTP status code is 'Forbidden'.")],
    'a redirect': [() => [302, ''], failed("HTTP status code is 'Found'.")],
    'as JSON': [(at, handshake) => [200, JSON.stringify(handshake), 'application/json'], /must exactly match validationToken query parameter\./],
  };
  for (const [name, [answer, message]] of Object.entries(rows)) {
    await context.test(name, async () => {
      receiver.answer = answer;
      const { status, body } = await send('POST', '/subscriptions', of(me), {
        changeType: 'updated', notificationUrl: `${receiver.url}/hook`, resource: `communications/presences/${kaya}`,
        expirationDateTime: await life(60),
      });
      assert.deepEqual([status, body.error.code], [400, 'ValidationError']);
      if (message instanceof RegExp) assert.match(body.error.message, message);
      else assert.equal(body.error.message, message);
    });
  }
  receiver.answer = () => undefined;
  assert.deepEqual((await send('GET', '/subscriptions', of(me))).body.value, []);
});

// Express labels a text as HTML if the program sets no type, as Microsoft's Node sample for presence does.
test('the handshake may have any content type', async () => {
  for (const type of ['text/html; charset=utf-8', 'application/octet-stream', 'application/json']) {
    receiver.answer = (at, handshake) => (handshake === null ? undefined : [200, handshake, type]);
    const made = await subscribe(of(me), `communications/presences/${kaya}`);
    await send('DELETE', `/subscriptions/${made.id}`, of(me));
  }
  receiver.answer = () => undefined;
});
