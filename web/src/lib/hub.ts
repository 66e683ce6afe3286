// The hub holds the sign-in and the streams of all tabs of an application: ten tabs cost the server one stream. It runs
// in a SharedWorker, or in the page itself where a browser has none (hub_client.ts).
import { Fault, type FaultKind } from './api';
import { type Change, People } from './people';
import { type Credential, Session } from './session';
import { type Health, Stream } from './stream';
import { type Wait, type WaitResult, Waits } from './waits';

// From a page to the hub.
export type ToHub =
  | { type: 'signIn'; credential: Credential }
  | { type: 'signOut' }
  | { type: 'token'; request: number; renew: boolean }
  | { type: 'follow'; query: string }
  | { type: 'wait'; wait: Wait }
  | { type: 'cancelWait'; id: string };

// From the hub to a page.
export type FromHub =
  | { type: 'session'; signedIn: boolean }
  // The refresh token of a credential that the page keeps was replaced.
  | { type: 'rotated'; credential: Credential }
  | { type: 'token'; request: number; token: string }
  | { type: 'fault'; request: number; kind: FaultKind; message: string }
  | { type: 'people'; change: Change }
  | { type: 'alive'; at: number }
  | { type: 'health'; health: Health }
  | { type: 'waits'; waits: Wait[] }
  | { type: 'waited'; result: WaitResult };

export type HubPort = { postMessage(message: FromHub): void };

// Events of a stream that arrive together are sent to the pages together.
const batchTime = 16;

// A stream with its people and the pages that follow it.
class Feed {
  readonly ports = new Set<HubPort>();
  health: Health = { state: 'connecting' };
  aliveAt = 0;
  private readonly people = new People();
  private change: Change = { reset: false, presences: [], removed: [] };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stream: Stream;

  constructor(query: string, session: Session) {
    this.stream = new Stream(query, session.accessToken, {
      event: (event) => {
        this.people.apply(event, this.change);
        this.timer ??= setTimeout(() => this.flush(), batchTime);
      },
      alive: () => {
        this.aliveAt = Date.now();
        this.tell({ type: 'alive', at: this.aliveAt });
      },
      health: (health) => {
        this.health = health;
        this.tell({ type: 'health', health });
      },
    });
  }

  add(port: HubPort): void {
    this.ports.add(port);
    port.postMessage({ type: 'people', change: this.people.all() });
    port.postMessage({ type: 'health', health: this.health });
    if (this.aliveAt) port.postMessage({ type: 'alive', at: this.aliveAt });
  }

  close(): void {
    clearTimeout(this.timer);
    this.stream.close();
  }

  private flush(): void {
    this.timer = undefined;
    const change = this.change;
    this.change = { reset: false, presences: [], removed: [] };
    this.tell({ type: 'people', change });
  }

  private tell(message: FromHub): void {
    for (const port of this.ports) port.postMessage(message);
  }
}

export class Hub {
  private session: Session | undefined;
  private readonly ports = new Set<HubPort>();
  private readonly feeds = new Map<string, Feed>();
  private readonly waits = new Waits(
    () => this.token(),
    (message) => this.tell(message),
  );

  add(port: HubPort): void {
    this.ports.add(port);
    port.postMessage({ type: 'session', signedIn: this.session !== undefined });
    port.postMessage({ type: 'waits', waits: this.waits.list() });
  }

  // The page is gone.
  remove(port: HubPort): void {
    this.ports.delete(port);
    this.unfollow(port);
  }

  receive(port: HubPort, message: ToHub): void {
    switch (message.type) {
      case 'signIn':
        this.session = new Session(message.credential, (credential) => this.tell({ type: 'rotated', credential }));
        return this.tell({ type: 'session', signedIn: true });
      case 'signOut':
        return this.end();
      case 'token':
        return void this.sendToken(port, message.request, message.renew);
      case 'follow':
        return this.follow(port, message.query);
      case 'wait':
        return this.waits.add(message.wait);
      case 'cancelWait':
        return this.waits.cancel(message.id);
    }
  }

  private token(renew = false): Promise<string> {
    return this.session?.accessToken(renew) ?? Promise.reject(new Fault('expired', 'Not signed in.'));
  }

  private async sendToken(port: HubPort, request: number, renew: boolean): Promise<void> {
    try {
      port.postMessage({ type: 'token', request, token: await this.token(renew) });
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('away', String(error));
      port.postMessage({ type: 'fault', request, kind: fault.kind, message: fault.message });
    }
  }

  private follow(port: HubPort, query: string): void {
    if (!this.session) return;
    this.unfollow(port);
    let feed = this.feeds.get(query);
    if (!feed) this.feeds.set(query, (feed = new Feed(query, this.session)));
    feed.add(port);
  }

  private unfollow(port: HubPort): void {
    for (const [query, feed] of this.feeds) {
      feed.ports.delete(port);
      if (feed.ports.size > 0) continue;
      feed.close();
      this.feeds.delete(query);
    }
  }

  private end(): void {
    const session = this.session;
    this.session = undefined;
    for (const feed of this.feeds.values()) feed.close();
    this.feeds.clear();
    this.waits.clear();
    void session?.signOut().catch(() => {});
    this.tell({ type: 'session', signedIn: false });
  }

  private tell(message: FromHub): void {
    for (const port of this.ports) port.postMessage(message);
  }
}
