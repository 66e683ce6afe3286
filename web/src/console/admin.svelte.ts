// The administration API (docs/administration.md) for the tenant that the console is about.
import type { Api } from '../lib/api';

export type Tenant = {
  id: string;
  displayName: string;
  zone: string;
  history: boolean;
  operator: boolean;
  trusts: string[];
};
export type User = { id: string; userPrincipalName: string; displayName: string; tenant: string };
export type Page<T> = { value: T[]; next?: string };
export type Query = Record<string, string | number | undefined>;

// The longest page that the API gives.
export const pageMax = 999;

const root = '/porchlight/v1/admin';

export class Admin {
  tenants = $state.raw<Tenant[]>([]);
  // The id of the tenant that the screens are about.
  tenantId = $state('');

  // `ownTenant`: that of the administrator.
  constructor(
    readonly api: Api,
    private readonly ownTenant: string,
  ) {
    this.tenantId = ownTenant;
  }

  // Throws a Fault; one of kind 'denied' if the user is no administrator.
  async loadTenants(): Promise<void> {
    const { value } = await this.api.get<Page<Tenant>>(`${root}/tenants`);
    this.tenants = value;
    if (!this.tenant) this.tenantId = this.ownTenant;
  }

  get tenant(): Tenant | undefined {
    return this.tenants.find(({ id }) => id === this.tenantId);
  }

  // Whether the user administers all tenants.
  get isOperator(): boolean {
    return this.tenants.some(({ id, operator }) => id === this.ownTenant && operator);
  }

  // Whether the tenant is the user's own, whose presences Graph's routes read.
  get isOwnTenant(): boolean {
    return this.tenantId === this.ownTenant;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.api.get(this.url(path, query));
  }

  // A request about the chosen tenant.
  call<T>(method: string, path: string, body?: unknown, query: Query = {}): Promise<T> {
    return this.api.call(method, this.url(path, query), body);
  }

  // The same about the server, or about all tenants: only for the operator's administrators.
  serverCall<T>(method: string, path: string, body?: unknown, query: Query = {}): Promise<T> {
    return this.api.call(method, `${root}/${path}${queryText(query)}`, body);
  }

  private url(path: string, query: Query): string {
    return `${root}/${path}${queryText({ ...query, tenant: this.isOperator ? this.tenantId : undefined })}`;
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text && `?${text}`;
}

// A segment of a path.
export const segment = encodeURIComponent;
