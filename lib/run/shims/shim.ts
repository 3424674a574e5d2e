/** What a helper for the clients of one runtime is. @module */

/**
 * A helper that a runtime loads by itself. Its sources are the files in the folders here; a program without
 * `AUTHSOME_PROXY_MODE` is left as it is, and what fails in a helper never reaches the program. No secret is in it: the
 * proxy's address comes from `HTTPS_PROXY`.
 */
export interface Shim {
  /** Its files, by their path below the folder of all of them: `node/preload.cjs`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /**
   * Variables that make clients load it.
   *
   * @param env what the command gets. What the person has set there is kept in the value that takes its place.
   * @param folder where the files are. It may have spaces and, on Windows, backslashes.
   */
  variables(
    env: Readonly<Record<string, string>>,
    folder: string,
  ): Record<string, string>;
}
