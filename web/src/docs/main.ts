import { mount } from 'svelte';
import '../lib/theme.css';
import { useLanguage } from '../lib/i18n';
import { applyTheme } from '../lib/theme';
import App from './App.svelte';
import { en } from './languages/en';

declare module '../lib/i18n' {
  interface TextKeys extends Record<keyof typeof en, string> {}
}

applyTheme();
await useLanguage(navigator.languages, {
  en,
  fr: () => import('./languages/fr').then(({ fr }) => fr),
  de: () => import('./languages/de').then(({ de }) => de),
  es: () => import('./languages/es').then(({ es }) => es),
});
mount(App, { target: document.getElementById('app')! });
