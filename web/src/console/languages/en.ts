// Texts of the console.
export const en = {};
