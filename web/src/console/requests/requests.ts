// The requests that the server has answered last, as the administration API lists them. Pure.
export type RequestEntry = {
  dateTime: string;
  method: string;
  route: string;
  status: number;
  microseconds: number;
  requestId?: string;
  tenant?: string;
  applicationId?: string;
};

// Whether one of the texts that are shown of the request has every word of the filter.
export function matches(entry: RequestEntry, application: string, filter: string): boolean {
  const text = `${entry.method} ${entry.route} ${entry.status} ${entry.requestId ?? ''} ${application}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

// A line for the shell that makes such a request. The route has the names of its parameters, not their values.
export function curlLine({ method, route }: RequestEntry, origin: string): string {
  const url = `${origin}/${route.replace(/^\//, '')}`.replaceAll("'", '%27');
  return `curl -X ${method} -H "Authorization: Bearer $TOKEN" '${url}'`;
}
