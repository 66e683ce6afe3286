// The TypeScript compiler checks notifications against the types that Microsoft publishes, and the unmodified typed
// @microsoft/msgraph-sdk-subscriptions works with each of its methods.
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BaseBearerTokenAuthenticationProvider } from '@microsoft/kiota-abstractions';
import { createGraphServiceClient, GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import '@microsoft/msgraph-sdk-subscriptions';
import ts from 'typescript';
import { advance, me, token, url } from './demo.mjs';
import { makeKey, open, Receiver } from './receiver.mjs';

const receiver = await Receiver.start(process.env.PORCHLIGHT_DATA, Number(process.env.PORCHLIGHT_RECEIVER_PORT));
after(() => receiver.stop());

const kaya = '5fa814e0-5d42-8bad-a826-5c1e118038ea'; // an offline user
const resource = `communications/presences/${kaya}`;
const key = makeKey(2048);
const writer = token('Demo writer', { role: 'Presence.ReadWrite.All' });
const life = async (minutes) => new Date((await advance('PT0S')).getTime() + minutes * 60_000);

const authentication = new BaseBearerTokenAuthenticationProvider({
  getAuthorizationToken: async () => token('Demo reader', { user: me, scope: 'Presence.Read.All' }),
  getAllowedHostsValidator: () => undefined,
});
const adapter = new GraphRequestAdapter(authentication);
adapter.baseUrl = `${url}/v1.0`;
const { subscriptions } = createGraphServiceClient(adapter);

async function set(availability, activity) {
  const answer = await fetch(`${url}/v1.0/users/${kaya}/presence/setPresence`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${writer}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ sessionId: 'types', availability, activity, expirationDuration: 'PT4H' }),
  });
  assert.equal(answer.status, 200);
}

// Returns the compiler's errors for each of the values {name: [value, type]}: {name: [message]}. A member that the type
// does not have is an error.
function faults(values) {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const texts = new Map(
    Object.entries(values).map(([name, [value, type]]) => [
      join(folder, `${name}.ts`),
      `import type * as graph from '@microsoft/microsoft-graph-types';\nexport const value: ${type} = ${JSON.stringify(value)};`,
    ]),
  );
  const options = { strict: true, noEmit: true, types: [], lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (file, ...rest) =>
    texts.has(file) ? ts.createSourceFile(file, texts.get(file), ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  const said = Object.fromEntries(Object.keys(values).map((name) => [name, []]));
  for (const { file, messageText } of ts.getPreEmitDiagnostics(ts.createProgram([...texts.keys()], options, host)))
    said[basename(file.fileName, '.ts')].push(ts.flattenDiagnosticMessageText(messageText, ' '));
  return said;
}

// Adds organizationId, a member that the documented samples have and the published type lacks.
const withTenant = (type) => `Omit<${type}, 'value'> & { value: (graph.ChangeNotification & { organizationId?: string })[] }`;
const collection = withTenant('graph.ChangeNotificationCollection');

test('a typed client subscribes, reads, renews, reauthorizes and unsubscribes', async () => {
  const expirationDateTime = await life(50);
  const made = await subscriptions.post({
    changeType: 'updated', notificationUrl: `${receiver.url}/typed`, resource, expirationDateTime, clientState: 'secret',
  });
  assert.deepEqual(
    [made.resource, made.clientState, made.creatorId, made.expirationDateTime],
    [resource, 'secret', me, expirationDateTime],
  );
  const one = subscriptions.bySubscriptionId(made.id);
  assert.deepEqual((await one.get()).expirationDateTime, expirationDateTime);
  assert.deepEqual((await subscriptions.get()).value.map(({ id, clientState }) => [id, clientState ?? null]), [[made.id, null]]);
  const later = await life(60);
  assert.deepEqual((await one.patch({ expirationDateTime: later })).expirationDateTime, later);
  await one.reauthorize.post();
  await assert.rejects(
    subscriptions.post({ changeType: 'updated', notificationUrl: `${receiver.url}/typed`, resource, expirationDateTime }),
    (error) => error.responseStatusCode === 409 && error.errorEscaped.code === 'Conflict',
  );
  await one.delete();
  await assert.rejects(one.get(), (error) => error.responseStatusCode === 404);
});

test('posts match the published types', async () => {
  const subscribe = async (more) =>
    subscriptions.post({ changeType: 'updated', resource, expirationDateTime: await life(60), clientState: 'secret', ...more });

  const plain = await subscribe({ notificationUrl: `${receiver.url}/plain`, lifecycleNotificationUrl: `${receiver.url}/life` });
  await set('Busy', 'InACall');
  await receiver.items('/plain', 1);
  await advance('PT45M');
  await receiver.items('/life', 1);
  await subscriptions.bySubscriptionId(plain.id).delete();

  const rich = await subscribe({
    notificationUrl: `${receiver.url}/rich`, includeResourceData: true,
    encryptionCertificate: key.base64, encryptionCertificateId: 'key',
  });
  await set('Busy', 'InAConferenceCall');
  const [sealed] = await receiver.items('/rich', 1);
  await subscriptions.bySubscriptionId(rich.id).delete();

  const bodyTo = (path) => receiver.posts.find((post) => post.path === path).body;
  const [plainBody, lifeBody, richBody] = ['/plain', '/life', '/rich'].map(bodyTo);
  for (const { value } of [plainBody, lifeBody, richBody])
    assert.ok(!Number.isNaN(Date.parse(value[0].subscriptionExpirationDateTime)));
  const { '@odata.type': type, '@odata.id': address, ...presence } = open(sealed, key);
  assert.deepEqual([type, address], ['#microsoft.graph.presence', `users/${kaya}/presence`]);
  assert.deepEqual(Object.keys(presence), ['id', 'availability', 'activity', 'sequenceNumber']);

  const changed = (more) => ({ value: [{ ...lifeBody.value[0], ...more }] });
  const said = faults({
    plain: [plainBody, collection],
    life: [lifeBody, collection],
    rich: [richBody, collection],
    presence: [presence, 'graph.Presence'],
    wrongEvent: [changed({ lifecycleEvent: 'ended' }), collection],
    wrongMember: [changed({ colour: 'red' }), collection],
    wrongBeside: [{ ...richBody, tokens: [] }, collection],
  });
  for (const name of ['plain', 'life', 'rich', 'presence']) assert.deepEqual(said[name], [], name);
  for (const name of ['wrongEvent', 'wrongMember', 'wrongBeside']) assert.equal(said[name].length, 1, `compiler errors of ${name}`);
});
