/**
 * Letters that look like others, and characters that are not seen, in text from outside: each is shown as `\u{…}`. After
 * Unicode Technical Standard 39, but by rules of our own that need no table.
 *
 * @module
 */

/** Every text of these is left alone; the expressions below are slow to begin. */
const PLAIN =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u0137\u0139-\u017e\u2010-\u2027\u2190-\u21ff]*$/;
/** What is not seen. Emoji have variation selectors, so those have a rule of their own. */
const UNSEEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]|(?<!\p{Extended_Pictographic})[\ufe00-\ufe0f]/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Letters and digits of other scripts than Latin. Beside Latin, Han, Kana and Hangul are no disguise. */
const FOREIGN =
  /(?=[\p{L}\p{N}])[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/gu;
/** Where no space is written between words, so that Latin words stand among them. */
const SPACELESS =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Between Latin letters they are a disguise all the same. */
const ENCLOSED =
  /(?<=\p{Script=Latin})[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+(?=\p{Script=Latin})/gu;
/** Letters of scripts that are in no everyday use (UAX 31, tables 4, 5 and 7), many of which are drawn as Latin ones. */
const RARE =
  /(?=\p{L})[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Arabic}\p{Script=Armenian}\p{Script=Bengali}\p{Script=Bopomofo}\p{Script=Cyrillic}\p{Script=Devanagari}\p{Script=Ethiopic}\p{Script=Georgian}\p{Script=Greek}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Hangul}\p{Script=Han}\p{Script=Hebrew}\p{Script=Hiragana}\p{Script=Kannada}\p{Script=Katakana}\p{Script=Khmer}\p{Script=Lao}\p{Script=Malayalam}\p{Script=Myanmar}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Thaana}\p{Script=Thai}\p{Script=Tibetan}]/gu;
/** Letters of Cyrillic and Greek that are drawn as a Latin one. */
const TWINS =
  /^[АВЕЅЗІЈКМНОРСТУХҮҺԌԚԜӀаеѕіјорсухһԁԛԝӏԍАВЕΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿανορυικγϲϳ]+$/u;
const TWIN_SCRIPTS = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;
/** Letters of phonetic and other rare writing that are drawn as ordinary ones. */
const PHONETIC =
  /[ĸƖƨƼƽǀǃɑɡɩɪɴʀʏʜʟɢʙ\u1d00-\u1d2b\ua730\ua731\ua7aa-\ua7ae\ua7b0-\ua7b2\uab30-\uab64]/gu;
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
        ? word.replace(FOREIGN, (character) => mark(character))
        : word,
  ).replace(ENCLOSED, (run) => [...run].map((each) => mark(each)).join(""));
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
    !LATIN.test(word) && TWIN_SCRIPTS.test(word) && !TWINS.test(word)
  );
  return markMixed(name)
    .replace(
      WORD,
      (word) =>
        !isMeant && TWINS.test(word) ? word.replace(FOREIGN, escape) : word,
    )
    .replace(RARE, escape)
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

/** Whether letters of more than one script stand in `word`. */
function isMixed(word: string): boolean {
  const foreign = word.match(FOREIGN);
  if (!foreign || SPACELESS.test(word)) return false;
  return LATIN.test(word) || !hasOneScript(foreign);
}

/** Only of scripts with letters that are drawn alike. */
function hasOneScript(letters: readonly string[]): boolean {
  const scripts = [
    /\p{Script=Armenian}/u,
    /\p{Script=Cherokee}/u,
    /\p{Script=Coptic}/u,
    /\p{Script=Cyrillic}/u,
    /\p{Script=Deseret}/u,
    /\p{Script=Greek}/u,
    /\p{Script=Lisu}/u,
  ];
  const text = letters.join("");
  return scripts.filter((script) => script.test(text)).length < 2;
}

/** A character that is one of ASCII in another dress: full-width, mathematical, circled, a ligature. Raised and lowered digits are none. */
function isVariant(character: string): boolean {
  return /[\ufb00-\ufb06]/.test(character) ||
    /^[A-Za-z0-9]$/.test(character.normalize("NFKC")) &&
      !/[ªº²³¹\u2070-\u2089]/.test(character);
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Accented, struck and dotless letters, and digits, by the plain letter that they are easily read as. */
const READ_AS: Readonly<Record<string, string>> = {
  ...{ "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O" },
  ...{ "ħ": "h", "ŧ": "t", "ƀ": "b", "0": "o", "1": "l", "I": "l", "|": "l" },
};

/** `name` as a hasty reader takes it: two names that are equal so are easily confused. */
export function hastyReading(name: string): string {
  return name.normalize("NFKD").replace(/[\p{M}\p{Cf}\s]+/gu, "")
    .replace(/./gu, (letter) => READ_AS[letter] ?? letter).toLowerCase();
}
