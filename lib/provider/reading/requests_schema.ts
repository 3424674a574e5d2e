/** The shapes of what a definition says of single requests: those that make credentials, those that only read. @module */
import * as v from "valibot";
import {
  headerName,
  line,
  link,
  memberName,
  path as dotted,
  places,
  sent,
} from "./text_schemas.ts";

/** One or several; without `most`, any number. */
function some<T extends v.GenericSchema>(item: T, most = Infinity) {
  return v.union([
    item,
    v.pipe(v.array(item), v.minLength(1), v.maxLength(most)),
  ]);
}

const method = v.pipe(
  v.string(),
  v.regex(/^[A-Z]{3,10}$/, "is not a method"),
);
const mintingPath = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(
    /^(?:\/(?:[A-Za-z0-9._~@:$-]|\{[a-z_]+\})+)*(?:\/\*\*|\/)?$/,
    "is not a path",
  ),
);
const words = v.record(
  headerName,
  v.union([sent, v.pipe(v.array(sent), v.minLength(1))]),
);
const reason = v.pipe(line, v.minLength(1), v.maxLength(200));

/** An entry of `minting`. */
export const minting = v.looseObject({
  method: v.optional(
    v.union([method, v.pipe(v.array(method), v.minLength(1))]),
  ),
  host: v.optional(places),
  path: v.union([mintingPath, v.pipe(v.array(mintingPath), v.minLength(1))]),
  query: v.optional(words),
  header: v.optional(words),
  form: v.optional(words),
  mentions: v.optional(v.pipe(v.array(memberName), v.minLength(1))),
  reason,
  source: link,
});

/** Most entries of `operations.list`, and names of `reads`. */
const MOST = 500;

const path = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(/^\//, "does not begin with a slash"),
  v.regex(
    /^(?:\/(?:[A-Za-z0-9._~@:$()',=!+-]|\{[A-Za-z_]+\})+)*(?:\/\*\*|\/)?$/,
    "is not a path of segments and {names}, with /** only at its end",
  ),
);
const value = v.pipe(sent, v.minLength(1), v.maxLength(200));
const name = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^[!-~]+(?: [!-~]+)*$/, "is not the name of an operation"),
);
function texts<K extends v.GenericSchema<string>>(key: K) {
  return v.pipe(v.record(key, some(value, MOST)), v.maxEntries(20));
}
const parameter = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,100}$/, "is not a parameter name"),
);

/** `operations`. What it does not know could make an entry stand for more than it was meant for, so it is refused. */
export const operations = v.strictObject({
  get_reads: v.optional(v.boolean()),
  protocols: v.optional(v.pipe(
    v.array(v.strictObject({
      protocol: v.picklist(["graphql", "json_rpc", "aws", "git", "grpc"]),
      host: v.optional(places),
      path: some(path, 200),
      reads: v.optional(v.pipe(
        v.array(v.pipe(
          v.string(),
          v.maxLength(200),
          v.regex(
            /^[!-)+-~]+\*?$/,
            "is not the name of an operation, with * only at its end",
          ),
        )),
        v.maxLength(MOST),
      )),
      source: link,
    })),
    v.maxLength(50),
  )),
  list: v.optional(v.pipe(
    v.array(v.strictObject({
      name,
      methods: v.optional(
        v.pipe(v.array(method), v.minLength(1), v.maxLength(20)),
      ),
      host: v.optional(places),
      path: some(path, 200),
      query: v.optional(texts(parameter)),
      header: v.optional(texts(headerName)),
      form: v.optional(texts(parameter)),
      json: v.optional(texts(dotted)),
      reads: v.boolean(),
      source: link,
    })),
    v.maxLength(MOST),
  )),
});
