// $metadata is usable by a generator of typed clients: @odata2ts/odata2ts generates a client from it, TypeScript
// compiles the client and a program that uses it, and the server's answers match the types.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { me, presenting, token, url } from './demo.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'porchlight-csdl-'));
test.after(() => rmSync(folder, { recursive: true }));

const compilerOptions = { target: 'es2022', module: 'commonjs', moduleResolution: 'node', strict: true, skipLibCheck: true };

function run(script, args, env = {}) {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } };
  try {
    return execFileSync(process.execPath, [script, ...args], options);
  } catch (error) {
    throw new Error(`${script} ${args.join(' ')}: ${error.stdout}${error.stderr}`, { cause: error });
  }
}

test('a generated client compiles, and the answers match its types', async () => {
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'graph'));
  const metadata = await (await fetch(`${url}/v1.0/$metadata`)).text();
  // The generator does not support Edm.Duration as the type of a parameter; in JSON a duration is a string.
  writeFileSync(join(folder, 'metadata.xml'), metadata.replaceAll('"Edm.Duration"', '"Edm.String"'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  copyFileSync(join(here, 'generated_client.ts'), join(folder, 'main.ts'));
  const bin = (name) => join(here, 'node_modules', name);
  run(bin('@odata2ts/odata2ts/lib/run-cli.js'), ['-s', 'metadata.xml', '-o', 'graph', '-m', 'all', '-e', 'ts']);
  run(bin('typescript/bin/tsc'), ['-p', '.']);

  const scope = 'Presence.Read.All Presence.ReadWrite User.Read User.ReadBasic.All';
  const TOKEN = token('Demo reader', { user: me, scope });
  const told = JSON.parse(run('main.js', [], { URL_ROOT: `${url}/v1.0`, TOKEN, PERSON: presenting }));
  assert.deepEqual(told.statuses, Array(10).fill(200));
  assert.deepEqual([told.set.id, told.set.availability, told.set.activity], [me, 'Away', 'Away']);
  assert.equal(told.set.statusMessage.message.content, 'Typed');
  assert.deepEqual(told.set.workLocation, { workLocationType: 'remote', source: 'manual', placeId: null });
  assert.equal(told.one.availability, 'DoNotDisturb');
  assert.deepEqual([told.same.id, told.same.activity], [presenting, 'Presenting']);
  assert.deepEqual(told.many.map(({ id }) => id), [presenting]);
  assert.deepEqual([told.list.value.length, told.list['@odata.count']], [3, 12]);
  assert.equal(told.changes.length, 12);
  assert.equal(told.people.length, 2);
  // Each action and function of $metadata has become a method.
  const methods = readFileSync(join(folder, 'graph/MicrosoftGraphService.ts'), 'utf8');
  for (const [, name] of metadata.matchAll(/<(?:Action|Function) Name="(\w+)"/g))
    assert.match(methods, new RegExp(`public async ${name}\\(`));
});
