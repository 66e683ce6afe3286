// What a page must know before a user has signed in (docs/web.md, "GET /porchlight/v1/web").
export type DemoPerson = { id: string; displayName: string; userPrincipalName: string; administrator: boolean };

export type Facts = {
  version: string;
  authority: boolean;
  clock: 'system' | 'manual';
  now: string;
  // `zone`: the IANA name of the tenant's time zone.
  tenant: { id: string; name: string; zone: string } | null;
  applications: { board: string; console: string; wall: string };
  enabled?: boolean;
  demo?: { people: DemoPerson[] };
};

export type AppName = keyof Facts['applications'];

// `tenant`: an id or name, if the server has several. Throws if the server does not answer, or does not know the tenant.
export async function loadFacts(tenant: string | null): Promise<Facts> {
  const query = tenant ? `?tenant=${encodeURIComponent(tenant)}` : '';
  const answer = await fetch(`/porchlight/v1/web${query}`);
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as Facts;
}
