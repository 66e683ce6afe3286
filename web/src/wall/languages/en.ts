// Texts of the wall.
export const en = {};
