// `main.mjs <client>`: makes one request with the client, and ends with 0 if the API accepted it.
// The packages are found beside the copy of this folder that the installation makes.
const FAMILIES = ["fetching", "vendors", "streams"];
const name = process.argv[2];

/** A package by its name, so that nothing here asks for it before it is used. */
globalThis.load = (specifier) => import(specifier);

let run;
for (const family of FAMILIES) {
  run ??= (await import(`./${family}.mjs`)).CLIENTS[name];
}
if (!run) throw new Error(`there is no client ${name}`);
console.log(JSON.stringify(await run()) ?? "done");
// Some keep their connections open.
process.exit(0);
