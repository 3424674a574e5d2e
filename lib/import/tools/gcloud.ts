/** The application default credentials of the Google Cloud CLI. @module */
import { defined } from "../../object.ts";
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { foundClient } from "../found.ts";
import { readObject, textOf } from "../json.ts";
import { type ImportSource, notThere } from "../source.ts";
import type { SourceFile } from "../../ports/other_programs.ts";

/**
 * What `application_default_credentials.json` holds: of its kinds, a person's own login can be taken.
 *
 * @param now epoch milliseconds.
 */
function parseApplicationDefault(
  file: SourceFile,
  now: number,
): Harvest {
  const fields = readObject(file);
  const from = "gcloud application default credentials";
  const clientId = textOf(fields, "client_id");
  const clientSecret = textOf(fields, "client_secret");
  const refreshToken = textOf(fields, "refresh_token");
  if (
    fields.type !== "authorized_user" || clientId === undefined ||
    refreshToken === undefined
  ) {
    return {
      found: [],
      skipped: [{
        from,
        provider: "google",
        reason: fields.type === "authorized_user"
          ? "it is incomplete"
          : "it is not a user login (authorized_user)",
        hint: "gcloud auth application-default login",
      }],
    };
  }
  return {
    found: [{
      provider: "google",
      credential: {
        type: "oauth2",
        // There is none yet: having expired, it is renewed before its first use.
        accessToken: new Secret("none-yet"),
        expiresAt: now,
        refreshToken: new Secret(refreshToken),
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
      ...defined({ client: foundClient(clientId, clientSecret) }),
      from,
    }],
    skipped: [],
  };
}

/** Reads the file where Google's libraries look for it. */
export const gcloud: ImportSource = {
  harvest(world) {
    const { env } = world;
    const folder = env.get("CLOUDSDK_CONFIG") ||
      (env.get("APPDATA")
        ? `${env.get("APPDATA")}/gcloud`
        : `${world.userFolder}/.config/gcloud`);
    const path = world.path ?? (env.get("GOOGLE_APPLICATION_CREDENTIALS") ||
      `${folder}/application_default_credentials.json`);
    const file = world.read(path);
    if (!file) throw notThere(path);
    return parseApplicationDefault(file, world.now);
  },
};
