import { showPage } from '../lib/page';
import App from './App.svelte';
import { en } from './languages/en';

declare module '../lib/i18n' {
  interface TextKeys extends Record<keyof typeof en, string> {}
}

await showPage(App, {
  en,
  fr: () => import('./languages/fr').then(({ fr }) => fr),
  de: () => import('./languages/de').then(({ de }) => de),
  es: () => import('./languages/es').then(({ es }) => es),
});
