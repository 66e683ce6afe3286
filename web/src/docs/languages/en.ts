// Texts of the docs.
export const en = {};
