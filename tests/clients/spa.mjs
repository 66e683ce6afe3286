// A single-page application on another origin than the server's, with @azure/msal-browser.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';

const library = readFileSync(new URL('node_modules/@azure/msal-browser/lib/msal-browser.min.js', import.meta.url));
const page = '<!DOCTYPE html><html lang="en"><title>SPA</title><script src="/msal.js"></script><h1>SPA</h1></html>';

// Starts the application's server; returns the server and its origin.
export async function serveSpa() {
  const server = createServer((request, response) => {
    const script = request.url === '/msal.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? library : page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://localhost:${server.address().port}` };
}
