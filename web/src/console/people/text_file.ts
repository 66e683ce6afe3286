// The text of a file in the encodings that spreadsheets and portals write (docs/people_import.md, "CSV").
export type TextFile = { text: string; encoding: 'UTF-8' | 'UTF-16' | 'UTF-32' | 'Latin-1' };

const lineFeed = 10;

const startsWith = (bytes: Uint8Array, mark: number[]) => mark.every((byte, i) => bytes[i] === byte);

// UTF-32, which browsers do not decode. What is no character becomes U+FFFD.
function decodeUtf32(bytes: Uint8Array, isLittle: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % 4));
  const parts: string[] = [];
  for (let at = 0; at < view.byteLength; at += 4) {
    const code = view.getUint32(at, isLittle);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    parts.push(String.fromCodePoint(isCharacter ? code : 0xfffd));
  }
  return parts.join('');
}

// UTF-8; a line that is not UTF-8 is read as Windows-1252.
function decodeLines(bytes: Uint8Array): TextFile {
  const strict = new TextDecoder('utf-8', { fatal: true });
  try {
    return { text: strict.decode(bytes), encoding: 'UTF-8' };
  } catch {
    const latin = new TextDecoder('windows-1252');
    const lines: string[] = [];
    for (let begin = 0; begin < bytes.length; ) {
      const found = bytes.indexOf(lineFeed, begin);
      const end = found < 0 ? bytes.length : found + 1;
      const line = bytes.subarray(begin, end);
      try {
        lines.push(strict.decode(line));
      } catch {
        lines.push(latin.decode(line));
      }
      begin = end;
    }
    return { text: lines.join(''), encoding: 'Latin-1' };
  }
}

export function decodeText(bytes: Uint8Array): TextFile {
  if (startsWith(bytes, [0xff, 0xfe, 0, 0])) return { text: decodeUtf32(bytes.subarray(4), true), encoding: 'UTF-32' };
  if (startsWith(bytes, [0, 0, 0xfe, 0xff])) return { text: decodeUtf32(bytes.subarray(4), false), encoding: 'UTF-32' };
  const isLittle = startsWith(bytes, [0xff, 0xfe]) || (bytes.length > 1 && bytes[0] !== 0 && bytes[1] === 0);
  const isBig = startsWith(bytes, [0xfe, 0xff]) || (bytes.length > 1 && bytes[0] === 0 && bytes[1] !== 0);
  if (isLittle) return { text: new TextDecoder('utf-16le').decode(bytes), encoding: 'UTF-16' };
  if (isBig) return { text: new TextDecoder('utf-16be').decode(bytes), encoding: 'UTF-16' };
  return decodeLines(bytes);
}

// The first bytes of files that have been imported in place of CSV, as Latin-1.
const workbooks = ['PK\x03\x04', 'PK\x05\x06', '\xd0\xcf\x11\xe0'];
const others = ['%PDF', '\x1f\x8b', '{\\rtf', 'SQLite format 3', '\x89PNG', '\xff\xd8\xff', 'BEGIN:VCALENDAR', 'BEGIN:VCARD', '<'];

// What the file is if it is no table of people: a workbook, or something else; undefined if it may be one.
export function kindOfOtherFile(bytes: Uint8Array): 'workbook' | 'other' | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64)).replace(/^\xef\xbb\xbf/, '').trimStart();
  if (workbooks.some((magic) => start.startsWith(magic))) return 'workbook';
  return others.some((magic) => start.startsWith(magic)) ? 'other' : undefined;
}
