// The packages that scripts/package built into dist/. They are built once more in another folder and compared, checked for
// faults, and tried where nothing but what they bring is installed. Needs root.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { output } from '../cli/tools.mjs';
import { root } from '../docs/tree.mjs';
import { Machine, whyNot } from './systemd.mjs';

const dist = join(root, 'dist');
const built = (pattern) => join(dist, readdirSync(dist).find((name) => pattern.test(name)));
const debs = () => readdirSync(dist).filter((name) => name.endsWith('.deb')).map((name) => join(dist, name));
const deb = built(/^porchlight_.*\.deb$/);

let work;
before(() => {
  mkdirSync(join(root, 'build'), { recursive: true });
  work = mkdtempSync(join(root, 'build/package-test-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

// A new folder of that name.
function folder(name) {
  const path = join(work, name);
  mkdirSync(path);
  return path;
}

// The sources of apt on this machine that are Debian's, one a line.
const sources = () =>
  output('apt-get', ['indextargets', '--format', 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)', 'Identifier: Packages', 'Origin: Debian']);

// A root with the essential packages of Debian and these.
function debian(name, packages) {
  const path = join(work, name);
  const [, suite] = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'));
  const options = ['--quiet', '--variant=essential', `--include=${packages.join(',')}`];
  output('mmdebstrap', [...options, suite, path, '-'], { input: sources(), stdio: ['pipe', 'pipe', 'inherit'] });
  return path;
}

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
const inside = (path, ...command) => output('chroot', [path, ...command], { env });

// Starts a server with this command, calls use(url), and stops the server, which must end without an error.
async function serving([program, ...args], use) {
  const server = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const ended = new Promise((resolve) => server.on('close', resolve));
  const ready = new Promise((resolve, reject) => {
    server.stdout.on('data', (data) => {
      const found = /listening on (http:\S+)/.exec((printed += data));
      if (found) resolve(found[1]);
    });
    server.stderr.on('data', (data) => (printed += data));
    server.on('close', () => reject(new Error(`the server ended: ${printed}`)));
  });
  try {
    await use(await ready);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
  assert.equal(server.exitCode, 0, printed);
}

const isReady = async (url) => assert.equal((await fetch(`${url}/readyz`)).status, 200);
const anyPort = ['--listen', '127.0.0.1:0'];

// Digests of what is in dist/, by name.
const digests = () =>
  Object.fromEntries(readdirSync(dist).map((name) => [name, createHash('sha256').update(readFileSync(join(dist, name))).digest('hex')]));

test('the same commit gives the same bytes in another folder', () => {
  const first = digests();
  const other = join(work, 'elsewhere');
  output(join(root, 'scripts/package'), [], { env: { ...process.env, PORCHLIGHT_PACKAGE_DIR: other } });
  assert.deepEqual(digests(), first);
  // Objects may come from the compiler's cache. None may know where it was compiled, so both folders are looked for.
  const unpacked = folder('unpacked');
  for (const file of debs()) output('dpkg-deb', ['--extract', file, unpacked]);
  for (const path of [root, other]) {
    const found = spawnSync('grep', ['--recursive', '--fixed-strings', '--files-with-matches', path, unpacked], { encoding: 'utf8' });
    assert.equal(found.stdout, '', path);
  }
});

test('lintian finds no fault', () => {
  const found = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', ...debs()], { encoding: 'utf8' });
  assert.equal(found.status, 0, found.stdout);
});

// The .deb under an earlier version.
function previousVersion() {
  const unpacked = join(work, 'previous');
  output('dpkg-deb', ['--raw-extract', deb, unpacked]);
  const control = join(unpacked, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*/m, 'Version: 0.0.1-1'));
  output('dpkg-deb', ['--build', unpacked, join(work, 'previous.deb')]);
  return join(work, 'previous.deb');
}

// A Debian without the package, which has data of the package once it was there.
let system;
function install(file) {
  writeFileSync(join(system, 'tmp/porchlight.deb'), readFileSync(file));
  return inside(system, 'dpkg', '--install', '/tmp/porchlight.deb');
}

test('the .deb is installed over data, upgraded, removed and purged, and the data stays', async () => {
  const dependencies = output('dpkg-deb', ['--field', deb, 'Depends']).trim().split(', ').map((name) => name.replace(/ .*/, ''));
  system = debian('system', [...dependencies, 'systemd', 'curl']);
  const data = ['--data', '/var/lib/porchlight'];
  const porchlight = (...words) => inside(system, 'porchlight', ...words, ...data).trim();
  const tenants = () => JSON.parse(porchlight('tenant', 'list', '--json')).map((tenant) => tenant.displayName);
  const service = () => {
    const [, line] = /^ExecStart=(.*)$/m.exec(readFileSync(join(system, 'lib/systemd/system/porchlight.service'), 'utf8'));
    return ['chroot', system, ...line.replace('%S', '/var/lib').split(' '), ...anyPort];
  };

  // Data of a server that was installed by hand.
  output('dpkg-deb', ['--extract', deb, folder('by-hand')]);
  mkdirSync(join(system, 'opt'), { recursive: true });
  writeFileSync(join(system, 'opt/porchlight'), readFileSync(join(work, 'by-hand/usr/bin/porchlight')), { mode: 0o755 });
  inside(system, '/opt/porchlight', 'init', ...data);
  inside(system, '/opt/porchlight', 'tenant', 'add', '--name', 'Example', ...data);

  install(previousVersion());
  assert.deepEqual(tenants(), ['Example']);
  const enabled = output('find', [join(system, 'etc/systemd/system'), '-name', 'porchlight*', '-printf', '%P']);
  assert.equal(enabled, 'multi-user.target.wants/porchlight.service');
  porchlight('user', 'add', '--upn', 'ana@example.org', '--name', 'Ana');
  porchlight('app', 'add', '--name', 'Phones', '--role', 'Presence.ReadWrite.All');
  const token = porchlight('token', '--app', 'Phones', '--role', 'Presence.ReadWrite.All Presence.Read.All');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await serving(service(), async (url) => {
    const body = JSON.stringify({ availability: 'Busy', activity: 'Busy', expirationDuration: 'PT4H' });
    const set = await fetch(`${url}/v1.0/users/ana@example.org/presence/setUserPreferredPresence`, { method: 'POST', headers, body });
    assert.equal(set.status, 200, await set.text());
  });

  appendFileSync(join(system, 'etc/porchlight/porchlight.toml'), '# changed here\n');
  install(deb);
  assert.match(readFileSync(join(system, 'etc/porchlight/porchlight.toml'), 'utf8'), /changed here/);
  await serving(service(), async (url) => {
    assert.equal((await fetch(`${url}/v1.0/users/ana@example.org/presence`, { headers })).status, 200);
    const explained = await fetch(`${url}/porchlight/v1/users/ana@example.org/presence/explain`, { headers });
    assert.match(await explained.text(), /Busy/);
  });

  inside(system, 'dpkg', '--remove', 'porchlight');
  assert.ok(existsSync(join(system, 'etc/porchlight/porchlight.toml')));
  assert.match(inside(system, 'dpkg', '--purge', 'porchlight'), /the data in \/var\/lib\/porchlight is kept/);
  assert.ok(!existsSync(join(system, 'etc/porchlight')));
  assert.ok(existsSync(join(system, 'var/lib/porchlight/format')));
});

// Commands that a user copies from a block of docs/install.md, which has this text.
function documented(text) {
  const blocks = readFileSync(join(root, 'docs/install.md'), 'utf8').matchAll(/```sh\n([^`]*)```/g);
  return [...blocks].map(([, commands]) => commands).find((commands) => commands.includes(text));
}

test('systemd starts, watches, reloads and restarts the service', { skip: whyNot() }, async () => {
  install(deb);
  const machine = await Machine.boot(system);
  try {
    const show = (property) => machine.output('systemctl', 'show', 'porchlight', '--value', '-p', property);
    const becomes = (property, pattern) => machine.becomes('systemctl', ['show', 'porchlight', '--value', '-p', property], pattern);
    const tenants = () => JSON.parse(machine.output('porchlight', 'tenant', 'list', '--json', '--data', '/var/lib/porchlight'));
    await becomes('StatusText', /^serving http:\/\/127.0.0.1:8080$/m);
    // The data of root, from the test before, belongs to the user of the service now.
    assert.deepEqual(tenants().map((tenant) => tenant.displayName), ['Example']);
    assert.equal(machine.output('stat', '--format=%U', '/var/lib/private/porchlight/format'), 'UNKNOWN');
    machine.output('systemctl', 'reload', 'porchlight');
    assert.match(machine.journal(), /msg="reloaded"/);

    machine.output('systemctl', 'kill', '--signal=KILL', 'porchlight');
    await becomes('NRestarts', /^1$/m);
    await becomes('StatusText', /^serving /m);
    assert.equal(tenants().length, 1);

    machine.output('sh', '-c', documented('porchlight-http.socket'));
    await becomes('StatusText', /^serving http:\/\/127.0.0.1:8080$/m);
    const codes = machine.output('sh', '-c', `
      for i in 1 2 3; do systemctl restart porchlight; done &
      while kill -0 $! 2>/dev/null; do curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/healthz; done`);
    assert.match(codes, /^(200\s*)+$/, 'no request is refused while the service restarts');

    machine.output('systemctl', 'start', 'porchlight-backup');
    const backup = machine.output('sh', '-c', 'ls -d /var/lib/porchlight-backups/*');
    assert.match(machine.output('porchlight', 'backup', 'verify', backup), /files/);

    machine.output('sh', '-c', `mkdir -p /run/systemd/system/porchlight.service.d
      printf '[Service]\\nWatchdogSec=1s\\n' >/run/systemd/system/porchlight.service.d/watchdog.conf
      systemctl daemon-reload && systemctl restart porchlight`);
    const main = show('MainPID');
    machine.output('systemctl', 'kill', '--signal=STOP', 'porchlight');
    await becomes('MainPID', new RegExp(`^(?!(0|${main})$)\\d+$`, 'm'));
    await becomes('StatusText', /^serving /m);
    assert.match(machine.journal(), /Watchdog timeout/);

    machine.output('systemctl', 'stop', 'porchlight');
    assert.equal(show('Result'), 'success');
  } finally {
    await machine.stop();
  }
});

test('the tarball needs nothing but glibc', async () => {
  const downloads = folder('downloads');
  output('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', 'libc6'], { cwd: downloads });
  const bare = folder('bare');
  output('dpkg-deb', ['--extract', join(downloads, readdirSync(downloads)[0]), bare]);
  output('tar', ['--extract', '--file', built(/-linux-.*\.tar\.gz$/), '--directory', bare]);
  // glibc finds the folder of a program, from which its libraries are searched, by /proc.
  mkdirSync(join(bare, 'proc'));
  const chroot = ['unshare', '--mount', 'sh', '-c', 'mount --rbind /proc "$1/proc" && exec chroot "$@"', 'sh', bare];
  const program = `/${readdirSync(bare).find((name) => name.startsWith('porchlight-'))}/bin/porchlight`;
  await serving([...chroot, program, 'serve', '--create', '--data', '/data', ...anyPort], isReady);
});

test('the image has the server and no shell, for tools of Docker and of OCI', async () => {
  const storage = ['--root', join(work, 'storage'), '--runroot', join(work, 'storage.run'), '--storage-driver', 'vfs'];
  const buildah = (command, ...args) => output('buildah', [command, ...storage, ...args], { stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  // buildah reads archives that are not compressed.
  const archive = join(work, 'image.tar');
  writeFileSync(archive, gunzipSync(readFileSync(built(/-image\.tar\.gz$/))));
  for (const format of ['docker-archive', 'oci-archive']) {
    const container = buildah('from', `${format}:${archive}`).split('\n').at(-1);
    const { User, Entrypoint, Cmd, Volumes, Healthcheck } = JSON.parse(buildah('inspect', container)).Docker.config;
    assert.equal(User, '65532:65532');
    assert.deepEqual(Volumes, { '/var/lib/porchlight': {} });
    assert.deepEqual(Healthcheck.Test, ['CMD', '/usr/bin/porchlight', 'health', '--data', '/var/lib/porchlight']);
    const files = buildah('mount', container);
    const shells = ['-type', 'f', '-regex', '.*/\\(sh\\|bash\\|dash\\|busybox\\|perl\\|python3?\\)'];
    assert.equal(output('find', [files, ...shells]), '');
    const authorities = readFileSync(join(files, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
    assert.match(authorities, /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n){100,}$/);
    const command = [...Entrypoint, ...Cmd].map((word) => (word === '0.0.0.0:8080' ? '127.0.0.1:0' : word));
    await serving(['chroot', `--userspec=${User}`, files, ...command], isReady);
  }
});
