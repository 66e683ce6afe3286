// Requests to the API with the user's token. What fails is a Fault, which a page shows as a state of its own.
export type FaultKind = 'away' | 'expired' | 'denied' | 'throttled' | 'missing' | 'refused';

export class Fault extends Error {
  constructor(
    readonly kind: FaultKind,
    message: string,
    // Seconds until the server takes the next request, of a throttled one.
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

// Returns an access token. `renew`: the last one was not accepted.
export type TokenSource = (renew?: boolean) => Promise<string>;

const kinds: Record<number, FaultKind> = { 401: 'expired', 403: 'denied', 404: 'missing', 429: 'throttled', 503: 'away' };

async function faultOf(answer: Response): Promise<Fault> {
  const kind = kinds[answer.status] ?? (answer.status >= 500 ? 'away' : 'refused');
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  const message = body?.error?.message ?? `${answer.status}`;
  return new Fault(kind, message, Number(answer.headers.get('Retry-After') ?? 0));
}

export class Api {
  constructor(private readonly token: TokenSource) {}

  // The response. Throws a Fault if it is no success. A string, Blob or File is sent as it is, another body as JSON.
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      const isRaw = typeof body === 'string' || body instanceof Blob;
      init.body = isRaw ? body : JSON.stringify(body);
      headers = { 'Content-Type': 'application/json', ...headers };
    }
    const ask = async (renew: boolean) =>
      fetch(path, { ...init, headers: { ...headers, Authorization: `Bearer ${await this.token(renew)}` } }).catch(
        (error: unknown) => {
          throw error instanceof Fault ? error : new Fault('away', String(error));
        },
      );
    let answer = await ask(false);
    if (answer.status === 401) answer = await ask(true);
    if (!answer.ok) throw await faultOf(answer);
    return answer;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.send('GET', path)).json()) as T;
  }

  // The JSON of the response; undefined if it has no body.
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await (await this.send(method, path, body)).text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  // All values of a paged list.
  async list<T>(path: string): Promise<T[]> {
    const values: T[] = [];
    let next: string | undefined = path;
    while (next) {
      const page: { value: T[]; '@odata.nextLink'?: string } = await this.get(next);
      values.push(...page.value);
      const link: string | undefined = page['@odata.nextLink'];
      next = link && link.slice(new URL(link).origin.length);
    }
    return values;
  }
}
