// The unmodified typed @microsoft/msgraph-sdk: each presence method of its users package, on v1.0 and beta. The client
// of beta is @microsoft/msgraph-beta-sdk, which has no methods of its own and is extended with the same package.
import assert from 'node:assert/strict';
import test from 'node:test';
import { BaseBearerTokenAuthenticationProvider, Duration } from '@microsoft/kiota-abstractions';
import {
  createGraphBetaServiceClient,
  extendGraphBetaServiceClient,
  GraphBetaRequestAdapter,
} from '@microsoft/msgraph-beta-sdk';
import { createGraphServiceClient, GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import { UsersServiceClientNavigationMetadata } from '@microsoft/msgraph-sdk-users';
import { advance, me, nobody, passWaits, presenting, spendReads, token, url } from './demo.mjs';

extendGraphBetaServiceClient(UsersServiceClientNavigationMetadata);

function client(accessToken, version = 'v1.0') {
  const authentication = new BaseBearerTokenAuthenticationProvider({
    getAuthorizationToken: async () => accessToken,
    getAllowedHostsValidator: () => undefined,
  });
  const beta = version === 'beta';
  const adapter = beta ? new GraphBetaRequestAdapter(authentication) : new GraphRequestAdapter(authentication);
  adapter.baseUrl = `${url}/${version}`;
  return beta ? createGraphBetaServiceClient(adapter) : createGraphServiceClient(adapter);
}

const sessionId = 'b2b1c8ba-0000-4000-8000-000000000002';
const inACall = { sessionId, availability: 'Busy', activity: 'InACall' };
const office = { workLocationType: 'office', placeId: 'eb706f15-137e-4722-b4d1-b601481d9251' };
const remote = { workLocationType: 'remote', placeId: 'home' };

// The test of each method, by the method's name. A test restores the user's presence. `presence` is the request builder
// of the signed-in user's presence.
const methods = {
  async get(presence) {
    const own = await presence.get();
    assert.deepEqual([own.id, own.availability, own.activity], [me, 'Available', 'Available']);
    assert.equal(own.outOfOfficeSettings.isOutOfOffice, false);
    assert.match(own.sequenceNumber, /^[A-Z]\d{10}$/);
    const part = await presence.get({ queryParameters: { select: ['availability'] } });
    assert.deepEqual([part.id, part.availability, part.activity], [undefined, 'Available', undefined]);
    await assert.rejects(presence.get({ queryParameters: { expand: ['x'] } }), refused(400, 'ExpandNotSupported'));
  },

  async 'setPresence.post'(presence) {
    await presence.setPresence.post({ ...inACall, expirationDuration: new Duration({ hours: 1 }) });
    assert.equal((await presence.get()).activity, 'InACall');
    await advance('PT59M59S');
    assert.equal((await presence.get()).activity, 'InACall');
    await advance('PT1S');
    assert.equal((await presence.get()).activity, 'Available');
    await assert.rejects(
      presence.setPresence.post({ ...inACall, expirationDuration: new Duration({ minutes: 4, seconds: 59 }) }),
      refused(400, 'InvalidArgument'),
    );
    await assert.rejects(presence.setPresence.post({ ...inACall, activity: 'Away' }), refused(400, 'InvalidArgument'));
  },

  async 'clearPresence.post'(presence) {
    await presence.setPresence.post(inACall);
    await presence.clearPresence.post({ sessionId });
    assert.equal((await presence.get()).activity, 'Available');
    await assert.rejects(presence.clearPresence.post({ sessionId }), refused(404, 'NotFound'));
  },

  async 'setUserPreferredPresence.post'(presence) {
    const expirationDuration = new Duration({ minutes: 1 });
    const away = { availability: 'Away', activity: 'Away' };
    await presence.setUserPreferredPresence.post({ ...away, expirationDuration });
    assert.equal((await presence.get()).availability, 'Away');
    await advance('PT1M');
    assert.equal((await presence.get()).availability, 'Available');
    await assert.rejects(
      presence.setUserPreferredPresence.post({ availability: 'Busy', activity: 'InACall' }),
      refused(400, 'InvalidArgument'),
    );
  },

  async 'clearUserPreferredPresence.post'(presence) {
    await presence.setUserPreferredPresence.post({ availability: 'DoNotDisturb', activity: 'DoNotDisturb' });
    assert.equal((await presence.get()).availability, 'DoNotDisturb');
    await presence.clearUserPreferredPresence.post();
    assert.equal((await presence.get()).availability, 'Available');
  },

  async 'setStatusMessage.post'(presence) {
    const now = await advance('PT0S');
    const dateTime = new Date(now.getTime() + 60_000).toISOString().slice(0, -1);
    const message = { content: 'On the phone', contentType: 'text' };
    await presence.setStatusMessage.post({
      statusMessage: { message, expiryDateTime: { dateTime, timeZone: 'UTC' } },
    });
    const shown = (await presence.get()).statusMessage;
    assert.deepEqual([shown.message.content, shown.message.contentType], ['On the phone', 'text']);
    assert.equal(shown.publishedDateTime.getTime(), now.getTime());
    assert.equal(shown.expiryDateTime.timeZone, 'UTC');
    assert.ok(shown.expiryDateTime.dateTime.startsWith(dateTime));
    await advance('PT1M');
    assert.equal((await presence.get()).statusMessage.message, undefined); // the SDK reads null as an empty object
    await assert.rejects(
      presence.setStatusMessage.post({ statusMessage: { message: { ...message, contentType: 'html' } } }),
      refused(400, 'InvalidArgument'),
    );
  },

  async 'setManualLocation.post'(presence) {
    await presence.setManualLocation.post(office);
    await assertLocation(presence, { ...office, source: 'manual' });
    await presence.clearLocation.post();
    await assert.rejects(
      presence.setManualLocation.post({ workLocationType: 'unknownFutureValue' }),
      refused(400, 'InvalidArgument'),
    );
  },

  async 'setAutomaticLocation.post'(presence) {
    await presence.setAutomaticLocation.post(remote);
    await assertLocation(presence, { ...remote, source: 'automatic' });
    await presence.setManualLocation.post(office);
    await presence.setAutomaticLocation.post(remote);
    await assertLocation(presence, { ...office, source: 'manual' });
    await presence.clearLocation.post();
  },

  async 'clearAutomaticLocation.post'(presence) {
    await presence.setAutomaticLocation.post(remote);
    await presence.clearAutomaticLocation.post();
    await assertLocation(presence, { workLocationType: 'unspecified', source: 'none' });
  },

  async 'clearLocation.post'(presence) {
    await presence.setAutomaticLocation.post(remote);
    await presence.setManualLocation.post(office);
    await presence.clearLocation.post();
    await assertLocation(presence, { workLocationType: 'unspecified', source: 'none' });
  },

  // The SDK has patch and delete for every resource; presence supports neither (docs/graph-compatibility.md, Routes).
  async patch(presence) {
    await assert.rejects(presence.patch({ availability: 'Busy' }), refused(405, 'Request_BadRequest'));
  },

  async delete(presence) {
    await assert.rejects(presence.delete(), refused(405, 'Request_BadRequest'));
  },
};

async function assertLocation(presence, { placeId, source, workLocationType }) {
  const shown = (await presence.get()).workLocation;
  assert.deepEqual([shown.workLocationType, shown.source], [workLocationType, source]);
  assert.equal(shown.placeId || undefined, placeId);
}

// Returns a check that an error is the SDK's ODataError with this status and code.
function refused(status, code) {
  return (error) => {
    assert.deepEqual([error.responseStatusCode, error.errorEscaped?.code], [status, code]);
    assert.ok(error.errorEscaped.message);
    assert.ok(error.errorEscaped.innerError.requestId);
    assert.deepEqual(error.responseHeaders['request-id'], [error.errorEscaped.innerError.requestId]);
    return true;
  };
}

// The SDK's paths to a user's presence.
const places = {
  'me.presence': (graph) => graph.me.presence,
  'users.byUserId.presence': (graph) => graph.users.byUserId(me).presence,
};

// Yields the path of each method of the package, such as `me.presence.get`.
function* paths(navigation, before = '') {
  for (const [name, { requestsMetadata = {}, navigationMetadata = {} }] of Object.entries(navigation)) {
    for (const method of Object.keys(requestsMetadata)) yield `${before}${name}.${method}`;
    yield* paths(navigationMetadata, `${before}${name}.`);
  }
}

test('each presence method of the package has a test', () => {
  const found = [...paths(UsersServiceClientNavigationMetadata)].filter((path) => /presence/i.test(path));
  const tested = Object.keys(places).flatMap((place) => Object.keys(methods).map((method) => `${place}.${method}`));
  assert.deepEqual(found.sort(), tested.sort());
});

for (const version of ['v1.0', 'beta']) {
  const graph = client(token('Demo writer', { user: me }), version);
  for (const [place, go] of Object.entries(places)) {
    for (const [name, run] of Object.entries(methods)) {
      test(`${version}: ${place}.${name}`, () => run(go(graph)));
    }
  }
}

// The call of the tutorials of Microsoft, https://learn.microsoft.com/graph/tutorials/java-app-only.
test('users are listed by name, page by page', async () => {
  const graph = client(token('Demo reader'));
  const list = (top) =>
    graph.users.get({ queryParameters: { select: ['displayName', 'id', 'mail'], top, orderby: ['displayName'] } });
  const page = await list(25);
  const names = page.value.map((user) => user.displayName);
  assert.ok(names.length > 1);
  assert.deepEqual(names, names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
  assert.ok(page.value.every((user) => user.id && user.mail && user.userPrincipalName === undefined));
  const first = await list(1);
  assert.deepEqual(
    first.value.map((user) => user.id),
    [page.value[0].id],
  );
  const second = await graph.users.withUrl(first.odataNextLink).get();
  assert.equal(second.value[0].id, page.value[1].id);
  await assert.rejects(list(1000), refused(400, 'Request_UnsupportedQuery'));
});

test('advanced queries of users need ConsistencyLevel', async () => {
  const graph = client(token('Demo reader'));
  const eventual = { ConsistencyLevel: ['eventual'] };
  const queryParameters = { search: '"displayName:a"', count: true };
  await assert.rejects(graph.users.get({ queryParameters }), refused(400, 'Request_UnsupportedQuery'));
  const found = await graph.users.get({ queryParameters, headers: eventual });
  assert.equal(found.odataCount, found.value.length);
});

test('an application reads and sets the presence of another user', async () => {
  const presence = client(token('Demo writer')).users.byUserId(presenting).presence;
  assert.equal((await presence.get()).activity, 'Presenting');
  await presence.setUserPreferredPresence.post({ availability: 'BeRightBack', activity: 'BeRightBack' });
  assert.equal((await presence.get()).activity, 'BeRightBack');
  await presence.clearUserPreferredPresence.post();
  assert.equal((await presence.get()).activity, 'Presenting');
});

test("refusals are the SDK's ODataError", async () => {
  const reader = client(token('Demo reader', { user: me }));
  const writer = client(token('Demo writer', { user: me }));
  const application = client(token('Demo writer'));
  const set = (graph, id) => graph.users.byUserId(id).presence.setPresence.post(inACall);
  await assert.rejects(set(reader, me), refused(403, 'Forbidden'));
  await assert.rejects(set(writer, presenting), refused(401, 'Unauthorized'));
  await assert.rejects(set(application, nobody), refused(404, 'Request_ResourceNotFound'));
  await assert.rejects(reader.users.byUserId(nobody).presence.get(), refused(404, 'Request_ResourceNotFound'));
  await assert.rejects(application.me.presence.get(), refused(400, 'BadRequest'));
  await assert.rejects(
    application.users.byUserId(me).presence.setManualLocation.post(office),
    refused(403, 'Forbidden'),
  );
  await assert.rejects(client('a.b.c').me.presence.get(), refused(401, 'InvalidAuthenticationToken'));
});

test('a throttled client retries after Retry-After and succeeds', async (context) => {
  const accessToken = token('Demo reader', { user: me });
  await spendReads(accessToken);
  const waits = passWaits(context);
  assert.equal((await client(accessToken).me.presence.get()).id, me);
  assert.deepEqual(waits, [30]);
});
