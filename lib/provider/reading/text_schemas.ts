/** The shapes of single values in a definition. @module */
import * as v from "valibot";

/** Text for people: no control characters, so that a terminal shows what is written. */
export const line = v.pipe(
  v.string(),
  v.maxLength(1000),
  v.regex(
    /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u,
    "has control characters",
  ),
);
export const title = v.pipe(line, v.minLength(1), v.maxLength(80));
/** A value that is sent as it is: visible ASCII and spaces. */
export const sent = v.pipe(
  v.string(),
  v.maxLength(2000),
  v.regex(/^[\x20-\x7e]*$/, "has characters that cannot be sent"),
);
export const path = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^[A-Za-z0-9_.-]+$/, "is not a dotted path"),
);
export const fieldName = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,62}$/, "is not a field name: use a-z, 0-9 and _"),
);
/** As some services have it, also in camel case. */
export const memberName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, "is not a parameter name"),
);
export const variable = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "is not the name of a variable"),
);
export const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, "is not a header name"),
);
export const link = v.pipe(
  v.string(),
  v.maxLength(2000),
  v.regex(/^https?:\/\/[\x21-\x7e]+$/, "is not a URL"),
);
export const endpoint = v.pipe(
  v.string(),
  v.maxLength(2000),
  v.regex(/^(?:https?:\/\/|\{base_url\})[\x21-\x7e]*$/, "is not a URL"),
);
export const parameters = v.record(
  v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]{1,100}$/, "is not a parameter name"),
  ),
  sent,
);
export const grantType = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_:.-]{1,200}$/, "is not a grant type"),
);
export const place = v.pipe(v.string(), v.minLength(1), v.maxLength(400));
export const places = v.union([place, v.array(place)]);
export const scopes = v.array(
  v.pipe(
    v.string(),
    v.maxLength(300),
    v.regex(/^[\x21-\x7e]+$/, "is not a scope"),
  ),
);
