/**
 * `deno run -A scripts/generate/wycheproof.ts <aes_gcm_test.json> <commit>`: takes the vectors with keys of 256 bits from
 * the file of https://github.com/C2SP/wycheproof (Apache-2.0), each with its group's sizes, as they are.
 *
 * @module
 */
const [path, commit] = Deno.args;
const { testGroups } = JSON.parse(Deno.readTextFileSync(path!)) as {
  testGroups: { keySize: number; tests: object[] }[];
};
const vectors = testGroups.filter(({ keySize }) => keySize === 256)
  .flatMap(({ tests }) => tests);
const file = new URL(
  "../../tests/vectors/wycheproof/aes_gcm_256.json",
  import.meta.url,
);
Deno.writeTextFileSync(
  file,
  `${
    JSON.stringify(
      {
        source:
          `testvectors_v1/aes_gcm_test.json of https://github.com/C2SP/wycheproof at ${commit}: the vectors with keys of 256 bits`,
        licence: "Apache-2.0, see LICENSE beside this file",
        vectors,
      },
      null,
      2,
    )
  }\n`,
);
