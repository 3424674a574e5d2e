/**
 * The providers of one user: the bundled definitions, and the user's files over them.
 *
 * A bundled definition was validated when it was built and tested, so asking for one costs one `JSON.parse`. A user's
 * file is validated each time it is read; that code is loaded only then.
 *
 * @module
 */
import type { AllowedVariables, DefinitionFiles } from "../ports/home_files.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, parseObject } from "../object.ts";
import type {
  Provider,
  ProviderDefinition,
  ProviderSummary,
} from "./definition.ts";
import { isProviderName, nearest } from "./name.ts";
import {
  inheritedMinting,
  inheritedOperations,
} from "./operations/inherited.ts";
import type { OperationsDefinition } from "./operations/operations_definition.ts";

/** The definitions that come with the program, as JSON text. */
export interface BundledProviders {
  /** In alphabetical order. */
  readonly names: readonly string[];
  /** The definition of `name`, or `undefined`. */
  text(name: string): string | undefined;
  /** The variables in which they look for a secret or export one, each once; absent if that is to be found out. */
  readonly secretVariables?: readonly string[];
}

/** Where the definitions that come with the program are; each part is loaded when it is asked for. */
export interface BundledSource {
  bundledProviders(): Promise<BundledProviders>;
  /** In alphabetical order. */
  bundledSummaries(): Promise<readonly ProviderSummary[]>;
  /** Gives the `operations` of a definition as JSON text; they are in no text of {@linkcode BundledProviders}. */
  bundledOperations(): Promise<(name: string) => string | undefined>;
}

/** A provider among all, or why the user's file of that name cannot be used. */
export type Listed<P> =
  & { name: string }
  & (
    | { provider: P }
    | { error: AuthsomeError }
  );

/** What {@linkcode ProviderRegistry.register} may do beyond the ordinary. */
export interface RegisterOptions {
  /**
   * Replace a definition of the same name, also a bundled one, and allow variables whose name is not a credential's, and
   * configuration files. Default: false.
   */
  force?: boolean;
  /** Allow hosts that are not public: localhost, IP addresses, single labels. Default: false. */
  allowPrivate?: boolean;
  /** Variables that the person chose, whatever their names. Default: none. */
  variables?: readonly string[];
}

/** Finds, installs and removes definitions. */
export class ProviderRegistry {
  #loaded: Promise<BundledProviders> | undefined;

  constructor(
    private readonly bundled: BundledSource,
    private readonly files: DefinitionFiles,
    private readonly allowed: AllowedVariables = keptInMemory(),
  ) {}

  /** Every name, bundled or the user's, in alphabetical order. */
  async names(): Promise<string[]> {
    const bundled = await this.bundled.bundledSummaries();
    const names = bundled.map(({ name }) => name);
    const files = (await this.files.names()).filter(isProviderName);
    return [...new Set([...names, ...files])].sort();
  }

  /**
   * The provider called `name`, the user's file before the bundled one.
   *
   * @throws {AuthsomeError} `ProviderNotFound`, or `InvalidDefinition` if the user's file is not valid.
   */
  async get(name: string): Promise<Provider> {
    const provider = await this.find(name);
    if (provider) return provider;
    const close = nearest(name, await this.names());
    throw new AuthsomeError(
      "ProviderNotFound",
      `There is no provider ${JSON.stringify(name)}`,
      close
        ? `Did you mean "${close}"? All names: authsome list`
        : "All names: authsome list. A new one: authsome register <file>",
      { subject: { provider: name } },
    );
  }

  /**
   * Like {@linkcode ProviderRegistry.get}, but `undefined` if there is none.
   *
   * @throws {AuthsomeError} `InvalidDefinition` if the user's file is not valid.
   */
  async find(name: string): Promise<Provider | undefined> {
    // A name becomes a file name, so anything else never reaches the files.
    if (!isProviderName(name)) return undefined;
    const custom = await this.files.read(name);
    if (custom !== undefined) return await this.#parse(name, custom);
    return await this.#bundled(name);
  }

  /**
   * Every provider, by name.
   *
   * @param onInvalid called for each file of the user that is not valid, which is then left out; without it, the first
   * one ends the list.
   * @throws {AuthsomeError} `InvalidDefinition`, without `onInvalid`.
   */
  async list(
    onInvalid?: (name: string, error: AuthsomeError) => void,
  ): Promise<Provider[]> {
    const providers: Provider[] = [];
    for (const found of await this.each()) {
      if ("provider" in found) providers.push(found.provider);
      else if (onInvalid) onInvalid(found.name, found.error);
      else throw found.error;
    }
    return providers;
  }

  /**
   * The variables that hold secrets of the definitions of {@linkcode ProviderRegistry.list}, and of the bundled ones that a
   * file of the user hides. `of` says which those of one definition are.
   */
  async secretVariables(
    of: (definition: ProviderDefinition) => string[],
  ): Promise<string[]> {
    const bundled = await this.#load();
    const custom: ProviderDefinition[] = [];
    for (const name of (await this.files.names()).filter(isProviderName)) {
      try {
        const provider = await this.find(name);
        if (provider?.source === "custom") custom.push(provider.definition);
      } catch (error) {
        if (!(error instanceof AuthsomeError)) throw error;
      }
    }
    const known = bundled.secretVariables ??
      bundled.names.flatMap((name) =>
        of(this.#read(bundled, name)!.definition)
      );
    return [...known, ...custom.flatMap(of)];
  }

  /** Every provider, by name; one whose file is not valid comes as that error and hides no other. */
  async each(): Promise<Listed<Provider>[]> {
    const bundled = await this.#load();
    return await this.#withFiles(
      bundled.names.map((name) => ({
        name,
        provider: this.#read(bundled, name)!,
      })),
    );
  }

  /** Like {@linkcode ProviderRegistry.each}, but the bundled definitions are not loaded. */
  async summaries(): Promise<
    Listed<{ definition: ProviderSummary; source: Provider["source"] }>[]
  > {
    const bundled = await this.bundled.bundledSummaries();
    return await this.#withFiles(
      bundled.map((definition) => ({
        name: definition.name,
        provider: { definition, source: "bundled" },
      })),
    );
  }

  /** `bundled`, sorted, with the user's files in the place of those of the same names. */
  async #withFiles<P>(
    bundled: { name: string; provider: P }[],
  ): Promise<Listed<P | Provider>[]> {
    const files = new Set((await this.files.names()).filter(isProviderName));
    if (files.size === 0) return bundled;
    const listed: Listed<P | Provider>[] = bundled.filter(({ name }) =>
      !files.has(name)
    );
    for (const name of files) {
      try {
        const provider = await this.find(name);
        if (provider) listed.push({ name, provider });
      } catch (error) {
        if (!(error instanceof AuthsomeError)) throw error;
        listed.push({ name, error });
      }
    }
    return listed.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /**
   * Validates `text` and installs it as the user's definition of the name that it gives.
   *
   * @throws {AuthsomeError} `InvalidDefinition`; `ProviderExists` if the name is taken and `force` is not set.
   */
  async register(
    text: string,
    options: RegisterOptions = {},
  ): Promise<Provider> {
    const { parseDefinition } = await import("./reading/parse.ts");
    const { definition, warnings, unusual = [] } = parseDefinition(text, {
      file: "the definition",
      allowPrivate: options.allowPrivate,
      variables: options.force ? "any" : options.variables ?? [],
    });
    const { name } = definition;
    if (!options.force) {
      const custom = await this.files.read(name) !== undefined;
      if (custom || (await this.#load()).text(name) !== undefined) {
        throw new AuthsomeError(
          "ProviderExists",
          `Provider "${name}" is already ${custom ? "registered" : "bundled"}`,
          "Replace it: authsome register --force <file>",
          { subject: { provider: name } },
        );
      }
    }
    await this.allowed.write(name, unusual);
    await this.files.write(name, JSON.stringify(definition, null, 2) + "\n");
    return { definition, source: "custom", warnings };
  }

  /**
   * The provider that `text` would be as the user's file of `name`. Nothing is written.
   *
   * @param file where the text is, for messages. Default: that file.
   * @throws {AuthsomeError} `InvalidDefinition`.
   */
  async check(name: string, text: string, file?: string): Promise<Provider> {
    return await this.#parse(name, text, file);
  }

  /**
   * Installs `text`, as it is written, as the user's definition of `name`, in the place of whichever has the name. Variables
   * that were allowed to it stay so, and no others are.
   *
   * @throws {AuthsomeError} `InvalidDefinition`.
   */
  async override(name: string, text: string): Promise<Provider> {
    const provider = await this.#parse(name, text);
    await this.files.write(name, text);
    return provider;
  }

  /**
   * Adds `place`, an entry of `api_url`, to the user's definition of `name`; the rest of the file is as it was.
   *
   * @throws {AuthsomeError} `ProviderNotFound` if there is no such file; `InvalidDefinition`.
   */
  async addPlace(name: string, place: string): Promise<void> {
    const text = await this.files.read(name);
    const known = text === undefined ? undefined : parseObject(text);
    if (!known) return void await this.get(name);
    const entries = [known.api_url].flat();
    if (entries.includes(place)) return;
    const wider = { ...known, api_url: [...entries, place] };
    await this.override(name, JSON.stringify(wider, null, 2) + "\n");
  }

  /**
   * Removes the user's definition of `name`.
   *
   * @returns `reset` if a bundled definition takes its place, `removed` otherwise.
   * @throws {AuthsomeError} `ProviderNotFound`; `OperationNotAllowed` for a bundled definition without a file over it.
   */
  async remove(name: string): Promise<"removed" | "reset"> {
    const bundled = isProviderName(name) &&
      (await this.#load()).text(name) !== undefined;
    if (isProviderName(name) && await this.files.remove(name)) {
      await this.allowed.write(name, []);
      return bundled ? "reset" : "removed";
    }
    if (bundled) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Provider "${name}" is bundled and has no definition of yours over it`,
        `Delete its connections: authsome revoke ${name}`,
        { subject: { provider: name } },
      );
    }
    await this.get(name);
    return "removed";
  }

  #load(): Promise<BundledProviders> {
    return this.#loaded ??= this.bundled.bundledProviders();
  }

  async #bundled(name: string): Promise<Provider | undefined> {
    return this.#read(await this.#load(), name);
  }

  #read(bundled: BundledProviders, name: string): Provider | undefined {
    const text = bundled.text(name);
    if (text === undefined) return undefined;
    return {
      definition: JSON.parse(text) as ProviderDefinition,
      source: "bundled",
      warnings: [],
    };
  }

  async #parse(
    name: string,
    text: string,
    file = this.files.path(name),
  ): Promise<Provider> {
    const { parseDefinition } = await import("./reading/parse.ts");
    // Whoever may write the folder has already decided; `register` is where private hosts need a word.
    const { definition, warnings } = parseDefinition(text, {
      file,
      allowPrivate: true,
      // Kept beside the file, since the author of the file may be a stranger.
      variables: await this.allowed.read(name),
      ...defined({
        configFiles: text.includes('"config_files"')
          ? (await this.#bundled(name))?.definition.config_files
          : undefined,
      }),
    });
    if (definition.name !== name) {
      throw new AuthsomeError(
        "InvalidDefinition",
        `${file}: "name" is ${
          JSON.stringify(definition.name)
        }, but the file is called ${name}.json`,
        `Make both the same`,
        { subject: { provider: name, file, field: "name" } },
      );
    }
    return {
      definition: await this.withInherited(definition),
      source: "custom",
      warnings,
    };
  }

  /**
   * The definition as it is obeyed: one that says nothing of where credentials are made is not meant to open those
   * places, and has those of the bundled ones.
   */
  async withInherited(
    definition: ProviderDefinition,
  ): Promise<ProviderDefinition> {
    if (definition.minting) return definition;
    const bundled = await this.#load();
    const minting = inheritedMinting(
      definition,
      bundled.names.map((name) => this.#read(bundled, name)!.definition),
    );
    return { ...definition, ...minting.length > 0 ? { minting } : {} };
  }

  /** The operations of a definition; of a user's that says nothing of them, those of the bundled ones that it stands beside. */
  async operations(
    definition: ProviderDefinition,
  ): Promise<OperationsDefinition | undefined> {
    if (definition.operations) return definition.operations;
    const textOf = await this.bundled.bundledOperations();
    const read = (name: string): OperationsDefinition | undefined => {
      const text = textOf(name);
      return text === undefined ? undefined : JSON.parse(text);
    };
    const bundled = await this.#load();
    if (bundled.text(definition.name) !== undefined) {
      return read(definition.name);
    }
    return inheritedOperations(
      definition,
      bundled.names.map((name) => ({
        ...this.#read(bundled, name)!.definition,
        ...defined({ operations: read(name) }),
      })),
    );
  }
}

function keptInMemory(): AllowedVariables {
  const known = new Map<string, readonly string[]>();
  return {
    read: (provider) => Promise.resolve(known.get(provider) ?? []),
    write: (provider, names) =>
      Promise.resolve(void known.set(provider, names)),
  };
}
