// A server of node's http module that answers every request with the same body: node_http.mjs BODY_FILE CONTENT_TYPE.
// Prints its address.
import { readFileSync } from 'node:fs';
import http from 'node:http';

const [file, type] = process.argv.slice(2);
const body = readFileSync(file);
const head = { 'Content-Type': type, 'Content-Length': body.length };
const server = http.createServer((_, response) => response.writeHead(200, head).end(body));
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
