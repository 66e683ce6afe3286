// How the user signed in, and the access token of the moment. The refresh token rotates, so exactly one holder may use
// it: the hub.
import * as oauth from 'oauth4webapi';
import { Fault } from './api';

// The built-in authority, as a page names it: by the id of the tenant.
export type Authority = { origin: string; tenant: string; client: string };

// What a page gives to the hub after a sign-in. `demo`: a person of the demo, who needs no password. `isKept`: the page
// keeps the refresh token, so that a display without a keyboard is still signed in after a reboot.
export type Credential =
  | { kind: 'refresh'; authority: Authority; refreshToken: string; isKept?: boolean }
  | { kind: 'demo'; user: string; application: string }
  // An access token that a developer has pasted; it cannot be renewed.
  | { kind: 'token'; token: string };

// Renewed this long before it expires.
const margin = 60_000;

// http is allowed on a loopback host alone, where the page itself came by it.
export const insecure = (origin: string) => ({ [oauth.allowInsecureRequests]: origin.startsWith('http:') });

// Whether the authority will never accept the refresh token again: it did understand, and was not busy.
const isFinal = (status: number) => status >= 400 && status < 500 && status !== 429;

export async function discover(authority: Authority): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(`/${authority.tenant}/v2.0`, authority.origin);
  const answer = await oauth.discoveryRequest(issuer, insecure(authority.origin));
  return oauth.processDiscoveryResponse(issuer, answer);
}

export class Session {
  private token = '';
  private expiresAt = 0;
  private pending: Promise<string> | undefined;

  // Calls `rotated` with a credential that is kept, each time that its refresh token was replaced.
  constructor(
    private credential: Credential,
    private readonly rotated: (credential: Credential) => void,
  ) {
    if (credential.kind !== 'token') return;
    this.token = credential.token;
    this.expiresAt = Infinity;
  }

  // An access token that is valid for at least a minute; a new one if the server did not accept the last. Several callers
  // share one renewal.
  accessToken = (renew = false): Promise<string> => {
    if (!renew && Date.now() < this.expiresAt - margin) return Promise.resolve(this.token);
    this.pending ??= this.renew().finally(() => (this.pending = undefined));
    return this.pending;
  };

  // Ends the refresh token at the authority.
  async signOut(): Promise<void> {
    const credential = this.credential;
    if (credential.kind !== 'refresh') return;
    const server = await discover(credential.authority);
    if (!server.revocation_endpoint) return;
    const { client, origin } = credential.authority;
    await oauth.revocationRequest(server, { client_id: client }, oauth.None(), credential.refreshToken, insecure(origin));
  }

  private async renew(): Promise<string> {
    if (this.credential.kind === 'token') throw new Fault('expired', 'The token has ended.');
    const { token, life } = await (this.credential.kind === 'demo' ? this.enterDemo() : this.refresh());
    this.token = token;
    this.expiresAt = Date.now() + life * 1000;
    return token;
  }

  private async enterDemo(): Promise<{ token: string; life: number }> {
    const { user, application } = this.credential as Extract<Credential, { kind: 'demo' }>;
    const answer = await fetch('/porchlight/v1/web/demo', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user, application }),
    }).catch((error: unknown) => {
      throw new Fault('away', String(error));
    });
    if (!answer.ok) throw new Fault(answer.status >= 500 ? 'away' : 'expired', `${answer.status}`);
    const body = (await answer.json()) as { access_token: string; expires_in: number };
    return { token: body.access_token, life: body.expires_in };
  }

  private async refresh(): Promise<{ token: string; life: number }> {
    const credential = this.credential as Extract<Credential, { kind: 'refresh' }>;
    // The ID token that comes with it is not used, so a clock that is set wrong must not lose the new refresh token.
    const client = { client_id: credential.authority.client, [oauth.clockTolerance]: Number.MAX_SAFE_INTEGER };
    try {
      const server = await discover(credential.authority);
      const options = insecure(credential.authority.origin);
      const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), credential.refreshToken, options);
      const tokens = await oauth.processRefreshTokenResponse(server, client, answer);
      if (tokens.refresh_token) credential.refreshToken = tokens.refresh_token;
      if (credential.isKept) this.rotated(credential);
      return { token: tokens.access_token, life: tokens.expires_in ?? 300 };
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError && isFinal(error.status))
        throw new Fault('expired', error.error_description ?? error.error);
      throw new Fault('away', String(error));
    }
  }
}
