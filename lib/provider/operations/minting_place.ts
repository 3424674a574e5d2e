/** Where a provider makes new credentials. @module */

/**
 * Requests that the provider answers with a new credential, such as an API key. They are refused unless the person allows
 * them (`run --allow-minting`), since what is made would outlive the run. Everything that is given must hold.
 */
export interface MintingPlace {
  /** Default: every method. */
  method?: string | string[];
  /** As in `api_url`. Default: all hosts of the definition. */
  host?: string | string[];
  /** Path on the host. `{name}` matches one segment or part of one, a trailing `/**` everything below. */
  path: string | string[];
  /** Query parameters and the values that match. `{name}` matches any text. */
  query?: Record<string, string | string[]>;
  /** Headers and the values that match. */
  header?: Record<string, string | string[]>;
  /** Parameters in the query or in a form body; a body that cannot be read as a form is refused. */
  form?: Record<string, string | string[]>;
  /** Words, such as GraphQL fields or the contents of a batch; a request matches if its query or body contains one. */
  mentions?: string[];
  /** What is created, as shown to the user: `a personal access token`. */
  reason: string;
  /** Where the provider documents it. */
  source: string;
}
