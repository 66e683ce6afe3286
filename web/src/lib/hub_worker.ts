// The hub in a SharedWorker. A port does not report that its page is gone, so pages hold a Web Lock and the hub waits for
// it: the lock is free once the page is closed.
import { type FromHub, Hub, type ToHub } from './hub';

const hub = new Hub();

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0]!;
  const remote = { postMessage: (message: FromHub) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<ToHub | { type: 'lock'; name: string }>) => {
    if (data.type !== 'lock') return hub.receive(remote, data);
    void navigator.locks.request(data.name, () => hub.remove(remote));
  };
  hub.add(remote);
});
