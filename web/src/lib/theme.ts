// Light or dark: the reader's choice, else that of the system.
const key = 'porchlight-theme';

export function applyTheme(): void {
  const theme = localStorage.getItem(key);
  if (theme) document.documentElement.dataset.theme = theme;
}

// Changes from light to dark and back.
export function switchTheme(): void {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  localStorage.setItem(key, dark ? 'light' : 'dark');
  applyTheme();
}
