// A proxy before the server that holds answers back, as one does that buffers: until 4 KB have come, or the end.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

const held = 4096;

export class Proxy {
  isHolding = true;
  flushes = new Set();

  static async open(port) {
    const proxy = new Proxy();
    proxy.server = createServer((asked, answer) => proxy.pass(port, asked, answer)).listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  pass(port, asked, answer) {
    const { method, url: path, headers } = asked;
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let parts = [];
      let size = 0;
      const flush = () => {
        if (!answer.headersSent) answer.writeHead(response.statusCode, response.headers);
        for (const part of parts) answer.write(part);
        parts = [];
        size = 0;
      };
      this.flushes.add(flush);
      response.on('data', (part) => {
        parts.push(part);
        size += part.length;
        if (!this.isHolding || size >= held) flush();
      });
      response.on('end', () => (flush(), answer.end()));
      response.on('close', () => this.flushes.delete(flush));
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }

  // From now on bytes pass at once.
  release() {
    this.isHolding = false;
    for (const flush of this.flushes) flush();
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
