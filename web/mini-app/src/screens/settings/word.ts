/** Whether a text is the word that confirms: in any case, with spaces around it. */
export const isWord = (typed: string, word: string): boolean =>
  typed.trim().normalize("NFKC").toUpperCase() === word;
