// The measured server, and those that it is compared with. Each has {name, port, program}, the fields that load.mjs needs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { forBoth, forServers, Program } from './program.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const contentType = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

// The certificate of all servers with TLS, created on the first call.
function certificateOf({ work }) {
  const files = { certificate: join(work, 'certificate.pem'), key: join(work, 'key.pem') };
  if (existsSync(files.certificate)) return files;
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', files.key, '-out', files.certificate], { stdio: 'ignore' });
  return files;
}

const listening = /^listening on https?:\/\/[^\n]*:(\d+)\n/m;

// Porchlight on a folder of data.mjs, without request limits. `config`: more settings; `processors`: 'all' for more than
// that of servers.
export async function servePorchlight(bench, folder, { threads = 1, config = '', processors = forServers } = {}) {
  const { certificate, key } = certificateOf(bench);
  const file = `${folder.data}.toml`;
  writeFileSync(file, `log_level = "warn"\n[tls]\ncertificate = "${certificate}"\nkey = "${key}"\n${config}`);
  const listen = ['--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0'];
  const args = ['serve', '--data', folder.data, '--config', file, '--threads', threads, '--throttle', 'off', ...listen];
  const program = new Program(bench.porchlight, args, { processors: processors === 'all' ? forBoth : processors });
  const [, port, tlsPort] = await program.says(/http:\S*:(\d+)\n[^]*https:\S*:(\d+)\n/);
  return { ...folder, name: 'Porchlight', program, port: Number(port), http2Port: Number(port), tlsPort: Number(tlsPort) };
}

// The lower bound of requests of one kind, from captureAnswer of load.mjs.
export async function serveFloor({ tools }, { file, requestBytes }) {
  const program = new Program(join(tools, 'bench_floor'), [file, requestBytes]);
  const [, port] = await program.says(listening);
  return { name: 'bare loop', program, port: Number(port) };
}

// The lower bound of streams.
export async function servePushFloor({ tools }) {
  const eventBytes = 430; // about the size of Porchlight's
  const program = new Program(join(tools, 'bench_push_floor'), [eventBytes]);
  const [, port] = await program.says(listening);
  return { name: 'push-only loop', program, port: Number(port), token: 'of no use' };
}

// Ports that are free now, for servers that cannot choose one.
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function accepts(port, program) {
  for (let n = 0; n < 3000; ++n) {
    const connected = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connected) return;
    if (program.child.exitCode !== null) break;
    await sleep(10);
  }
  throw program.failure('does not accept connections');
}

// The path of a program, or an error that says that the comparison is left out.
function installed(path, how) {
  if (!existsSync(path)) throw new Error(`${how} is not installed`);
  return path;
}

// A text of nginx's configuration. A `$` begins a variable, which would cost nginx time.
const nginxText = (body) => body.replace(/["\\]/g, '\\$&').replaceAll('$', 'S');

function nginxConfig(body, { certificate, key }, [port, http2Port, tlsPort]) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path temp;`).join(' ');
  return `daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr;
events { worker_connections 19000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; ${temporary}
  ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.3;
  server {
    listen 127.0.0.1:${port} backlog=4096; listen 127.0.0.1:${http2Port} http2; listen 127.0.0.1:${tlsPort} ssl http2;
    location / { default_type "${contentType}"; return 200 "${nginxText(body)}"; }
  }
}
`;
}

async function serveNginx(bench, body) {
  const folder = join(bench.work, 'nginx');
  mkdirSync(folder, { recursive: true });
  const ports = await freePorts(3);
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(body, certificateOf(bench), ports));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
  const program = new Program(installed('/usr/sbin/nginx', 'nginx'), args);
  await accepts(ports[0], program);
  const [port, http2Port, tlsPort] = ports;
  return { name: 'nginx', program, port, http2Port, tlsPort };
}

const h2oConfig = (file, { certificate, key }, [port, tlsPort]) => `user: ${os.userInfo().username}
num-threads: 1
max-connections: 19000
http1-request-timeout: 3600
http2-idle-timeout: 3600
http2-max-concurrent-requests-per-connection: 256
hosts:
  default:
    paths:
      /:
        file.file: ${file}
        file.etag: OFF
        file.mime.setdefaulttype: "${contentType}"
listen:
  host: 127.0.0.1
  port: ${port}
listen:
  host: 127.0.0.1
  port: ${tlsPort}
  ssl:
    certificate-file: ${certificate}
    key-file: ${key}
    minimum-version: TLSv1.2
`;

// h2o answers from a file, which it keeps open. If it changed its user, it would not be killed with this process.
async function serveH2o(bench, body) {
  const folder = join(bench.work, 'h2o');
  mkdirSync(folder, { recursive: true });
  const ports = await freePorts(2);
  writeFileSync(join(folder, 'body'), body);
  writeFileSync(join(folder, 'h2o.conf'), h2oConfig(join(folder, 'body'), certificateOf(bench), ports));
  const program = new Program(installed('/usr/bin/h2o', 'h2o'), ['-m', 'worker', '-c', join(folder, 'h2o.conf')]);
  await accepts(ports[0], program);
  const [port, tlsPort] = ports;
  return { name: 'h2o', program, port, http2Port: port, tlsPort };
}

async function serveNode(bench, body) {
  const file = join(bench.work, 'node_body');
  writeFileSync(file, body);
  const program = new Program(process.execPath, [here('node_http.mjs'), file, contentType]);
  const [, port] = await program.says(listening);
  return { name: 'node', program, port: Number(port) };
}

// Prism answers with the example of an OpenAPI description.
async function servePrism(bench, body) {
  const prism = installed(here('prism/node_modules/.bin/prism'), 'Prism (npm ci in bench/prism)');
  const example = { 'application/json': { example: JSON.parse(body) } };
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const get = { parameters: [id], responses: { 200: { description: 'the presence', content: example } } };
  const description = {
    openapi: '3.0.3',
    info: { title: 'presence', version: '1' },
    paths: { '/v1.0/users/{id}/presence': { get } },
  };
  const file = join(bench.work, 'prism.json');
  writeFileSync(file, JSON.stringify(description));
  const [port] = await freePorts(1);
  const args = [prism, 'mock', '--host', '127.0.0.1', '--port', port, '--verboseLevel', 'silent', file];
  const program = new Program(process.execPath, args);
  await accepts(port, program);
  return { name: 'Prism', program, port };
}

const others = { nginx: serveNginx, h2o: serveH2o, node: serveNode, Prism: servePrism };

// Those of the named servers that can be started, which send the body of an answer of Porchlight with headers of their own.
// What cannot be started is noted as left out. Requests carry Porchlight's token, too.
export async function serveOthers(bench, names, answer, { people, token }) {
  const text = readFileSync(answer.file, 'latin1');
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  const servers = [];
  for (const name of names) {
    try {
      servers.push({ ...(await others[name](bench, body)), people, token });
    } catch (error) {
      bench.leaveOut(name, error.message);
    }
  }
  return servers;
}
