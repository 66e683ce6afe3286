// Signing in at the built-in authority: the authorization code flow with PKCE, and the device code flow for displays
// without a keyboard.
import * as oauth from 'oauth4webapi';
import { clock } from './clock.svelte';
import type { AppName, Facts } from './facts';
import { type Authority, type Credential, discover, insecure } from './session';

// Who has signed in, from the ID token.
export type Me = { id: string; name: string };

const pendingKey = 'porchlight-sign-in';
type Pending = { verifier: string; nonce: string; state: string; tenant: string; back: string };

const scope = 'openid profile offline_access https://graph.microsoft.com/.default';

// A clock that is set wrong does not keep users out: tokens are checked by the server's time.
const clientOf = (authority: Authority): oauth.Client => ({
  client_id: authority.client,
  [oauth.clockSkew]: Math.round((clock.now - Date.now()) / 1000),
});

const authorityOf = (tenant: string, client: string): Authority => ({ origin: location.origin, tenant, client });
const pageUrl = () => location.origin + location.pathname;

// Leaves the page for the sign-in page. `choose`: the user picks an account even if one is signed in.
export async function leaveForSignIn(facts: Facts, application: AppName, choose: boolean): Promise<void> {
  const client = facts.applications[application];
  const tenant = facts.tenant!.id;
  const server = await discover(authorityOf(tenant, client));
  const pending: Pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    nonce: oauth.generateRandomNonce(),
    state: oauth.generateRandomState(),
    tenant,
    back: location.search + location.hash,
  };
  sessionStorage.setItem(pendingKey, JSON.stringify(pending));
  const url = new URL(server.authorization_endpoint!);
  url.search = new URLSearchParams({
    client_id: client,
    redirect_uri: pageUrl(),
    response_type: 'code',
    scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    ...(choose && { prompt: 'select_account' }),
  }).toString();
  location.assign(url);
}

// Whether the page was opened by the sign-in page.
export const isBackFromSignIn = () => {
  const query = new URLSearchParams(location.search);
  return query.has('state') && (query.has('code') || query.has('error'));
};

// The result of the sign-in that the address of the page brings, which is removed from it. Throws if the user declined,
// or the answer is not for this tab.
export async function returnFromSignIn(facts: Facts, application: AppName): Promise<{ credential: Credential; me: Me }> {
  const url = new URL(location.href);
  const pending = JSON.parse(sessionStorage.getItem(pendingKey) ?? 'null') as Pending | null;
  sessionStorage.removeItem(pendingKey);
  history.replaceState(null, '', location.pathname + (pending?.back ?? ''));
  if (!pending) throw new Error('This tab has begun no sign-in.');
  const authority = authorityOf(pending.tenant, facts.applications[application]);
  const server = await discover(authority);
  const client = clientOf(authority);
  const parameters = oauth.validateAuthResponse(server, client, url, pending.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    pageUrl(),
    pending.verifier,
    insecure(authority.origin),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: pending.nonce,
    requireIdToken: true,
  });
  const claims = oauth.getValidatedIdTokenClaims(tokens)!;
  return {
    credential: { kind: 'refresh', authority, refreshToken: tokens.refresh_token! },
    me: { id: String(claims.oid ?? claims.sub), name: String(claims.name ?? '') },
  };
}

// What the user of a display has to do.
export type DeviceCode = { userCode: string; url: string; expiresAt: number };

// Shows a code with `show` and returns once a user has entered it, with a credential that the page must keep. Asks for a
// new code when one expires.
export async function signInByDevice(
  facts: Facts,
  application: AppName,
  show: (code: DeviceCode) => void,
): Promise<Credential> {
  const authority = authorityOf(facts.tenant!.id, facts.applications[application]);
  const server = await discover(authority);
  const client = clientOf(authority);
  const options = insecure(authority.origin);
  for (;;) {
    const begun = await oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope }, options),
    );
    const expiresAt = Date.now() + begun.expires_in * 1000;
    show({ userCode: begun.user_code, url: begun.verification_uri, expiresAt });
    let interval = begun.interval ?? 5;
    while (Date.now() < expiresAt) {
      await new Promise((resolve) => setTimeout(resolve, interval * 1000));
      try {
        const answer = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), begun.device_code, options);
        const tokens = await oauth.processDeviceCodeResponse(server, client, answer);
        return { kind: 'refresh', authority, refreshToken: tokens.refresh_token!, isKept: true };
      } catch (error) {
        if (!(error instanceof oauth.ResponseBodyError)) continue; // the network: the code may still be valid
        if (error.error === 'slow_down') interval += 5;
        else if (error.error !== 'authorization_pending') break;
      }
    }
  }
}
