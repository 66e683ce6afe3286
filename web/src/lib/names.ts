// Short forms of a name, for where there is little room.
const words = (name: string) => name.split(/\s+/).filter((word) => word !== '');

// The first letters of the first and the last word: "AL". Letters of any script, each as the reader sees it.
export function initials(name: string): string {
  const all = words(name);
  const ends = all.length > 1 ? [all[0]!, all.at(-1)!] : all;
  return ends.map((word) => [...word][0] ?? '').join('');
}

// The first word.
export function firstName(name: string): string {
  return words(name)[0] ?? '';
}
