/** Several connected providers, one variable or one file: which of them it stands for. @module */
import type { ProviderDefinition } from "../provider/definition.ts";
import type { RouteInput } from "../request/routes.ts";

/** Who claims something. */
type Claimant = Pick<RouteInput, "definition" | "preferredOver">;

/**
 * The one of `claimants` that the person prefers over the one before it; without a choice the first.
 *
 * @param claimants at least one, in the documented order.
 */
export function preferredOf<T extends Claimant>(claimants: readonly T[]): T {
  return claimants.reduce((best, next) =>
    next.preferredOver?.includes(best.definition.name) ? next : best
  );
}

/** A variable and who it stands for. */
export interface OwnedVariable<T> {
  variable: string;
  owner: T;
  /** Those that it does not stand for although they have it too. */
  others: T[];
}

/**
 * Who each variable stands for. A definition that exports a variable (`export.env`) comes before one that only reads it at
 * login, then they come by name; `authsome prefer` decides before both.
 *
 * @param variablesOf the variables that a definition wants to be set.
 */
export function variableOwners<T extends Claimant>(
  inputs: readonly T[],
  variablesOf: (definition: T["definition"]) => Iterable<string>,
): OwnedVariable<T>[] {
  const sorted = inputs.toSorted((a, b) =>
    a.definition.name < b.definition.name ? -1 : 1
  );
  const claims = Map.groupBy(
    sorted.flatMap((input) =>
      [...variablesOf(input.definition)].map((variable) => ({
        variable,
        input,
        exported: Object.hasOwn(input.definition.export?.env ?? {}, variable),
      }))
    ),
    ({ variable }) => variable,
  );
  return [...claims].map(([variable, claimed]) => {
    const claimants = claimed
      .toSorted((a, b) => Number(b.exported) - Number(a.exported))
      .map(({ input }) => input);
    const owner = preferredOf(claimants);
    return {
      variable,
      owner,
      others: claimants.filter((each) => each !== owner),
    };
  });
}

/** The providers of `others` with a variable or a configuration file that `definition` has too; each once. */
export function sharersOf(
  definition: ProviderDefinition,
  others: readonly ProviderDefinition[],
  variablesOf: (definition: ProviderDefinition) => Iterable<string>,
): string[] {
  const claimsOf = (each: ProviderDefinition) => [
    ...variablesOf(each),
    ...(each.config_files ?? []).map(({ path }) => `~/${path}`),
  ];
  const own = new Set(claimsOf(definition));
  const names = others
    .filter((each) =>
      each.name !== definition.name &&
      claimsOf(each).some((claim) => own.has(claim))
    )
    .map(({ name }) => name);
  return [...new Set(names)];
}
