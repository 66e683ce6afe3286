// A table as CSV (RFC 4180) that spreadsheets read as text: a cell that a spreadsheet would take for a formula begins with
// an apostrophe.
const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

export const csvText = (rows: string[][]) => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
