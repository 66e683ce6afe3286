// The typed @microsoft/msgraph-sdk with its users package, unmodified.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BaseBearerTokenAuthenticationProvider,
  ParseNodeFactoryRegistry,
  SerializationWriterFactoryRegistry,
} from '@microsoft/kiota-abstractions';
import { JsonParseNodeFactory, JsonSerializationWriterFactory } from '@microsoft/kiota-serialization-json';
import { GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import { createUsersServiceClient } from '@microsoft/msgraph-sdk-users';
import { me, presenting, token, url } from './demo.mjs';

function client(accessToken) {
  const authentication = new BaseBearerTokenAuthenticationProvider({
    getAuthorizationToken: async () => accessToken,
    getAllowedHostsValidator: () => undefined,
  });
  const parsers = new ParseNodeFactoryRegistry();
  const writers = new SerializationWriterFactoryRegistry();
  parsers.contentTypeAssociatedFactories.set('application/json', new JsonParseNodeFactory());
  writers.contentTypeAssociatedFactories.set('application/json', new JsonSerializationWriterFactory());
  const adapter = new GraphRequestAdapter(authentication, parsers, writers);
  adapter.baseUrl = `${url}/v1.0`;
  return createUsersServiceClient(adapter);
}

test('presence of oneself and of another', async () => {
  const users = client(token('Demo reader', { user: me }));
  const other = await users.users.byUserId(presenting).presence.get();
  assert.equal(other.id, presenting);
  assert.equal(other.availability, 'DoNotDisturb');
  assert.equal(other.activity, 'Presenting');
  assert.equal(other.outOfOfficeSettings.isOutOfOffice, false);
  assert.match(other.sequenceNumber, /^[A-Z]\d{10}$/);
});

test('set and clear', async () => {
  const presence = client(token('Demo writer')).users.byUserId(me).presence;
  const sessionId = 'b2b1c8ba-0000-4000-8000-000000000002';
  await presence.setPresence.post({ sessionId, availability: 'DoNotDisturb', activity: 'Presenting' });
  assert.equal((await presence.get()).activity, 'Presenting');
  await presence.clearPresence.post({ sessionId });
  assert.equal((await presence.get()).activity, 'Available');
});

test("refusals are the SDK's ODataError", async () => {
  const presence = client(token('Demo reader', { user: me })).users.byUserId(presenting).presence;
  await assert.rejects(
    presence.setPresence.post({ sessionId: 's', availability: 'Busy', activity: 'InACall' }),
    (error) => error.responseStatusCode === 403 && error.errorEscaped.code === 'Forbidden',
  );
});
