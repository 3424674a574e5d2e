/**
 * The key of the Kaggle CLI (kaggle 2.2, kagglesdk 0.1): `kaggle.json` (`username`, `key`), `access_token`, and
 * `credentials.json`, a login that its own client renews. No bundled provider is Kaggle's.
 *
 * @module
 */
import type { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { fieldsOf } from "../host_takers.ts";
import { readObject, textOf } from "../json.ts";
import { type ImportSource, notThere } from "../source.ts";

/** Reads what there is of the three files. */
export const kaggleKey: ImportSource = {
  harvest(world): Harvest {
    const { env, userFolder } = world;
    const folder = env.get("KAGGLE_CONFIG_DIR") || `${userFolder}/.kaggle`;
    const path = world.path ?? `${folder}/kaggle.json`;
    const isUsual = world.path === undefined;
    const key = world.read(path);
    const token = isUsual ? world.read(`${folder}/access_token`) : undefined;
    const login = isUsual
      ? world.read(`${folder}/credentials.json`)
      : undefined;
    if (!key && !token && !login) throw notThere(path);
    const result: Harvest = { found: [], skipped: [] };
    // A person may have registered one.
    const definition = world.definitions.find(({ name }) => name === "kaggle");
    const add = (
      from: string,
      fields: Record<string, Secret> | undefined,
    ) => {
      if (definition && fields) {
        const credential = { type: "api_key" as const, fields };
        result.found.push({ provider: "kaggle", credential, from });
      } else {
        result.skipped.push({
          from,
          reason: definition
            ? "your definition kaggle has other fields"
            : "there is no provider for Kaggle, so it is left where it is",
          hint: definition ? "" : "authsome provider new",
        });
      }
    };
    if (key) {
      const members = readObject(key);
      const login = textOf(members, "username");
      const password = textOf(members, "key");
      add(
        "kaggle kaggle.json",
        definition && login && password
          ? fieldsOf(definition, { login, password })
          : undefined,
      );
    }
    if (token) {
      const password = token.text.trim();
      add(
        "kaggle access_token",
        definition && password ? fieldsOf(definition, { password }) : undefined,
      );
    }
    if (login) {
      result.skipped.push({
        from: "kaggle credentials.json",
        reason: "it is a login that the Kaggle CLI renews, so it stays with it",
        hint: "",
      });
    }
    return result;
  },
};
