// The screens of the console, in the order of the menu. Each is loaded when it is first opened.
import type { Component } from 'svelte';
import type { Facts } from '../lib/facts';
import type { Key } from '../lib/i18n';
import type { Admin } from './admin.svelte';

export type ScreenProps = { admin: Admin; facts: Facts };
type Load<Props extends object> = () => Promise<{ default: Component<Props> }>;

export type Screen = {
  name: string;
  title: Key;
  group: 'directory' | 'traffic' | 'server';
  list: Load<ScreenProps>;
  // The screen of one item, such as a user.
  item?: Load<ScreenProps & { id: string }>;
  // Only for the operator's administrators.
  isOperators?: boolean;
  isForManualClock?: boolean;
};

export const screens: Screen[] = [
  {
    name: 'overview',
    title: 'screen.overview',
    group: 'traffic',
    list: () => import('./overview/Overview.svelte'),
  },
  {
    name: 'subscriptions',
    title: 'screen.subscriptions',
    group: 'traffic',
    list: () => import('./subscriptions/Subscriptions.svelte'),
  },
  {
    name: 'connections',
    title: 'screen.connections',
    group: 'traffic',
    list: () => import('./connections/Connections.svelte'),
  },
  {
    name: 'requests',
    title: 'screen.requests',
    group: 'traffic',
    list: () => import('./requests/Requests.svelte'),
  },
  {
    name: 'viewAs',
    title: 'screen.viewAs',
    group: 'traffic',
    list: () => import('./viewAs/ViewAs.svelte'),
  },
  {
    name: 'audit',
    title: 'screen.audit',
    group: 'traffic',
    list: () => import('./audit/Audit.svelte'),
  },
  {
    name: 'people',
    title: 'screen.people',
    group: 'directory',
    list: () => import('./people/People.svelte'),
    item: () => import('./people/Person.svelte'),
  },
  {
    name: 'groups',
    title: 'screen.groups',
    group: 'directory',
    list: () => import('./groups/Groups.svelte'),
    item: () => import('./groups/Group.svelte'),
  },
  {
    name: 'applications',
    title: 'screen.applications',
    group: 'directory',
    list: () => import('./applications/Applications.svelte'),
    item: () => import('./applications/Application.svelte'),
  },
  {
    name: 'displays',
    title: 'screen.displays',
    group: 'directory',
    list: () => import('./displays/Displays.svelte'),
  },
  {
    name: 'administrators',
    title: 'screen.administrators',
    group: 'directory',
    list: () => import('./administrators/Administrators.svelte'),
  },
  {
    name: 'tenants',
    title: 'screen.tenants',
    group: 'directory',
    list: () => import('./tenants/Tenants.svelte'),
    item: () => import('./tenants/TenantScreen.svelte'),
  },
  {
    name: 'clock',
    title: 'screen.clock',
    group: 'server',
    list: () => import('./clock/ClockScreen.svelte'),
    isForManualClock: true,
  },
  {
    name: 'backups',
    title: 'screen.backups',
    group: 'server',
    list: () => import('./server/Backups.svelte'),
    isOperators: true,
  },
  {
    name: 'issuers',
    title: 'screen.issuers',
    group: 'server',
    list: () => import('./server/Issuers.svelte'),
    isOperators: true,
  },
  {
    name: 'settings',
    title: 'screen.settings',
    group: 'server',
    list: () => import('./server/Settings.svelte'),
    isOperators: true,
  },
];

export const isOffered = (screen: Screen, admin: Admin, facts: Facts) =>
  (!screen.isOperators || admin.isOperator) && (!screen.isForManualClock || facts.clock === 'manual');
