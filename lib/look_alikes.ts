/**
 * Letters that look like others, and characters that are not seen, in text from outside: each is shown as `\u{…}`. After
 * Unicode Technical Standard 39, but by rules of our own that need no table.
 *
 * @module
 */

/** Every text of these is left alone; the expressions below are slow to begin. */
const PLAIN =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u017e\u2010-\u2027\u2190-\u21ff]*$/;
/** What is not seen. Emoji have variation selectors, so those have a rule of their own. */
const UNSEEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]|(?<!\p{Extended_Pictographic})[\ufe00-\ufe0f]/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Scripts with letters that are drawn as Latin ones are. Beside Latin, Han, Kana and Hangul are no disguise. */
const ALIKE =
  /[\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Cyrillic}\p{Script=Deseret}\p{Script=Greek}\p{Script=Lisu}]/gu;
/** Letters of Cyrillic and Greek that are drawn as a Latin one. */
const TWINS =
  /^[АВЕЅЗІЈКМНОРСТУХҮҺԌԚԜӀаеѕіјорсухһԁԛԝӏԍАВЕΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿανορυικγϲϳ]+$/u;
/** Letters of phonetic and other rare writing that are drawn as ordinary ones. */
const PHONETIC = /[ǀǃɑɡɩɪɴʀʏʜʟɢʙᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱ]/gu;
/** A letter of a script that combines in few ways, with the marks on it. */
const MARKED =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}][\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+/gu;
const MARK =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;

/**
 * `text`, a line of any kind, with what is not seen and the letters of words that mix scripts as `\u{…}`, or as `mark`
 * writes them.
 */
export function markMixed(
  text: string,
  mark: (character: string) => string = escape,
): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSEEN, (character) => mark(character)).replace(
    WORD,
    (word) =>
      isMixed(word)
        ? word.replace(ALIKE, (character) => mark(character))
        : word,
  );
}

/**
 * `name` with everything that {@linkcode markMixed} marks, and besides: full-width and other variants of ASCII, marks
 * that no letter has, and words that are made of letters with a Latin twin alone, unless another word of the name shows
 * that its language is meant.
 */
export function markName(name: string): string {
  if (PLAIN.test(name)) return name;
  const words = name.match(WORD) ?? [];
  const isMeant = words.some((word) =>
    !LATIN.test(word) && word.search(ALIKE) !== -1 && !TWINS.test(word)
  );
  return markMixed(name)
    .replace(
      WORD,
      (word) =>
        !isMeant && TWINS.test(word) ? word.replace(ALIKE, escape) : word,
    )
    .replace(PHONETIC, escape)
    .replace(
      MARKED,
      (letter) =>
        letter.normalize("NFC").search(MARK) === -1
          ? letter
          : letter.replace(MARK, escape),
    )
    .replace(
      /[\u0080-\u{10ffff}]/gu,
      (character) => isVariant(character) ? escape(character) : character,
    );
}

/** Whether `name` has anything that {@linkcode markName} marks. */
export function hasLookAlikes(name: string): boolean {
  return markName(name) !== name;
}

function isMixed(word: string): boolean {
  const scripts = [
    /\p{Script=Armenian}/u,
    /\p{Script=Cherokee}/u,
    /\p{Script=Coptic}/u,
    /\p{Script=Cyrillic}/u,
    /\p{Script=Deseret}/u,
    /\p{Script=Greek}/u,
    /\p{Script=Lisu}/u,
  ];
  const found = scripts.filter((script) => script.test(word)).length;
  return found > 1 || found === 1 && LATIN.test(word);
}

/** A character that is one of ASCII in another dress: full-width, mathematical, circled. Raised digits are none. */
function isVariant(character: string): boolean {
  return /^[A-Za-z0-9]$/.test(character.normalize("NFKC")) &&
    !/[ªº²³¹]/.test(character);
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
