// A receiver of change notifications: an HTTPS server on loopback, one for each tenant.
import { once } from 'node:events';
import { createServer } from 'node:https';
import { certificate } from '../transcripts/receivers.mjs';

// One URL of a receiver, with the number of posts that came to it.
class Inbox {
  posts = 0;

  constructor(url) {
    this.url = url;
  }
}

export class Receiver {
  inboxes = [];
  isHolding = false; // whether posts get no response
  held = 0; // posts that wait for one
  heldMost = 0;

  // `folder`: where the certificate is written.
  static async start(folder) {
    const receiver = new Receiver();
    const { file, tls } = certificate(folder);
    receiver.file = file;
    receiver.server = createServer(tls, (request, response) => receiver.take(request, response));
    await once(receiver.server.listen(0, '127.0.0.1'), 'listening');
    receiver.port = receiver.server.address().port;
    return receiver;
  }

  inbox() {
    this.inboxes.push(new Inbox(`https://localhost:${this.port}/${this.inboxes.length}`));
    return this.inboxes.at(-1);
  }

  take(request, response) {
    request.resume();
    const { pathname, searchParams } = new URL(request.url, 'https://localhost');
    const token = searchParams.get('validationToken');
    if (token !== null) return response.writeHead(200, { 'Content-Type': 'text/plain' }).end(token);
    ++this.inboxes[Number(pathname.slice(1))].posts;
    if (!this.isHolding) return response.writeHead(202).end();
    this.heldMost = Math.max(this.heldMost, ++this.held);
    return response.on('close', () => --this.held);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
