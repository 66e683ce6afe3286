// How each page begins: theme and language first, so that nothing is shown twice.
import { type Component, mount } from 'svelte';
import './theme.css';
import { type Languages, useLanguage } from './i18n';
import { applyTheme } from './theme';

// Shows the page. `texts`: its own, besides those that all pages share.
export async function showPage(page: Component, texts: Languages): Promise<void> {
  applyTheme();
  await useLanguage(navigator.languages, texts);
  mount(page, { target: document.getElementById('app')! });
}
