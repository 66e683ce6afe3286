// An HTTP client with a few persistent connections and pipelined requests: each connection responds in the order of its
// requests.
import net from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

// One connection with its outstanding requests.
class Connection {
  constructor(port) {
    this.port = port;
    this.waiting = [];
    this.left = Buffer.alloc(0);
    this.unsent = '';
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => this.take(data));
    this.socket.on('close', () => this.fail(new Error('the server closed a connection')));
    this.socket.on('error', (error) => this.fail(error));
  }

  // `tag`: the ETag of a response that the client has already. `type`: the media type of the body.
  send({ method, path, token, tag, type = 'application/json', body }) {
    const text =
      `${method} ${path} HTTP/1.1\r\nHost: localhost:${this.port}\r\n` +
      (token ? `Authorization: Bearer ${token}\r\n` : '') +
      (tag ? `If-None-Match: ${tag}\r\n` : '') +
      (body === undefined ? '' : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`) +
      `\r\n${body ?? ''}`;
    // All requests of one turn of the event loop are sent in one write.
    if (this.unsent === '') queueMicrotask(() => this.flush());
    this.unsent += text;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  flush() {
    this.socket.write(this.unsent);
    this.unsent = '';
  }

  take(data) {
    this.left = this.left.length === 0 ? data : Buffer.concat([this.left, data]);
    for (;;) {
      const end = this.left.indexOf(headEnd);
      if (end < 0) return;
      const head = this.left.latin1Slice(0, end);
      const length = Number(head.match(/\r\ncontent-length: (\d+)/i)?.[1] ?? 0);
      const tag = head.match(/\r\netag: (.*)/i)?.[1];
      const bodyAt = end + headEnd.length;
      if (this.left.length < bodyAt + length) return;
      const body = this.left.utf8Slice(bodyAt, bodyAt + length);
      this.left = this.left.subarray(bodyAt + length);
      this.waiting.shift().resolve({ status: Number(head.slice(9, 12)), tag, body });
    }
  }

  fail(error) {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

export class HttpClient {
  constructor(port, count) {
    this.connections = Array.from({ length: count }, () => new Connection(port));
  }

  // Sends one request. Requests with the same `key` are processed in order.
  send(key, request) {
    return this.connections[key % this.connections.length].send(request);
  }

  close() {
    for (const { socket } of this.connections) socket.removeAllListeners('close').destroy();
  }
}
