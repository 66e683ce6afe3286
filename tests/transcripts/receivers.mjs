// Receivers of change notifications (spec notifications §5 to §8): each is a path of one HTTPS server on loopback. They keep
// the POSTs in order, and reply as the transcript says.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { makeKey, open } from '../clients/receiver.mjs';

const patienceMs = 20_000; // real time to wait for a request that is on its way

// Key pairs by size in bits, created once and shared by all receivers.
const made = new Map();
function key(bits) {
  if (!made.has(bits)) made.set(bits, makeKey(bits));
  return made.get(bits);
}

// Returns a self-signed certificate of localhost, created once in `folder`: {file, tls}.
let localhost;
export function certificate(folder) {
  const [file, secret] = [join(folder, 'receivers.pem'), join(folder, 'receivers.key')];
  const args = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  if (!localhost) {
    execFileSync('openssl', ['req', '-x509', ...args, '-keyout', secret, '-out', file], { stdio: 'ignore' });
    localhost = { file, tls: { cert: readFileSync(file), key: readFileSync(secret) } };
  }
  return localhost;
}

const base64 = (text) => Buffer.from(text).toString('base64');
const pemOf = ({ certificate }) => certificate.toString();

// Placeholders of a receiver, as in {hook.certificate}. The last two are invalid on purpose: too weak, and with a private key.
const texts = {
  certificate: () => key(2048).base64,
  thumbprint: () => key(2048).certificate.fingerprint.replaceAll(':', ''),
  pem: () => base64(pemOf(key(2048))),
  weak: () => key(1024).base64,
  secret: () => base64(key(2048).privateKey.export({ type: 'pkcs8', format: 'pem' }) + pemOf(key(2048))),
};

class Receiver {
  posts = []; // {headers, text, body} of the POSTs that the transcript has not mentioned yet
  questions = []; // {path, headers, text} of the validation requests not mentioned yet
  tokens = []; // validation tokens of the last POST that was mentioned
  answer = undefined; // {status, headers, text}; undefined: accept
  waits = undefined; // a promise while replies to validation requests are held
  isBlocked = false; // whether the last POST was refused, so that the next one waits for its retry
  beacon = undefined; // id of the beacon's subscription (beacon.mjs); isLit: whether its item has arrived
  isLit = false;
  isUsed = false; // whether a validation request has come

  constructor(url) {
    this.url = url;
  }

  filled(part) {
    return texts[part]?.();
  }

  // Handles one complete request.
  async take(request, text, response) {
    const { headers, url: path } = request;
    const token = new URL(path, this.url).searchParams.get('validationToken');
    if (token !== null) {
      const encoded = path.match(/validationToken=([^&]*)/)[1];
      if (this.beacon === 'asks') return respond(response, { status: 200, text: token });
      this.questions.push({ path, headers, text });
      this.isUsed = true;
      await this.waits;
      return respond(response, this.answer ?? { status: 200, text: '{token}' }, { token, encoded });
    }
    const body = JSON.parse(text);
    const own = body.value.filter((item) => item.subscriptionId === this.beacon);
    body.value = body.value.filter((item) => item.subscriptionId !== this.beacon);
    const answer = (body.value.length > 0 && this.answer) || { status: 202, text: '' };
    await respond(response, answer);
    if (body.value.length > 0) {
      this.posts.push({ headers, text, body });
      this.isBlocked = !(answer.status >= 200 && answer.status < 300);
    }
    if (own.length > 0) this.isLit = true;
  }

  // Removes and returns the next item of the first POST.
  item() {
    const { value } = this.posts[0].body;
    const item = value.shift();
    if (value.length === 0) this.passPost();
    return item;
  }

  // Removes and returns the first POST.
  passPost() {
    const post = this.posts.shift();
    this.tokens = post.body.validationTokens ?? [];
    return post;
  }

  // Sets the reply from now on, also for held validation requests; "later" holds them.
  answers(answer) {
    this.release?.();
    this.waits = answer === 'later' ? new Promise((resolve) => (this.release = resolve)) : undefined;
    if (answer !== 'later') this.answer = answer;
  }

  // Returns the decrypted resource of an encrypted item.
  open(item) {
    return open(item, key(2048));
  }
}

// Sends the reply; without a status, closes the connection. Resolves when the reply is sent.
async function respond(response, { status, headers = {}, text }, tokens) {
  if (status === undefined) return response.socket.destroy();
  const filled = text.replace(/\{(?:encoded )?token\}/g, (what) => (what === '{token}' ? tokens?.token : tokens?.encoded));
  response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(filled);
  await Promise.race([once(response, 'finish'), once(response, 'close')]);
}

export async function until(holds, ms = patienceMs) {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 2));
  return holds();
}

export class Receivers {
  // `folder`: where the certificate is written.
  static async start(names, folder) {
    const receivers = new Receivers();
    const { file, tls } = certificate(folder);
    receivers.server = createServer(tls, async (request, response) => {
      let text = '';
      for await (const piece of request) text += piece;
      const receiver = receivers.named.get(request.url.match(/^\/(\w*)/)[1]);
      if (receiver) await receiver.take(request, text, response);
      else response.writeHead(404).end();
    });
    receivers.server.listen(0, '127.0.0.1');
    await once(receivers.server, 'listening');
    const { port } = receivers.server.address();
    receivers.named = new Map(names.map((name) => [name, new Receiver(`https://localhost:${port}/${name}`)]));
    receivers.settings = [
      'webhooks.allow_ranges = ["127.0.0.0/8", "::1/128"]',
      `webhooks.ports = [${port}]`,
      `webhooks.ca_file = ${JSON.stringify(file)}`,
    ];
    return receivers;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
