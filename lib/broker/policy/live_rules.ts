/**
 * The rules of a run, which follow their files while it goes on.
 *
 * Invariant: a command cannot change the rules of its own run. What it could have written holds only once the person has
 * accepted it, and a file that cannot be read allows nothing.
 *
 * @module
 */
import { sha256 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { PolicyFiles } from "../../ports/home_files.ts";
import type { Approver } from "../../policy/approver.ts";
import type { CompiledPolicy } from "../../policy/judge/compiled_policy.ts";
import type { SpendPassage } from "../../policy/judge/limit_counters.ts";
import type { UnreadablePolicy } from "../../policy/judge/policy_control.ts";
import type { OperationsDefinition } from "../../provider/operations/operations_definition.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import type {
  Asker,
  Control,
  ControlledRequest,
  Ruling,
} from "../../request/control/control.ts";
import type { Refusal } from "../../request/refusal.ts";
import type { Endpoint } from "../../wire/target.ts";
import type { Broker } from "../broker.ts";
import {
  acceptedDigest,
  detailOf,
  warnUnlessAccepted,
} from "./accepted_digest.ts";
import type { ReadPolicyFile } from "./read_policy.ts";

/** Rules that hold for one run, beside those of the home. */
export interface RunRules {
  /** Refuses what is not known to read only. */
  readOnly?: boolean;
  /** A file of further rules. */
  policyFile?: string;
  /** Most US dollars that models may cost. */
  maxUsd?: number;
}

/** The run. */
export interface LiveRulesOptions extends RunRules {
  /** Its id. */
  run: string;
  /** Name of the program, without its folder. */
  program: string;
  /** The working folder. */
  folder: string;
  /** Whether the command cannot write the file at `path`, so that a change of it is the person's. */
  isOutOfReach(path: string): boolean | Promise<boolean>;
  definitionOf(
    provider: string,
  ):
    | ProviderDefinition
    | undefined
    | Promise<ProviderDefinition | undefined>;
  /**
   * Whom rules ask; loaded by the first question. `inForce` is the digest of the `policy.json` that holds, empty for none.
   * Absent: nobody.
   */
  approver?(inForce: () => string): Promise<Approver>;
  /** How long a person has, in milliseconds. */
  patience?: number;
  warn(message: string): void;
}

/** A file of rules that is followed. */
interface Followed {
  path: string;
  /** As it was looked at last. */
  stamp: string;
  isOutOfReach: boolean;
  /** The one whose digest a person can accept. */
  isHome: boolean;
  /** Of the text in force; empty for none. */
  digest: string;
  inForce?: ReadPolicyFile;
  /** Why nothing is allowed. */
  problem?: AuthsomeError;
  /** Digest of a change that is not accepted. */
  ignored?: string;
}

type Rules = CompiledPolicy | UnreadablePolicy;

/** How often files are looked at, at most. Milliseconds. */
const LOOK_MS = 100;
const ALLOWED: Ruling = { kind: "allow" };

/** Judges the requests of a run by its rules as they are now. Costs one comparison where there are none. */
export class LiveRules implements Control {
  readonly #broker: Broker;
  readonly #options: LiveRulesOptions;
  /** By provider: what the definition that the run goes by says. */
  readonly #known = new Map<
    string,
    {
      definition: ProviderDefinition | undefined;
      operations?: OperationsDefinition;
    }
  >();
  #files: Followed[] = [];
  #host: PolicyFiles | undefined;
  /** What judges; absent while there are no rules. */
  #control: Control | undefined;
  #rules: Rules | undefined;
  /** Tells what answers of models cost; loaded by the first budget. */
  #spend: SpendPassage | undefined;
  #lookedAt = -Infinity;
  #reading: Promise<void> | undefined;
  #warned = false;

  private constructor(broker: Broker, options: LiveRulesOptions) {
    this.#broker = broker;
    this.#options = options;
  }

  /**
   * Reads the rules.
   *
   * @throws {AuthsomeError} as `readPolicy` does: a run with rules that cannot be read does not begin.
   */
  static async open(
    broker: Broker,
    options: LiveRulesOptions,
  ): Promise<LiveRules> {
    const rules = new LiveRules(broker, options);
    const { policyFile, readOnly, maxUsd } = options;
    const isBare = policyFile === undefined && !readOnly &&
      maxUsd === undefined;
    if (!isBare || broker.runtime.hasPolicy?.()) await rules.#readFirst();
    const home = rules.#files.find(({ isHome }) => isHome);
    await warnUnlessAccepted(broker, home?.digest ?? "", options);
    return rules;
  }

  request(request: ControlledRequest): Ruling | Promise<Ruling> {
    const reading = this.#look();
    return reading
      ? reading.then(() => this.#judge(request))
      : this.#judge(request);
  }

  tunnel(
    authority: Endpoint,
    asker?: Asker,
  ): Refusal | undefined | Promise<Refusal | undefined> {
    const reading = this.#look();
    return reading
      ? reading.then(() => this.#control?.tunnel(authority, asker))
      : this.#control?.tunnel(authority, asker);
  }

  #judge(request: ControlledRequest): Ruling | Promise<Ruling> {
    const control = this.#control;
    if (!control) return ALLOWED;
    const { provider } = request;
    if (provider === undefined) return control.request(request);
    const found = this.#options.definitionOf(provider);
    if (found instanceof Promise) {
      // Of a definition that cannot be read nothing is known.
      return found.catch(() => undefined).then((definition) =>
        this.#judgeBy(definition, provider, request, control)
      );
    }
    return this.#judgeBy(found, provider, request, control);
  }

  #judgeBy(
    definition: ProviderDefinition | undefined,
    provider: string,
    request: ControlledRequest,
    control: Control,
  ): Ruling | Promise<Ruling> {
    const known = this.#known.get(provider);
    if (known && known.definition === definition) {
      return control.request(request);
    }
    if (!definition) {
      this.#known.set(provider, { definition });
      return control.request(request);
    }
    return this.#broker.registry.operations(definition)
      .catch(() => undefined)
      .then((operations) => {
        this.#known.set(provider, { definition, ...defined({ operations }) });
        return control.request(request);
      });
  }

  /** Looks whether a file was changed, at most every {@linkcode LOOK_MS}; what is to be waited for if one was. */
  #look(): Promise<void> | undefined {
    if (this.#reading) return this.#reading;
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return undefined;
    this.#lookedAt = now;
    const host = this.#host;
    const changed = host
      ? this.#files.some(({ path, stamp, ignored }) =>
        ignored !== undefined || host.stamp(path) !== stamp
      )
      : this.#broker.runtime.hasPolicy?.() ?? false;
    if (!changed) return undefined;
    return this.#reading = this.#readAgain()
      .finally(() => this.#reading = undefined);
  }

  async #readFirst(): Promise<void> {
    const { readPolicyFile } = await import("./read_policy.ts");
    const host = await this.#open();
    for (const file of this.#files) {
      const read = host && await readPolicyFile(host, file.path);
      if (read) {
        file.inForce = read;
        file.digest = read.digest;
      } else if (!file.isHome) {
        throw new AuthsomeError(
          "Usage",
          `Cannot use --policy-file "${this.#options.policyFile}": there is no such file`,
          "Name a file of rules; see docs/guides/control.md",
          { subject: { file: this.#options.policyFile! } },
        );
      }
    }
    await this.#compile();
  }

  /** Begins to follow the files. */
  async #open(): Promise<PolicyFiles | undefined> {
    const { runtime } = this.#broker;
    const { policyFile, isOutOfReach } = this.#options;
    const host = await runtime.policyFiles?.();
    if (!host) return undefined;
    const paths = [
      host.path,
      // A link is followed once: what it leads to may be changed, and not where it leads.
      ...policyFile === undefined ? [] : [host.realFolder(policyFile)],
    ];
    this.#files = await Promise.all(paths.map(async (path, at) => ({
      path,
      stamp: host.stamp(path),
      isOutOfReach: await isOutOfReach(path),
      isHome: at === 0,
      digest: "",
    })));
    return this.#host = host;
  }

  async #readAgain(): Promise<void> {
    try {
      const host = this.#host;
      if (!host) {
        await this.#open();
        // There was none when the run began.
        for (const file of this.#files) file.stamp = "";
      }
      let isNew = false;
      for (const file of this.#files) {
        const stamp = this.#host!.stamp(file.path);
        if (stamp === file.stamp && file.ignored === undefined) continue;
        file.stamp = stamp;
        isNew = await this.#follow(this.#host!, file) || isNew;
      }
      if (isNew) await this.#compile();
    } catch (error) {
      // Whatever it is: nothing is allowed that was not judged.
      this.#rules = { unreadable: sayOf(error) };
      this.#control ??= await this.#makeControl();
    }
  }

  /** Reads a file that was changed; whether other rules hold now. */
  async #follow(host: PolicyFiles, file: Followed): Promise<boolean> {
    const { policyOf } = await import("./read_policy.ts");
    const wasBroken = file.problem !== undefined;
    let text: string | undefined;
    try {
      text = await host.read(file.path);
    } catch (error) {
      return this.#breaks(file, error);
    }
    const digest = text === undefined ? "" : await sha256(text);
    if (digest === file.digest && (file.inForce || text === undefined)) {
      file.ignored = undefined;
      file.problem = undefined;
      return wasBroken;
    }
    if (!file.isOutOfReach) {
      const accepted = file.isHome
        ? await acceptedDigest(this.#broker).catch(() => undefined)
        : undefined;
      if (accepted !== digest) return this.#ignore(file, digest, wasBroken);
    }
    file.ignored = undefined;
    file.digest = digest;
    try {
      file.inForce = text === undefined
        ? undefined
        : await policyOf(text, file.path);
    } catch (error) {
      file.inForce = undefined;
      return this.#breaks(file, error);
    }
    file.problem = undefined;
    this.#record(file, { ok: true, detail: detailOf(digest) });
    return true;
  }

  #ignore(file: Followed, digest: string, wasBroken: boolean): boolean {
    // It can be read again, and what was in force is.
    file.problem = undefined;
    if (file.ignored === digest) return wasBroken;
    file.ignored = digest;
    this.#record(file, {
      ok: false,
      reason: "not_accepted",
      detail: detailOf(digest),
    });
    if (!this.#warned) {
      this.#warned = true;
      this.#options.warn(
        `${file.path} was changed, and the rules of this run stay as they were, since its command could have done it. ${
          file.isHome
            ? "If it was you: authsome policy accept"
            : "Start it again to use the change"
        }`,
      );
    }
    return wasBroken;
  }

  #breaks(file: Followed, error: unknown): boolean {
    const isNew = file.problem === undefined;
    file.problem = error instanceof AuthsomeError
      ? error
      : new AuthsomeError("StoreUnavailable", `Cannot read "${file.path}"`, "");
    if (isNew) {
      this.#record(file, { ok: false, reason: file.problem.code });
      this.#options.warn(
        `${file.problem.message}. Until that is repaired, no request gets a credential`,
      );
    }
    return true;
  }

  #record(
    { path }: Followed,
    event: { ok: boolean; reason?: string; detail?: string },
  ): void {
    const { run } = this.#options;
    const { audit, profile } = this.#broker;
    const name = path.replace(/^.*[/\\]/, "");
    audit.record({
      ...{ event: "policy", profile, run },
      ...event,
      detail: event.detail ? `${name}, ${event.detail}` : name,
    });
  }

  /** Makes the rules of what is in force. */
  async #compile(): Promise<void> {
    const { broker, files } = { broker: this.#broker, files: this.#files };
    const { readOnly, maxUsd, folder } = this.#options;
    const [
      { compiledOr, joined, ownRules, readOnlyRules, maxUsdRules },
      { effectiveOf },
    ] = await Promise.all([
      import("./open_control.ts"),
      import("./read_policy.ts"),
    ]);
    const problem = files.find(({ problem }) => problem)?.problem;
    this.#rules = problem
      ? { unreadable: sayOf(problem) }
      : await compiledOr(() =>
        Promise.resolve(joined([
          ...this.#host
            ? [
              effectiveOf(
                broker,
                this.#host,
                files.flatMap(({ inForce }) => inForce ?? []),
                { folder },
              ),
            ]
            : [],
          ownRules([
            ...readOnly ? readOnlyRules() : [],
            ...maxUsd === undefined ? [] : maxUsdRules(maxUsd),
          ]),
        ]))
      );
    const hasBudget = "rules" in this.#rules &&
      this.#rules.rules.some(({ rule }) => rule.limit?.usd !== undefined);
    if (hasBudget) {
      this.#spend ??= (await import("./model_spend.ts")).modelSpend;
    }
    if ("isEmpty" in this.#rules && this.#rules.isEmpty && !this.#control) {
      return;
    }
    this.#control ??= await this.#makeControl();
  }

  async #makeControl(): Promise<Control> {
    const { operationsBy, policyControl } = await import("./open_control.ts");
    const { run, program, folder, patience } = this.#options;
    const { clock, profile } = this.#broker;
    return policyControl({
      ...{ run, clock },
      policy: () => this.#rules!,
      operationOf: operationsBy((provider) =>
        this.#known.get(provider)?.operations
      ),
      circumstances: { profile, program, folder },
      spend: (request, add) => this.#spend?.(request, add),
      ...defined({ asking: this.#asking(patience) }),
    });
  }

  #asking(patience: number | undefined) {
    const { approver } = this.#options;
    if (!approver) return undefined;
    let opening: Promise<Approver> | undefined;
    const inForce = () =>
      this.#files.find(({ isHome }) => isHome)?.digest ?? "";
    return {
      approver: {
        async ask(...asked: Parameters<Approver["ask"]>) {
          return await (await (opening ??= approver(inForce))).ask(...asked);
        },
      },
      ...defined({ patience }),
    };
  }
}

function sayOf(error: unknown): UnreadablePolicy["unreadable"] {
  return error instanceof AuthsomeError
    ? { message: error.message, hint: error.hint }
    : { message: "they failed to be read", hint: "authsome policy list" };
}
