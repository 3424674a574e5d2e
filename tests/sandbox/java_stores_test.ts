// Which key stores of Java a sandboxed command finds with the CA of the run in them.
import { expect } from "expect";
import { test } from "node:test";
import { javaStores } from "../../lib/host/sandbox/java_stores.ts";
import { withHome } from "../support/home.ts";

test("each Java that is on the path, named or in a usual place is found, with both places of its store", () =>
  withHome(async (made) => {
    const folder = await Deno.realPath(made);
    const stores = [
      "named/lib/security/cacerts",
      "path/a/jre/lib/security/cacerts",
      "path/b/lib/security/cacerts",
      ".sdkman/candidates/java/21/lib/security/cacerts",
      ".jdks/corretto-1.8/jre/lib/security/cacerts",
      ".gradle/jdks/x/lib/security/cacerts",
    ].map((path) => `${folder}/${path}`);
    for (const store of stores) {
      await Deno.mkdir(store.slice(0, store.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(store, "");
    }
    for (const name of ["a", "b"]) {
      await Deno.mkdir(`${folder}/path/${name}/bin`);
      await Deno.writeTextFile(`${folder}/path/${name}/bin/java`, "");
    }
    // The same once more, by a link as of sdkman's current one.
    await Deno.symlink("21", `${folder}/.sdkman/candidates/java/current`);
    const env = {
      HOME: folder,
      JAVA_HOME: `${folder}/named`,
      PATH: `relative:${folder}/path/a/bin:/none:${folder}/path/b/bin`,
    };
    const found = javaStores({
      get: (name) => env[name as keyof typeof env],
      toObject: () => env,
    });
    expect(found.filter((path) => path.startsWith(folder)).sort())
      .toEqual(stores.sort());
    expect(javaStores({ get: () => undefined, toObject: () => ({}) }))
      .toEqual(found.filter((path) => !path.startsWith(folder)));
  }));
