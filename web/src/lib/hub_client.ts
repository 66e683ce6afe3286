// The page's end of the hub.
import { Fault } from './api';
import type { FromHub, ToHub } from './hub';
import workerUrl from './hub_worker?sharedworker&url';

// The one script address that this page makes: the policy of the pages asks for a named policy (Trusted Types).
type Policy = { createScriptURL(url: string): string };
type Types = { createPolicy(name: string, rules: Policy): Policy };

function scriptUrl(url: string): string {
  const types = (globalThis as { trustedTypes?: Types }).trustedTypes;
  return types ? types.createPolicy('porchlight-worker', { createScriptURL: (text) => text }).createScriptURL(url) : url;
}

type Listener = (message: FromHub) => void;

// Opens the way to the hub: returns how to send, and calls `receive` with each message.
function open(application: string, receive: Listener): (message: ToHub) => void {
  if (typeof SharedWorker === 'undefined') {
    const port = { postMessage: (message: FromHub) => queueMicrotask(() => receive(message)) };
    // Not part of what other browsers load.
    const loaded = import('./hub').then(({ Hub }) => {
      const hub = new Hub();
      hub.add(port);
      return hub;
    });
    return (message) => void loaded.then((hub) => hub.receive(port, message));
  }
  const worker = new SharedWorker(scriptUrl(workerUrl), { type: 'module', name: `porchlight-${application}` });
  // As a file that an import does not find (recovery.js).
  worker.onerror = () => dispatchEvent(new Event('vite:preloadError'));
  worker.port.onmessage = ({ data }: MessageEvent<FromHub>) => receive(data);
  const name = `porchlight-page-${crypto.randomUUID()}`;
  void navigator.locks?.request(name, () => new Promise(() => {}));
  void navigator.locks?.query().then(() => worker.port.postMessage({ type: 'lock', name }));
  return (message) => worker.port.postMessage(message);
}

export class HubClient {
  private readonly listeners = new Set<Listener>();
  private readonly requests = new Map<number, { resolve: (token: string) => void; reject: (fault: Fault) => void }>();
  private readonly send: (message: ToHub) => void;
  private lastRequest = 0;

  constructor(application: string) {
    this.send = open(application, (message) => this.receive(message));
  }

  // Calls `listener` with each message from now on. Returns how to stop that.
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  post(message: ToHub): void {
    this.send(message);
  }

  // An access token. `renew`: the last one was not accepted.
  token = (renew = false): Promise<string> => {
    const request = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      this.requests.set(request, { resolve, reject });
      this.send({ type: 'token', request, renew });
    });
  };

  private receive(message: FromHub): void {
    if (message.type === 'token' || message.type === 'fault') {
      const request = this.requests.get(message.request);
      this.requests.delete(message.request);
      if (message.type === 'token') request?.resolve(message.token);
      else request?.reject(new Fault(message.kind, message.message));
      return;
    }
    for (const listener of this.listeners) listener(message);
  }
}
