/** What rules are judged by: of one request, each thing read when it is first asked for. @module */
import type { Operation, OperationReading } from "../../operation/operation.ts";
import type { ControlledRequest } from "../../request/control/control.ts";
import {
  pathReadings,
  type Segments,
} from "../../wire/reading/path_readings.ts";
import { ANY_FORM, hasType } from "../../wire/reading/body_text.ts";
import { methodsOf } from "./methods.ts";

/** Longest body, in bytes, that is read for a condition, a method in a form, or a person. */
export const MAX_BODY = 1_048_576;

/** Of the run that asks. */
export interface Circumstances {
  profile: string;
  /** Name of the program, without its folder and arguments. */
  program: string;
  /** The working folder. */
  folder: string;
}

/** The body of a request, as it was read, or could not be. */
export interface ReadBody {
  bytes: Uint8Array | undefined;
}

const EMPTY: ReadBody = { bytes: new Uint8Array() };
/** The parameter by which forms name their method, in any spelling of its letters. */
const METHOD_MEMBER = /_method|%|\[method/i;

/** One request. */
export class Facts {
  readonly request: ControlledRequest;
  readonly now: number;
  /** Without a dot at its end. */
  readonly host: string;
  readonly circumstances: Circumstances;
  readonly #operationOf: (request: ControlledRequest) => OperationReading;
  #methods: string[] | undefined;
  #readings: { value: Segments[] | undefined } | undefined;
  #reading: OperationReading | undefined;
  #body: ReadBody | undefined;
  #settled: readonly Operation[] | undefined;
  #otherMethod: boolean | undefined;

  constructor(
    request: ControlledRequest,
    { now, circumstances, operationOf }: {
      now: number;
      circumstances: Circumstances;
      operationOf: (request: ControlledRequest) => OperationReading;
    },
  ) {
    this.request = request;
    this.now = now;
    this.host = request.authority.host.replace(/\.$/, "");
    this.circumstances = circumstances;
    this.#operationOf = operationOf;
    if (request.head.framing.kind === "none") this.#body = EMPTY;
  }

  /** The body, once it was read or given up; `undefined` before. */
  get body(): ReadBody | undefined {
    return this.#body;
  }

  /** Takes what was read of the body. */
  settle(bytes: Uint8Array | undefined): void {
    this.#body = { bytes };
  }

  /** What servers may take for the method; HEAD asks for what GET does. */
  get methods(): readonly string[] {
    return this.#methods ??= methodsOf(this.request.head);
  }

  /** Whether the body may name another method, as forms do: `undefined` before it was read. */
  get namesOtherMethod(): boolean | undefined {
    return this.#otherMethod ??= this.#findOtherMethod();
  }

  #findOtherMethod(): boolean | undefined {
    const { method, fields } = this.request.head;
    const isForm = method === "POST" && hasType(fields, ANY_FORM);
    if (!isForm) return false;
    if (!this.#body) return undefined;
    const { bytes } = this.#body;
    if (!bytes) return true;
    const text = new TextDecoder().decode(bytes);
    return METHOD_MEMBER.test(text) && mentionsMethod(text);
  }

  get readings(): readonly Segments[] | undefined {
    return (this.#readings ??= {
      value: pathReadings(this.request.head.target),
    })
      .value;
  }

  /** How long the body may be that says the operation; 0 if the head does. */
  get operationLimit(): number {
    const reading = this.#read();
    return reading.kind === "body" ? reading.limit : 0;
  }

  /** The operations; `undefined` before the body was read that says them. */
  get operations(): readonly Operation[] | undefined {
    const reading = this.#read();
    if (reading.kind === "known") return reading.operations;
    if (!this.#body) return undefined;
    return this.#settled ??= reading.settle(this.#body.bytes);
  }

  /** Whether the operation may be any: its place has no name, or the body names it and could not be read. */
  get isUnread(): boolean {
    if (this.readings === undefined) return true;
    const { method } = this.request.head;
    return this.#read().kind === "body" && this.#body !== undefined &&
      (this.#body.bytes === undefined ||
        this.operations!.some(({ name, reads }) =>
          reads === undefined && name === method
        ));
  }

  #read(): OperationReading {
    return this.#reading ??= this.#operationOf(this.request);
  }
}

function mentionsMethod(text: string): boolean {
  const plain = text.replace(
    /%([0-9a-f]{2})/gi,
    (_, code: string) => String.fromCharCode(parseInt(code, 16)),
  );
  return /(?<![a-z0-9])_method(?![a-z0-9_])/i.test(plain);
}
