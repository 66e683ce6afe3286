// An HTTP client at one address of the loopback network, so that the server counts it as a host of its own.
import http from 'node:http';
import net from 'node:net';

export class Client {
  // `keepAlive`: whether connections are used again. If not, each request opens one, as a new caller does.
  constructor(port, address, { keepAlive = false } = {}) {
    Object.assign(this, { port, address });
    this.agent = new http.Agent({ keepAlive, localAddress: address });
  }

  // Sends one request; resolves to {status, headers, body}. A body that is neither text nor undefined is sent as JSON.
  send({ method = 'GET', path, token, headers = {}, body }) {
    return new Promise((resolve, reject) => {
      this.start({ method, path, token, headers, body }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
        response.on('error', reject);
      }).on('error', reject);
    });
  }

  // Sends a form; resolves as send().
  form(path, fields, headers = {}) {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return this.send({ method: 'POST', path, headers: { ...type, ...headers }, body: new URLSearchParams(fields).toString() });
  }

  // Opens a stream of server-sent events; resolves to the response when its headers have arrived.
  open({ path, token }) {
    return new Promise((resolve, reject) => this.start({ method: 'GET', path, token, headers: {} }, resolve).on('error', reject));
  }

  start({ method, path, token, headers, body }, answered) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const fields = { ...(token && { Authorization: `Bearer ${token}` }) };
    if (text !== undefined) Object.assign(fields, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    const where = { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers: { ...fields, ...headers } };
    const request = http.request(where, answered);
    request.end(text);
    return request;
  }

  // Opens a bare connection, and sends `text`. Its errors are only its end.
  connect(text = '') {
    const socket = net.connect({ port: this.port, host: '127.0.0.1', localAddress: this.address });
    socket.on('error', () => {});
    if (text !== '') socket.write(text);
    return socket;
  }

  close() {
    this.agent.destroy();
  }
}

// Resolves when the condition holds; throws if it does not within 20 s, which is far beyond what any step takes.
export async function until(holds, what) {
  for (const end = Date.now() + 20_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 2)))
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
}
