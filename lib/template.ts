/** Templates: texts in which names in braces stand for values. @module */

const NAME = /\{([^{}]*)\}/g;

/** The names in braces of `template`, in its order. */
export function fieldNames(template: string): string[] {
  return [...template.matchAll(NAME)].map(([, name]) => name!);
}

/** The name that is all of `template`. */
export function onlyName(template: string): string | undefined {
  const [name] = fieldNames(template);
  return template === `{${name}}` ? name : undefined;
}

/**
 * `template` with its names replaced by their values. A name without a value stays as it is, and what looks like a name
 * in a value is none.
 */
export function fillTemplate(
  template: string,
  valueOf: (name: string) => string | undefined,
): string {
  return template.replace(
    NAME,
    (written, name: string) => valueOf(name) ?? written,
  );
}
