// The audit log, page by page.
import { type Admin, type Page, type Query } from '../admin.svelte';
import { csvText } from './csv';

export type Entry = {
  id: string;
  dateTime: string;
  action: string;
  actor: { way: string; tenant?: string; user?: string; applicationId?: string; name?: string; address?: string; uid?: number };
  tenant?: string;
  target?: string;
  targetName?: string;
  members: string[];
  outcome: string;
};

export type Filter = { from?: string; to?: string; actor?: string; target?: string };

// `isOfAll`: the entries of all tenants, for the operator's administrators.
export function readAudit(admin: Admin, isOfAll: boolean, query: Query): Promise<Page<Entry>> {
  return isOfAll ? admin.serverCall('GET', 'audit', undefined, query) : admin.get('audit', query);
}

export const actorText = ({ name, user, way, uid }: Entry['actor']) => name ?? user ?? (uid === undefined ? way : `uid ${uid}`);
export const targetText = ({ target, targetName }: Entry) => targetName ?? target ?? '';

export function auditCsv(entries: Entry[]): string {
  const head = ['dateTime', 'action', 'way', 'actor', 'address', 'tenant', 'target', 'targetName', 'members', 'outcome'];
  const rows = entries.map((entry) => [
    entry.dateTime,
    entry.action,
    entry.actor.way,
    actorText(entry.actor),
    entry.actor.address ?? '',
    entry.tenant ?? '',
    entry.target ?? '',
    entry.targetName ?? '',
    entry.members.join(' '),
    entry.outcome,
  ]);
  return csvText([head, ...rows]);
}
