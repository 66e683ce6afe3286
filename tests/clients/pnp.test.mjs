// The unmodified @pnp/graph with its default behaviors: each of its presence methods, on v1.0 and beta.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GraphBrowser, graphfi } from '@pnp/graph';
import '@pnp/graph/batching.js';
import { _Communications, _Presence } from '@pnp/graph/cloud-communications/types.js';
import '@pnp/graph/cloud-communications/index.js';
import { _GraphCollection, _GraphInstance } from '@pnp/graph/graphqueryable.js';
import '@pnp/graph/users/index.js';
import { BearerToken } from '@pnp/queryable';
import { advance, beRightBack, me, nobody, passWaits, presenting, spendReads, token, url } from './demo.mjs';

const client = (accessToken, version = 'v1.0') =>
  graphfi().using(GraphBrowser({ baseUrl: `${url}/${version}` }), BearerToken(accessToken));

const sessionId = 'b2b1c8ba-0000-4000-8000-000000000003';
const inACall = { sessionId, availability: 'Busy', activity: 'InACall' };

// The test of each method, by the method's name. A test restores the user's presence. `presence` returns a new request
// for the signed-in user's presence, because @pnp/graph keeps the options of an earlier request in the same object.
const methods = {
  async setPresence(presence) {
    await presence().setPresence({ ...inACall, expirationDuration: 'PT1H' });
    assert.equal((await presence()()).activity, 'InACall');
    await advance('PT59M59S');
    assert.equal((await presence()()).activity, 'InACall');
    await advance('PT1S');
    assert.equal((await presence()()).activity, 'Available');
    await assert.rejects(
      presence().setPresence({ ...inACall, expirationDuration: 'PT4M59S' }),
      refused(400, 'InvalidArgument'),
    );
    await assert.rejects(presence().setPresence({ ...inACall, activity: 'Away' }), refused(400, 'InvalidArgument'));
  },

  async clearPresence(presence) {
    await presence().setPresence(inACall);
    await presence().clearPresence(sessionId);
    assert.equal((await presence()()).activity, 'Available');
    await assert.rejects(presence().clearPresence(sessionId), refused(404, 'NotFound'));
  },

  async setPreferredPresence(presence) {
    const away = { availability: 'Away', activity: 'Away' };
    await presence().setPreferredPresence({ ...away, expirationDuration: 'PT1M' });
    assert.equal((await presence()()).availability, 'Away');
    await advance('PT1M');
    assert.equal((await presence()()).availability, 'Available');
    await assert.rejects(
      presence().setPreferredPresence({ availability: 'Busy', activity: 'InACall' }),
      refused(400, 'InvalidArgument'),
    );
  },

  async clearPreferredPresence(presence) {
    await presence().setPreferredPresence({ availability: 'DoNotDisturb', activity: 'DoNotDisturb' });
    assert.equal((await presence()()).availability, 'DoNotDisturb');
    await presence().clearPreferredPresence();
    assert.equal((await presence()()).availability, 'Available');
  },

  async setStatusMessage(presence) {
    const now = await advance('PT0S');
    const dateTime = new Date(now.getTime() + 60_000).toISOString().slice(0, -1);
    const expiryDateTime = { dateTime, timeZone: 'UTC' };
    const message = { content: 'On the phone', contentType: 'text' };
    await presence().setStatusMessage({ message, expiryDateTime });
    const shown = (await presence()()).statusMessage;
    assert.deepEqual(shown.message, message);
    assert.equal(new Date(shown.publishedDateTime).getTime(), now.getTime());
    assert.equal(shown.expiryDateTime.timeZone, 'UTC');
    assert.ok(shown.expiryDateTime.dateTime.startsWith(dateTime));
    await advance('PT1M');
    assert.equal((await presence()()).statusMessage, null);
    await assert.rejects(
      presence().setStatusMessage({ message: { ...message, contentType: 'html' }, expiryDateTime }),
      refused(400, 'InvalidArgument'),
    );
  },
};

// Returns a check that an error is the library's HttpRequestError with this status and Graph error code.
function refused(status, code) {
  return (error) => {
    assert.equal(error.isHttpRequestError, true);
    assert.equal(error.status, status);
    assert.equal(JSON.parse(error.message.split(' ::> ')[1]).error.code, code);
    return true;
  };
}

// The library's paths to a user's presence.
const places = {
  'me.presence': (graph) => graph.me.presence,
  'users.getById.presence': (graph) => graph.users.getById(me).presence,
};

// Returns the names of the methods of a class and its superclasses below `base`, sorted.
function methodsOf(type, base) {
  const names = [];
  for (let level = type.prototype; level !== base.prototype; level = Object.getPrototypeOf(level)) {
    names.push(...Object.getOwnPropertyNames(level).filter((name) => name !== 'constructor'));
  }
  return names.sort();
}

test('each presence method of the library has a test', () => {
  assert.deepEqual(methodsOf(_Presence, _GraphInstance), Object.keys(methods).sort());
  assert.deepEqual(methodsOf(_Communications, _GraphCollection), ['getPresencesByUserId']);
});

for (const version of ['v1.0', 'beta']) {
  const graph = client(token('Demo writer', { user: me }), version);
  for (const [place, go] of Object.entries(places)) {
    const presence = () => go(graph);
    test(`${version}: ${place}`, async () => {
      const own = await presence()();
      assert.deepEqual([own.id, own.availability, own.activity], [me, 'Available', 'Available']);
      assert.match(own['@odata.context'], new RegExp(`/${version}/\\$metadata#`));
      const part = await presence().select('id', 'availability')();
      assert.deepEqual([part.id, part.availability, part.activity], [me, 'Available', undefined]);
      await assert.rejects(presence().expand('x')(), refused(400, 'ExpandNotSupported'));
    });
    for (const [name, run] of Object.entries(methods)) {
      test(`${version}: ${place}.${name}`, () => run(presence));
    }
  }

  test(`${version}: communications.getPresencesByUserId`, async () => {
    const people = await graph.communications.getPresencesByUserId([beRightBack, nobody, presenting]);
    assert.deepEqual(
      people.map((person) => [person.id, person.activity]),
      [
        [beRightBack, 'BeRightBack'],
        [nobody, 'PresenceUnknown'],
        [presenting, 'Presenting'],
      ],
    );
    const many = (length) => Array.from({ length }, () => me);
    assert.equal((await graph.communications.getPresencesByUserId(many(650))).length, 1);
    await assert.rejects(graph.communications.getPresencesByUserId(many(651)), refused(400, 'InvalidArgument'));
  });

  test(`${version}: a batch sets and reads in the order given`, async () => {
    const [batched, execute] = graph.batched();
    const set = batched.me.presence.setPresence(inACall);
    const shown = batched.me.presence();
    const refusal = assert.rejects(
      batched.users.getById(nobody).presence(),
      (error) => error.isHttpRequestError && error.status === 404,
    );
    const cleared = batched.me.presence.clearPresence(sessionId);
    await execute();
    await Promise.all([set, refusal, cleared]);
    assert.equal((await shown).activity, 'InACall');
    assert.equal((await graph.me.presence()).activity, 'Available');
  });
}

test('an application reads and sets the presence of another user', async () => {
  const presence = () => client(token('Demo writer')).users.getById(presenting).presence;
  await presence().setPreferredPresence({ availability: 'BeRightBack', activity: 'BeRightBack' });
  assert.equal((await presence()()).activity, 'BeRightBack');
  await presence().clearPreferredPresence();
  assert.equal((await presence()()).activity, 'Presenting');
});

test("refusals are the library's HttpRequestError", async () => {
  const reader = client(token('Demo reader', { user: me }));
  const writer = client(token('Demo writer', { user: me }));
  const application = client(token('Demo writer'));
  const set = (graph, id) => graph.users.getById(id).presence.setPresence(inACall);
  await assert.rejects(set(reader, me), refused(403, 'Forbidden'));
  await assert.rejects(set(writer, presenting), refused(401, 'Unauthorized'));
  await assert.rejects(set(application, nobody), refused(404, 'Request_ResourceNotFound'));
  await assert.rejects(reader.users.getById(nobody).presence(), refused(404, 'Request_ResourceNotFound'));
  await assert.rejects(application.me.presence(), refused(400, 'BadRequest'));
  await assert.rejects(client('a.b.c').me.presence(), refused(401, 'InvalidAuthenticationToken'));
  const own = client(token('Demo reader', { user: me, scope: 'Presence.Read' }));
  await assert.rejects(own.communications.getPresencesByUserId([me]), refused(403, 'Forbidden'));
});

test('a throttled client retries after Retry-After and succeeds', async (context) => {
  const accessToken = token('Demo reader', { user: me });
  await spendReads(accessToken);
  const waits = passWaits(context);
  assert.equal((await client(accessToken).me.presence()).id, me);
  assert.deepEqual(waits, [30]);
});
