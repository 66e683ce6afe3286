// Four pages that share src/lib. No file refers to another origin, and nothing is inlined: the policy of the pages
// (src/web/site.cc) allows scripts and styles from files alone, and the script that embed.mjs adds.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    assetsDir: 'web',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2024',
    rolldownOptions: { input: ['board.html', 'wall.html', 'console.html', 'docs.html'] },
  },
  worker: { format: 'es' },
});
