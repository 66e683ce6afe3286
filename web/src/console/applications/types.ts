// Applications as the administration API has them.
export type Application = {
  appId: string;
  displayName: string;
  client: boolean;
  priority: boolean;
  scopes: string[];
  roles: string[];
  warnings?: string[];
};

export type Registration = {
  public: boolean;
  idTokens: boolean;
  requirePkce: boolean;
  redirectUris: string[];
  requested: string[];
  exposed: string[];
  preauthorized: string[];
  secrets: { id: string; hint: string; expires: string }[];
  certificates: { thumbprint: string; expires: string }[];
};
